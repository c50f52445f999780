/*
 * The parts of an order that lies in several slots: the state of each, and
 * that the order is placed whole, or not at all: see sim_check.c.
 */

#include "sim_participant.h"

#include <string.h>


static sim_participant_e sim_participant_home(const sim_t *sim,
    const sim_attempt_t *order);
static void sim_participant_look(sim_t *sim, sim_attempt_t *order, size_t slot,
    const sim_wire_t *wire);
static void sim_participant_said(sim_t *sim, const sim_attempt_t *order,
    const sim_wire_t *wire);
static void sim_participant_safe(sim_t *sim, const sim_attempt_t *order,
    size_t slot, sim_participant_e is);
static void sim_participant_placed(sim_t *sim, const sim_attempt_t *order);
static void sim_participant_sold(sim_t *sim, const sim_attempt_t *order,
    size_t slot);
static void sim_participant_freed(sim_t *sim, const sim_attempt_t *order,
    size_t slot, sim_participant_e was, const sim_wire_t *wire);


const char *const  sim_participant_names[] = {
    "not there", "held", "sold", "freed"
};


int
sim_participant_in(const sim_intent_t *intent, size_t slot)
{
    size_t  i;

    for (i = 0; i < intent->nitems; i++) {
        if (sim_sku(intent->items[i].sku) / 2 == slot) {
            return 1;
        }
    }

    return 0;
}


trade_str_t
sim_participant_hold(const sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    char  mem[TRADE_SLOT_KEY_MAX];

    return fake_store_get(&sim->shards[slot].store,
                          sim_key(mem, slot, TRADE_KEY_HOLD,
                                  trade_str_of(order->id, TRADE_ID_LEN)),
                          sim_clock(sim, slot));
}


sim_participant_e
sim_participant(const sim_t *sim, const sim_attempt_t *order, size_t slot,
    uint64_t *version)
{
    trade_str_t  hold, state;

    *version = 0;

    if (slot == order->intent->slot) {
        return sim_participant_home(sim, order);
    }

    hold = sim_participant_hold(sim, order, slot);

    if (hold.data == NULL) {
        return SIM_PARTICIPANT_NONE;
    }

    state = trade_str_cut(&hold, ' ');
    *version = fake_integer(trade_str_cut(&hold, ' '));

    if (trade_str_eq(state, trade_str_c("HELD"))) {
        return SIM_PARTICIPANT_HELD;
    }

    return trade_str_eq(state, trade_str_c("SOLD")) ? SIM_PARTICIPANT_SOLD
                                                    : SIM_PARTICIPANT_FREED;
}


/* Home takes no version for what it gives up */

static sim_participant_e
sim_participant_home(const sim_t *sim, const sim_attempt_t *order)
{
    trade_record_t       record;
    const fake_store_t  *store;

    if (order->vanished) {
        return SIM_PARTICIPANT_SOLD;
    }

    store = &sim->shards[order->intent->slot].store;

    if (trade_record_read(&record, sim_life_record(sim, store, order)) != 0) {
        return SIM_PARTICIPANT_NONE;
    }

    if (record.state == TRADE_STATE_REFUSED) {
        return SIM_PARTICIPANT_FREED;
    }

    return sim_ended(&record) && !sim_due_at(sim, order, record.seq, NULL)
           ? SIM_PARTICIPANT_FREED : SIM_PARTICIPANT_SOLD;
}


/* After each script that is about one of them */

void
sim_participant_ran(sim_t *sim, const sim_wire_t *wire)
{
    trade_str_t           id;
    sim_attempt_t        *order;
    const trade_call_t   *call;
    const trade_script_t *script;

    call = &wire->cmd->call;
    script = call->script;

    if (script == &trade_script_confirmed) {
        sim_participant_confirmed(sim, wire);
        return;
    }

    if (script != &trade_script_place && script != &trade_script_reserve
        && script != &trade_script_outcome && script != &trade_script_confirm
        && script != &trade_script_release)
    {
        return;
    }

    id = call->argv[3];
    id.data += id.len - TRADE_ID_LEN;
    id.len = TRADE_ID_LEN;
    order = sim_attempt_by(sim, id);

    if (script == &trade_script_place && !order->intent->cart) {
        return;
    }

    if (order == NULL || !order->intent->cart) {
        sim_fail(sim, "%.*s is taken for an order of several slots",
                 TRADE_ID_LEN, id.data);
    }

    order->in_redis = 1;

    if (!sim_lost(sim)) {
        sim_participant_look(sim, order, wire->cmd->slot, wire);
        sim_participant_said(sim, order, wire);
    }
}


/* A slot that was told to free its part does not forget it, nor a replica */

static void
sim_participant_said(sim_t *sim, const sim_attempt_t *order,
    const sim_wire_t *wire)
{
    size_t                 slot;
    uint64_t               version;
    trade_str_t            record;
    const sim_shard_t     *shard;
    const trade_script_t  *script;

    slot = wire->cmd->slot;
    shard = &sim->shards[slot];
    script = wire->cmd->call.script;

    if (script == &trade_script_release
        && trade_str_eq(wire->text, trade_str_c("DONE"))
        && sim_participant(sim, order, slot, &version) == SIM_PARTICIPANT_NONE)
    {
        sim_fail(sim, "%.*s is freed in slot %zu, and leaves no trace",
                 TRADE_ID_LEN, order->id, slot);
    }

    if (script != &trade_script_outcome
        || trade_str_eq(wire->text, trade_str_c("LATER")))
    {
        return;
    }

    record = sim_life_record(sim, &shard->store, order);

    if (trade_str_eq(wire->text, trade_str_c("FREE"))
        && !trade_str_eq(trade_str_cut(&record, ' '), trade_str_c("REFUSED")))
    {
        sim_fail(sim, "%.*s is given up, and leaves no trace", TRADE_ID_LEN,
                 order->id);
    }

    if (wire->cmd->durable && wire->session->woff != shard->store.offset) {
        sim_fail(sim, "what became of %.*s is told, and not waited for",
                 TRADE_ID_LEN, order->id);
    }
}


static void
sim_participant_look(sim_t *sim, sim_attempt_t *order, size_t slot,
    const sim_wire_t *wire)
{
    uint64_t           version;
    sim_participant_e  is, was;

    was = order->has[slot];
    is = sim_participant(sim, order, slot, &version);
    order->has[slot] = is;

    if (is == was || order->vanished) {
        return;
    }

    if (is > SIM_PARTICIPANT_HELD && slot != order->intent->slot
        && !wire->cmd->coordinates)
    {
        sim_participant_safe(sim, order, slot, is);
    }

    switch (is) {

    case SIM_PARTICIPANT_HELD:
        if (was == SIM_PARTICIPANT_NONE) {
            sim_participant_held(sim, order, slot, wire);
            order->held[slot] = sim_clock(sim, slot);
            return;
        }

        break;

    case SIM_PARTICIPANT_SOLD:
        if (was == (slot == order->intent->slot ? SIM_PARTICIPANT_NONE
                                                : SIM_PARTICIPANT_HELD))
        {
            sim_participant_sold(sim, order, slot);
            return;
        }

        break;

    case SIM_PARTICIPANT_FREED:
        sim_participant_freed(sim, order, slot, was, wire);
        return;

    default:
        break;
    }

    sim_fail(sim, "the part of %.*s in slot %zu was %s, and is %s",
             TRADE_ID_LEN, order->id, slot, sim_participant_names[was],
             sim_participant_names[is]);
}


/* A replica of home does not forget an outcome that a sweeper was told */

static void
sim_participant_safe(sim_t *sim, const sim_attempt_t *order, size_t slot,
    sim_participant_e is)
{
    trade_str_t  record, state;

    record = sim_life_record(sim, &sim->shards[order->intent->slot].replica,
                             order);
    state = trade_str_cut(&record, ' ');

    if (sim->durability
        && (state.len == 0
            || (is == SIM_PARTICIPANT_SOLD
                && trade_str_eq(state, trade_str_c("REFUSED")))))
    {
        sim_fail(sim, "the part of %.*s in slot %zu is %s, and a replica of "
                 "home knows of no reason", TRADE_ID_LEN, order->id, slot,
                 sim_participant_names[is]);
    }
}


static void
sim_participant_sold(sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    uint64_t           version;
    sim_participant_e  home;

    if (slot == order->intent->slot) {
        sim_participant_placed(sim, order);
        return;
    }

    home = sim_participant(sim, order, order->intent->slot, &version);

    if (home != SIM_PARTICIPANT_SOLD && !sim_participant_ended(sim, order)) {
        sim_fail(sim, "the part of %.*s in slot %zu is sold, and that at home"
                 " %s", TRADE_ID_LEN, order->id, slot,
                 sim_participant_names[home]);
    }
}


/* The participants hold their items */

static void
sim_participant_placed(sim_t *sim, const sim_attempt_t *order)
{
    size_t             slot;
    uint64_t           version;
    sim_participant_e  has;

    for (slot = 0; slot < SIM_SLOTS; slot++) {
        has = sim_participant(sim, order, slot, &version);

        if (sim_participant_in(order->intent, slot)
            && has != (slot == order->intent->slot ? SIM_PARTICIPANT_SOLD
                                                   : SIM_PARTICIPANT_HELD))
        {
            sim_fail(sim, "%.*s is placed, and its part in slot %zu is %s",
                     TRADE_ID_LEN, order->id, slot,
                     sim_participant_names[has]);
        }
    }
}


/*
 * A participant was given up by a sweeper, when the time of its cart was over;
 * or by a coordinator that has not placed the cart, and never will, which
 * sim_participant_placed() sees; or the order has ended, and consumers can
 * know.
 */

static void
sim_participant_freed(sim_t *sim, const sim_attempt_t *order, size_t slot,
    sim_participant_e was, const sim_wire_t *wire)
{
    uint64_t           version;
    sim_participant_e  home;

    if (was == SIM_PARTICIPANT_SOLD && !sim_participant_ended(sim, order)) {
        sim_fail(sim, "the part of %.*s in slot %zu was sold, and is freed",
                 TRADE_ID_LEN, order->id, slot);
    }

    home = sim_participant(sim, order, order->intent->slot, &version);

    if (slot == order->intent->slot) {
        if (was == SIM_PARTICIPANT_NONE && !sim->jumped
            && sim->now < order->called + SIM_TIMEOUT)
        {
            sim_fail(sim, "%.*s is given up, and has time yet", TRADE_ID_LEN,
                     order->id);
        }

    } else if (home != SIM_PARTICIPANT_FREED
               && (home != SIM_PARTICIPANT_NONE || !wire->cmd->coordinates))
    {
        sim_fail(sim, "the part of %.*s in slot %zu was %s, and is freed: that"
                 " at home is %s", TRADE_ID_LEN, order->id, slot,
                 sim_participant_names[was], sim_participant_names[home]);
    }
}
