#include "ngx_trade_request.h"


#define NGX_TRADE_REQUEST_POOL  4096


static ngx_int_t ngx_trade_request_start(ngx_trade_request_t *req,
    trade_result_e result);
static ngx_trade_request_t *ngx_trade_request_create(ngx_http_request_t *r,
    const ngx_trade_op_t *op);
static void ngx_trade_request_body(ngx_http_request_t *r);
static void ngx_trade_request_gone(void *data);


ngx_int_t
ngx_trade_request_begin(ngx_http_request_t *r, const ngx_trade_op_t *op,
    ngx_str_t *subject)
{
    ngx_int_t             rc;
    trade_result_e        result;
    ngx_trade_request_t  *req;

    req = ngx_trade_request_create(r, op);
    if (req == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    req->subject.len = subject->len;
    req->subject.data = ngx_pstrdup(req->pool, subject);
    if (req->subject.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    req->call.replicated = 1;

    ngx_trade_headers_read(r, &req->headers);
    result = op->admit ? op->admit(req) : TRADE_DONE;

    if (result == TRADE_DONE) {
        result = ngx_trade_condition_read(req);
    }

    if (result == TRADE_DONE && op->body) {
        result = ngx_trade_body_check(req);

        if (result == TRADE_DONE) {
            rc = ngx_http_read_client_request_body(r, ngx_trade_request_body);
            return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
        }

    } else if (result == TRADE_DONE) {
        result = op->prepare(req);
    }

    return ngx_trade_request_start(req, result);
}


ngx_int_t
ngx_trade_request_subject(ngx_http_request_t *r, ngx_str_t *subject)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->uri.len < clcf->name.len) {
        return NGX_DECLINED;
    }

    subject->data = r->uri.data + clcf->name.len;
    subject->len = r->uri.len - clcf->name.len;

    if (subject->len == 0 || clcf->name.data[clcf->name.len - 1] == '/') {
        return NGX_OK;
    }

    if (subject->data[0] != '/') {
        return NGX_DECLINED;
    }

    subject->data++;
    subject->len--;

    return NGX_OK;
}


ngx_int_t
ngx_trade_request_refuse(ngx_http_request_t *r, trade_result_e result,
    const char *text)
{
    ngx_trade_request_t          *req;
    static const ngx_trade_op_t   none = { .name = "refuse" };

    req = ngx_trade_request_create(r, &none);
    if (req == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (text && result == TRADE_METHOD) {
        req->answer.allow = ngx_trade_ngx_str(trade_str_c(text));

    } else if (text) {
        req->answer.detail = ngx_trade_ngx_str(trade_str_c(text));
    }

    return ngx_trade_request_start(req, result);
}


/* The request has no body, or its body is not wanted any more */

static ngx_int_t
ngx_trade_request_start(ngx_trade_request_t *req, trade_result_e result)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = req->r;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    r->main->count++;
    ngx_trade_run_begin(req, result);

    return NGX_DONE;
}


static ngx_trade_request_t *
ngx_trade_request_create(ngx_http_request_t *r, const ngx_trade_op_t *op)
{
    ngx_pool_t             *pool;
    ngx_trade_ctx_t        *ctx;
    ngx_trade_worker_t     *worker;
    ngx_http_cleanup_t     *cln;
    ngx_trade_request_t    *req;
    ngx_trade_main_conf_t  *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_trade_module);
    worker = conf->worker;

    if (worker == NULL) {
        return NULL;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_trade_ctx_t));
    cln = ngx_http_cleanup_add(r, 0);
    if (ctx == NULL || cln == NULL) {
        return NULL;
    }

    pool = ngx_create_pool(NGX_TRADE_REQUEST_POOL, worker->log);
    if (pool == NULL) {
        return NULL;
    }

    req = ngx_pcalloc(pool, sizeof(ngx_trade_request_t));
    if (req == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    req->pool = pool;
    req->r = r;
    req->ctx = ctx;
    req->cleanup = cln;
    req->op = op;
    req->worker = worker;
    req->conf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    req->timer.handler = ngx_trade_run_timer;
    req->timer.data = req;
    req->timer.log = worker->log;

    ctx->req = req;
    ctx->lock_time = -1;
    ctx->reserve_time = -1;
    ctx->publish_time = -1;
    ctx->partition = -1;
    ngx_http_set_ctx(r, ctx, ngx_trade_module);

    cln->handler = ngx_trade_request_gone;
    cln->data = req;

    req->call.awaited = 1;
    worker->cell->in_flight++;

    return req;
}


static void
ngx_trade_request_body(ngx_http_request_t *r)
{
    ngx_trade_ctx_t      *ctx;
    ngx_trade_request_t  *req;

    ctx = ngx_http_get_module_ctx(r, ngx_trade_module);
    req = ctx->req;

    ngx_trade_run_begin(req, req->op->prepare(req));
}


/* The client has gone, or the request has failed before its flow began */

static void
ngx_trade_request_gone(void *data)
{
    ngx_trade_request_t *req = data;

    ngx_str_set(&req->ctx->result, "client-gone");

    if (req->begun) {
        ngx_trade_answer_trace(req, trade_flow_possible(
                                        &req->flow, ngx_trade_request_id(req)));
    }

    req->r = NULL;
    req->ctx = NULL;

    if (!req->begun) {
        ngx_trade_run_free(req);
        return;
    }

    req->worker->cell->counters[NGX_TRADE_CLIENT_GONE]++;
}


trade_result_e
ngx_trade_request_order(ngx_trade_request_t *req)
{
    int  slot;

    slot = trade_id_slot(ngx_trade_str(req->subject));
    if (slot < 0) {
        return TRADE_UNKNOWN_ORDER;
    }

    req->slot = slot;
    ngx_memcpy(req->id, req->subject.data, TRADE_ID_LEN);

    return TRADE_DONE;
}


trade_result_e
ngx_trade_request_buyer(ngx_trade_request_t *req)
{
    ngx_str_t        buyer;
    const char      *fault;
    trade_result_e   result;

    if (req->conf->buyer == NULL) {
        return TRADE_DONE;
    }

    result = ngx_trade_request_buyer_of(req->r, req->conf->buyer, &buyer,
                                        &fault);

    if (result == TRADE_BUYER_MALFORMED) {
        ngx_log_error(NGX_LOG_ERR, req->r->connection->log, 0,
                      "trade: %s is refused: the buyer id that \"trade_buyer\" "
                      "gives %s; " TRADE_NAME_RULE, req->op->name, fault);
        ngx_trade_answer_detail(req, "the buyer id %s; " TRADE_NAME_RULE,
                                fault);
    }

    if (result != TRADE_DONE) {
        return result;
    }

    req->buyer.data = ngx_pstrdup(req->pool, &buyer);
    req->buyer.len = buyer.len;

    return req->buyer.data ? TRADE_DONE : TRADE_OVERLOADED;
}


trade_result_e
ngx_trade_request_buyer_of(ngx_http_request_t *r,
    ngx_http_complex_value_t *value, ngx_str_t *buyer, const char **fault)
{
    if (ngx_http_complex_value(r, value, buyer) != NGX_OK) {
        return TRADE_OVERLOADED;
    }

    if (buyer->len == 0) {
        return TRADE_BUYER_REQUIRED;
    }

    *fault = trade_name_fault(ngx_trade_str(*buyer));

    return *fault ? TRADE_BUYER_MALFORMED : TRADE_DONE;
}


void
ngx_trade_request_hint(ngx_trade_request_t *req, uint64_t quantity)
{
    req->hint.worker = req->worker;
    req->hint.redis = req->conf->redis;
    req->hint.slot = req->slot;
    req->hint.sku = req->sku;
    req->hint.ttl = req->conf->hint_ttl;
    req->hint.quantity = quantity;
}
