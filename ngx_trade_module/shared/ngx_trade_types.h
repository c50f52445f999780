/*
 * Types that all folders share: the configuration, the values that a request
 * leaves for the log, and the names of what the other folders define.
 */

#ifndef NGX_TRADE_TYPES_H
#define NGX_TRADE_TYPES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "trade_str.h"


typedef struct ngx_trade_redis_conf_s  ngx_trade_redis_conf_t;
typedef struct ngx_trade_kafka_conf_s  ngx_trade_kafka_conf_t;
typedef struct ngx_trade_lock_conf_s   ngx_trade_lock_conf_t;
typedef struct ngx_trade_ticket_conf_s ngx_trade_ticket_conf_t;
typedef struct ngx_trade_kafka_s       ngx_trade_kafka_t;
typedef struct ngx_trade_worker_s      ngx_trade_worker_t;
typedef struct ngx_trade_sweeper_s     ngx_trade_sweeper_t;
typedef struct ngx_trade_locks_s       ngx_trade_locks_t;


typedef struct {
    ngx_shm_zone_t            *zone;
    ngx_array_t                redis;       /* ngx_trade_redis_conf_t * */
    ngx_array_t                kafka;       /* ngx_trade_kafka_conf_t * */
    ngx_msec_t                 lease;
    ngx_msec_t                 order_keep;  /* 0: for ever */
    ngx_msec_t                 limit_keep;  /* 0: until the sale is over */
    ngx_msec_t                 payment_timeout;     /* 0: orders need not be
                                                       paid */
    ngx_uint_t                 pending_max;
    ngx_trade_worker_t        *worker;      /* of this process, at run time */
    unsigned                   locks:1;     /* there is a trade_lock */
} ngx_trade_main_conf_t;


typedef struct {
    ngx_http_handler_pt        handler;     /* NULL: the location is not the
                                               module's */
    ngx_trade_redis_conf_t    *redis;
    ngx_trade_kafka_conf_t    *kafka;
    ngx_msec_t                 timeout;     /* the client's deadline */
    ngx_msec_t                 hint_ttl;    /* 0: no hints */
    size_t                     body_max;
    ngx_uint_t                 max_quantity;
    ngx_uint_t                 max_items;
    ngx_uint_t                 actions;     /* that are offered, a bit each */
    ngx_flag_t                 key_required;
    ngx_http_complex_value_t  *buyer;       /* NULL: the body names the buyer */
    ngx_trade_ticket_conf_t   *ticket;      /* NULL: orders need no ticket */
    ngx_trade_ticket_conf_t   *issuer;      /* of trade_ticket_issue, or NULL */
    ngx_trade_lock_conf_t     *lock;        /* NULL: off */
    ngx_uint_t                 lock_status; /* of a request that gets no lock */
    ngx_str_t                  problem_base;        /* empty: a URN */
} ngx_trade_loc_conf_t;


/* The values of $trade_*; live as long as the request. */
typedef struct {
    void                      *req;             /* valid until it is answered */
    ngx_str_t                  result;
    ngx_str_t                  order_id;
    ngx_str_t                  sku;
    ngx_str_t                  shard;
    ngx_msec_int_t             lock_time;       /* ms; -1: none */
    ngx_msec_int_t             reserve_time;
    ngx_msec_int_t             publish_time;
    int32_t                    partition;       /* -1: none */
    int64_t                    offset;
} ngx_trade_ctx_t;


extern ngx_module_t  ngx_trade_module;


/* The strings of lib and of nginx differ in the type that they point to. */

static ngx_inline trade_str_t
ngx_trade_str(ngx_str_t s)
{
    return trade_str_of((char *) s.data, s.len);
}


static ngx_inline ngx_str_t
ngx_trade_ngx_str(trade_str_t s)
{
    ngx_str_t  n;

    n.len = s.len;
    n.data = (u_char *) s.data;

    return n;
}


#endif /* NGX_TRADE_TYPES_H */
