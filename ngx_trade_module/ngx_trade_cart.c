/*
 * What comes first, and what is next: begun and committed by the request's own
 * call, and all that lies between.
 */

#include "ngx_trade_cart.h"


static void ngx_trade_cart_step(ngx_trade_cart_t *cart,
    trade_cart_action_e action);
static void ngx_trade_cart_commit(ngx_trade_cart_t *cart);
static trade_str_t ngx_trade_cart_versions(ngx_trade_cart_t *cart);


trade_verdict_e
ngx_trade_cart_prepare(ngx_trade_request_t *req, ngx_trade_make_t *make)
{
    void              *mem;
    size_t             size;
    ngx_uint_t         i;
    ngx_pool_t        *pool;
    trade_call_t       call;
    ngx_trade_cart_t  *cart;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, req->worker->log);
    if (pool == NULL) {
        return TRADE_OVERLOADED;
    }

    cart = ngx_pcalloc(pool, sizeof(ngx_trade_cart_t));
    if (cart == NULL) {
        ngx_destroy_pool(pool);
        return TRADE_OVERLOADED;
    }

    cart->pool = pool;
    cart->req = req;
    cart->worker = req->worker;
    cart->conf = req->conf->redis;
    cart->redis = ngx_trade_request_redis(req);
    cart->make = make->call;
    cart->under_way = 1;
    ngx_memcpy(cart->id, req->id, TRADE_ID_LEN);
    cart->make.id = trade_str_of((char *) cart->id, TRADE_ID_LEN);
    req->cart = cart;

    size = trade_cart_size(&req->order);
    mem = ngx_palloc(pool, size);

    if (mem == NULL
        || trade_cart_split(&cart->cart, mem, size, &req->order) != 0)
    {
        return TRADE_OVERLOADED;
    }

    cart->nothers = cart->cart.nparts - 1;
    cart->others = ngx_pcalloc(pool, cart->nothers
                                     * sizeof(ngx_trade_cart_other_t));
    if (cart->others == NULL) {
        return TRADE_OVERLOADED;
    }

    for (i = 0; i < cart->nothers; i++) {
        cart->others[i].cart = cart;
        cart->others[i].part = &cart->cart.parts[i + 1];
    }

    make->call.lease = req->conf->timeout + NGX_TRADE_CART_GRACE;
    size = trade_call_cart_size(&make->call, &cart->cart,
                                &cart->cart.parts[0]);
    mem = ngx_palloc(req->pool, size);

    if (mem == NULL
        || trade_call_begin(&call, mem, size, &make->call, &cart->cart) != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_request_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}


ngx_int_t
ngx_trade_cart_made(ngx_trade_request_t *req, const trade_reply_t *reply)
{
    ngx_trade_cart_t  *cart;

    cart = req->cart;

    if (trade_record_is(&reply->record, "REFUSED")) {

        /* somebody has asked about it before it was begun */

        ngx_trade_run_event(req, TRADE_FLOW_FINAL, TRADE_LATE);
        return 1;
    }

    if (!trade_record_is(&reply->record, "PREPARING")) {
        return 0;
    }

    if (req->call.replicated) {
        ngx_trade_worker_learn(cart->worker, cart->conf, req->slot,
                               reply->record.version, cart->make.id);
        trade_cart_flow_begun(&cart->flow, cart->nothers);

    } else {
        trade_cart_flow_abort(&cart->flow, TRADE_NOT_REPLICATED);
    }

    if (!req->flow.resent) {
        ngx_trade_redis_clock_is(cart->redis, req->slot, &req->call,
                                 reply->record.at);
    }

    ngx_trade_cart_run(cart);

    return 1;
}


ngx_int_t
ngx_trade_cart_refused(ngx_trade_request_t *req, trade_reply_t *reply)
{
    ngx_trade_cart_t  *cart;

    cart = req->cart;

    if (cart->flow.state == TRADE_CART_COMMITTING) {
        trade_cart_flow_abort(&cart->flow, reply->verdict);

    } else if (trade_cart_of_items(reply->verdict)) {
        ngx_trade_cart_explain(cart, &cart->cart.parts[0], reply);
        trade_cart_flow_refused(&cart->flow, cart->nothers, reply->verdict);

    } else {
        return 0;
    }

    ngx_trade_cart_run(cart);

    return 1;
}


void
ngx_trade_cart_run(ngx_trade_cart_t *cart)
{
    trade_cart_action_e  action;

    if (cart->running) {
        return;
    }

    cart->running = 1;
    cart->under_way++;                  /* so that it stays meanwhile */

    for ( ;; ) {
        action = trade_cart_flow_next(&cart->flow);

        if (action == TRADE_CART_AWAIT) {
            break;
        }

        ngx_trade_cart_step(cart, action);
    }

    cart->running = 0;
    ngx_trade_cart_done(cart);
}


/* The request waits: its flow is SENDING until it is refused or committed */

static void
ngx_trade_cart_step(ngx_trade_cart_t *cart, trade_cart_action_e action)
{
    switch (action) {

    case TRADE_CART_RESERVE:
        ngx_trade_cart_reserve(cart, 0);
        break;

    case TRADE_CART_LOOK:
        ngx_trade_cart_reserve(cart, 1);
        break;

    case TRADE_CART_COMMIT:
        ngx_trade_cart_commit(cart);
        break;

    case TRADE_CART_ABORT:
        ngx_trade_cart_abort(cart);
        break;

    case TRADE_CART_RELEASE:
        ngx_trade_cart_end(cart, 0);
        break;

    default:
        ngx_trade_run_event(cart->req, TRADE_FLOW_FINAL, cart->flow.verdict);
        break;
    }
}


/* From here on the request's call is the commit, also when it is lost */

static void
ngx_trade_cart_commit(ngx_trade_cart_t *cart)
{
    void                 *mem;
    size_t                size;
    trade_str_t           others;
    trade_call_t          call;
    ngx_trade_request_t  *req;

    req = cart->req;
    others = ngx_trade_cart_versions(cart);
    size = trade_call_commit_size(others.len);
    mem = ngx_palloc(req->pool, size);

    cart->make.lease = cart->worker->conf->lease;
    ngx_trade_worker_known(cart->worker, cart->conf, req->slot,
                           &cart->make.known);

    if (others.data == NULL || mem == NULL
        || trade_call_commit(&call, mem, size, &cart->make, others) != 0)
    {
        trade_cart_flow_abort(&cart->flow, TRADE_OVERLOADED);
        return;
    }

    req->record.others = others;
    ngx_trade_request_call(&req->call, &call, ngx_trade_reply_handler, req);

    if (ngx_trade_redis_send(cart->redis, req->slot, &req->call) != NGX_OK) {
        ngx_trade_run_event(req, TRADE_FLOW_UNSENT, TRADE_DONE);
    }
}


/* `<slot>=<version>,...` in the request's pool */

static trade_str_t
ngx_trade_cart_versions(ngx_trade_cart_t *cart)
{
    u_char      *start, *p;
    ngx_uint_t   i;

    start = ngx_pnalloc(cart->req->pool,
                        cart->nothers * (sizeof("4095=,") + NGX_INT64_LEN));
    if (start == NULL) {
        return trade_str_of(NULL, 0);
    }

    for (p = start, i = 0; i < cart->nothers; i++) {
        p = ngx_sprintf(p, "%s%ud=%uL", i ? "," : "",
                        cart->others[i].part->order.slot,
                        cart->others[i].version);
    }

    return trade_str_of((char *) start, p - start);
}


ngx_int_t
ngx_trade_cart_send(ngx_trade_cart_t *cart, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data)
{
    ngx_int_t  rc;

    cmd->replicated = 1;
    ngx_trade_request_call(cmd, call, handler, data);
    cart->under_way++;

    rc = ngx_trade_redis_send(cart->redis, slot, cmd);

    if (rc != NGX_OK) {
        cart->under_way--;
    }

    return rc;
}


void
ngx_trade_cart_leave(ngx_trade_cart_t *cart)
{
    cart->req = NULL;
    ngx_trade_cart_done(cart);
}


void
ngx_trade_cart_done(ngx_trade_cart_t *cart)
{
    if (--cart->under_way == 0) {
        ngx_destroy_pool(cart->pool);
    }
}
