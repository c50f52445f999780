/*
 * Writes answers: an order or stock after a success, a problem document after a
 * refusal.  All memory is the request's own.
 */

#include "ngx_trade_request.h"
#include "ngx_trade_send.h"
#include "trade_view.h"


#define NGX_TRADE_DETAIL_MAX  256


static ngx_int_t ngx_trade_answer_order_etag(ngx_trade_request_t *req,
    const trade_record_t *record, ngx_uint_t published);
static ngx_int_t ngx_trade_answer_stock_etag(ngx_trade_request_t *req,
    trade_str_t line, uint64_t version);
static ngx_int_t ngx_trade_answer_etag(ngx_trade_request_t *req,
    trade_str_t tag);
static ngx_int_t ngx_trade_answer_problem(ngx_trade_request_t *req,
    trade_result_e result);
static void ngx_trade_answer_log(ngx_trade_request_t *req,
    trade_result_e result);
static ngx_str_t ngx_trade_answer_copy(ngx_http_request_t *r, trade_str_t s);


void
ngx_trade_answer_errors(ngx_trade_request_t *req,
    const trade_errors_t *errors)
{
    req->answer.errors = ngx_palloc(req->pool, sizeof(trade_errors_t));

    if (req->answer.errors) {
        *req->answer.errors = *errors;
    }
}


void
ngx_trade_answer_detail(ngx_trade_request_t *req, const char *format, ...)
{
    u_char   *p;
    va_list   args;

    p = ngx_pnalloc(req->pool, NGX_TRADE_DETAIL_MAX);
    if (p == NULL) {
        return;
    }

    req->answer.detail.data = p;

    va_start(args, format);
    p = ngx_vslprintf(p, p + NGX_TRADE_DETAIL_MAX, format, args);
    va_end(args);

    req->answer.detail.len = p - req->answer.detail.data;
}


ngx_int_t
ngx_trade_answer_record(ngx_trade_request_t *req, trade_str_t id,
    const trade_record_t *record, ngx_uint_t published)
{
    char                *mem;
    size_t               size;
    trade_buf_t          b;
    ngx_http_request_t  *r;

    r = req->r;

    if (r == NULL) {
        return NGX_OK;
    }

    size = trade_view_size(record->body.len);

    mem = ngx_pnalloc(r->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);

    if (record->key == TRADE_RECORD_KEY_SKU) {
        if (trade_view_stock(&b, record->body, record->version, id, published)
            != 0)
        {
            return NGX_ERROR;
        }

    } else {
        trade_view_order(&b, id, record, published);
    }

    req->answer.body = ngx_trade_ngx_str(trade_buf_done(&b));

    if (b.overflow) {
        return NGX_ERROR;
    }

    if (record->key == TRADE_RECORD_KEY_SKU) {
        return ngx_trade_answer_stock_etag(req, record->body,
                                           record->version);
    }

    return ngx_trade_answer_order_etag(req, record, published);
}


static ngx_int_t
ngx_trade_answer_order_etag(ngx_trade_request_t *req,
    const trade_record_t *record, ngx_uint_t published)
{
    char         tag[TRADE_VIEW_TAG_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, tag, sizeof(tag));
    trade_view_order_tag(&b, record, published);

    req->answer.changed = trade_view_order_changed(record);

    return ngx_trade_answer_etag(req, trade_buf_done(&b));
}


static ngx_int_t
ngx_trade_answer_stock_etag(ngx_trade_request_t *req, trade_str_t line,
    uint64_t version)
{
    char         tag[TRADE_VIEW_STOCK_TAG_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, tag, sizeof(tag));

    if (trade_view_stock_tag(&b, line, version) != 0) {
        return NGX_ERROR;
    }

    req->answer.changed = TRADE_PRECONDITION_UNSET;

    return ngx_trade_answer_etag(req, trade_buf_done(&b));
}


static ngx_int_t
ngx_trade_answer_etag(ngx_trade_request_t *req, trade_str_t tag)
{
    u_char  *p;

    p = ngx_pnalloc(req->r->pool, tag.len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    req->answer.etag.data = p;
    req->answer.etag.len = tag.len + 2;

    *p++ = '"';
    p = ngx_cpymem(p, tag.data, tag.len);
    *p = '"';

    return NGX_OK;
}


ngx_int_t
ngx_trade_answer_stock(ngx_trade_request_t *req, const trade_reply_t *reply)
{
    char         *mem;
    size_t        size;
    trade_buf_t   b;

    if (req->r == NULL) {
        return NGX_OK;
    }

    size = trade_view_size(reply->text.len);

    mem = ngx_pnalloc(req->r->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);

    if (trade_view_stock(&b, reply->text, reply->value,
                         trade_str_of(NULL, 0), 0)
        != 0
        || b.overflow
        || ngx_trade_answer_stock_etag(req, reply->text, reply->value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    req->answer.body = ngx_trade_ngx_str(trade_buf_done(&b));
    req->answer.changed = reply->changed;

    return NGX_OK;
}


ngx_int_t
ngx_trade_answer_send(ngx_trade_request_t *req, trade_result_e result)
{
    ngx_int_t            rc;
    trade_str_t          named;
    ngx_http_request_t  *r;

    r = req->r;
    rc = NGX_OK;

    named = trade_flow_named(&req->flow, ngx_trade_request_id(req),
                             req->keyed);
    req->answer.id = ngx_trade_answer_copy(r, named);

    if (result == TRADE_NOT_MODIFIED) {
        req->answer.body.len = 0;

    } else if (trade_result_status(result) >= 300) {
        rc = ngx_trade_answer_problem(req, result);

    } else if (req->answer.body.len == 0) {
        rc = ngx_trade_answer_record(req, ngx_trade_request_id(req),
                                     &req->record, result != TRADE_ACCEPTED);
    }

    ngx_trade_answer_log(req, result);

    if (rc != NGX_OK || ngx_trade_answer_headers(req, result) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send(r, trade_result_status(result),
                          req->answer.cache.len ? &req->answer.cache : NULL,
                          &req->answer.body);
}


static ngx_int_t
ngx_trade_answer_problem(ngx_trade_request_t *req, trade_result_e result)
{
    trade_problem_t  problem;

    ngx_memzero(&problem, sizeof(trade_problem_t));

    problem.result = result;
    problem.refused = req->answer.refused;
    problem.errors = req->answer.errors;
    problem.detail = ngx_trade_str(req->answer.detail);
    problem.state = ngx_trade_str(req->answer.state);

    if (req->op->stock) {
        problem.change_id = ngx_trade_str(req->answer.id);

    } else {
        problem.order_id = ngx_trade_str(req->answer.id);
    }

    return ngx_trade_send_document(req->r, &problem, &req->answer.body);
}


/* Sets $trade_result and the variables of the order */

static void
ngx_trade_answer_log(ngx_trade_request_t *req, trade_result_e result)
{
    req->ctx->result = ngx_trade_ngx_str(trade_result_name(result));

    if (req->answer.replayed && trade_result_status(result) < 300) {
        ngx_str_set(&req->ctx->result, "replayed");
    }

    ngx_trade_answer_trace(req, ngx_trade_str(req->answer.id));
}


void
ngx_trade_answer_trace(ngx_trade_request_t *req, trade_str_t id)
{
    ngx_trade_ctx_t     *ctx;
    ngx_http_request_t  *r;

    r = req->r;
    ctx = req->ctx;

    if (id.len && !req->op->stock) {
        ctx->order_id = ngx_trade_answer_copy(r, id);
    }

    if (req->sku.len) {
        ctx->sku = ngx_trade_answer_copy(r, req->sku);
    }

    if (req->call.handler || req->cart) {
        ctx->shard = *ngx_trade_redis_shard_name(req->conf->redis, req->slot);
    }
}


/* Returns an empty string if there is no memory */

static ngx_str_t
ngx_trade_answer_copy(ngx_http_request_t *r, trade_str_t s)
{
    ngx_str_t  copy, src;

    src = ngx_trade_ngx_str(s);

    copy.data = ngx_pstrdup(r->pool, &src);
    copy.len = copy.data ? s.len : 0;

    return copy;
}
