/*
 * $trade_lock_fence, $trade_lock_lost, $trade_lock_wait: of the lock that the
 * request took last.
 */

#include "ngx_trade_lock.h"


static ngx_int_t ngx_trade_lock_variable_fence(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_lock_variable_lost(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_lock_variable_wait(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_lock_variable_set(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const char *format, uint64_t a, uint64_t b);


ngx_http_variable_t  ngx_trade_lock_variables[] = {

    { ngx_string("trade_lock_fence"), NULL, ngx_trade_lock_variable_fence,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_lock_lost"), NULL, ngx_trade_lock_variable_lost,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_lock_wait"), NULL, ngx_trade_lock_variable_wait,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_int_t
ngx_trade_lock_variable_fence(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_trade_lock_ctx_t  *ctx;

    ctx = ngx_trade_lock_ctx(r);

    if (ctx == NULL || ctx->token == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_trade_lock_variable_set(r, v, "%uL", ctx->token, 0);
}


/*
 * 1 as soon as the lock may be lost: a worker that slept too long has not
 * noticed yet
 */

static ngx_int_t
ngx_trade_lock_variable_lost(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    uint64_t               lost;
    ngx_trade_lock_ctx_t  *ctx;

    ctx = ngx_trade_lock_ctx(r);

    if (ctx == NULL || ctx->token == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    lost = ctx->lock ? trade_lock_lost(&ctx->lock->flow, ngx_current_msec)
                     : ctx->lost;

    return ngx_trade_lock_variable_set(r, v, "%uL", lost, 0);
}


static ngx_int_t
ngx_trade_lock_variable_wait(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_trade_lock_ctx_t  *ctx;

    ctx = ngx_trade_lock_ctx(r);

    if (ctx == NULL || ctx->waited < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_trade_lock_variable_set(r, v, "%uL.%03uL", ctx->waited / 1000,
                                       ctx->waited % 1000);
}


static ngx_int_t
ngx_trade_lock_variable_set(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const char *format, uint64_t a, uint64_t b)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, 2 * NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->len = ngx_sprintf(p, format, a, b) - p;
    v->data = p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
