/*
 * The other slots are asked to hold their items.
 */

#include "ngx_trade_cart.h"


static ngx_int_t ngx_trade_cart_reserve_call(ngx_trade_cart_other_t *other);
static void ngx_trade_cart_reserved(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static trade_verdict_e ngx_trade_cart_reserved_reply(
    ngx_trade_cart_other_t *other);


void
ngx_trade_cart_reserve(ngx_trade_cart_t *cart)
{
    ngx_uint_t  i;

    for (i = 0; i < cart->nothers; i++) {
        if (ngx_trade_cart_reserve_call(&cart->others[i]) != NGX_OK) {
            trade_cart_flow_part(&cart->flow, TRADE_SHARD_DOWN);
        }
    }
}


static ngx_int_t
ngx_trade_cart_reserve_call(ngx_trade_cart_other_t *other)
{
    void               *mem;
    size_t              size;
    unsigned            slot;
    ngx_int_t           rc;
    trade_call_t        call;
    ngx_msec_int_t      left;
    ngx_trade_cart_t   *cart;
    trade_call_make_t   make;

    cart = other->cart;
    slot = other->part->order.slot;
    left = cart->req->deadline - ngx_current_msec;

    make = cart->make;
    make.deadline = ngx_trade_redis_clock(cart->redis, slot)
                    + ngx_max(left, 0);
    make.lease = ngx_max(left, 0) + NGX_TRADE_CART_GRACE;
    ngx_trade_worker_known(cart->worker, cart->conf, slot, &make.known);

    size = trade_call_place_size(&make, &other->part->order);
    mem = ngx_palloc(cart->pool, size);

    if (mem == NULL
        || trade_call_reserve(&call, mem, size, &make, other->part) != 0)
    {
        return NGX_ERROR;
    }

    other->cmd.durable = cart->conf->durability != 0;

    rc = ngx_trade_cart_send(cart, slot, &other->cmd, &call,
                             ngx_trade_cart_reserved, other);

    other->holds = rc == NGX_OK;

    return rc;
}


static void
ngx_trade_cart_reserved(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_verdict_e          verdict;
    ngx_trade_cart_t        *cart;
    ngx_trade_cart_other_t  *other;

    other = cmd->data;
    cart = other->cart;
    cart->under_way--;

    switch (result) {

    case NGX_TRADE_REDIS_OK:
        verdict = ngx_trade_cart_reserved_reply(other);
        break;

    case NGX_TRADE_REDIS_ERR:
        ngx_trade_reply_log(cart->req, other->part->order.slot, "reserve",
                            cmd->text);
        verdict = TRADE_REDIS_REFUSED;
        break;

    case NGX_TRADE_REDIS_UNSENT:
        other->holds = 0;
        verdict = TRADE_SHARD_DOWN;
        break;

    default:
        verdict = TRADE_SHARD_DOWN;
        break;
    }

    trade_cart_flow_part(&cart->flow, verdict);

    if (cart->flow.waits == 0) {
        ngx_trade_run_ready(cart->req);
    }
}


static trade_verdict_e
ngx_trade_cart_reserved_reply(ngx_trade_cart_other_t *other)
{
    unsigned           slot;
    trade_reply_t      reply;
    ngx_trade_cart_t  *cart;

    cart = other->cart;
    slot = other->part->order.slot;

    if (trade_reply_read(&reply, other->cmd.text) != 0) {
        ngx_trade_reply_log(cart->req, slot, "reserve", other->cmd.text);
        return TRADE_REDIS_REFUSED;
    }

    if (reply.kind == TRADE_REPLY_HELD) {

        if (!other->cmd.replicated) {
            return TRADE_REDIS_REFUSED;
        }

        other->version = reply.value;
        ngx_trade_worker_learn(cart->worker, cart->conf, slot, reply.value,
                               trade_str_of(NULL, 0));
        return TRADE_DONE;
    }

    if (reply.kind != TRADE_REPLY_REFUSED) {
        return TRADE_REDIS_REFUSED;
    }

    other->holds = 0;

    if (reply.regressed) {
        ngx_trade_worker_alarm(cart->worker, cart->conf, slot);

    } else if (reply.verdict == TRADE_SLOT_CLOSED) {
        cart->conf->slots->closed[slot] = 1;

    } else if (reply.verdict == TRADE_LATE && reply.value) {
        ngx_trade_redis_clock_is(cart->redis, slot, &other->cmd, reply.value);
    }

    ngx_trade_refusal_part(cart, other->part, &reply);

    return reply.verdict;
}
