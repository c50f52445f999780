/*
 * $trade_*: the order, its result and its times, for the access log.
 */

#include "ngx_trade_request.h"


static ngx_int_t ngx_trade_variable_str(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_variable_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_variable_partition(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_variable_offset(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_uint_t set, int64_t value);


ngx_http_variable_t  ngx_trade_variables[] = {

    { ngx_string("trade_result"), NULL, ngx_trade_variable_str,
      offsetof(ngx_trade_ctx_t, result), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_order_id"), NULL, ngx_trade_variable_str,
      offsetof(ngx_trade_ctx_t, order_id), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_sku"), NULL, ngx_trade_variable_str,
      offsetof(ngx_trade_ctx_t, sku), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_shard"), NULL, ngx_trade_variable_str,
      offsetof(ngx_trade_ctx_t, shard), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_lock_time"), NULL, ngx_trade_variable_time,
      offsetof(ngx_trade_ctx_t, lock_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_reserve_time"), NULL, ngx_trade_variable_time,
      offsetof(ngx_trade_ctx_t, reserve_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_publish_time"), NULL, ngx_trade_variable_time,
      offsetof(ngx_trade_ctx_t, publish_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_kafka_partition"), NULL, ngx_trade_variable_partition,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_kafka_offset"), NULL, ngx_trade_variable_offset,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_trade_variable_str(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t        *s;
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_trade_module);
    s = (ngx_str_t *) ((u_char *) ctx + data);

    if (ctx == NULL || s->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = s->data;
    v->len = s->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* Writes seconds with milliseconds, as $request_time does */

static ngx_int_t
ngx_trade_variable_time(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char           *p;
    ngx_msec_int_t    ms;
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_trade_module);
    ms = ctx ? *(ngx_msec_int_t *) ((u_char *) ctx + data) : -1;

    if (ms < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->len = ngx_sprintf(p, "%T.%03M", (time_t) ms / 1000, ms % 1000) - p;
    v->data = p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_trade_variable_partition(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_trade_module);

    return ngx_trade_variable_number(r, v, ctx && ctx->partition >= 0,
                                     ctx ? ctx->partition : 0);
}


static ngx_int_t
ngx_trade_variable_offset(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_trade_module);

    return ngx_trade_variable_number(r, v, ctx && ctx->partition >= 0,
                                     ctx ? ctx->offset : 0);
}


static ngx_int_t
ngx_trade_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_uint_t set, int64_t value)
{
    u_char  *p;

    if (!set) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->len = ngx_sprintf(p, "%L", value) - p;
    v->data = p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
