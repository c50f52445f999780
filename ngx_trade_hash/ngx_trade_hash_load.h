/*
 * The state of each node of an upstream, and its requests in flight, as the
 * peers have them.  The caller has locked the peers.
 */

#ifndef NGX_TRADE_HASH_LOAD_H
#define NGX_TRADE_HASH_LOAD_H

#include "ngx_trade_hash.h"


/*
 * Reads the load of all nodes into ring->load.  `tried` has a bit for each peer
 * that the request has tried, or is NULL.
 */
void ngx_trade_hash_load(ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers, const uintptr_t *tried,
    time_t now);

/*
 * The node of a peer, or NGX_DECLINED; `number` is the peer's place.  While the
 * ring is not yet that of new peers, the name decides.
 */
ngx_int_t ngx_trade_hash_load_node(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers,
    const ngx_http_upstream_rr_peer_t *peer, ngx_uint_t number);

trade_bound_state_e ngx_trade_hash_load_state(
    const ngx_http_upstream_rr_peer_t *peer, ngx_uint_t number,
    const uintptr_t *tried, time_t now);


#endif /* NGX_TRADE_HASH_LOAD_H */
