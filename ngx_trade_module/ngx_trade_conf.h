/*
 * The configuration.  The blocks trade_redis {} and trade_kafka {} are parsed
 * into the transports' configurations, and checked as far as possible without
 * the servers.
 */

#ifndef NGX_TRADE_CONF_H
#define NGX_TRADE_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_trade_kafka.h"
#include "ngx_trade_redis.h"
#include "trade_action.h"


/*
 * Where the directives of the blocks may stand; nginx leaves these bits free.
 */
#define NGX_TRADE_REDIS_CONF  0x00100000
#define NGX_TRADE_KAFKA_CONF  0x00200000


/* The actions that a location offers, a bit for each trade_action_e. */
#define NGX_TRADE_ACTIONS_DEFAULT                                             \
    (NGX_CONF_BITMASK_SET | 1 << TRADE_ACTION_PLACE | 1 << TRADE_ACTION_GET   \
     | 1 << TRADE_ACTION_CANCEL)

extern ngx_conf_bitmask_t  ngx_trade_conf_actions[];


/* ngx_trade_conf.c */

void *ngx_trade_conf_create_main(ngx_conf_t *cf);
char *ngx_trade_conf_init_main(ngx_conf_t *cf, void *conf);
void *ngx_trade_conf_create_loc(ngx_conf_t *cf);
char *ngx_trade_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child);
ngx_int_t ngx_trade_conf_post(ngx_conf_t *cf);

/* Binds the configuration to the zone once its memory is there. */
ngx_int_t ngx_trade_conf_init_zone(ngx_shm_zone_t *zone, void *data);


/* ngx_trade_directives.c */

char *ngx_trade_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_kafka(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_limit_keep(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_trade_conf_order_keep(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_trade_conf_payment_timeout(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_trade_conf_pending(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_orders(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_stock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* ngx_trade_lock_conf.c */
char *ngx_trade_conf_lock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * Finds a block by its name, which its struct begins with.  Returns NULL if
 * there is none.
 */
void *ngx_trade_conf_find(ngx_array_t *blocks, ngx_str_t *name);

/* Checks a size or time that must not be 0. */
char *ngx_trade_conf_positive(ngx_conf_t *cf, void *post, void *data);


/* ngx_trade_redis_conf.c */

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

/* ngx_trade_kafka_conf.c */

ngx_trade_kafka_conf_t *ngx_trade_kafka_conf_create(ngx_conf_t *cf,
    ngx_str_t *name);
char *ngx_trade_kafka_conf_done(ngx_conf_t *cf, ngx_trade_kafka_conf_t *conf);

char *ngx_trade_kafka_conf_property(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

extern ngx_conf_enum_t  ngx_trade_kafka_conf_keys[];


#endif /* NGX_TRADE_CONF_H */
