/*
 * What a request is told that does not get its lock: a problem document, as
 * error pages do not replace it.
 */

#include "ngx_trade_lock.h"


static ngx_int_t ngx_trade_lock_answer_headers(ngx_http_request_t *r,
    trade_verdict_e verdict);
static void ngx_trade_lock_answer_log(ngx_http_request_t *r,
    trade_verdict_e verdict);


ngx_int_t
ngx_trade_lock_answer(ngx_http_request_t *r, trade_verdict_e verdict,
    ngx_uint_t status)
{
    ngx_int_t         rc;
    ngx_buf_t        *b;
    trade_buf_t       text;
    ngx_chain_t       out;
    trade_problem_t   problem;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&problem, sizeof(trade_problem_t));
    problem.verdict = verdict;
    problem.status = status;

    b = ngx_create_temp_buf(r->pool, trade_problem_size(&problem));

    if (b == NULL || ngx_trade_lock_answer_headers(r, verdict) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_trade_lock_answer_log(r, verdict);

    trade_buf_init(&text, (char *) b->pos, b->end - b->pos);
    trade_problem_write(&text, &problem);

    b->last = (u_char *) text.pos;
    b->last_buf = 1;
    b->last_in_chain = 1;

    r->headers_out.status = status;
    r->headers_out.content_length_n = b->last - b->pos;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_trade_lock_answer_headers(ngx_http_request_t *r, trade_verdict_e verdict)
{
    ngx_table_elt_t  *h;

    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (h->value.data == NULL) {
        h->hash = 0;
        return NGX_ERROR;
    }

    h->hash = 1;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
    ngx_str_set(&h->key, "Retry-After");
    h->value.len = ngx_sprintf(h->value.data, "%ui",
                               (ngx_uint_t) trade_verdict_retry_after(verdict))
                   - h->value.data;

    return NGX_OK;
}


/* What $trade_result shows */

static void
ngx_trade_lock_answer_log(ngx_http_request_t *r, trade_verdict_e verdict)
{
    ngx_trade_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_trade_ctx_t));
    if (ctx == NULL) {
        return;
    }

    ctx->result = ngx_trade_ngx_str(trade_verdict_name(verdict));
    ctx->lock_time = -1;
    ctx->reserve_time = -1;
    ctx->publish_time = -1;
    ctx->partition = -1;

    ngx_http_set_ctx(r, ctx, ngx_trade_module);
}
