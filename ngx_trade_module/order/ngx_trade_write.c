/*
 * The common part of calls that make a record: placing an order, changing its
 * state, changing stock.
 */

#include "ngx_trade_request.h"


static ngx_trade_write_t *ngx_trade_write_begin(ngx_trade_request_t *req);
static trade_result_e ngx_trade_write_key_text(ngx_trade_request_t *req,
    char mem[TRADE_KEY_MAX], trade_str_t *key);
static trade_result_e ngx_trade_write_trace(ngx_trade_request_t *req);


trade_result_e
ngx_trade_write_key(ngx_trade_request_t *req)
{
    char            mem[TRADE_KEY_MAX];
    trade_str_t     parts[2];
    trade_result_e  result;

    result = ngx_trade_write_key_text(req, mem, &parts[1]);

    if (result != TRADE_DONE || parts[1].len == 0) {
        return result;
    }

    parts[0] = req->order.buyer;

    if (trade_digest_hex(req->worker->digest, parts, 2, req->key) != 0) {
        return TRADE_OVERLOADED;
    }

    req->keyed = 1;

    return TRADE_DONE;
}


ngx_trade_write_t *
ngx_trade_write_create(ngx_trade_request_t *req, trade_str_t canonical,
    trade_result_e *result)
{
    u_char              random[TRADE_ID_RANDOM];
    ngx_trade_write_t  *write;

    *result = TRADE_OVERLOADED;

    write = ngx_trade_write_begin(req);

    if (write == NULL
        || ngx_trade_worker_random(req->worker, random, sizeof(random))
           != NGX_OK
        || trade_digest_hex(req->worker->digest, &canonical, 1,
                            write->fingerprint)
           != 0)
    {
        return NULL;
    }

    trade_id_make(req->slot, random, (char *) req->id);
    ngx_trade_kafka_partition_stick(ngx_trade_request_kafka(req), req->id);

    write->call.fingerprint = trade_str_of(write->fingerprint,
                                           TRADE_DIGEST_LEN);

    if (req->keyed) {
        write->call.key = trade_str_of(req->key, TRADE_DIGEST_LEN);
        write->call.key_ms = TRADE_KEEP_KEY;
    }

    *result = ngx_trade_write_trace(req);

    return *result == TRADE_DONE ? write : NULL;
}


ngx_trade_write_t *
ngx_trade_write_again(ngx_trade_request_t *req, trade_result_e *result)
{
    ngx_trade_write_t  *write;

    write = ngx_trade_write_begin(req);

    *result = write ? ngx_trade_write_trace(req) : TRADE_OVERLOADED;

    return *result == TRADE_DONE ? write : NULL;
}


/* Returns NULL when out of memory */

static ngx_trade_write_t *
ngx_trade_write_begin(ngx_trade_request_t *req)
{
    ngx_trade_write_t   *write;
    trade_write_args_t  *call;

    write = ngx_pcalloc(req->pool, sizeof(ngx_trade_write_t));
    if (write == NULL) {
        return NULL;
    }

    call = &write->call;

    ngx_trade_worker_seen(req->worker, req->conf->redis, req->slot,
                          &call->seen);

    call->id = ngx_trade_request_id(req);
    call->lease = req->worker->conf->lease;
    call->deadline = ngx_trade_redis_clock(ngx_trade_request_redis(req),
                                           req->slot)
                     + (req->begun ? req->deadline - ngx_current_msec
                                   : req->conf->timeout);
    call->carried = &req->record;
    call->condition = &req->condition;

    return write;
}


/* The nonce of a ticket is the key; *key is empty if there is none */

static trade_result_e
ngx_trade_write_key_text(ngx_trade_request_t *req, char mem[TRADE_KEY_MAX],
    trade_str_t *key)
{
    trade_result_e  result;

    if (req->ticket) {
        *key = req->ticket->nonce;
        return TRADE_DONE;
    }

    result = ngx_trade_headers_key(&req->headers, mem, key);

    if (result == TRADE_DONE && key->len == 0
        && (req->conf->key_required || req->op->keyed))
    {
        return TRADE_KEY_REQUIRED;
    }

    return result;
}


/* Passes traceparent on if it is well-formed, and replaces it if not */

static trade_result_e
ngx_trade_write_trace(ngx_trade_request_t *req)
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
