/*
 * The events of an order, as the shard makes them one after the other, and as
 * they reach the topic: see sim_check.c for what must be true of them.  After
 * each script the orders it was about are looked at, in the store.
 */

#include "sim.h"

#include <string.h>


static void sim_life_event(sim_t *sim, sim_attempt_t *order,
    sim_attempt_t *by, const trade_record_t *record);
static int sim_life_follows(trade_state_e state, trade_state_e before);
static int sim_life_is(const sim_attempt_t *attempt);


void
sim_life_ran(sim_t *sim, const sim_wire_t *wire, trade_str_t word)
{
    size_t                i;
    sim_attempt_t        *attempt;
    const trade_script_t *script;

    attempt = wire->cmd->attempt;
    script = wire->cmd->call.script;

    if (attempt && sim_is_action(attempt)
        && trade_state_find(word) == trade_actions[attempt->action].to)
    {
        attempt->made = 1;
    }

    if (script == &trade_script_forget) {
        sim_stock_forgot(sim, wire);
    }

    if (sim->shards[wire->cmd->slot].lost || script == &trade_script_peek) {
        return;
    }

    if (attempt) {
        attempt = sim_attempt_by(sim, trade_str_of(attempt->id,
                                                   TRADE_ID_LEN));
    }

    for (i = 0; i < sim->nattempts; i++) {
        if (sim_life_is(&sim->attempts[i])
            && (script == &trade_script_claim
                ? sim->attempts[i].intent->slot == wire->cmd->slot
                : &sim->attempts[i] == attempt))
        {
            sim_life_look(sim, &sim->attempts[i], wire->cmd->attempt);
        }
    }

    sim_due_acked(sim, wire);

    if (trade_str_eq(word, trade_str_c("CLAIMED"))) {
        sim_due_claimed(sim, wire);
    }

    sim_stock_exact(sim, wire->cmd->slot);

    if (!sim_lost(sim)) {
        sim_stock_check(sim, wire->cmd->slot);
    }
}


/* Made a record: an order, or a change of stock */

static int
sim_life_is(const sim_attempt_t *attempt)
{
    return attempt->action == TRADE_ACTION_PLACE && attempt->made
           && !attempt->vanished;
}


trade_str_t
sim_life_record(const sim_t *sim, const fake_store_t *store,
    const sim_attempt_t *order)
{
    char  mem[TRADE_SLOT_KEY_MAX];

    return fake_store_get(store, sim_key(mem, order->intent->slot,
                                              TRADE_KEY_ORDER,
                                              trade_str_of(order->id,
                                                           TRADE_ID_LEN)),
                          sim_clock(sim, order->intent->slot));
}


void
sim_life_look(sim_t *sim, sim_attempt_t *order, sim_attempt_t *by)
{
    uint64_t             seq;
    trade_record_t       record;
    const fake_store_t  *store;

    store = &sim->shards[order->intent->slot].store;

    if (trade_record_read(&record, sim_life_record(sim, store, order)) != 0)
    {
        sim_fail(sim, "the record of %.*s is none, or gone", TRADE_ID_LEN,
                 order->id);
    }

    seq = record.seq;

    if (seq < order->nevents || seq > order->nevents + 1) {
        sim_fail(sim, "%.*s goes from event %zu to %zu", TRADE_ID_LEN,
                 order->id, order->nevents, (size_t) seq);
    }

    if (seq > order->nevents) {
        sim_life_event(sim, order, by, &record);
    }

    do {
        if (order->events[record.seq - 1].state != record.state
            || order->events[record.seq - 1].version != record.version
            || order->events[record.seq - 1].at != record.at)
        {
            sim_fail(sim, "%.*s: event %zu is another now", TRADE_ID_LEN,
                     order->id, (size_t) record.seq);
        }
    } while (trade_record_older(&record));

    sim_due_unpaid(sim, order);
}


static void
sim_life_event(sim_t *sim, sim_attempt_t *order, sim_attempt_t *by,
    const trade_record_t *record)
{
    trade_state_e   before;
    sim_life_t     *event;

    before = order->nevents ? order->events[order->nevents - 1].state
                            : TRADE_STATE_NONE;

    if (order->nevents == SIM_EVENTS
        || !sim_life_follows(record->state, before))
    {
        sim_fail(sim, "%.*s goes from %s to %s", TRADE_ID_LEN, order->id,
                 trade_state_name(before).data,
                 trade_state_name(record->state).data);
    }

    if (by && sim_is_action(by)) {
        if (record->state != trade_actions[by->action].to
            || record->at > by->deadline
            || (by->buyer >= 0 && by->buyer != order->intent->buyer))
        {
            sim_fail(sim, "%.*s is %s, by who may not do that, or late",
                     TRADE_ID_LEN, order->id,
                     trade_state_name(record->state).data);
        }

        by->made = 1;
    }

    if (by == NULL
        && (record->state != TRADE_STATE_EXPIRED || order->pay_by == 0
            || sim_clock(sim, order->intent->slot) < order->pay_by))
    {
        sim_fail(sim, "%.*s expires before its time", TRADE_ID_LEN,
                 order->id);
    }

    event = &order->events[order->nevents++];
    memset(event, 0, sizeof(*event));
    event->state = record->state;
    event->version = record->version;
    event->at = record->at;
    event->by = by;
}


static int
sim_life_follows(trade_state_e state, trade_state_e before)
{
    static const unsigned  table[TRADE_STATES] = {
        [TRADE_STATE_NONE] = trade_state_bit(TRADE_STATE_PLACED)
                             | trade_state_bit(TRADE_STATE_STOCK),
        [TRADE_STATE_PLACED] = trade_state_bit(TRADE_STATE_PAID)
                               | trade_state_bit(TRADE_STATE_CANCELLED)
                               | trade_state_bit(TRADE_STATE_EXPIRED),
        [TRADE_STATE_PAID] = trade_state_bit(TRADE_STATE_DELIVERED)
                             | trade_state_bit(TRADE_STATE_CANCELLED)
    };

    return (table[before] & trade_state_bit(state)) != 0;
}


void
sim_life_replicated(sim_t *sim, size_t slot)
{
    size_t               i;
    sim_life_t          *event;
    sim_attempt_t       *order;
    trade_record_t       record;
    const fake_store_t  *store;

    store = &sim->shards[slot].replica;

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (!sim_life_is(order) || order->nevents == 0
            || order->intent->slot != slot
            || order->events[order->nevents - 1].replicated
            || trade_record_read(&record, sim_life_record(sim, store, order))
               != 0
            || record.seq == 0)
        {
            continue;
        }

        do {
            event = &order->events[record.seq - 1];
            event->replicated = record.seq <= order->nevents
                                && record.version == event->version;
        } while (trade_record_older(&record));
    }
}


/* Events that no replica had are gone, and may be made again; acks too */

void
sim_life_failover(sim_t *sim, size_t slot)
{
    char                 mem[TRADE_SLOT_KEY_MAX];
    size_t               i, seq;
    int64_t              score;
    sim_attempt_t       *order;
    trade_record_t       record;
    const fake_store_t  *store;

    store = &sim->shards[slot].store;

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (order->action != TRADE_ACTION_PLACE
            || order->intent->slot != slot)
        {
            continue;
        }

        record.seq = 0;
        (void) trade_record_read(&record, sim_life_record(sim, store, order));

        while (order->nevents > record.seq) {
            order->nevents--;

            if (order->events[order->nevents].by) {
                order->events[order->nevents].by->made = 0;
            }
        }

        for (seq = 1; seq <= order->nevents; seq++) {
            order->events[seq - 1].claimed = 0;
            order->events[seq - 1].acked =
                !sim_due_at(sim, order, seq, NULL);
        }

        order->pay_by = 0;

        if (fake_store_zscore(store,
                              sim_key(mem, slot,
                                           FAKE_UNPAID,
                                           trade_str_of(NULL, 0)),
                              trade_str_of(order->id, TRADE_ID_LEN), &score))
        {
            order->pay_by = score;
        }
    }
}


void
sim_life_appended(sim_t *sim, const sim_msg_t *msg)
{
    uint64_t        seq;
    sim_life_t     *event;
    sim_attempt_t  *order;

    order = sim_attempt_by(sim, msg->id);
    seq = msg->record.seq;

    if (seq > 1
        && !sim_check_in_topic(sim, msg->id, seq - 1, TRADE_STATE_NONE))
    {
        sim_fail(sim, "%.*s: event %zu is in the topic before the one before",
                 TRADE_ID_LEN, msg->id.data, (size_t) seq);
    }

    if (order == NULL || sim->shards[msg->slot].lost) {
        return;
    }

    event = &order->events[seq - 1];

    if (seq > order->nevents || event->version != msg->record.version
        || event->state != msg->record.state)
    {
        sim_fail(sim, "%.*s: event %zu in the topic is not the shard's",
                 TRADE_ID_LEN, msg->id.data, (size_t) seq);
    }

    if (event->published) {
        return;
    }

    event->published = 1;
    sim_stock_appended(sim, order->intent, &msg->record);
}
