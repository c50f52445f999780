#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_load.h"
#include "ngx_trade_hash_peer.h"
#include "ngx_trade_hash_ring.h"


#define NGX_TRADE_HASH_BITS  (8 * sizeof(uintptr_t))  /* a word of `tried` */


static ngx_int_t ngx_trade_hash_peer_get(ngx_peer_connection_t *pc,
    void *data);
static ngx_http_upstream_rr_peer_t *ngx_trade_hash_peer_pick(
    ngx_peer_connection_t *pc, ngx_trade_hash_peer_t *hp, time_t now,
    ngx_uint_t *number);
static ngx_int_t ngx_trade_hash_peer_round_robin(ngx_peer_connection_t *pc,
    ngx_trade_hash_peer_t *hp);
static void ngx_trade_hash_peer_without_ring(ngx_trade_hash_peer_t *hp,
    ngx_http_upstream_rr_peer_t *peer, ngx_uint_t only);
static ngx_int_t ngx_trade_hash_peer_choose(ngx_trade_hash_peer_t *hp,
    time_t now);
static ngx_http_upstream_rr_peer_t *ngx_trade_hash_peer_of_node(
    ngx_trade_hash_peer_t *hp, ngx_int_t node, time_t now, ngx_uint_t *number);
static ngx_int_t ngx_trade_hash_peer_took(ngx_trade_hash_peer_t *hp,
    ngx_http_upstream_rr_peer_t *peer, int spill);


ngx_int_t
ngx_trade_hash_peer_init(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us)
{
    ngx_trade_hash_peer_t  *hp;

    hp = ngx_pcalloc(r->pool, sizeof(ngx_trade_hash_peer_t));
    if (hp == NULL) {
        return NGX_ERROR;
    }

    r->upstream->peer.data = &hp->rrp;

    if (ngx_http_upstream_init_round_robin_peer(r, us) != NGX_OK) {
        return NGX_ERROR;
    }

    r->upstream->peer.get = ngx_trade_hash_peer_get;

    hp->request = r;
    hp->conf = ngx_http_conf_upstream_srv_conf(us, ngx_trade_hash_module);
    hp->spill = NGX_TRADE_HASH_UNKNOWN;

    if (ngx_http_complex_value(r, hp->conf->key, &hp->key) != NGX_OK) {
        return NGX_ERROR;
    }

    hp->hash = ngx_crc32_long(hp->key.data, hp->key.len);

    ngx_http_set_ctx(r, hp, ngx_trade_hash_module);

    return NGX_OK;
}


static ngx_int_t
ngx_trade_hash_peer_get(ngx_peer_connection_t *pc, void *data)
{
    ngx_trade_hash_peer_t  *hp = data;

    time_t                         now;
    ngx_int_t                      rc;
    ngx_uint_t                     number;
    ngx_http_upstream_rr_peer_t   *peer;
    ngx_http_upstream_rr_peers_t  *peers;

    peers = hp->rrp.peers;

    ngx_http_upstream_rr_peers_wlock(peers);

    if (peers->single || hp->key.len == 0) {
        ngx_http_upstream_rr_peers_unlock(peers);
        return ngx_trade_hash_peer_round_robin(pc, hp);
    }

    pc->cached = 0;
    pc->connection = NULL;

#if (NGX_TRADE_HASH_RESOLVE)

    /* the bits of peers that were tried are those of other peers now */

    if (peers->config && hp->rrp.config != *peers->config) {
        pc->name = peers->name;
        ngx_http_upstream_rr_peers_unlock(peers);
        return NGX_BUSY;
    }

#endif

    now = ngx_time();
    peer = ngx_trade_hash_peer_pick(pc, hp, now, &number);

    if (peer == NULL) {
        ngx_http_upstream_rr_peers_unlock(peers);
        return ngx_trade_hash_peer_round_robin(pc, hp);
    }

    hp->rrp.current = peer;
    hp->rrp.tried[number / NGX_TRADE_HASH_BITS] |=
                              (uintptr_t) 1 << number % NGX_TRADE_HASH_BITS;

    pc->sockaddr = peer->sockaddr;
    pc->socklen = peer->socklen;
    pc->name = &peer->name;

#if (NGX_HTTP_UPSTREAM_SID)
    pc->sid = &peer->sid;
#endif

#ifdef ngx_http_upstream_rr_peer_ref
    ngx_http_upstream_rr_peer_ref(peers, peer);
#endif

    peer->conns++;

    if (now - peer->checked > peer->fail_timeout) {
        peer->checked = now;
    }

    rc = ngx_trade_hash_peer_took(hp, peer, hp->spill);

    ngx_http_upstream_rr_peers_unlock(peers);

    return rc;
}


/*
 * The peer for this try, and its number; or NULL.  The caller has locked the
 * peers.
 */

static ngx_http_upstream_rr_peer_t *
ngx_trade_hash_peer_pick(ngx_peer_connection_t *pc, ngx_trade_hash_peer_t *hp,
    time_t now, ngx_uint_t *number)
{
    ngx_int_t                     node;
#if (NGX_HTTP_UPSTREAM_SID)
    ngx_http_upstream_rr_peer_t  *peer;
#endif

    *number = 0;

#if (NGX_HTTP_UPSTREAM_SID)

    /* `sticky` has the first say, as with stock's methods */

    peer = ngx_http_upstream_get_rr_peer_by_sid(&hp->rrp, pc->hint, number, 0);
    if (peer) {
        hp->spill = NGX_TRADE_HASH_UNKNOWN;
        ngx_trade_hash_peer_without_ring(hp, peer, 0);
        return peer;
    }

#endif

    node = ngx_trade_hash_peer_choose(hp, now);

    return node < 0 ? NULL
                    : ngx_trade_hash_peer_of_node(hp, node, now, number);
}


/* Where there is no choice, no key, or no node left */

static ngx_int_t
ngx_trade_hash_peer_round_robin(ngx_peer_connection_t *pc,
    ngx_trade_hash_peer_t *hp)
{
    ngx_int_t  rc;

    rc = ngx_http_upstream_get_round_robin_peer(pc, &hp->rrp);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_trade_hash_peer_without_ring(hp, hp->rrp.current,
                                     hp->rrp.peers->single);

    return ngx_trade_hash_peer_took(hp, hp->rrp.current,
                                    hp->rrp.peers->single
                                    ? TRADE_BOUND_FIRST
                                    : NGX_TRADE_HASH_UNKNOWN);
}


/* The only peer is the first choice of each key */

static void
ngx_trade_hash_peer_without_ring(ngx_trade_hash_peer_t *hp,
    ngx_http_upstream_rr_peer_t *peer, ngx_uint_t only)
{
    ngx_memzero(&hp->choice, sizeof(trade_bound_choice_t));

    hp->choice.node = ngx_trade_hash_ring_node(hp->conf->ring, peer);
    hp->choice.owner = only ? hp->choice.node : -1;
    hp->choice.first = hp->choice.owner;
}


/* The node for this try, or -1.  The caller has locked the peers. */

static ngx_int_t
ngx_trade_hash_peer_choose(ngx_trade_hash_peer_t *hp, time_t now)
{
    ngx_int_t               n;
    ngx_trade_hash_ring_t  *ring;

    ring = hp->conf->ring;

    ngx_trade_hash_ring_post(hp->conf);
    ngx_trade_hash_load(ring, hp->rrp.peers, hp->rrp.tried, now);

    n = trade_bound_choose(&ring->ring, ring->load, hp->hash, hp->conf->bound,
                           &hp->choice);

    hp->spill = n < 0 ? NGX_TRADE_HASH_UNKNOWN : (int) hp->choice.how;

    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, hp->request->connection->log, 0,
                   "trade hash: key \"%V\", hash %uD, node %i, spill %d",
                   &hp->key, hp->hash, n, hp->spill);

    return n;
}


/* The node's peer whose turn it is, by stock's smooth weighted round robin */

static ngx_http_upstream_rr_peer_t *
ngx_trade_hash_peer_of_node(ngx_trade_hash_peer_t *hp, ngx_int_t node,
    time_t now, ngx_uint_t *number)
{
    ngx_int_t                      total;
    ngx_uint_t                     i;
    ngx_http_upstream_rr_peer_t   *peer, *best;
    ngx_http_upstream_rr_peers_t  *peers;

    best = NULL;
    peers = hp->rrp.peers;
    total = 0;

    for (peer = peers->peer, i = 0; peer; peer = peer->next, i++) {

        if (ngx_trade_hash_load_node(hp->conf->ring, peers, peer, i) != node
            || ngx_trade_hash_load_state(peer, i, hp->rrp.tried, now)
               != TRADE_BOUND_AVAILABLE)
        {
            continue;
        }

        peer->current_weight += peer->effective_weight;
        total += peer->effective_weight;

        if (peer->effective_weight < peer->weight) {
            peer->effective_weight++;
        }

        if (best == NULL || peer->current_weight > best->current_weight) {
            best = peer;
            *number = i;
        }
    }

    best->current_weight -= total;

    return best;
}


/* The variables outlive the peer, which DNS may take away */

static ngx_int_t
ngx_trade_hash_peer_took(ngx_trade_hash_peer_t *hp,
    ngx_http_upstream_rr_peer_t *peer, int spill)
{
    u_char  *p;

    p = ngx_pnalloc(hp->request->pool, peer->server.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, peer->server.data, peer->server.len);

    hp->node.data = p;
    hp->node.len = peer->server.len;
    hp->spill = spill;

    ngx_trade_hash_count_try(hp->conf->ring, &hp->choice);

    return NGX_OK;
}
