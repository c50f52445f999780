/*
 * The counts and findings of all workers of the host, together.
 */

#ifndef NGX_TRADE_STATUS_H
#define NGX_TRADE_STATUS_H

#include "ngx_trade_types.h"
#include "ngx_trade_zone.h"


/* The content handler of trade_status. */
ngx_int_t ngx_trade_status_handler(ngx_http_request_t *r);

/* Adds up all processes; gauges of the living only. */
void ngx_trade_status_sum(ngx_shm_zone_t *zone, ngx_trade_cell_t *sum,
    ngx_uint_t *workers);

/*
 * The living processes' view of a shard: the best state of any.  "up" does not
 * count for a process that does not know yet that the shard's server was left.
 */
void ngx_trade_status_sum_view(ngx_shm_zone_t *zone, ngx_trade_shard_t *shard,
    ngx_trade_shard_view_t *view);


#endif /* NGX_TRADE_STATUS_H */
