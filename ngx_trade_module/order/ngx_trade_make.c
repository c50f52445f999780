/*
 * The common part of calls that make a record: placing an order, changing its
 * state, changing stock.
 */

#include "ngx_trade_request.h"


static ngx_trade_make_t *ngx_trade_make_begin(ngx_trade_request_t *req);
static trade_verdict_e ngx_trade_make_key(ngx_trade_request_t *req,
    ngx_trade_make_t *make);
static trade_verdict_e ngx_trade_make_trace(ngx_trade_request_t *req);


ngx_trade_make_t *
ngx_trade_make_create(ngx_trade_request_t *req, trade_str_t canonical,
    trade_verdict_e *verdict)
{
    u_char             random[TRADE_ID_RANDOM];
    ngx_trade_make_t  *make;

    *verdict = TRADE_OVERLOADED;

    make = ngx_trade_make_begin(req);

    if (make == NULL
        || ngx_trade_worker_random(req->worker, random, sizeof(random))
           != NGX_OK
        || trade_digest_hex(req->worker->digest, &canonical, 1,
                            make->fingerprint)
           != 0)
    {
        return NULL;
    }

    trade_id_make(req->slot, random, (char *) req->id);
    ngx_trade_kafka_steer(ngx_trade_request_kafka(req), req->id);

    make->call.fingerprint = trade_str_of(make->fingerprint,
                                          TRADE_DIGEST_LEN);

    *verdict = ngx_trade_make_key(req, make);

    if (*verdict == TRADE_DONE) {
        *verdict = ngx_trade_make_trace(req);
    }

    return *verdict == TRADE_DONE ? make : NULL;
}


ngx_trade_make_t *
ngx_trade_make_again(ngx_trade_request_t *req, trade_verdict_e *verdict)
{
    ngx_trade_make_t  *make;

    make = ngx_trade_make_begin(req);

    *verdict = make ? ngx_trade_make_trace(req) : TRADE_OVERLOADED;

    return *verdict == TRADE_DONE ? make : NULL;
}


/* Returns NULL when out of memory */

static ngx_trade_make_t *
ngx_trade_make_begin(ngx_trade_request_t *req)
{
    ngx_trade_make_t   *make;
    trade_call_make_t  *call;

    make = ngx_pcalloc(req->pool, sizeof(ngx_trade_make_t));
    if (make == NULL) {
        return NULL;
    }

    call = &make->call;

    ngx_trade_worker_known(req->worker, req->conf->redis, req->slot,
                           &call->known);

    call->id = ngx_trade_request_id(req);
    call->lease = req->worker->conf->lease;
    call->deadline = ngx_trade_redis_clock(ngx_trade_request_redis(req),
                                           req->slot)
                     + req->conf->timeout;
    call->carried = &req->record;
    call->condition = &req->condition;

    return make;
}


static trade_verdict_e
ngx_trade_make_key(ngx_trade_request_t *req, ngx_trade_make_t *make)
{
    char                 mem[TRADE_KEY_MAX];
    trade_str_t          parts[2];
    ngx_trade_header_t  *header;

    header = &req->headers.idempotency_key;

    if (header->n == 0) {
        return req->conf->key_required || req->op->keyed ? TRADE_KEY_REQUIRED
                                                         : TRADE_DONE;
    }

    if (header->n > 1
        || trade_key_parse(ngx_trade_str(header->value), mem, &parts[1]) != 0)
    {
        return TRADE_KEY_MALFORMED;
    }

    parts[0] = req->order.buyer;

    if (trade_digest_hex(req->worker->digest, parts, 2, make->key) != 0) {
        return TRADE_OVERLOADED;
    }

    req->keyed = 1;
    make->call.key = trade_str_of(make->key, TRADE_DIGEST_LEN);
    make->call.key_ms = TRADE_KEEP_KEY;

    return TRADE_DONE;
}


/* Passes traceparent on if it is well-formed, and replaces it if not */

static trade_verdict_e
ngx_trade_make_trace(ngx_trade_request_t *req)
{
    char                 *p;
    u_char                random[TRADE_TRACE_RANDOM];
    trade_str_t           parent, state;
    ngx_trade_headers_t  *headers;

    headers = &req->headers;
    parent = ngx_trade_str(headers->traceparent.value);
    state = ngx_trade_str(headers->tracestate.value);

    if (headers->traceparent.n == 0) {
        return TRADE_DONE;
    }

    p = ngx_pnalloc(req->pool, TRADE_TRACE_PARENT_LEN + state.len);
    if (p == NULL) {
        return TRADE_OVERLOADED;
    }

    req->record.traceparent = trade_str_of(p, TRADE_TRACE_PARENT_LEN);

    if (headers->traceparent.n > 1 || !trade_trace_parent_valid(parent)) {

        if (ngx_trade_worker_random(req->worker, random, sizeof(random))
            != NGX_OK)
        {
            return TRADE_OVERLOADED;
        }

        trade_trace_parent_make(random, p);
        return TRADE_DONE;
    }

    p = (char *) ngx_cpymem(p, parent.data, TRADE_TRACE_PARENT_LEN);

    if (headers->tracestate.n == 1 && trade_trace_state_valid(state)) {
        ngx_memcpy(p, state.data, state.len);
        req->record.tracestate = trade_str_of(p, state.len);
    }

    return TRADE_DONE;
}
