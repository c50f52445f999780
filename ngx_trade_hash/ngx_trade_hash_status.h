/*
 * The directive trade_hash_status.  It shows each node of each upstream with
 * trade_hash, and what became of its requests, as JSON or as the text that
 * Prometheus reads.
 */

#ifndef NGX_TRADE_HASH_STATUS_H
#define NGX_TRADE_HASH_STATUS_H

#include "ngx_trade_hash.h"


typedef enum {
    NGX_TRADE_HASH_STATUS_BY_URI = 0,   /* METRICS if it ends in /metrics */
    NGX_TRADE_HASH_STATUS_JSON,
    NGX_TRADE_HASH_STATUS_METRICS
} ngx_trade_hash_status_e;


typedef struct {
    ngx_trade_hash_status_e        form;
} ngx_trade_hash_loc_conf_t;


void *ngx_trade_hash_status_create(ngx_conf_t *cf);
char *ngx_trade_hash_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* NGX_TRADE_HASH_STATUS_H */
