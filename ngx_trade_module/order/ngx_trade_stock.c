/*
 * /v1/stock/{sku}, or ?sku=: shows, sets and changes stock.
 */

#include "ngx_trade_request.h"
#include "ngx_trade_slot.h"


typedef trade_result_e (*ngx_trade_stock_parse_pt)(
    trade_stock_change_t *change, trade_str_t body, trade_errors_t *errors);


static trade_result_e ngx_trade_stock_show(ngx_trade_request_t *req);
static ngx_uint_t ngx_trade_stock_hint(ngx_trade_request_t *req,
    trade_result_e *result);
static trade_result_e ngx_trade_stock_set(ngx_trade_request_t *req);
static trade_result_e ngx_trade_stock_add(ngx_trade_request_t *req);
static trade_result_e ngx_trade_stock_change(ngx_trade_request_t *req,
    ngx_trade_stock_parse_pt parse);
static trade_result_e ngx_trade_stock_parse(ngx_trade_request_t *req,
    ngx_trade_stock_parse_pt parse, trade_stock_change_t *change);
static const char *ngx_trade_stock_sku(ngx_trade_request_t *req);


static const ngx_trade_op_t  ngx_trade_stock_show_op = {
    .name = "show",
    .prepare = ngx_trade_stock_show,
    .success = TRADE_DONE,
    .stock = 1
};


static const ngx_trade_op_t  ngx_trade_stock_set_op = {
    .name = "set",
    .prepare = ngx_trade_stock_set,
    .success = TRADE_DONE,
    .state = TRADE_STATE_STOCK,
    .changes = 1,
    .body = 1,
    .stock = 1
};


static const ngx_trade_op_t  ngx_trade_stock_add_op = {
    .name = "add",
    .prepare = ngx_trade_stock_add,
    .success = TRADE_DONE,
    .state = TRADE_STATE_STOCK,
    .changes = 1,
    .body = 1,
    .keyed = 1,
    .stock = 1
};


ngx_int_t
ngx_trade_stock_handler(ngx_http_request_t *r)
{
    ngx_str_t              sku;
    const char            *why;
    trade_result_e         result;
    const ngx_trade_op_t  *op;

    result = ngx_trade_uri_sku(r, &sku, &why);

    if (result != TRADE_DONE) {
        return ngx_trade_request_refuse(r, result, why);
    }

    switch (r->method) {

    case NGX_HTTP_GET:
    case NGX_HTTP_HEAD:
        op = &ngx_trade_stock_show_op;
        break;

    case NGX_HTTP_PUT:
        op = &ngx_trade_stock_set_op;
        break;

    case NGX_HTTP_PATCH:
        op = &ngx_trade_stock_add_op;
        break;

    default:
        return ngx_trade_request_refuse(r, TRADE_METHOD,
                                        "GET, HEAD, PUT, PATCH");
    }

    return ngx_trade_request_begin(r, op, &sku);
}


static trade_result_e
ngx_trade_stock_show(ngx_trade_request_t *req)
{
    void               *mem;
    const char         *fault;
    trade_call_t        call;
    trade_result_e      result;
    trade_slot_seen_t   seen;

    fault = ngx_trade_stock_sku(req);

    if (fault) {
        ngx_trade_answer_detail(req, "the SKU in the URI %s; " TRADE_NAME_RULE,
                                fault);
        return TRADE_UNKNOWN_SKU;
    }

    if (ngx_trade_stock_hint(req, &result)) {
        return result;
    }

    if (ngx_trade_redis_full(ngx_trade_request_redis(req), req->slot)) {
        return TRADE_QUEUE_FULL;
    }

    ngx_trade_worker_seen(req->worker, req->conf->redis, req->slot, &seen);

    mem = ngx_palloc(req->pool, TRADE_CALL_SIZE);

    if (mem == NULL
        || trade_call_stock(&call, mem, TRADE_CALL_SIZE, &seen,
                            req->sku)
           != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}


/* Returns 1 if a hint answers, with the result in *result */

static ngx_uint_t
ngx_trade_stock_hint(ngx_trade_request_t *req, trade_result_e *result)
{
    char            mem[TRADE_HINT_TEXT];
    trade_reply_t   reply;

    if (req->conf->hint_ttl == 0) {
        return 0;
    }

    ngx_trade_request_hint(req, 0);

    if (!ngx_trade_hint_stock(&req->hint, mem, &reply)
        || ngx_trade_answer_stock(req, &reply) != NGX_OK)
    {
        return 0;
    }

    req->answered = 1;
    *result = ngx_trade_condition_show(req);

    return 1;
}


static trade_result_e
ngx_trade_stock_set(ngx_trade_request_t *req)
{
    return ngx_trade_stock_change(req, trade_stock_parse_put);
}


static trade_result_e
ngx_trade_stock_add(ngx_trade_request_t *req)
{
    return ngx_trade_stock_change(req, trade_stock_parse_patch);
}


static trade_result_e
ngx_trade_stock_change(ngx_trade_request_t *req,
    ngx_trade_stock_parse_pt parse)
{
    char                   text[TRADE_STOCK_CHANGE_MAX];
    void                  *mem;
    trade_buf_t            canonical;
    trade_call_t           call;
    trade_result_e         result;
    ngx_trade_write_t     *write;
    trade_stock_change_t   change;

    result = ngx_trade_stock_parse(req, parse, &change);
    if (result != TRADE_DONE) {
        return result;
    }

    req->record.state = TRADE_STATE_STOCK;
    req->record.key = TRADE_RECORD_KEY_SKU;

    result = ngx_trade_write_key(req);
    if (result != TRADE_DONE) {
        return result;
    }

    trade_buf_init(&canonical, text, sizeof(text));
    trade_stock_write_change(&canonical, req->sku, &change);

    write = ngx_trade_write_create(req, trade_buf_done(&canonical), &result);
    if (write == NULL) {
        return result;
    }

    write->call.keep = TRADE_KEEP_CHANGE;

    mem = ngx_palloc(req->pool, TRADE_CALL_CHANGE_SIZE);

    if (mem == NULL
        || trade_call_change(&call, mem, TRADE_CALL_CHANGE_SIZE, &write->call,
                             req->sku, &change)
           != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}


static trade_result_e
ngx_trade_stock_parse(ngx_trade_request_t *req,
    ngx_trade_stock_parse_pt parse, trade_stock_change_t *change)
{
    const char       *fault;
    trade_str_t       body;
    trade_errors_t    errors;
    trade_result_e    result;

    errors.n = 0;

    result = ngx_trade_body_get(req, &body);
    if (result != TRADE_DONE) {
        return result;
    }

    result = parse(change, body, &errors);

    fault = ngx_trade_stock_sku(req);

    if (result == TRADE_DONE && fault) {
        ngx_trade_answer_detail(req, "the SKU in the URI %s; " TRADE_NAME_RULE,
                                fault);
        trade_problem_add(&errors, "", "the SKU in the URI %s", fault);
        result = TRADE_INVALID_FIELD;
    }

    if (result != TRADE_DONE) {
        ngx_trade_answer_errors(req, &errors);
    }

    return result;
}


/* Takes the SKU from the URI.  Returns NULL, or why there is none */

static const char *
ngx_trade_stock_sku(ngx_trade_request_t *req)
{
    const char  *fault;

    fault = trade_name_fault(ngx_trade_str(req->subject));

    if (fault == NULL) {
        req->sku = ngx_trade_str(req->subject);
        req->slot = trade_slot_of(req->sku);
    }

    return fault;
}
