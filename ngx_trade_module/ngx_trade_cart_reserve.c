/*
 * The other slots are asked to hold their items, or only whether they could.
 */

#include "ngx_trade_cart.h"


static ngx_int_t ngx_trade_cart_reserve_call(ngx_trade_cart_other_t *other,
    ngx_uint_t look);
static void ngx_trade_cart_reserved(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static trade_verdict_e ngx_trade_cart_reserved_reply(
    ngx_trade_cart_other_t *other);


void
ngx_trade_cart_reserve(ngx_trade_cart_t *cart, ngx_uint_t look)
{
    ngx_uint_t  i;

    for (i = 0; i < cart->nothers; i++) {
        if (ngx_trade_cart_reserve_call(&cart->others[i], look) != NGX_OK) {
            trade_cart_flow_part(&cart->flow, TRADE_SHARD_DOWN);
        }
    }
}


static ngx_int_t
ngx_trade_cart_reserve_call(ngx_trade_cart_other_t *other, ngx_uint_t look)
{
    void               *mem;
    size_t              size;
    unsigned            slot;
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

    size = trade_call_cart_size(&make, &cart->cart, other->part);
    mem = ngx_palloc(cart->pool, size);

    if (mem == NULL
        || trade_call_reserve(&call, mem, size, &make, other->part, look) != 0)
    {
        return NGX_ERROR;
    }

    other->cmd.durable = !look && cart->conf->durability;

    return ngx_trade_cart_send(cart, slot, &other->cmd, &call,
                               ngx_trade_cart_reserved, other);
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

    switch (result) {

    case NGX_TRADE_REDIS_OK:
        verdict = ngx_trade_cart_reserved_reply(other);
        break;

    case NGX_TRADE_REDIS_ERR:
        verdict = TRADE_REDIS_REFUSED;
        break;

    default:
        verdict = TRADE_SHARD_DOWN;
        break;
    }

    trade_cart_flow_part(&cart->flow, verdict);
    ngx_trade_cart_run(cart);
    ngx_trade_cart_done(cart);
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
        return TRADE_REDIS_REFUSED;
    }

    if (reply.kind == TRADE_REPLY_NONE) {
        return TRADE_DONE;
    }

    if (reply.kind == TRADE_REPLY_HELD) {

        if (!other->cmd.replicated) {
            return TRADE_NOT_REPLICATED;
        }

        other->version = reply.value;
        ngx_trade_worker_learn(cart->worker, cart->conf, slot, reply.value,
                               trade_str_of(NULL, 0));
        return TRADE_DONE;
    }

    if (reply.kind != TRADE_REPLY_REFUSED) {
        return TRADE_REDIS_REFUSED;
    }

    if (reply.regressed) {
        ngx_trade_worker_alarm(cart->worker, cart->conf, slot);

    } else if (reply.verdict == TRADE_SLOT_CLOSED) {
        cart->conf->slots->closed[slot] = 1;

    } else if (reply.verdict == TRADE_LATE && reply.value) {
        ngx_trade_redis_clock_is(cart->redis, slot, &other->cmd, reply.value);
    }

    ngx_trade_cart_explain(cart, other->part, &reply);

    return reply.verdict;
}


/* Every item that can't be had, and why */

void
ngx_trade_cart_explain(ngx_trade_cart_t *cart, const trade_cart_part_t *part,
    trade_reply_t *reply)
{
    size_t                i;
    trade_str_t           sku, name;
    trade_errors_t       *errors;
    ngx_trade_answer_t   *answer;

    answer = &cart->req->answer;

    if (reply->verdict == TRADE_NOT_STARTED) {
        answer->retry_after = ngx_max(answer->retry_after,
                                      (reply->value + 999) / 1000);
    }

    errors = answer->errors;

    if (errors == NULL) {
        errors = ngx_palloc(cart->req->pool, sizeof(trade_errors_t));
        if (errors == NULL) {
            return;
        }

        errors->n = 0;
        answer->errors = errors;
    }

    name = trade_verdict_name(reply->verdict);

    if (reply->items.len == 0) {
        for (i = 0; i < part->order.nitems; i++) {
            sku = part->order.items[i].sku;
            trade_errors_add(errors, "/items", "%.*s: %.*s", (int) sku.len,
                             sku.data, (int) name.len, name.data);
        }
    }

    for (i = trade_reply_position(&reply->items);
         i && i <= part->order.nitems;
         i = trade_reply_position(&reply->items))
    {
        sku = part->order.items[i - 1].sku;
        trade_errors_add(errors, "/items", "%.*s: %.*s", (int) sku.len,
                         sku.data, (int) name.len, name.data);
    }
}
