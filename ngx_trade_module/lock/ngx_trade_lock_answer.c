/*
 * The answer to a request that does not get its lock: a problem document,
 * because error pages do not replace it.
 */

#include "ngx_trade_lock.h"
#include "ngx_trade_send.h"


static void ngx_trade_lock_answer_log(ngx_http_request_t *r,
    trade_result_e result);


ngx_int_t
ngx_trade_lock_answer(ngx_http_request_t *r, trade_result_e result,
    ngx_uint_t status)
{
    ngx_int_t         rc;
    trade_problem_t   problem;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&problem, sizeof(trade_problem_t));
    problem.result = result;
    problem.status = status;

    if (ngx_trade_send_number(r, "Retry-After",
                              trade_result_retry_after(result, ngx_random()))
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_trade_lock_answer_log(r, result);

    return ngx_trade_send_problem(r, &problem);
}


/* Sets $trade_result */

static void
ngx_trade_lock_answer_log(ngx_http_request_t *r, trade_result_e result)
{
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_trade_ctx_t));
    if (ctx == NULL) {
        return;
    }

    ctx->result = ngx_trade_ngx_str(trade_result_name(result));
    ctx->lock_time = -1;
    ctx->reserve_time = -1;
    ctx->publish_time = -1;
    ctx->partition = -1;

    ngx_http_set_ctx(r, ctx, ngx_trade_module);
}
