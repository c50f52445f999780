/*
 * The block trade_kafka {}: parses it into the transport's configuration, and
 * checks it as far as possible without the brokers.
 */

#ifndef NGX_TRADE_KAFKA_CONF_H
#define NGX_TRADE_KAFKA_CONF_H

#include "ngx_trade_kafka.h"


/* Where the directives of the block may stand; nginx leaves this bit free. */
#define NGX_TRADE_KAFKA_CONF  0x00200000


ngx_trade_kafka_conf_t *ngx_trade_kafka_conf_create(ngx_conf_t *cf,
    ngx_str_t *name);
char *ngx_trade_kafka_conf_done(ngx_conf_t *cf, ngx_trade_kafka_conf_t *conf);

char *ngx_trade_kafka_property(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

extern ngx_conf_enum_t  ngx_trade_kafka_conf_keys[];


#endif /* NGX_TRADE_KAFKA_CONF_H */
