/*
 * The block trade_redis {}: parses it into the transport's configuration, and
 * checks it as far as possible without the servers.
 */

#ifndef NGX_TRADE_REDIS_CONF_H
#define NGX_TRADE_REDIS_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_trade_redis.h"


/* Where the directives of the block may stand; nginx leaves this bit free. */
#define NGX_TRADE_REDIS_CONF  0x00100000


ngx_trade_redis_conf_t *ngx_trade_redis_conf_create(ngx_conf_t *cf,
    ngx_str_t *name);
char *ngx_trade_redis_conf_done(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf);

/*
 * Notes that trade_lock uses the block: one connection more, unless
 * "connections" was set.
 */
void ngx_trade_redis_conf_locks(ngx_trade_redis_conf_t *conf);

/*
 * When all is parsed, prepares names that need a resolver.  Logs before it
 * returns NGX_ERROR.
 */
ngx_int_t ngx_trade_redis_conf_resolve(ngx_conf_t *cf,
    ngx_trade_redis_conf_t *conf, ngx_http_core_loc_conf_t *clcf);

/*
 * Whether two servers are at one address, even if it is written in two forms or
 * one of them has several.  Names that are resolved at run time are compared as
 * names.
 */
ngx_uint_t ngx_trade_redis_same(ngx_trade_redis_server_t *one,
    ngx_trade_redis_server_t *two);

char *ngx_trade_redis_conf_server(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_trade_redis_conf_password(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_trade_redis_conf_durability(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * ngx_trade_redis_ssl.c: checks the directives of the block, and makes its
 * context.
 */
char *ngx_trade_redis_ssl_conf(ngx_conf_t *cf, ngx_trade_redis_conf_t *conf);


#endif /* NGX_TRADE_REDIS_CONF_H */
