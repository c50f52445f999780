/*
 * The parts of such orders in the end: all are sold, or none; and when home has
 * forgotten one, that stays so; and what a failover leaves of them.
 */

#include "sim_participant.h"

#include <string.h>


static int sim_participant_known(const sim_t *sim, const sim_attempt_t *order);
static void sim_participant_gone(sim_t *sim, sim_attempt_t *order);
static void sim_participant_order_end(sim_t *sim, sim_attempt_t *order);


void
sim_participant_vanish(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *order;

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (order->action == TRADE_ACTION_PLACE && order->intent->cart
            && order->made && !sim_participant_ended(sim, order)
            && (order->nevents > 1 || sim->payment == 0)
            && !sim_participant_known(sim, order))
        {
            sim_participant_gone(sim, order);
            return;
        }
    }
}


/* To who saw it made last it would be a loss, also in calls under way */

static int
sim_participant_known(const sim_t *sim, const sim_attempt_t *order)
{
    size_t               i, home;
    const sim_worker_t  *worker;

    home = order->intent->slot;

    for (i = 0; i < SIM_WORKERS; i++) {
        worker = &sim->workers[i];

        if (worker->seen[home].version
            && memcmp(worker->seen[home].id, order->id, TRADE_ID_LEN) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static void
sim_participant_gone(sim_t *sim, sim_attempt_t *order)
{
    char          mem[TRADE_SLOT_KEY_MAX];
    size_t        slot, home;
    trade_str_t   id;
    sim_shard_t  *shard;

    id = trade_str_of(order->id, TRADE_ID_LEN);
    home = order->intent->slot;
    slot = (home + 1) % SIM_SLOTS;

    if (!sim_participant_in(order->intent, slot)) {
        slot = (home + 2) % SIM_SLOTS;
    }

    sim_trace(sim, "%.*s vanishes", TRADE_ID_LEN, order->id);
    order->vanished = 1;

    shard = &sim->shards[home];
    fake_store_room(&shard->store, 1024);
    fake_store_del(&shard->store, sim_key(mem, home, TRADE_KEY_ORDER, id));

    shard = &sim->shards[slot];
    fake_store_room(&shard->store, 1024);
    fake_store_zadd(&shard->store, sim_key(mem, slot, FAKE_ASKS,
                                           trade_str_of(NULL, 0)),
                    id, sim_clock(sim, slot));
}


/* Whole: sold everywhere, or, when it has ended, back; or nowhere */

void
sim_participant_end(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *order;

    for (i = 0; i < sim->nattempts && !sim_lost(sim); i++) {
        order = &sim->attempts[i];

        if (order->action == TRADE_ACTION_PLACE && order->intent->cart) {
            sim_participant_order_end(sim, order);
        }
    }
}


static void
sim_participant_order_end(sim_t *sim, sim_attempt_t *order)
{
    int                wanted;
    size_t             slot;
    uint64_t           version;
    sim_participant_e  has;

    wanted = sim_check_in_topic(sim, trade_str_of(order->id, TRADE_ID_LEN), 1,
                                TRADE_STATE_NONE)
             && !sim_participant_ended(sim, order);

    for (slot = 0; slot < SIM_SLOTS; slot++) {
        has = sim_participant(sim, order, slot, &version);

        if (sim_participant_in(order->intent, slot)
            && (has == SIM_PARTICIPANT_HELD
                || (has == SIM_PARTICIPANT_SOLD) != wanted))
        {
            sim_fail(sim, "%.*s is %sin the topic, and its part in slot %zu "
                     "is %s", TRADE_ID_LEN, order->id, wanted ? "" : "not ",
                     slot, sim_participant_names[has]);
        }
    }
}


int
sim_participant_ended(const sim_t *sim, const sim_attempt_t *order)
{
    trade_str_t  id;

    id = trade_str_of(order->id, TRADE_ID_LEN);

    return sim_check_in_topic(sim, id, 0, TRADE_STATE_CANCELLED)
           || sim_check_in_topic(sim, id, 0, TRADE_STATE_EXPIRED);
}


/* Holds that no replica had are gone */

void
sim_participant_failover(sim_t *sim, size_t slot)
{
    size_t          i;
    uint64_t        version;
    sim_attempt_t  *order;

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (order->action == TRADE_ACTION_PLACE && order->intent->cart) {
            order->has[slot] = sim_participant(sim, order, slot, &version);
        }
    }
}
