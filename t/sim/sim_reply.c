/*
 * A script has replied to an order's call: lib says what that means, and the
 * order keeps what it needs, as in ngx_trade_reply.c.
 */

#include "sim_cart.h"
#include "sim_hint.h"

#include <string.h>


static void sim_reply_read(sim_t *sim, sim_order_t *order, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_reply_op(sim_order_t *order, trade_flow_op_t *op);
static void sim_reply_stalled(sim_t *sim, void *data);


void
sim_reply_handler(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_order_t  *order;

    order = cmd->data;

    switch (result) {

    case SIM_OK:
    case SIM_ERR:
        sim_reply_read(sim, order, cmd, result);
        break;

    case SIM_UNSENT:
        sim_order_event(sim, order, TRADE_FLOW_UNSENT, TRADE_DONE);
        break;

    case SIM_LOST:
        sim_order_event(sim, order, TRADE_FLOW_LOST, TRADE_DONE);
        break;
    }
}


static void
sim_reply_read(sim_t *sim, sim_order_t *order, sim_cmd_t *cmd,
    sim_result_e result)
{
    trade_reply_t       reply;
    trade_flow_op_t     op;
    trade_flow_reply_t  means;

    sim_reply_op(order, &op);

    if (result == SIM_ERR) {
        trade_flow_reply_error(&means, &op, cmd->text);

    } else {
        if (cmd->text.data == NULL || trade_reply_read(&reply, cmd->text) != 0)
        {
            sim_fail(sim, "a reply that is none: %.*s", (int) cmd->text.len,
                     cmd->text.data);
        }

        trade_flow_reply_read(&means, &op, &reply, cmd->replicated);
        sim_slot_reply(sim, order->worker, cmd, &reply, &op);
        sim_hint_learn(sim, order, &reply);

        if (means.kind == TRADE_FLOW_REPLY_STRANGE) {
            sim_fail(sim, "a reply to something else");
        }
    }

    if (means.placed) {
        order->cart->flow.placed = 1;
    }

    if (means.kind == TRADE_FLOW_REPLY_MADE
        && trade_record_complete(&order->record, &reply.record))
    {
        order->record.body = sim_copy(sim, reply.record.body);
    }

    if (means.kind == TRADE_FLOW_REPLY_MADE
        && order->attempt->intent->change)
    {
        sim_hint_void(sim, order->worker, order->slot, cmd->ran);
    }

    if (means.kind == TRADE_FLOW_REPLY_FOUND) {
        order->attempt->found = reply.record.state != TRADE_STATE_REFUSED;
    }

    if (means.result == TRADE_WRONG_STATE) {
        order->attempt->wrong = trade_state_find(reply.text);
    }

    trade_flow_show(&order->flow, means.order, means.result);
    sim_order_event(sim, order, means.event, means.result);
}


static void
sim_reply_op(sim_order_t *order, trade_flow_op_t *op)
{
    memset(op, 0, sizeof(*op));

    op->flow = &order->flow;
    op->cart = order->cart ? &order->cart->flow : NULL;
    op->id = order->id;
    op->state = order->record.state;
    op->changes = order->changes;
    op->acts = sim_is_action(order->attempt);
    op->keyed = order->attempt->intent->key.len != 0;
}


void
sim_reply_acked(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_order_t  *order;

    order = cmd->data;

    if (order->record.state == TRADE_STATE_CANCELLED) {
        sim_hint_void(sim, order->worker, order->slot,
                      result == SIM_OK ? cmd->ran : 0);
    }

    if (result == SIM_OK
        && trade_call_ack_missed(cmd->call.script, cmd->integer))
    {
        if (sim_order_ack(sim, order, 1) == 0) {
            return;
        }

        result = SIM_UNSENT;
    }

    sim_due_done(sim, cmd, result);
    sim_order_event(sim, order, TRADE_FLOW_ACK_DONE, TRADE_DONE);
}


void
sim_reply_stall(sim_t *sim, sim_order_t *order)
{
    if (sim_chance(sim, sim->faults.fail)) {
        sim_at(sim, sim->now + sim_random(sim, 20), sim_reply_stalled, order,
               order->worker);
    }
}


static void
sim_reply_stalled(sim_t *sim, void *data)
{
    sim_order_event(sim, data, TRADE_FLOW_STALLED, TRADE_DONE);
}
