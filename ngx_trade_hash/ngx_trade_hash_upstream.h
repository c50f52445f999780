/*
 * The upstreams that have trade_hash.
 */

#ifndef NGX_TRADE_HASH_UPSTREAM_H
#define NGX_TRADE_HASH_UPSTREAM_H

#include "ngx_trade_hash.h"


/* The configuration of an upstream that has trade_hash, or NULL. */
ngx_trade_hash_conf_t *ngx_trade_hash_upstream_conf(
    ngx_http_upstream_srv_conf_t *us);

/*
 * The next one with trade_hash, from number *i of nginx's upstreams on, or NULL
 * behind the last.  Begin with *i = 0.  `umcf` may be NULL: without http{}.
 */
ngx_trade_hash_conf_t *ngx_trade_hash_upstream_next(
    const ngx_http_upstream_main_conf_t *umcf, ngx_uint_t *i);


#endif /* NGX_TRADE_HASH_UPSTREAM_H */
