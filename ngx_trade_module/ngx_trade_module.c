#include "ngx_trade_conf.h"
#include "ngx_trade_lock.h"
#include "ngx_trade_process.h"
#include "ngx_trade_request.h"
#include "ngx_trade_ticket.h"
#include "trade_order.h"


static ngx_int_t ngx_trade_init_process(ngx_cycle_t *cycle);
static void ngx_trade_exit_process(ngx_cycle_t *cycle);


static ngx_conf_num_bounds_t  ngx_trade_quantity_bounds = {
    ngx_conf_check_num_bounds, 1, TRADE_QUANTITY_LIMIT
};

static ngx_conf_num_bounds_t  ngx_trade_items_bounds = {
    ngx_conf_check_num_bounds, 1, TRADE_ITEMS_LIMIT
};


static ngx_conf_num_bounds_t  ngx_trade_lock_status_bounds = {
    ngx_conf_check_num_bounds, 400, 599
};


static ngx_conf_post_t  ngx_trade_positive = { ngx_trade_conf_positive };
static ngx_conf_post_t  ngx_trade_uri = { ngx_trade_conf_uri };


static ngx_trade_conf_time_t  ngx_trade_keep_time = {
    TRADE_KEEP_MIN, "must be \"off\" or at least 24h"
};


static ngx_trade_conf_time_t  ngx_trade_payment_time = {
    1, "must be \"off\" or a time"
};


static ngx_command_t  ngx_trade_commands[] = {

    { ngx_string("trade_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_trade_conf_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_kafka"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_trade_conf_kafka,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_lease"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_trade_main_conf_t, lease),
      NULL },

    { ngx_string("trade_order_keep"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_time_or_off,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_trade_main_conf_t, order_keep),
      &ngx_trade_keep_time },

    { ngx_string("trade_limit_keep"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_time_or_off,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_trade_main_conf_t, limit_keep),
      &ngx_trade_keep_time },

    { ngx_string("trade_payment_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_time_or_off,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_trade_main_conf_t, payment_timeout),
      &ngx_trade_payment_time },

    { ngx_string("trade_pending"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_pending,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_orders"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_trade_conf_orders,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_stock"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_trade_conf_stock,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_trade_conf_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, timeout),
      &ngx_trade_positive },

    { ngx_string("trade_hint"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_hint,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_problem_base"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, problem_base),
      &ngx_trade_uri },

    { ngx_string("trade_body_max"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, body_max),
      &ngx_trade_positive },

    { ngx_string("trade_max_quantity"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, max_quantity),
      &ngx_trade_quantity_bounds },

    { ngx_string("trade_max_items"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, max_items),
      &ngx_trade_items_bounds },

    { ngx_string("trade_actions"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, actions),
      &ngx_trade_conf_actions },

    { ngx_string("trade_key_required"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, key_required),
      NULL },

    { ngx_string("trade_buyer"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, buyer),
      NULL },

    { ngx_string("trade_ticket"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_trade_conf_ticket,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_ticket_issue"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_trade_conf_ticket_issue,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_lock"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_trade_conf_lock,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_lock_status"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_loc_conf_t, lock_status),
      &ngx_trade_lock_status_bounds },

    /* in trade_redis {} and trade_kafka {} */

    { ngx_string("include"),
      NGX_TRADE_REDIS_CONF|NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_include,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("server"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE123,
      ngx_trade_redis_conf_server,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("user"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, user),
      NULL },

    { ngx_string("password_file"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_trade_redis_conf_password,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ssl"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.enabled),
      NULL },

    { ngx_string("ssl_verify"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.verify),
      NULL },

    { ngx_string("ssl_trusted_certificate"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.trusted_certificate),
      NULL },

    { ngx_string("ssl_name"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.name),
      NULL },

    { ngx_string("ssl_certificate"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.certificate),
      NULL },

    { ngx_string("ssl_certificate_key"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, ssl.certificate_key),
      NULL },

    { ngx_string("connect_timeout"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, connect_timeout),
      &ngx_trade_positive },

    { ngx_string("timeout"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, timeout),
      &ngx_trade_positive },

    { ngx_string("queue_delay"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, queue_delay),
      NULL },

    { ngx_string("connections"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_redis_conf_t, connections),
      NULL },

    { ngx_string("durability"),
      NGX_TRADE_REDIS_CONF|NGX_CONF_TAKE12,
      ngx_trade_redis_conf_durability,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("brokers"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, brokers),
      NULL },

    { ngx_string("topic"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, topic),
      NULL },

    { ngx_string("source"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, source),
      NULL },

    { ngx_string("key"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, key),
      &ngx_trade_kafka_conf_keys },

    { ngx_string("outage"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, outage),
      NULL },

    { ngx_string("queue_delay"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_trade_kafka_conf_t, queue_delay),
      NULL },

    { ngx_string("property"),
      NGX_TRADE_KAFKA_CONF|NGX_CONF_TAKE2,
      ngx_trade_kafka_property,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_trade_module_ctx = {
    ngx_trade_conf_pre,                    /* preconfiguration */
    ngx_trade_conf_post,                   /* postconfiguration */

    ngx_trade_conf_create_main,            /* create main configuration */
    ngx_trade_conf_init_main,              /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_trade_conf_create_loc,             /* create location configuration */
    ngx_trade_conf_merge_loc               /* merge location configuration */
};


ngx_module_t  ngx_trade_module = {
    NGX_MODULE_V1,
    &ngx_trade_module_ctx,                 /* module context */
    ngx_trade_commands,                    /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_trade_init_process,                /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_trade_exit_process,                /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_trade_init_process(ngx_cycle_t *cycle)
{
    ngx_trade_main_conf_t  *tmcf;

    tmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_trade_module);

    if (tmcf == NULL || tmcf->redis.nelts == 0
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    /* without a worker orders are answered 500; nginx serves everything else */

    (void) ngx_trade_process_start(cycle, tmcf);

    return NGX_OK;
}


static void
ngx_trade_exit_process(ngx_cycle_t *cycle)
{
    ngx_trade_main_conf_t  *tmcf;

    tmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_trade_module);

    if (tmcf && tmcf->worker) {
        ngx_trade_process_stop(tmcf->worker);
    }
}
