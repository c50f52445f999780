/*
 * A part that is held: in time, for a buyer who has nothing else under way, and
 * no longer when home is told that it is not.
 */

#include "sim_participant.h"


static int sim_participant_locks(const sim_t *sim, const sim_attempt_t *order,
    size_t slot);
static void sim_participant_done(sim_t *sim, const sim_attempt_t *order,
    size_t slot);
static int sim_participant_asked(const sim_t *sim, const sim_attempt_t *order,
    size_t slot);
static int sim_participant_shares(const sim_intent_t *one,
    const sim_intent_t *two,
    size_t slot);


void
sim_participant_held(sim_t *sim, const sim_attempt_t *order, size_t slot,
    const sim_wire_t *wire)
{
    size_t                i;
    const sim_attempt_t  *other;

    if (wire->cmd->call.script != &trade_script_reserve
        || fake_integer(wire->cmd->call.argv[wire->cmd->call.nkeys + 6])
           < (int64_t) sim_clock(sim, slot))
    {
        sim_fail(sim, "the part of %.*s in slot %zu is held, and late",
                 TRADE_ID_LEN, order->id, slot);
    }

    /* when the clock is set back, what was over before is not the latest */

    for (i = 0; i < sim->nattempts && !sim->jumped; i++) {
        other = &sim->attempts[i];

        if (other != order && other->action == TRADE_ACTION_PLACE
            && other->intent->cart
            && other->intent->buyer == order->intent->buyer
            && other->has[slot] == SIM_PARTICIPANT_HELD
            && sim_participant_locks(sim, other, slot)
            && sim_participant_shares(other->intent, order->intent, slot))
        {
            sim_fail(sim, "%.*s holds what its buyer has under way as %.*s",
                     TRADE_ID_LEN, order->id, TRADE_ID_LEN, other->id);
        }
    }
}


/* Its deadline, behind its state and version, is not over */

static int
sim_participant_locks(const sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    trade_str_t  hold;

    hold = sim_participant_hold(sim, order, slot);
    hold = trade_str_cut(&hold, '\n');
    (void) trade_str_cut(&hold, ' ');
    (void) trade_str_cut(&hold, ' ');

    return (int64_t) sim_clock(sim, slot)
           < fake_integer(trade_str_cut(&hold, ' '));
}


/* An SKU of this slot */

static int
sim_participant_shares(const sim_intent_t *one, const sim_intent_t *two,
    size_t slot)
{
    size_t  i, j;

    for (i = 0; i < one->nitems; i++) {
        for (j = 0; j < two->nitems; j++) {
            if (trade_str_eq(one->items[i].sku, two->items[j].sku)
                && sim_sku(one->items[i].sku) / 2 == slot)
            {
                return 1;
            }
        }
    }

    return 0;
}


void
sim_participant_confirmed(sim_t *sim, const sim_wire_t *wire)
{
    trade_str_t           id, number;
    const trade_call_t   *call;
    const sim_attempt_t  *order;

    call = &wire->cmd->call;
    id = call->argv[call->nkeys + 3];
    number = id;
    (void) trade_str_cut(&number, '.');
    order = sim_attempt_by(sim, id);

    if (order) {
        sim_participant_done(sim, order, sim_slot(fake_integer(number)));
    }
}


void
sim_participant_acked(sim_t *sim, const sim_attempt_t *order)
{
    size_t  slot;

    for (slot = 0; slot < SIM_SLOTS && order->intent->cart; slot++) {
        if (slot != order->intent->slot && sim_participant_in(order->intent,
                                                              slot)) {
            sim_participant_done(sim, order, slot);
        }
    }
}


/* It has, or is asked, unless a replica that did not know took over since */

static void
sim_participant_done(sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    uint64_t  version;

    if (!sim_lost(sim) && sim->shards[slot].failed_over == 0
        && sim_participant(sim, order, slot, &version) == SIM_PARTICIPANT_HELD
        && !sim_participant_asked(sim, order, slot))
    {
        sim_fail(sim, "home forgets %.*s, and slot %zu still holds it",
                 TRADE_ID_LEN, order->id, slot);
    }
}


static int
sim_participant_asked(const sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    char         mem[TRADE_SLOT_KEY_MAX], member[TRADE_SLOT_KEY_MAX];
    char         number[24];
    size_t       home;

    home = order->intent->slot;

    return fake_store_zscore(&sim->shards[home].store,
                             sim_key(mem, home, FAKE_ASKS,
                                     trade_str_of(NULL, 0)),
                             fake_join(member,
                                       trade_str_of(order->id, TRADE_ID_LEN),
                                       ".", fake_text(number,
                                                      sim_slots[slot])),
                             NULL);
}
