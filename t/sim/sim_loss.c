/*
 * The faults of a shard: it stalls, restarts, fails over to its replica; a
 * snapshot is restored, or all is gone; and a closed slot is opened.
 */

#include "sim_participant.h"


static void sim_redis_restart(sim_t *sim, sim_shard_t *shard);
static void sim_redis_failover(sim_t *sim, sim_shard_t *shard);
static int sim_redis_placed(const sim_t *sim, const sim_attempt_t *order);
static void sim_redis_forget(sim_t *sim, size_t slot);
static void sim_redis_restore(sim_t *sim, sim_shard_t *shard);


/* All sessions end; scripts are forgotten */

static void
sim_redis_restart(sim_t *sim, sim_shard_t *shard)
{
    size_t       i;
    sim_conn_t  *conn;

    shard->epoch++;
    shard->nwaits = 0;
    shard->scripts = 0;
    shard->syncing = 0;
    shard->stalled = sim_until(sim, sim_random(sim, 4) ? 300 : 3000);
    shard->acked = 0;

    for (i = 0; i < SIM_WORKERS * SIM_CONNS; i++) {
        conn = &sim->workers[i / SIM_CONNS]
                    .conns[shard->slot][i % SIM_CONNS];

        if (conn->worker->alive && conn->ready) {
            sim_conn_break(sim, conn);
        }
    }

    sim_redis_sync(sim, shard);
}


/* With durability no acknowledged write is lost by it */

static void
sim_redis_failover(sim_t *sim, sim_shard_t *shard)
{
    uint64_t  offset;

    sim_trace(sim, "shard %zu fails over to offset %zu of %zu", shard->slot,
              (size_t) shard->replica.offset, (size_t) shard->store.offset);

    /* its stream goes on from where it is; ours never goes back */

    offset = shard->store.offset + 1;
    fake_store_copy(&shard->store, &shard->replica);
    shard->store.offset = offset;

    shard->failed_over = sim->now;
    sim_redis_forget(sim, shard->slot);
    sim_redis_restart(sim, shard);
}


static int
sim_redis_placed(const sim_t *sim, const sim_attempt_t *order)
{
    trade_record_t       record;
    const fake_store_t  *store;

    store = &sim->shards[order->intent->slot].store;

    return trade_record_read(&record, sim_life_record(sim, store, order)) == 0
           && record.seq > 0;
}


/* Orders that no replica had are gone, and may be made again */

static void
sim_redis_forget(sim_t *sim, size_t slot)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (attempt->action == TRADE_ACTION_PLACE && attempt->made
            && attempt->intent->slot == slot
            && !sim_redis_placed(sim, attempt))
        {
            attempt->made = 0;

            if (attempt->intent->made.data == attempt->id) {
                attempt->intent->made.len = 0;
            }
        }
    }

    sim_life_failover(sim, slot);
    sim_participant_failover(sim, slot);
}


static void
sim_redis_restore(sim_t *sim, sim_shard_t *shard)
{
    sim_trace(sim, "shard %zu's last snapshot is restored", shard->slot);

    shard->lost = 1;
    shard->snapshot.offset = shard->store.offset + 1;
    fake_store_copy(&shard->store, &shard->snapshot);
    sim_redis_restart(sim, shard);
}


void
sim_redis_fault(sim_t *sim, sim_shard_t *shard)
{
    switch (sim_random(sim, sim->faults.losses ? 8 : 3)) {

    case 0:
        shard->stalled = sim_until(sim, 1500);
        sim_trace(sim, "shard %zu stalls for %zu ms", shard->slot,
                  (size_t) (shard->stalled - sim->now));
        break;

    case 1:
        if (sim->durability) {
            sim_redis_failover(sim, shard);
            break;
        }

        /* fall through */

    case 2:
        sim_trace(sim, "shard %zu restarts, and has all", shard->slot);
        sim_redis_restart(sim, shard);
        break;

    case 3:
        sim_trace(sim, "FLUSHALL of shard %zu", shard->slot);
        shard->lost = 1;
        fake_store_flush(&shard->store);
        break;

    default:
        sim_redis_restore(sim, shard);
        break;
    }
}


void
sim_redis_snapshot(sim_t *sim)
{
    size_t  i;

    sim_trace(sim, "snapshot");

    for (i = 0; i < SIM_SLOTS; i++) {
        fake_store_copy(&sim->shards[i].snapshot, &sim->shards[i].store);
    }
}


int
sim_lost(const sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_SLOTS; i++) {
        if (sim->shards[i].lost) {
            return 1;
        }
    }

    return 0;
}


int
sim_closed(const sim_t *sim, size_t slot)
{
    char  mem[TRADE_SLOT_KEY_MAX];

    return fake_store_hget(&sim->shards[slot].store,
                           sim_key(mem, slot, TRADE_KEY_SLOT,
                                   trade_str_of(NULL, 0)),
                           FAKE_CLOSED)
               .data != NULL;
}


/* Nothing is lost: it is only looked at */

void
sim_redis_fence(sim_t *sim, size_t slot)
{
    char          mem[TRADE_SLOT_KEY_MAX];
    sim_shard_t  *shard;

    sim_trace(sim, "slot %zu is fenced", slot);

    shard = &sim->shards[slot];
    fake_store_room(&shard->store, 1024);
    fake_store_hset(&shard->store,
                    sim_key(mem, slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0)),
                    FAKE_CLOSED, trade_str_c("reconcile"));
    sim_redis_sync(sim, shard);
}


void
sim_redis_open(sim_t *sim, size_t slot)
{
    char          mem[TRADE_SLOT_KEY_MAX];
    trade_str_t   argv[2];
    trade_call_t  call;

    argv[0] = sim_key(mem, slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0));
    argv[1] = trade_str_c("keep");

    call.script = &trade_script_open;
    call.argv = argv;
    call.argc = 2;
    call.nkeys = 1;

    (void) fake_redis_call(&sim->shards[slot].store, &call,
                           sim_clock(sim, slot), sim->text);
    sim_redis_sync(sim, &sim->shards[slot]);
    sim->opened = sim->now;
    sim_trace(sim, "slot %zu is opened", slot);
}
