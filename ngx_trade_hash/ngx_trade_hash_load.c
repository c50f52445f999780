#include "ngx_trade_hash_load.h"
#include "ngx_trade_hash_ring.h"


#define NGX_TRADE_HASH_BITS  (8 * sizeof(uintptr_t))  /* a word of `tried` */


/* A node is as well as the best of its peers */

void
ngx_trade_hash_load(ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers, const uintptr_t *tried,
    time_t now)
{
    uint32_t                            i;
    ngx_int_t                           n;
    ngx_uint_t                          number;
    trade_bound_node_t                 *load;
    trade_bound_state_e                 state;
    const ngx_http_upstream_rr_peer_t  *peer;

    load = ring->load;

    for (i = 0; i < ring->ring.nnodes; i++) {
        load[i].conns = 0;
        load[i].state = TRADE_BOUND_DOWN;
    }

    for (peer = peers->peer, number = 0; peer; peer = peer->next, number++) {
        n = ngx_trade_hash_load_node(ring, peers, peer, number);

        if (n < 0) {
            continue;
        }

        state = ngx_trade_hash_load_state(peer, number, tried, now);

        if (state >= TRADE_BOUND_FULL) {
            load[n].conns += peer->conns;
        }

        load[n].state = ngx_max(load[n].state, state);
    }
}


ngx_int_t
ngx_trade_hash_load_node(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers,
    const ngx_http_upstream_rr_peer_t *peer, ngx_uint_t number)
{
    if (ngx_trade_hash_ring_current(ring, peers) && number < ring->npeers) {
        return ring->node[number];
    }

    return ngx_trade_hash_ring_node(ring, peer);
}


trade_bound_state_e
ngx_trade_hash_load_state(const ngx_http_upstream_rr_peer_t *peer,
    ngx_uint_t number, const uintptr_t *tried, time_t now)
{
    if (peer->down) {
        return TRADE_BOUND_DOWN;
    }

    if (peer->max_fails
        && peer->fails >= peer->max_fails
        && now - peer->checked <= peer->fail_timeout)
    {
        return TRADE_BOUND_FAILED;
    }

    if (peer->max_conns && peer->conns >= peer->max_conns) {
        return TRADE_BOUND_FULL;
    }

    if (tried && tried[number / NGX_TRADE_HASH_BITS]
                 & (uintptr_t) 1 << number % NGX_TRADE_HASH_BITS)
    {
        return TRADE_BOUND_TRIED;
    }

    return TRADE_BOUND_AVAILABLE;
}
