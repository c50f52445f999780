/*
 * One operation in a worker: feeds trade_flow and does what it says, as
 * ngx_trade_run.c, _ack.c, _write.c and _transition.c do.
 */

#include "sim.h"

#include <string.h>


typedef struct {
    sim_order_t      *order;
    unsigned          timer;
} sim_timer_t;


static void sim_order_prepare(sim_t *sim, sim_order_t *order);
static void sim_order_make(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write);
static void sim_order_change(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write);
static void sim_order_action(sim_t *sim, sim_order_t *order,
    trade_write_args_t *write);
static void sim_order_look(sim_t *sim, sim_order_t *order);
static void sim_order_run(sim_t *sim, sim_order_t *order);
static void sim_order_send(sim_t *sim, sim_order_t *order);
static void sim_order_publish(sim_t *sim, sim_order_t *order);
static void sim_order_ack(sim_t *sim, sim_order_t *order);
static void sim_order_timer_set(sim_t *sim, sim_order_t *order, uint64_t ms);
static void sim_order_timer(sim_t *sim, void *data);
static void sim_order_reported(sim_t *sim, sim_msg_t *msg,
    sim_report_e result);


void
sim_order_begin(sim_t *sim, sim_worker_t *worker, sim_attempt_t *attempt)
{
    int               changes;
    sim_order_t      *order;
    trade_result_e    success;

    order = sim_alloc(sim, sizeof(sim_order_t));
    order->worker = worker;
    order->attempt = attempt;
    order->slot = attempt->intent->slot;
    order->id = trade_str_of(attempt->id, TRADE_ID_LEN);
    order->call = sim_alloc(sim, sizeof(sim_cmd_t));

    changes = attempt->action != TRADE_ACTION_GET;
    order->changes = changes;
    success = attempt->action == TRADE_ACTION_PLACE && !attempt->intent->change
              ? TRADE_CREATED : TRADE_DONE;

    if (changes) {
        sim_order_prepare(sim, order);

    } else {
        sim_order_look(sim, order);
    }

    order->call->handler = sim_reply_handler;
    order->call->data = order;

    trade_flow_start(&order->flow, changes && !attempt->dry_run, success,
                     changes ? SIM_WINDOW : 0, sim_steady(sim, worker));

    order->deadline = sim_steady(sim, worker) + SIM_TIMEOUT;
    sim_order_timer_set(sim, order, SIM_TIMEOUT);

    order->worker->flows++;
    sim_order_run(sim, order);
}


static void
sim_order_prepare(sim_t *sim, sim_order_t *order)
{
    sim_worker_t       *worker;
    trade_write_args_t  write;

    worker = order->worker;

    memset(&write, 0, sizeof(write));
    sim_seen(worker, order->slot, order->call);
    write.seen = order->call->seen;

    write.id = order->id;
    write.fingerprint = order->attempt->intent->fingerprint;
    write.key = order->attempt->intent->key;
    write.key_ms = TRADE_KEEP_KEY;
    write.lease = SIM_LEASE;
    write.keep = TRADE_KEEP_ORDER;
    write.deadline = worker->clock[order->slot] + sim_steady(sim, worker)
                    + SIM_TIMEOUT;
    write.carried = &order->record;

    if (write.deadline + TRADE_DAY < sim_clock(sim, order->slot)) {
        sim_fail(sim, "a worker has a shard's clock wrong by a day");
    }

    order->attempt->deadline = write.deadline;
    order->call->attempt = order->attempt;

    if (sim_is_action(order->attempt)) {
        sim_order_action(sim, order, &write);

    } else if (order->attempt->intent->change) {
        sim_order_change(sim, order, &write);

    } else {
        sim_order_make(sim, order, &write);
    }
}


static void
sim_order_change(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write)
{
    void                  *mem;
    sim_intent_t          *intent;
    trade_stock_change_t   change;

    intent = order->attempt->intent;

    order->record.state = TRADE_STATE_STOCK;
    order->record.key = TRADE_RECORD_KEY_SKU;

    trade_stock_change_none(&change);
    change.delta = intent->change;

    mem = sim_alloc(sim, TRADE_CALL_CHANGE_SIZE);
    (void) trade_call_change(&order->call->call, mem, TRADE_CALL_CHANGE_SIZE,
                             write, intent->items[0].sku, &change);
}


static void
sim_order_action(sim_t *sim, sim_order_t *order, trade_write_args_t *write)
{
    void                  *mem;
    trade_str_t            buyer;
    const trade_action_t  *action;

    action = &trade_actions[order->attempt->action];
    buyer = trade_str_of("abcdefgh" + order->attempt->buyer, 1);

    if (order->attempt->buyer < 0) {
        buyer = trade_str_of(NULL, 0);
    }

    order->record.state = action->to;
    order->record.key = TRADE_RECORD_KEY_ORDER;
    write->keep = action->ends ? TRADE_KEEP_ENDED : write->keep;

    mem = sim_alloc(sim, TRADE_CALL_CHANGE_SIZE);
    (void) trade_call_transition(&order->call->call, mem,
                                 TRADE_CALL_CHANGE_SIZE, write, action, buyer);
}


static void
sim_order_make(sim_t *sim, sim_order_t *order, const trade_write_args_t *write)
{
    void           *mem;
    size_t          size;
    sim_intent_t   *intent;
    trade_order_t   items;

    intent = order->attempt->intent;

    order->record.state = TRADE_STATE_PLACED;
    order->record.key = TRADE_RECORD_KEY_ORDER;
    order->record.body = intent->json;

    memset(&items, 0, sizeof(items));
    items.json = intent->json;
    items.buyer = trade_str_of("abcdefgh" + intent->buyer, 1);
    items.items = intent->items;
    items.nitems = intent->nitems;

    if (intent->cart) {
        sim_cart_prepare(sim, order, write, &items);
        return;
    }

    size = trade_call_place_size(write, &items);
    mem = sim_alloc(sim, size);
    (void) trade_call_place(&order->call->call, mem, size, write, &items,
                            order->attempt->dry_run);
}


static void
sim_order_look(sim_t *sim, sim_order_t *order)
{
    void  *mem;

    sim_seen(order->worker, order->slot, order->call);

    mem = sim_alloc(sim, TRADE_CALL_SIZE);
    (void) trade_call_order(&order->call->call, mem, TRADE_CALL_SIZE,
                            &order->call->seen, order->id);
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
            sim_order_ack(sim, order);
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


static void
sim_order_ack(sim_t *sim, sim_order_t *order)
{
    int      sold;
    void    *mem;
    size_t   size;

    sim_seen(order->worker, order->slot, &order->ack);

    size = trade_call_ack_events_size(1);
    mem = sim_alloc(sim, size);

    sold = order->cart == NULL || sim_cart_sold(order->cart);
    (void) trade_call_ack(&order->ack.call, mem, size,
                          &order->ack.seen, order->id, &order->record, 0,
                          sim->payment, sold);

    order->ack.handler = sim_reply_acked;
    order->ack.data = order;

    if (sim_send(sim, order->worker, order->slot, &order->ack) != 0) {
        trade_flow_event(&order->flow, TRADE_FLOW_ACK_DONE, TRADE_DONE,
                         sim_steady(sim, order->worker));
    }
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

    event = order->pausing && left > 0 ? TRADE_FLOW_PAUSED
                                       : TRADE_FLOW_DEADLINE;
    order->pausing = 0;

    sim_order_event(sim, order, event, TRADE_DONE);
}
