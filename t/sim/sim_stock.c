/*
 * The stock that Redis has, and the units that the topic has sold of it.
 */

#include "sim_participant.h"

#include <string.h>


static trade_str_t sim_stock_hget(const sim_t *sim, size_t slot,
    const char *kind, const char *name, trade_str_t field);


size_t
sim_sku(trade_str_t sku)
{
    size_t  i;

    for (i = 0; !trade_str_eq(sku, trade_str_c(sim_skus[i])); i++) {
        /* void */
    }

    return i;
}


int
sim_ended(const trade_record_t *record)
{
    return record->state == TRADE_STATE_CANCELLED
           || record->state == TRADE_STATE_EXPIRED;
}


uint64_t
sim_version(const sim_t *sim, size_t slot)
{
    return fake_integer(sim_stock_hget(sim, slot, TRADE_KEY_SLOT, "",
                                       FAKE_VERSION));
}


int64_t
sim_stock(const sim_t *sim, size_t slot, const char *name, size_t sku)
{
    char  field[TRADE_SLOT_KEY_MAX];

    return fake_integer(sim_stock_hget(sim, slot, TRADE_KEY_SLOT, "",
                                      fake_join(field, trade_str_c(name), "",
                                                trade_str_c(sim_skus[sku]))));
}


int64_t
sim_bought(const sim_t *sim, size_t slot, size_t sku, size_t buyer)
{
    trade_str_t  bought;

    bought = sim_stock_hget(sim, slot, TRADE_KEY_BOUGHT, sim_skus[sku],
                           trade_str_c(sim_buyers[buyer]));

    return fake_integer(trade_str_cut(&bought, ' '));
}


static trade_str_t
sim_stock_hget(const sim_t *sim, size_t slot, const char *kind,
    const char *name, trade_str_t field)
{
    char  mem[TRADE_SLOT_KEY_MAX];

    return fake_store_hget(&sim->shards[slot].store,
                           sim_key(mem, slot, kind, trade_str_c(name)),
                           field);
}


/* Redis has sold at least as much as the topic, also to each buyer */

void
sim_stock_check(sim_t *sim, size_t slot)
{
    size_t   i, buyer;
    int64_t  sold, live;

    for (i = 2 * slot; i < 2 * slot + 2; i++) {
        sold = sim_stock(sim, slot, "total|", i)
               - sim_stock(sim, slot, "available|", i);

        for (live = 0, buyer = 0; buyer < SIM_BUYERS; buyer++) {
            live += sim->live[i][buyer];

            if (!sim->forgotten[i]
                && sim_bought(sim, slot, i, buyer) < sim->live[i][buyer])
            {
                sim_fail(sim, "a buyer has %d of %s, and in the topic %d",
                         (int) sim_bought(sim, slot, i, buyer), sim_skus[i],
                         (int) sim->live[i][buyer]);
            }
        }

        if (sold < live || sim_stock(sim, slot, "available|", i) < 0) {
            sim_fail(sim, "%d of %s are sold, and in the topic %d",
                     (int) sold, sim_skus[i], (int) live);
        }
    }
}


/* The first copy of an event */

void
sim_stock_appended(sim_t *sim, const sim_intent_t *intent,
    const trade_record_t *record)
{
    int      sign;
    size_t   i;
    int64_t *live;

    sign = sim_ended(record) ? -1 : record->state == TRADE_STATE_PLACED;

    for (i = 0; i < intent->nitems; i++) {
        live = &sim->live[sim_sku(intent->items[i].sku)][intent->buyer];
        *live += sign * (int64_t) intent->items[i].quantity;
    }

    for (i = 0; i < SIM_SLOTS && !sim_lost(sim); i++) {
        if (sim_participant_in(intent, i)) {
            sim_stock_check(sim, i);
        }
    }
}


void
sim_stock_exact(sim_t *sim, size_t slot)
{
    size_t             i, sku;
    uint64_t           version;
    int64_t            units[SIM_SKUS][SIM_PARTICIPANT_FREED + 1];
    sim_participant_e  has;
    sim_attempt_t     *order;

    memset(units, 0, sizeof(units));

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (!order->in_redis || order->intent->change
            || !sim_participant_in(order->intent, slot))
        {
            continue;
        }

        has = sim_participant(sim, order, slot, &version);

        for (sku = 0; sku < order->intent->nitems; sku++) {
            units[sim_sku(order->intent->items[sku].sku)][has] +=
                order->intent->items[sku].quantity;
        }
    }

    for (i = 2 * slot; i < 2 * slot + 2; i++) {
        if (sim_stock(sim, slot, "held|", i) != units[i][SIM_PARTICIPANT_HELD]
            || sim_stock(sim, slot, "total|", i)
               - sim_stock(sim, slot, "available|", i)
               != units[i][SIM_PARTICIPANT_HELD]
                  + units[i][SIM_PARTICIPANT_SOLD])
        {
            sim_fail(sim, "of %d of %s %d are available and %d held, and of "
                     "orders %d are held and %d sold",
                     (int) sim_stock(sim, slot, "total|", i), sim_skus[i],
                     (int) sim_stock(sim, slot, "available|", i),
                     (int) sim_stock(sim, slot, "held|", i),
                     (int) units[i][SIM_PARTICIPANT_HELD],
                     (int) units[i][SIM_PARTICIPANT_SOLD]);
        }
    }
}


/* Buyers may be forgotten when the sale has been over for long enough */

void
sim_stock_forgot(sim_t *sim, const sim_wire_t *wire)
{
    size_t   sku;
    int64_t  closes;

    sku = sim_sku(wire->cmd->call.argv[6]);
    closes = sim_stock(sim, wire->cmd->slot, "closes|", sku);

    if (closes && sim_clock(sim, wire->cmd->slot) >= (uint64_t) closes
                                                     + SIM_FORGET_OVER)
    {
        sim->forgotten[sku] = 1;
    }
}
