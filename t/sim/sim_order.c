/*
 * One operation in a worker: feeds trade_flow and does what it says, as
 * ngx_trade_run.c and _ack.c do.
 */

#include "sim_hint.h"

#include <string.h>


typedef struct {
    sim_order_t      *order;
    unsigned          timer;
} sim_timer_t;


static void sim_order_run(sim_t *sim, sim_order_t *order);
static void sim_order_send(sim_t *sim, sim_order_t *order);
static void sim_order_publish(sim_t *sim, sim_order_t *order);
static void sim_order_timer_set(sim_t *sim, sim_order_t *order, uint64_t ms);
static void sim_order_timer(sim_t *sim, void *data);
static void sim_order_reported(sim_t *sim, sim_msg_t *msg,
    sim_report_e result);


void
sim_order_begin(sim_t *sim, sim_worker_t *worker, sim_attempt_t *attempt)
{
    int               changes;
    sim_order_t      *order;
    trade_result_e    success, refusal;

    order = sim_alloc(sim, sizeof(sim_order_t));
    order->worker = worker;
    order->attempt = attempt;
    order->slot = attempt->intent->slot;
    order->id = trade_str_of(attempt->id, TRADE_ID_LEN);
    order->deadline = sim_steady(sim, worker) + SIM_TIMEOUT;

    changes = attempt->action != TRADE_ACTION_GET;
    order->changes = changes;
    success = attempt->action == TRADE_ACTION_PLACE && !attempt->intent->change
              ? TRADE_CREATED : TRADE_DONE;

    trade_flow_start(&order->flow, changes && !attempt->dry_run, success,
                     changes ? SIM_WINDOW : 0, sim_steady(sim, worker));

    switch (sim_hint_order(sim, order, attempt->intent->key.len != 0,
                           &refusal))
    {

    case TRADE_HINT_REFUSE:
        trade_flow_refuse(&order->flow, refusal);
        break;

    case TRADE_HINT_FIND:
        trade_flow_find(&order->flow);
        break;

    default:
        sim_call_prepare(sim, order);
        break;
    }

    sim_order_timer_set(sim, order, SIM_TIMEOUT);

    order->worker->flows++;
    sim_order_run(sim, order);
}


void
sim_order_event(sim_t *sim, sim_order_t *order, trade_flow_event_e event,
    trade_result_e result)
{
    sim_trace(sim, "%.*s %s", TRADE_ID_LEN, order->id.data,
              trade_flow_event_name(event));

    trade_flow_event(&order->flow, event, result,
                     sim_steady(sim, order->worker));
    sim_order_run(sim, order);
}


static void
sim_order_run(sim_t *sim, sim_order_t *order)
{
    trade_flow_action_e  action;

    while (!order->answer_ready) {
        action = trade_flow_next(&order->flow);

        if (action == TRADE_FLOW_AWAIT) {
            return;
        }

        sim_step(sim, order->worker, "before");

        switch (action) {

        case TRADE_FLOW_FIND:
            sim_hint_find(sim, order);
            break;

        case TRADE_FLOW_SEND:
            sim_order_send(sim, order);
            break;

        case TRADE_FLOW_PAUSE:
            order->pausing = 1;
            sim_order_timer_set(sim, order, TRADE_FLOW_PAUSE_MS);
            break;

        case TRADE_FLOW_PUBLISH:
            sim_order_publish(sim, order);
            break;

        case TRADE_FLOW_ACK:
            if (sim_order_ack(sim, order, 0) != 0) {
                trade_flow_event(&order->flow, TRADE_FLOW_ACK_DONE, TRADE_DONE,
                                 sim_steady(sim, order->worker));
            }

            break;

        case TRADE_FLOW_ANSWER:
            order->answer_ready = 1;
            order->next = order->worker->ready;
            order->worker->ready = order;
            sim_round(sim, order->worker);
            break;

        default:
            order->timer++;
            order->worker->flows--;

            if (order->cart) {
                sim_cart_leave(sim, order->cart);
            }

            return;
        }

        sim_step(sim, order->worker, "after");
    }
}


void
sim_order_answers(sim_t *sim, sim_worker_t *worker)
{
    int           keyed;
    sim_order_t  *order;

    while (worker->ready) {
        order = worker->ready;
        worker->ready = order->next;

        keyed = order->attempt->intent->key.len
                && !sim_is_action(order->attempt);
        sim_client_told(sim, order->attempt, order->flow.result,
                        trade_flow_named(&order->flow, order->id, keyed));
        sim_step(sim, worker, "answered");

        order->answer_ready = 0;
        sim_order_run(sim, order);
    }
}


void
sim_order_ready(sim_t *sim, sim_order_t *order)
{
    sim_order_send(sim, order);
    sim_order_run(sim, order);
}


static void
sim_order_send(sim_t *sim, sim_order_t *order)
{
    if (order->attempt->called == 0) {
        order->attempt->called = sim->now;
    }

    sim_hint_asked(sim, order);

    if (order->cart && !sim_cart_ready(sim, order->cart)) {
        return;
    }

    if (sim_send(sim, order->worker, order->slot, order->call) != 0) {
        trade_flow_event(&order->flow, TRADE_FLOW_UNSENT, TRADE_DONE,
                         sim_steady(sim, order->worker));
    }
}


static void
sim_order_publish(sim_t *sim, sim_order_t *order)
{
    trade_due_t  event;

    event.id = order->id;
    event.seq = order->record.seq;
    sim_check_publish(sim, order->attempt->called, &event);

    if (order->cart) {
        sim_cart_end(sim, order->cart, 1);
    }

    order->msg.worker = order->worker;
    order->msg.handler = sim_order_reported;
    order->msg.data = order;
    order->msg.id = order->id;
    order->msg.slot = order->slot;
    order->msg.record = order->record;

    if (sim_produce(sim, &order->msg) != 0) {
        trade_flow_event(&order->flow, TRADE_FLOW_NOT_ACKED, TRADE_DONE,
                         sim_steady(sim, order->worker));
    }

    sim_reply_stall(sim, order);
}


static void
sim_order_reported(sim_t *sim, sim_msg_t *msg, sim_report_e result)
{
    sim_order_t  *order;

    order = msg->data;

    if (result != SIM_ACKED) {
        sim_order_event(sim, order, TRADE_FLOW_NOT_ACKED, TRADE_DONE);

    } else if (order->cart == NULL || sim_cart_acked(order->cart)) {
        sim_order_event(sim, order, TRADE_FLOW_ACKED, TRADE_DONE);
    }
}


int
sim_order_ack(sim_t *sim, sim_order_t *order, int check)
{
    int                 sold;
    void               *mem;
    size_t              size;
    trade_slot_seen_t  *seen;

    sim_seen(order->worker, order->slot, &order->ack);
    seen = &order->ack.seen;

    size = trade_call_ack_events_size(1);
    mem = sim_alloc(sim, size);

    sold = order->cart == NULL || sim_cart_sold(order->cart);
    if (check) {
        (void) trade_call_ack_check(&order->ack.call, mem, size, seen,
                                    order->id, &order->record,
                                    sim_steady(sim, order->worker)
                                    - order->flow.sent_at);

        seen->record = order->id;
        seen->record_version = order->record.version;

    } else {
        (void) trade_call_ack(&order->ack.call, mem, size, seen, order->id,
                              &order->record, 0, sim->payment, sold);
    }

    order->ack.handler = sim_reply_acked;
    order->ack.data = order;
    order->ack.gone = 0;

    return sim_send(sim, order->worker, order->slot, &order->ack);
}


static void
sim_order_timer_set(sim_t *sim, sim_order_t *order, uint64_t ms)
{
    sim_timer_t  *timer;

    timer = sim_alloc(sim, sizeof(sim_timer_t));
    timer->order = order;
    timer->timer = ++order->timer;

    sim_at(sim, sim->now + ms, sim_order_timer, timer, order->worker);
}


static void
sim_order_timer(sim_t *sim, void *data)
{
    int64_t              left;
    sim_timer_t         *timer = data;
    sim_order_t         *order;
    trade_flow_event_e   event;

    order = timer->order;

    if (order->timer != timer->timer) {
        return;
    }

    left = order->deadline - sim_steady(sim, order->worker);

    if (left > 0) {
        sim_order_timer_set(sim, order, left);
    }

    event = trade_flow_timer(order->pausing, left);
    order->pausing = 0;

    sim_order_event(sim, order, event, TRADE_DONE);
}
