/*
 * The request's own call, at home, when the others hold what they have of the
 * order, or have refused; and how long a cart lives.
 */

#include "ngx_trade_cart.h"


static ngx_trade_cart_t *ngx_trade_cart_create(ngx_trade_request_t *req,
    ngx_trade_make_t *make);
static ngx_int_t ngx_trade_cart_home(ngx_trade_cart_t *cart, ngx_uint_t look);
static trade_str_t ngx_trade_cart_versions(ngx_trade_cart_t *cart);


trade_verdict_e
ngx_trade_cart_prepare(ngx_trade_request_t *req, ngx_trade_make_t *make,
    trade_verdict_e verdict)
{
    ngx_uint_t         i;
    ngx_trade_cart_t  *cart;

    cart = ngx_trade_cart_create(req, make);
    if (cart == NULL) {
        return TRADE_OVERLOADED;
    }

    cart->nothers = cart->cart.nparts - 1;
    cart->others = ngx_pcalloc(cart->pool, cart->nothers
                                           * sizeof(ngx_trade_cart_other_t));
    if (cart->others == NULL) {
        return TRADE_OVERLOADED;
    }

    for (i = 0; i < cart->nothers; i++) {
        cart->others[i].cart = cart;
        cart->others[i].part = &cart->cart.parts[i + 1];
    }

    if (verdict == TRADE_DONE) {
        trade_cart_flow_start(&cart->flow, cart->nothers);

    } else {
        trade_cart_flow_refuse(&cart->flow, verdict);
    }

    return TRADE_DONE;
}


/* Once it is the request's it is freed with it */

static ngx_trade_cart_t *
ngx_trade_cart_create(ngx_trade_request_t *req, ngx_trade_make_t *make)
{
    void              *mem;
    size_t             size;
    ngx_pool_t        *pool;
    ngx_trade_cart_t  *cart;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, req->worker->log);
    if (pool == NULL) {
        return NULL;
    }

    cart = ngx_pcalloc(pool, sizeof(ngx_trade_cart_t));
    if (cart == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
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

    return mem && trade_cart_split(&cart->cart, mem, size, &req->order) == 0
           ? cart : NULL;
}


ngx_int_t
ngx_trade_cart_ready(ngx_trade_cart_t *cart)
{
    ngx_int_t             rc;
    trade_cart_action_e   action;
    ngx_trade_request_t  *req;

    req = cart->req;

    for ( ;; ) {
        action = trade_cart_flow_next(&cart->flow);

        switch (action) {

        case TRADE_CART_RESERVE:
            ngx_trade_cart_reserve(cart);
            break;

        case TRADE_CART_RELEASE:
            ngx_trade_cart_end(cart, 0);
            break;

        case TRADE_CART_LOOK:
        case TRADE_CART_PLACE:
            rc = ngx_trade_cart_home(cart, action == TRADE_CART_LOOK);

            if (rc != NGX_OK) {
                trade_flow_event(&req->flow, TRADE_FLOW_FINAL,
                                 TRADE_OVERLOADED, ngx_current_msec);
            }

            return rc;

        default:

            /* home is asked again, or the others are yet to answer */

            return cart->flow.waits ? NGX_AGAIN : NGX_OK;
        }
    }
}


/* Lays req->call out; known is what is known now */

static ngx_int_t
ngx_trade_cart_home(ngx_trade_cart_t *cart, ngx_uint_t look)
{
    void                 *mem;
    size_t                size;
    trade_call_t          call;
    const trade_order_t  *home;
    ngx_trade_request_t  *req;

    req = cart->req;
    home = &cart->cart.parts[0].order;

    if (look) {
        trade_flow_look(&req->flow);

    } else {
        req->record.others = ngx_trade_cart_versions(cart);

        if (req->record.others.len == 0) {
            return NGX_ERROR;
        }
    }

    ngx_trade_worker_known(cart->worker, cart->conf, req->slot,
                           &cart->make.known);

    size = trade_call_place_size(&cart->make, home);
    mem = ngx_palloc(req->pool, size);

    if (mem == NULL
        || trade_call_place(&call, mem, size, &cart->make, home, look) != 0)
    {
        return NGX_ERROR;
    }

    ngx_trade_request_call(&req->call, &call, ngx_trade_reply_handler, req);

    return NGX_OK;
}


/* `<slot>=<version>,...` in the request's pool; empty: out of memory */

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
    /* a copy of the call that was lost may place it yet: who asks finds out */

    if (cart->flow.placing && !cart->placed && !cart->req->flow.ambiguous) {
        ngx_trade_cart_end(cart, 0);
    }

    cart->req = NULL;
    ngx_trade_cart_done(cart);
}


void
ngx_trade_cart_done(ngx_trade_cart_t *cart)
{
    if (--cart->under_way == 0) {
        ngx_destroy_pool(cart->pool);

    } else if (cart->under_way == 1 && cart->acked) {
        cart->acked = 0;
        ngx_trade_run_event(cart->req, TRADE_FLOW_ACKED, TRADE_DONE);
    }
}
