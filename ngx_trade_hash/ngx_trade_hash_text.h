/*
 * The two texts of trade_hash_status.  Both show the load that
 * ngx_trade_hash_load() has read last.
 */

#ifndef NGX_TRADE_HASH_TEXT_H
#define NGX_TRADE_HASH_TEXT_H

#include "ngx_trade_hash.h"


/*
 * `upstreams` has elements of type ngx_trade_hash_conf_t *.  The buffer is the
 * pool's; NULL is for no memory.
 */
ngx_buf_t *ngx_trade_hash_text_json(ngx_pool_t *pool,
    const ngx_array_t *upstreams);

/* Prometheus' text format, version 0.0.4 */
ngx_buf_t *ngx_trade_hash_text_metrics(ngx_pool_t *pool,
    const ngx_array_t *upstreams);


#endif /* NGX_TRADE_HASH_TEXT_H */
