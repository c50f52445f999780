/*
 * The end of it: sold or released in the other slots, and home is told.
 */

#include "ngx_trade_cart.h"


#define NGX_TRADE_CART_DAY    86400000


static void ngx_trade_cart_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static int ngx_trade_cart_tell_call(ngx_trade_cart_t *cart,
    trade_call_t *call, uint64_t seq);
static void ngx_trade_cart_told(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


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

        if (!other->holds) {
            continue;
        }

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
        if (cart->placed && reply.kind == TRADE_REPLY_APPLIED) {
            other->sold = 1;
            cart->to_tell = 1;
        }

        if (reply.regressed) {
            ngx_trade_worker_alarm(cart->worker, cart->conf,
                                   other->part->order.slot);
        }
    }

    ngx_trade_cart_done(cart);
}


/* -1 where others are yet to answer, too: home is told then */

int
ngx_trade_cart_settle(ngx_trade_cart_t *cart, trade_call_t *call,
    uint64_t seq)
{
    return cart->to_tell && cart->under_way == 1
           ? ngx_trade_cart_tell_call(cart, call, seq) : -1;
}


ngx_int_t
ngx_trade_cart_tell(ngx_trade_cart_t *cart)
{
    trade_call_t  call;

    if (!cart->to_tell || ngx_trade_cart_tell_call(cart, &call, 0) != 0) {
        return NGX_ERROR;
    }

    return ngx_trade_cart_send(cart, cart->cart.parts[0].order.slot,
                               &cart->home, &call, ngx_trade_cart_told, cart);
}


static int
ngx_trade_cart_tell_call(ngx_trade_cart_t *cart, trade_call_t *call,
    uint64_t seq)
{
    void           *mem;
    size_t          n, size;
    unsigned       *slots;
    ngx_uint_t      i;
    trade_known_t   known;

    cart->to_tell = 0;

    size = trade_call_told_size(cart->nothers);
    slots = ngx_palloc(cart->pool, cart->nothers * sizeof(unsigned));
    mem = ngx_palloc(cart->pool, size);

    if (slots == NULL || mem == NULL) {
        return -1;
    }

    for (n = 0, i = 0; i < cart->nothers; i++) {
        if (cart->others[i].sold) {
            slots[n++] = cart->others[i].part->order.slot;
        }
    }

    ngx_trade_worker_known(cart->worker, cart->conf,
                           cart->cart.parts[0].order.slot, &known);

    return trade_call_told(call, mem, size, &known, cart->make.id, 0, seq,
                           slots, n);
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
