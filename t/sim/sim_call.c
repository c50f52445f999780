/*
 * The call of an operation, as ngx_trade_write.c, _orders.c, _stock.c and
 * _transition.c lay it out.
 */

#include "sim.h"

#include <string.h>


static void sim_call_write(sim_t *sim, sim_order_t *order);
static void sim_call_make(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write);
static void sim_call_change(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write);
static void sim_call_action(sim_t *sim, sim_order_t *order,
    trade_write_args_t *write);
static void sim_call_look(sim_t *sim, sim_order_t *order);


void
sim_call_prepare(sim_t *sim, sim_order_t *order)
{
    order->call = sim_alloc(sim, sizeof(sim_cmd_t));
    order->call->handler = sim_reply_handler;
    order->call->data = order;

    if (order->changes) {
        sim_call_write(sim, order);

    } else {
        sim_call_look(sim, order);
    }
}


static void
sim_call_write(sim_t *sim, sim_order_t *order)
{
    uint64_t            left;
    sim_worker_t       *worker;
    trade_write_args_t  write;

    worker = order->worker;
    left = order->deadline - sim_steady(sim, worker);

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
                    + left;
    write.carried = &order->record;

    if (write.deadline + TRADE_DAY < sim_clock(sim, order->slot)) {
        sim_fail(sim, "a worker has a shard's clock wrong by a day");
    }

    order->attempt->deadline = write.deadline;
    order->call->attempt = order->attempt;

    if (sim_is_action(order->attempt)) {
        sim_call_action(sim, order, &write);

    } else if (order->attempt->intent->change) {
        sim_call_change(sim, order, &write);

    } else {
        sim_call_make(sim, order, &write);
    }
}


static void
sim_call_change(sim_t *sim, sim_order_t *order,
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
sim_call_action(sim_t *sim, sim_order_t *order, trade_write_args_t *write)
{
    void                  *mem;
    trade_str_t            buyer;
    const trade_action_t  *action;

    action = &trade_actions[order->attempt->action];
    buyer = trade_str_of(NULL, 0);

    if (order->attempt->buyer >= 0) {
        buyer = trade_str_c(sim_buyers[order->attempt->buyer]);
    }

    order->record.state = action->to;
    order->record.key = TRADE_RECORD_KEY_ORDER;
    write->keep = action->ends ? TRADE_KEEP_ENDED : write->keep;

    mem = sim_alloc(sim, TRADE_CALL_CHANGE_SIZE);
    (void) trade_call_transition(&order->call->call, mem,
                                 TRADE_CALL_CHANGE_SIZE, write, action, buyer);
}


static void
sim_call_make(sim_t *sim, sim_order_t *order, const trade_write_args_t *write)
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
    items.buyer = trade_str_c(sim_buyers[intent->buyer]);
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
sim_call_look(sim_t *sim, sim_order_t *order)
{
    void  *mem;

    sim_seen(order->worker, order->slot, order->call);

    mem = sim_alloc(sim, TRADE_CALL_SIZE);
    (void) trade_call_order(&order->call->call, mem, TRADE_CALL_SIZE,
                            &order->call->seen, order->id);
}
