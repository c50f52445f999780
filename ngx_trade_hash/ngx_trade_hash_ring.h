/*
 * The ring of an upstream, made from its peers: when nginx reads its
 * configuration, and by an event of each worker when the peers have changed.
 */

#ifndef NGX_TRADE_HASH_RING_H
#define NGX_TRADE_HASH_RING_H

#include "ngx_trade_hash.h"


/* Makes the ring; `pool` frees it.  Logs why if it fails. */
ngx_int_t ngx_trade_hash_ring_init(ngx_pool_t *pool, ngx_log_t *log,
    ngx_trade_hash_conf_t *conf);

/* Whether the ring knows the peers as they are.  The caller has locked them. */
ngx_uint_t ngx_trade_hash_ring_current(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers);

/* The node of a peer by its name, or NGX_DECLINED.  For peers that changed. */
ngx_int_t ngx_trade_hash_ring_node(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peer_t *peer);

/*
 * Makes the ring anew if the peers have changed, in an event behind this round
 * of the event loop.
 */
void ngx_trade_hash_ring_post(ngx_trade_hash_conf_t *conf);


#endif /* NGX_TRADE_HASH_RING_H */
