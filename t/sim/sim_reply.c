/*
 * From a script's reply to what the flow is told, as ngx_trade_reply.c does.
 */

#include "sim_cart.h"


static void sim_reply_stalled(sim_t *sim, void *data);
static void sim_reply_read(sim_t *sim, sim_order_t *order, trade_str_t text);
static void sim_reply_placed(sim_order_t *order);
static void sim_reply_made(sim_t *sim, sim_order_t *order,
    trade_reply_t *reply);
static void sim_reply_verdict(sim_t *sim, sim_order_t *order,
    trade_verdict_e verdict);
static void sim_reply_found(sim_t *sim, sim_order_t *order,
    trade_reply_t *reply);


void
sim_reply_handler(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_order_t      *order;
    trade_verdict_e   verdict;

    order = cmd->data;

    switch (result) {

    case SIM_OK:
        sim_reply_read(sim, order, cmd->text);
        break;

    case SIM_ERR:
        verdict = order->flow.changes ? trade_reply_error(cmd->text)
                                      : TRADE_REDIS_REFUSED;

        if (trade_verdict_unknown(verdict)) {
            sim_reply_placed(order);
        }

        sim_order_event(sim, order, TRADE_FLOW_FINAL, verdict);
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
sim_reply_read(sim_t *sim, sim_order_t *order, trade_str_t text)
{
    trade_reply_t  reply;

    if (text.data == NULL || trade_reply_read(&reply, text) != 0) {
        sim_fail(sim, "a reply that is none: %.*s", (int) text.len,
                 text.data);
    }

    switch (reply.kind) {

    case TRADE_REPLY_MADE:
        sim_reply_made(sim, order, &reply);
        break;

    case TRADE_REPLY_FOUND:
        sim_reply_found(sim, order, &reply);
        break;

    case TRADE_REPLY_REFUSED:
        if (reply.verdict == TRADE_LATE && reply.value) {
            order->worker->clock[order->slot] = reply.value
                                                - order->call->replied;
        }

        if (reply.verdict == TRADE_SLOT_CLOSED) {
            order->worker->host->closed[order->slot] = 1;
        }

        if (reply.verdict == TRADE_WRONG_STATE) {
            order->attempt->wrong = sim_copy(sim, reply.text);
        }

        sim_reply_verdict(sim, order, reply.verdict);
        break;

    case TRADE_REPLY_NONE:
        sim_reply_verdict(sim, order, order->cart ? TRADE_DONE
                                                  : TRADE_BACKLOG_FULL);
        break;

    default:
        sim_fail(sim, "a reply to something else");
    }
}


static void
sim_reply_verdict(sim_t *sim, sim_order_t *order, trade_verdict_e verdict)
{
    int  again;

    again = 1;

    if (order->cart) {
        verdict = sim_cart_refused(order->cart, verdict);
        again = order->cart->flow.placing || order->cart->make.key.len;
    }

    again = again && (verdict == TRADE_BUYER_BUSY
                      || verdict == TRADE_IN_PROGRESS);

    sim_order_event(sim, order, again ? TRADE_FLOW_RETRY : TRADE_FLOW_FINAL,
                    verdict);
}


static void
sim_reply_placed(sim_order_t *order)
{
    if (order->cart && order->cart->flow.placing) {
        order->cart->placed = 1;
    }
}


static void
sim_reply_made(sim_t *sim, sim_order_t *order, trade_reply_t *reply)
{
    if (order->call->replicated) {
        sim_learn(order->worker, order->slot, reply->record.version,
                  sim_acts(order->attempt) ? trade_str_of(NULL, 0)
                                           : order->id);
    }

    sim_reply_placed(order);
    trade_flow_show(&order->flow, order->id, TRADE_DONE);

    if (!trade_str_eq(reply->record.state, order->record.state)) {
        sim_order_event(sim, order, TRADE_FLOW_FINAL, TRADE_ACCEPTED);
        return;
    }

    if (!order->flow.resent) {
        order->worker->clock[order->slot] = reply->record.at
                                            - order->call->replied;
    }

    order->record.seq = reply->record.seq;
    order->record.version = reply->record.version;
    order->record.at = reply->record.at;
    order->record.created = reply->record.created;

    if (order->record.body.len == 0) {
        order->record.key = reply->record.key;
        order->record.partition = reply->record.partition;
        order->record.body = sim_copy(sim, reply->record.body);
    }

    sim_order_event(sim, order, order->call->replicated
                                ? TRADE_FLOW_MADE : TRADE_FLOW_UNDURABLE,
                    TRADE_DONE);
}


static void
sim_reply_found(sim_t *sim, sim_order_t *order, trade_reply_t *reply)
{
    trade_verdict_e     verdict;
    trade_flow_event_e  event;

    if (reply->published
        || (order->call->replicated
            && (order->call->durable || !sim->durability)))
    {
        sim_learn(order->worker, order->slot, reply->record.version,
                  trade_str_of(NULL, 0));
    }

    event = TRADE_FLOW_FINAL;

    if (!order->changes) {
        verdict = trade_record_is(&reply->record, "REFUSED")
                  ? TRADE_UNKNOWN_ORDER : TRADE_DONE;

    } else if (reply->published) {
        verdict = order->flow.success;

    } else if (order->call->replicated) {
        verdict = TRADE_ACCEPTED;
        event = TRADE_FLOW_RETRY;

    } else {
        verdict = TRADE_NOT_REPLICATED;
    }

    trade_flow_show(&order->flow, reply->id, verdict);
    sim_order_event(sim, order, event, verdict);
}


void
sim_reply_settled(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    (void) result;

    sim_order_event(sim, cmd->data, TRADE_FLOW_SETTLED, TRADE_DONE);
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
