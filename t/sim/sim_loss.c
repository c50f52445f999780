/*
 * What can happen to the shard: it stalls, restarts, fails over to its
 * replica; a snapshot is restored, or all is gone; and a closed slot is opened.
 */

#include "sim.h"


static void sim_redis_restart(sim_t *sim);
static void sim_redis_lost(sim_t *sim);
static void sim_redis_failover(sim_t *sim);


/* All sessions end; scripts are forgotten */

static void
sim_redis_restart(sim_t *sim)
{
    size_t  i, j;

    sim->epoch++;
    sim->nwaits = 0;
    sim->scripts = 0;
    sim->syncing = 0;
    sim->stalled = sim_until(sim, 300);
    sim->acked = 0;

    for (i = 0; i < SIM_WORKERS; i++) {
        for (j = 0; j < SIM_CONNS; j++) {
            if (sim->workers[i].alive && sim->workers[i].conns[j].ready) {
                sim_conn_break(sim, &sim->workers[i].conns[j]);
            }
        }
    }

    sim_redis_sync(sim);
}


static void
sim_redis_lost(sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_SLOTS; i++) {
        sim->lost[i] = 1;
    }
}


/* With durability no acknowledged write is lost by it */

static void
sim_redis_failover(sim_t *sim)
{
    uint64_t  offset;

    sim_trace(sim, "failover to offset %zu of %zu",
              (size_t) sim->replica.offset, (size_t) sim->store.offset);

    /* its stream goes on from where it is; ours never goes back */

    offset = sim->store.offset + 1;
    fake_store_copy(&sim->store, &sim->replica);
    sim->store.offset = offset;

    sim->failed_over = sim->now;
    sim_check_failover(sim);
    sim_redis_restart(sim);
}


void
sim_redis_fault(sim_t *sim)
{
    switch (sim_random(sim, sim->faults.losses ? 8 : 3)) {

    case 0:
        sim->stalled = sim_until(sim, 1500);
        sim_trace(sim, "shard stalls for %zu ms",
                  (size_t) (sim->stalled - sim->now));
        break;

    case 1:
        if (sim->durability) {
            sim_redis_failover(sim);
            break;
        }

        /* fall through */

    case 2:
        sim_trace(sim, "shard restarts, and has all");
        sim_redis_restart(sim);
        break;

    case 3:
        sim_trace(sim, "FLUSHALL");
        sim_redis_lost(sim);
        fake_store_flush(&sim->store);
        break;

    default:
        sim_trace(sim, "the last snapshot is restored");
        sim_redis_lost(sim);
        sim->snapshot.offset = sim->store.offset + 1;
        fake_store_copy(&sim->store, &sim->snapshot);
        sim_redis_restart(sim);
        break;
    }
}


void
sim_redis_snapshot(sim_t *sim)
{
    sim_trace(sim, "snapshot");
    fake_store_copy(&sim->snapshot, &sim->store);
}


int
sim_closed(sim_t *sim, size_t slot)
{
    char  mem[TRADE_SLOT_KEY_MAX];

    return fake_store_hget(&sim->store,
                           sim_key(mem, slot, TRADE_KEY_SLOT,
                                   trade_str_of(NULL, 0)),
                           trade_str_c("c"))
               .data != NULL;
}


void
sim_redis_open(sim_t *sim, size_t slot)
{
    char          mem[TRADE_SLOT_KEY_MAX];
    trade_str_t   key;
    trade_call_t  call;

    key = sim_key(mem, slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0));

    call.script = &trade_script_open;
    call.argv = &key;
    call.argc = 1;
    call.nkeys = 1;

    (void) fake_redis_call(&sim->store, &call, sim_clock(sim), sim->text);
    sim_redis_sync(sim);
    sim->opened = sim->now;
    sim_trace(sim, "slot %zu is opened", slot);
}
