/*
 * The other slots are asked to hold their items.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static ngx_int_t ngx_trade_cart_reserve_call(ngx_trade_cart_command_t *command);
static void ngx_trade_cart_reserved(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static trade_result_e ngx_trade_cart_reserved_reply(
    ngx_trade_cart_command_t *command, ngx_trade_redis_result_e result,
    trade_reply_t *reply);
static void ngx_trade_cart_participant(ngx_trade_cart_command_t *command,
    trade_result_e result, const trade_reply_t *reply);


void
ngx_trade_cart_reserve(ngx_trade_cart_t *cart)
{
    ngx_uint_t     i;
    trade_reply_t  none;

    ngx_memzero(&none, sizeof(trade_reply_t));

    for (i = 0; i < cart->nparticipants; i++) {
        if (ngx_trade_cart_reserve_call(&cart->commands[i]) != NGX_OK) {
            ngx_trade_cart_participant(&cart->commands[i], TRADE_SHARD_DOWN,
                                       &none);
        }
    }
}


static ngx_int_t
ngx_trade_cart_reserve_call(ngx_trade_cart_command_t *command)
{
    void                 *mem;
    size_t                size;
    unsigned              slot;
    ngx_int_t             rc;
    trade_call_t          call;
    trade_slot_seen_t     seen;
    ngx_trade_cart_t     *cart;
    const trade_order_t  *order;

    cart = command->cart;
    order = &command->participant->part->order;
    slot = order->slot;
    ngx_trade_worker_seen(cart->worker, cart->conf, slot, &seen);

    size = trade_call_place_size(&cart->write, order);
    mem = ngx_palloc(cart->pool, size);

    if (mem == NULL
        || trade_participant_reserve(command->participant, &call, mem, size,
                                     &cart->write, &seen,
                                     ngx_trade_redis_clock(cart->redis, slot),
                                     (ngx_msec_int_t) (cart->req->deadline
                                                        - ngx_current_msec))
           != 0)
    {
        return NGX_ERROR;
    }

    rc = ngx_trade_cart_call_send(cart, slot, &command->cmd, &call,
                                  ngx_trade_cart_reserved, command);

    trade_participant_reserving(command->participant, rc == NGX_OK);

    return rc;
}


static void
ngx_trade_cart_reserved(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t              reply;
    trade_result_e             vote;
    ngx_trade_cart_t          *cart;
    ngx_trade_cart_command_t  *command;

    command = cmd->data;
    cart = command->cart;
    (void) trade_cart_flow_done(&cart->flow);

    ngx_memzero(&reply, sizeof(trade_reply_t));

    switch (result) {

    case NGX_TRADE_REDIS_OK:
    case NGX_TRADE_REDIS_ERR:
        vote = ngx_trade_cart_reserved_reply(command, result, &reply);
        break;

    default:
        vote = trade_participant_lost(command->participant,
                                      result == NGX_TRADE_REDIS_UNSENT);
        break;
    }

    ngx_trade_cart_participant(command, vote, &reply);

    if (cart->flow.waits == 0) {
        ngx_trade_run_ready(cart->req);
    }
}


/* TRADE_DONE: it holds its items */

static void
ngx_trade_cart_participant(ngx_trade_cart_command_t *command,
    trade_result_e result, const trade_reply_t *reply)
{
    if (result != TRADE_DONE) {
        ngx_trade_refusal_participant(command->cart, command->participant->part,
                                      result, reply);
    }

    trade_cart_flow_participant(&command->cart->flow, result);
}


static trade_result_e
ngx_trade_cart_reserved_reply(ngx_trade_cart_command_t *command,
    ngx_trade_redis_result_e result, trade_reply_t *reply)
{
    unsigned           slot;
    ngx_trade_cart_t  *cart;

    cart = command->cart;
    slot = command->participant->part->order.slot;

    if (result != NGX_TRADE_REDIS_OK
        || trade_reply_read(reply, command->cmd.text) != 0)
    {
        ngx_memzero(reply, sizeof(trade_reply_t));
        ngx_trade_reply_log(cart->req, slot, "reserve", command->cmd.text);
        return trade_participant_reserved(command->participant, NULL, 0);
    }

    ngx_trade_slot_reply(cart->worker, cart->conf, slot, &command->cmd, reply,
                         NULL);

    return trade_participant_reserved(command->participant, reply,
                                      command->cmd.replicated);
}
