/*
 * The end of it: sold or released in the other slots.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static void ngx_trade_cart_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


/* If a call is not sent, or not answered, a sweeper asks home about the cart */

void
ngx_trade_cart_end(ngx_trade_cart_t *cart, ngx_uint_t sold)
{
    void                      *mem;
    unsigned                   slot;
    ngx_uint_t                 i;
    trade_call_t               call;
    trade_slot_seen_t          seen;
    ngx_trade_main_conf_t     *conf;
    ngx_trade_cart_command_t  *command;

    conf = cart->worker->conf;

    for (i = 0; i < cart->nparticipants; i++) {
        command = &cart->commands[i];

        if (!trade_participant_holds(command->participant)) {
            continue;
        }

        slot = command->participant->part->order.slot;

        ngx_trade_worker_seen(cart->worker, cart->conf, slot, &seen);

        mem = ngx_palloc(cart->pool, TRADE_CALL_SIZE);
        if (mem == NULL) {
            return;
        }

        if (trade_participant_end(sold, &call, mem, TRADE_CALL_SIZE, &seen,
                                  cart->write.id,
                                  trade_keep_hold(conf->order_keep))
            == 0)
        {
            (void) ngx_trade_cart_call_send(cart, slot, &command->cmd, &call,
                                            ngx_trade_cart_applied, command);
        }
    }
}


static void
ngx_trade_cart_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t              reply;
    ngx_trade_cart_t          *cart;
    ngx_trade_cart_command_t  *command;

    command = cmd->data;
    cart = command->cart;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        trade_participant_ended(command->participant, cart->flow.placed,
                                &reply);
        ngx_trade_slot_reply(cart->worker, cart->conf,
                             command->participant->part->order.slot, cmd,
                             &reply, NULL);
    }

    ngx_trade_cart_call_done(cart);
}


/* Kafka has it: that goes on when the participants have answered, too */

ngx_uint_t
ngx_trade_cart_end_acked(ngx_trade_cart_t *cart)
{
    return trade_cart_flow_acked(&cart->flow);
}


ngx_uint_t
ngx_trade_cart_end_sold(ngx_trade_cart_t *cart)
{
    return trade_participant_all_sold(cart->participants, cart->nparticipants);
}
