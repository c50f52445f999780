/*
 * Hints, as in ngx_trade_hint.c and ngx_trade_find.c: a host refuses orders
 * without its shard, and is told when units come back, if the message arrives.
 *
 * A hint that refuses is checked: a script has refused as much within the time
 * to live, and since the units that this host knows to be back came back.
 */

#include "sim_hint.h"

#include <string.h>


#define SIM_HINT_SETS  1
#define SIM_HINT_LOST  150              /* messages, of 1000 */


typedef struct {
    sim_host_t     *host;
    size_t          slot;
    uint64_t        ran;                /* ms: when the units came back */
    trade_str_t     text;
} sim_hint_message_t;


/* The look-up of a key */

typedef struct {
    sim_order_t         *order;
    trade_hint_found_t   found;
    sim_cmd_t            key;
    sim_cmd_t            version;
} sim_hint_find_t;


static void sim_hint_key(trade_hint_key_t *key, const sim_order_t *order);
static int sim_hint_get(sim_t *sim, const sim_order_t *order,
    trade_hint_t *hint);
static void sim_hint_check(sim_t *sim, const sim_order_t *order);
static size_t sim_hint_sku(trade_str_t sku);
static void sim_hint_found_key(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_hint_found(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static void sim_hint_message(sim_t *sim, void *data);


void
sim_hint_start(sim_t *sim, sim_host_t *host)
{
    host->hints = sim_alloc(sim, trade_hint_table_size(SIM_HINT_SETS));
    trade_hint_table_init(host->hints, SIM_HINT_SETS);

    memset(host->returned, 0, sizeof(host->returned));
    memset(host->returned_at, 0, sizeof(host->returned_at));
    memset(host->connections, 0, sizeof(host->connections));
    memset(host->heard, 0, sizeof(host->heard));
}


trade_hint_step_e
sim_hint_order(sim_t *sim, sim_order_t *order, int keyed,
    trade_result_e *result)
{
    trade_hint_t        hint;
    trade_hint_step_e   step;

    if (!sim->hint_ttl || order->attempt->action != TRADE_ACTION_PLACE
        || order->attempt->intent->change
        || order->attempt->intent->nitems != 1
        || !sim_hint_get(sim, order, &hint))
    {
        return TRADE_HINT_SEND;
    }

    step = trade_hint_order(&hint, order->attempt->intent->items[0].quantity,
                            keyed);

    if (step == TRADE_HINT_REFUSE) {
        sim_hint_check(sim, order);
        sim->hits++;
        *result = hint.result;
    }

    return step;
}


static int
sim_hint_get(sim_t *sim, const sim_order_t *order, trade_hint_t *hint)
{
    sim_host_t         *host;
    trade_hint_key_t    key;
    trade_hint_slot_t   slot;

    host = order->worker->host;

    slot.now = sim_steady(sim, order->worker);
    slot.ttl = sim->hint_ttl;
    slot.returned = host->returned[order->slot];
    slot.returned_at = host->returned_at[order->slot];
    slot.seen = host->version[order->slot];
    slot.connections = host->connections[order->slot];
    slot.closed = host->closed[order->slot];

    sim_hint_key(&key, order);

    return trade_hint_table_find(host->hints, &key, &slot, hint, NULL, NULL)
           == TRADE_HINT_GOOD;
}


static void
sim_hint_key(trade_hint_key_t *key, const sim_order_t *order)
{
    key->owner = 1;
    key->sku = order->attempt->intent->items[0].sku;
    key->stock = 0;
}


static void
sim_hint_check(sim_t *sim, const sim_order_t *order)
{
    uint64_t             q, last;
    const uint64_t      *refused;
    const trade_item_t  *item;

    item = &order->attempt->intent->items[0];
    refused = sim->refused[sim_hint_sku(item->sku)];

    for (last = 0, q = 1; q <= item->quantity; q++) {
        last = refused[q] > last ? refused[q] : last;
    }

    if (last == 0 || sim->now - last >= sim->hint_ttl) {
        sim_fail(sim, "a hint refuses %.*s, and its slot has not for the ttl",
                 (int) item->sku.len, item->sku.data);
    }

    if (last < order->worker->host->heard[order->slot]) {
        sim_fail(sim, "a hint refuses %.*s, and its host knows that units "
                 "came back since", (int) item->sku.len, item->sku.data);
    }
}


static size_t
sim_hint_sku(trade_str_t sku)
{
    size_t  i;

    for (i = 0; !trade_str_eq(trade_str_c(sim_skus[i]), sku); i++) {
        /* void */
    }

    return i;
}


/* A script has refused an order of one item */

void
sim_hint_refused(sim_t *sim, const sim_cmd_t *cmd, trade_str_t text)
{
    uint64_t               quantity;
    trade_reply_t          reply;
    trade_reply_item_t     one;
    trade_reply_reason_t   reason;
    const trade_item_t    *item;

    if (cmd->call.script != &trade_script_place
        || cmd->attempt->intent->nitems != 1
        || trade_reply_read(&reply, text) != 0
        || reply.version == 0)
    {
        return;
    }

    item = &cmd->attempt->intent->items[0];

    if (trade_reply_reason(&reply.reasons, &reason) == 1
        && trade_reply_item(&reason, &one) == 1
        && (reason.result == TRADE_SOLD_OUT
            || reason.result == TRADE_NOT_STARTED
            || reason.result == TRADE_SALE_OVER))
    {
        quantity = reason.result == TRADE_SOLD_OUT ? item->quantity : 1;
        sim->refused[sim_hint_sku(item->sku)][quantity] = sim->now;
    }
}


void
sim_hint_asked(sim_t *sim, sim_order_t *order)
{
    order->asked = sim_steady(sim, order->worker);
    order->connections = order->worker->host->connections[order->slot];
}


void
sim_hint_learn(sim_t *sim, const sim_order_t *order,
    const trade_reply_t *reply)
{
    trade_hint_t      hint;
    trade_hint_key_t  key;
    sim_intent_t     *intent;

    intent = order->attempt->intent;

    if (sim->hint_ttl && order->attempt->action == TRADE_ACTION_PLACE
        && !intent->change && intent->nitems == 1
        && trade_hint_make(&hint, reply, intent->items[0].quantity,
                           order->asked, order->connections))
    {
        sim_hint_key(&key, order);
        (void) trade_hint_table_put(order->worker->host->hints, &key, &hint,
                                    trade_str_of(NULL, 0));
    }
}


/* This host has changed the stock, or returned units: its hints are void */

void
sim_hint_void(sim_t *sim, sim_worker_t *worker, size_t slot, uint64_t ran)
{
    worker->host->returned_at[slot] = sim_steady(sim, worker);

    if (ran > worker->host->heard[slot]) {
        worker->host->heard[slot] = ran;
    }
}


/* Two commands of one connection: the key's record, then the slot's version */

void
sim_hint_find(sim_t *sim, sim_order_t *order)
{
    char             *mem;
    trade_str_t      *argv;
    sim_hint_find_t  *find;

    find = sim_alloc(sim, sizeof(sim_hint_find_t));
    argv = sim_alloc(sim, 5 * sizeof(trade_str_t));
    mem = sim_alloc(sim, 2 * TRADE_SLOT_KEY_MAX);

    argv[0] = trade_str_c("GETEX");
    argv[1] = sim_key(mem, order->slot, TRADE_KEY_KEY,
                      order->attempt->intent->key);
    argv[2] = trade_str_c("HGET");
    argv[3] = sim_key(mem + TRADE_SLOT_KEY_MAX, order->slot, TRADE_KEY_SLOT,
                      trade_str_of(NULL, 0));
    argv[4] = trade_str_c(TRADE_SLOT_FIELD_VERSION);

    find->order = order;
    find->found.seen = order->worker->host->version[order->slot];

    find->key.call.argv = argv;
    find->key.call.argc = 2;
    find->key.slot = order->slot;
    find->key.handler = sim_hint_found_key;
    find->key.data = find;

    find->version.call.argv = &argv[2];
    find->version.call.argc = 3;
    find->version.slot = order->slot;
    find->version.handler = sim_hint_found;
    find->version.data = find;

    if (sim_send(sim, order->worker, order->slot, &find->key) != 0
        || sim_send(sim, order->worker, order->slot, &find->version) != 0)
    {
        trade_flow_event(&order->flow, TRADE_FLOW_ABSENT, TRADE_SHARD_DOWN,
                         sim_steady(sim, order->worker));
    }
}


static void
sim_hint_found_key(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_hint_find_t  *find;

    (void) sim;

    find = cmd->data;
    trade_hint_found_key(&find->found, result == SIM_OK, cmd->text);
}


static void
sim_hint_found(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_order_t      *order;
    trade_result_e    refusal;
    sim_hint_find_t  *find;

    find = cmd->data;
    order = find->order;

    trade_hint_found_version(&find->found, result == SIM_OK, cmd->text);

    if (trade_hint_absent(&find->found)
        && sim_hint_order(sim, order, 0, &refusal) == TRADE_HINT_REFUSE)
    {
        sim_order_event(sim, order, TRADE_FLOW_ABSENT, refusal);
        return;
    }

    sim_call_prepare(sim, order);
    sim_order_event(sim, order, TRADE_FLOW_PRESENT, TRADE_DONE);
}


/* A script has published that units came back: each host hears of it, or not */

void
sim_hint_publish(sim_t *sim, size_t slot, uint64_t version)
{
    size_t               i;
    uint64_t             at;
    trade_buf_t          b;
    sim_hint_message_t  *message;

    for (i = 0; i < SIM_HOSTS; i++) {
        at = sim->now + 1 + sim_random(sim, 3);

        if (sim_chance(sim, SIM_HINT_LOST)) {
            continue;
        }

        if (sim_chance(sim, sim->faults.delay)) {
            at += sim_random(sim, 3000);
        }

        message = sim_alloc(sim, sizeof(sim_hint_message_t));
        message->host = &sim->hosts[i];
        message->slot = slot;
        message->ran = sim->now;

        trade_buf_init(&b, sim_alloc(sim, 48), 48);
        trade_buf_u64(&b, sim_slots[slot]);
        trade_buf_c(&b, " ");
        trade_buf_u64(&b, version);
        message->text = trade_buf_done(&b);

        sim_at(sim, at, sim_hint_message, message, NULL);
    }
}


static void
sim_hint_message(sim_t *sim, void *data)
{
    unsigned             number;
    uint64_t             version;
    sim_host_t          *host;
    sim_hint_message_t  *message = data;

    host = message->host;

    if (trade_hint_returned(message->text, &number, &version) != 0
        || sim_slot(number) != message->slot)
    {
        sim_fail(sim, "a message about units that came back is not read");
    }

    if (version > host->returned[message->slot]) {
        host->returned[message->slot] = version;
    }

    host->returned_at[message->slot] = sim->now + host->steady;

    if (message->ran > host->heard[message->slot]) {
        host->heard[message->slot] = message->ran;
    }
}
