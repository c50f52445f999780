/*
 * A part that is held: in time, for a buyer who has nothing else under way, and
 * no longer when home is told that it is not.
 */

#include "sim_part.h"


static int sim_part_locks(const sim_t *sim, const sim_attempt_t *order,
    size_t slot);
static int sim_part_shares(const sim_intent_t *one, const sim_intent_t *two,
    size_t slot);


void
sim_part_held(sim_t *sim, const sim_attempt_t *order, size_t slot,
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
            && other->parts[slot] == SIM_PART_HELD
            && sim_part_locks(sim, other, slot)
            && sim_part_shares(other->intent, order->intent, slot))
        {
            sim_fail(sim, "%.*s holds what its buyer has under way as %.*s",
                     TRADE_ID_LEN, order->id, TRADE_ID_LEN, other->id);
        }
    }
}


/* Its deadline, behind its state and version, is not over */

static int
sim_part_locks(const sim_t *sim, const sim_attempt_t *order, size_t slot)
{
    trade_str_t  hold;

    hold = sim_part_hold(sim, order, slot);
    hold = trade_str_cut(&hold, '\n');
    (void) trade_str_cut(&hold, ' ');
    (void) trade_str_cut(&hold, ' ');

    return (int64_t) sim_clock(sim, slot)
           < fake_integer(trade_str_cut(&hold, ' '));
}


/* An SKU of this slot */

static int
sim_part_shares(const sim_intent_t *one, const sim_intent_t *two, size_t slot)
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


/* They have, unless a replica that did not know took over since */

void
sim_part_told(sim_t *sim, const sim_wire_t *wire)
{
    size_t                i, slot;
    uint64_t              version;
    trade_str_t           id, number;
    const trade_call_t   *call;
    const sim_attempt_t  *order;

    call = &wire->cmd->call;

    for (i = call->nkeys + 4; i < call->argc; i++) {
        id = call->argv[i];
        number = id;
        (void) trade_str_cut(&number, '.');
        order = sim_attempt_by(sim, id);
        slot = sim_slot(fake_integer(number));

        if (order && sim->shards[slot].failed_over == 0
            && sim_part(sim, order, slot, &version) == SIM_PART_HELD)
        {
            sim_fail(sim, "home is told of %.*s, and slot %zu still holds it",
                     TRADE_ID_LEN, order->id, slot);
        }
    }
}
