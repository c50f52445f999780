/*
 * The request's own call, at home, when the participants hold what they have of
 * the order, or have refused; and how long a cart lives.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static ngx_trade_cart_t *ngx_trade_cart_create(ngx_trade_request_t *req,
    ngx_trade_write_t *write);
static ngx_int_t ngx_trade_cart_home(ngx_trade_cart_t *cart,
    ngx_uint_t dry_run);
static trade_str_t ngx_trade_cart_versions(ngx_trade_cart_t *cart);


trade_result_e
ngx_trade_cart_prepare(ngx_trade_request_t *req, ngx_trade_write_t *write,
    trade_result_e result)
{
    ngx_uint_t         i;
    ngx_trade_cart_t  *cart;

    cart = ngx_trade_cart_create(req, write);
    if (cart == NULL) {
        return TRADE_OVERLOADED;
    }

    cart->nparticipants = cart->cart.nparts - 1;
    cart->commands = ngx_pcalloc(cart->pool,
                                 cart->nparticipants
                                 * sizeof(ngx_trade_cart_command_t));
    cart->participants = ngx_pcalloc(cart->pool,
                                     cart->nparticipants
                                     * sizeof(trade_participant_t));

    if (cart->commands == NULL || cart->participants == NULL) {
        return TRADE_OVERLOADED;
    }

    for (i = 0; i < cart->nparticipants; i++) {
        cart->participants[i].part = &cart->cart.parts[i + 1];
        cart->commands[i].cart = cart;
        cart->commands[i].participant = &cart->participants[i];
    }

    if (result == TRADE_DONE) {
        trade_cart_flow_start(&cart->flow, cart->nparticipants);

    } else {
        trade_cart_flow_refuse(&cart->flow, result);
    }

    return TRADE_DONE;
}


/* Once it is the request's it is freed with it */

static ngx_trade_cart_t *
ngx_trade_cart_create(ngx_trade_request_t *req, ngx_trade_write_t *write)
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
    cart->write = write->call;
    ngx_memcpy(cart->id, req->id, TRADE_ID_LEN);
    cart->write.id = trade_str_of((char *) cart->id, TRADE_ID_LEN);
    req->cart = cart;

    /* until it is prepared: it may end without */

    trade_cart_flow_refuse(&cart->flow, TRADE_OVERLOADED);

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

            /* home is asked again, or participants are yet to answer */

            return cart->flow.waits ? NGX_AGAIN : NGX_OK;
        }
    }
}


/* Lays req->call out, with the slot as it is seen now */

static ngx_int_t
ngx_trade_cart_home(ngx_trade_cart_t *cart, ngx_uint_t dry_run)
{
    void                 *mem;
    size_t                size;
    trade_call_t          call;
    const trade_order_t  *home;
    ngx_trade_request_t  *req;

    req = cart->req;
    home = &cart->cart.parts[0].order;

    if (dry_run) {
        trade_flow_dry_run(&req->flow);

    } else {
        req->record.participants = ngx_trade_cart_versions(cart);

        if (req->record.participants.len == 0) {
            return NGX_ERROR;
        }
    }

    ngx_trade_worker_seen(cart->worker, cart->conf, req->slot,
                          &cart->write.seen);

    size = trade_call_place_size(&cart->write, home);
    mem = ngx_palloc(req->pool, size);

    if (mem == NULL
        || trade_call_place(&call, mem, size, &cart->write, home, dry_run) != 0)
    {
        return NGX_ERROR;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return NGX_OK;
}


/* `<slot>=<version>,...` in the request's pool; empty: out of memory */

static trade_str_t
ngx_trade_cart_versions(ngx_trade_cart_t *cart)
{
    void         *mem;
    size_t        size;
    trade_buf_t   b;

    size = trade_participant_versions_size(cart->nparticipants);

    mem = ngx_pnalloc(cart->req->pool, size);
    if (mem == NULL) {
        return trade_str_of(NULL, 0);
    }

    trade_buf_init(&b, mem, size);

    return trade_participant_versions(&b, cart->participants,
                                      cart->nparticipants);
}


void
ngx_trade_cart_leave(ngx_trade_cart_t *cart)
{
    if (trade_cart_flow_abandoned(&cart->flow, cart->req->flow.ambiguous)) {
        ngx_trade_cart_end(cart, 0);
    }

    cart->req = NULL;
    ngx_trade_cart_call_done(cart);
}
