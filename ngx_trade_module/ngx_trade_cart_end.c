/*
 * The end of it: given up at home, sold or released in the other slots, and
 * home is told.
 */

#include "ngx_trade_cart.h"


#define NGX_TRADE_CART_DAY    86400000


static void ngx_trade_cart_aborted(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_cart_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_cart_tell(ngx_trade_cart_t *cart);
static void ngx_trade_cart_told(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


void
ngx_trade_cart_abort(ngx_trade_cart_t *cart)
{
    void           *mem;
    unsigned        slot;
    trade_call_t    call;
    trade_known_t   known;

    slot = cart->cart.parts[0].order.slot;
    ngx_trade_worker_known(cart->worker, cart->conf, slot, &known);

    mem = ngx_palloc(cart->pool, TRADE_CALL_SIZE);
    cart->home.durable = cart->conf->durability != 0;

    if (mem == NULL
        || trade_call_verdict(&call, mem, TRADE_CALL_SIZE, &known,
                              cart->make.id, 1)
           != 0
        || ngx_trade_cart_send(cart, slot, &cart->home, &call,
                               ngx_trade_cart_aborted, cart)
           != NGX_OK)
    {
        trade_cart_flow_lost(&cart->flow);
    }
}


static void
ngx_trade_cart_aborted(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t      reply;
    ngx_trade_cart_t  *cart;

    cart = cmd->data;

    if (result == NGX_TRADE_REDIS_OK && cmd->replicated
        && trade_reply_read(&reply, cmd->text) == 0
        && reply.kind == TRADE_REPLY_FREE)
    {
        trade_cart_flow_aborted(&cart->flow);

    } else {
        trade_cart_flow_lost(&cart->flow);
    }

    ngx_trade_cart_run(cart);
    ngx_trade_cart_done(cart);
}


void
ngx_trade_cart_confirm(ngx_trade_request_t *req)
{
    ngx_trade_cart_end(req->cart, 1);
}


/* What could not be sent, or is not answered, is asked for by a sweeper */

void
ngx_trade_cart_end(ngx_trade_cart_t *cart, ngx_uint_t sold)
{
    int                      rc;
    void                    *mem;
    unsigned                 slot;
    ngx_uint_t               i;
    trade_call_t             call;
    trade_known_t            known;
    ngx_trade_cart_other_t  *other;

    for (i = 0; i < cart->nothers; i++) {
        other = &cart->others[i];
        slot = other->part->order.slot;
        other->cmd.durable = 0;
        ngx_trade_worker_known(cart->worker, cart->conf, slot, &known);

        mem = ngx_palloc(cart->pool, TRADE_CALL_SIZE);
        if (mem == NULL) {
            return;
        }

        if (sold) {
            rc = trade_call_confirm(&call, mem, TRADE_CALL_SIZE, &known,
                                    cart->make.id,
                                    ngx_trade_cart_keep(cart->worker->conf));
        } else {
            rc = trade_call_release(&call, mem, TRADE_CALL_SIZE, &known,
                                    cart->make.id, 0);
        }

        if (rc == 0) {
            (void) ngx_trade_cart_send(cart, slot, &other->cmd, &call,
                                       ngx_trade_cart_applied, other);
        }
    }
}


static void
ngx_trade_cart_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t            reply;
    ngx_trade_cart_t        *cart;
    ngx_trade_cart_other_t  *other;

    other = cmd->data;
    cart = other->cart;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        other->done = reply.kind == TRADE_REPLY_APPLIED;

        if (reply.regressed) {
            ngx_trade_worker_alarm(cart->worker, cart->conf,
                                   other->part->order.slot);
        }
    }

    /* the last one: but for the request, nothing else is under way */

    if (cart->under_way == 1 + (cart->req != NULL)) {
        ngx_trade_cart_tell(cart);
    }

    ngx_trade_cart_done(cart);
}


static void
ngx_trade_cart_tell(ngx_trade_cart_t *cart)
{
    void           *mem;
    size_t          n, size;
    unsigned        home, *slots;
    ngx_uint_t      i;
    trade_call_t    call;
    trade_known_t   known;

    home = cart->cart.parts[0].order.slot;
    size = trade_call_told_size(cart->nothers);
    slots = ngx_palloc(cart->pool, cart->nothers * sizeof(unsigned));
    mem = ngx_palloc(cart->pool, size);

    if (slots == NULL || mem == NULL) {
        return;
    }

    for (n = 0, i = 0; i < cart->nothers; i++) {
        if (cart->others[i].done) {
            slots[n++] = cart->others[i].part->order.slot;
        }
    }

    ngx_trade_worker_known(cart->worker, cart->conf, home, &known);
    cart->home.durable = 0;

    if (n && trade_call_told(&call, mem, size, &known, cart->make.id, 0, slots,
                             n)
             == 0)
    {
        (void) ngx_trade_cart_send(cart, home, &cart->home, &call,
                                   ngx_trade_cart_told, cart);
    }
}


static void
ngx_trade_cart_told(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_cart_done(cmd->data);
}


/* An order may be paid when it is as old as it may be, and then cancelled */

uint64_t
ngx_trade_cart_keep(ngx_trade_main_conf_t *conf)
{
    return conf->order_keep ? 2 * conf->order_keep + 2 * NGX_TRADE_CART_DAY
                            : 0;
}
