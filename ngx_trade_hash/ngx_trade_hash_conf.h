/*
 * The directive trade_hash.  A mistake of the configuration is refused in four
 * places: here by the directive, by nginx's `server` behind it (backup), at the
 * end of http{} (another method), and when the upstream is made (the points).
 */

#ifndef NGX_TRADE_HASH_CONF_H
#define NGX_TRADE_HASH_CONF_H

#include "ngx_trade_hash.h"


/* Handlers of the module and of its directive. */
void *ngx_trade_hash_conf_create_main(ngx_conf_t *cf);
void *ngx_trade_hash_conf_create(ngx_conf_t *cf);
char *ngx_trade_hash_conf_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
ngx_int_t ngx_trade_hash_conf_check(ngx_conf_t *cf);
ngx_int_t ngx_trade_hash_conf_warn(ngx_cycle_t *cycle);


#endif /* NGX_TRADE_HASH_CONF_H */
