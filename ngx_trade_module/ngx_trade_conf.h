/*
 * The configuration as a whole, and the directives outside of the blocks.
 */

#ifndef NGX_TRADE_CONF_H
#define NGX_TRADE_CONF_H

#include "ngx_trade_kafka_conf.h"
#include "ngx_trade_redis_conf.h"
#include "ngx_trade_types.h"
#include "trade_action.h"


/* The actions that a location offers, a bit for each trade_action_e. */
#define NGX_TRADE_ACTIONS_DEFAULT                                             \
    (NGX_CONF_BITMASK_SET | 1 << TRADE_ACTION_PLACE | 1 << TRADE_ACTION_GET   \
     | 1 << TRADE_ACTION_CANCEL)

extern ngx_conf_bitmask_t  ngx_trade_conf_actions[];


/* ngx_trade_conf.c */

/* Adds the variables. */
ngx_int_t ngx_trade_conf_pre(ngx_conf_t *cf);

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
char *ngx_trade_conf_pending(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_orders(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_stock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_hint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_trade_conf_ticket_issue(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * ngx_trade_conf_time.c: the slot of a directive whose value is a time or
 * "off", which is 0.  The command's `post` is an ngx_trade_conf_time_t.
 */
char *ngx_trade_conf_time_or_off(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

typedef struct {
    ngx_int_t    min;           /* ms */
    char        *error;         /* of a value that is neither */
} ngx_trade_conf_time_t;

/* Checks a size or time that must not be 0. */
char *ngx_trade_conf_positive(ngx_conf_t *cf, void *post, void *data);
char *ngx_trade_conf_uri(ngx_conf_t *cf, void *post, void *data);


#endif /* NGX_TRADE_CONF_H */
