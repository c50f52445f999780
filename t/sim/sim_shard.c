/*
 * The shards before the first request: their memory, and the stock in it.
 */

#include "sim.h"

#include <string.h>


static void sim_redis_reset(sim_shard_t *shard);


void
sim_redis_init(sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_SLOTS; i++) {
        sim->shards[i].slot = i;
        fake_store_init(&sim->shards[i].store);
        fake_store_init(&sim->shards[i].replica);
        fake_store_init(&sim->shards[i].synced);
        fake_store_init(&sim->shards[i].snapshot);
    }
}


void
sim_redis_free(sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_SLOTS; i++) {
        fake_store_free(&sim->shards[i].store);
        fake_store_free(&sim->shards[i].replica);
        fake_store_free(&sim->shards[i].synced);
        fake_store_free(&sim->shards[i].snapshot);
    }
}


/* Stock is there, and on the replica, before the first order is */

void
sim_redis_start(sim_t *sim)
{
    char                  id[TRADE_ID_LEN], mem[TRADE_CALL_CHANGE_SIZE];
    size_t                i;
    sim_shard_t          *shard;
    trade_call_t          call;
    unsigned char         random[TRADE_ID_RANDOM];
    trade_record_t        carried;
    trade_write_args_t    write;
    trade_stock_change_t  change;

    for (i = 0; i < SIM_SLOTS; i++) {
        sim_redis_reset(&sim->shards[i]);
    }

    for (i = 0; i < SIM_SKUS; i++) {
        memset(&write, 0, sizeof(write));
        memset(&carried, 0, sizeof(carried));
        memset(&change, 0, sizeof(change));
        memset(random, 0xf0 + (int) i, sizeof(random));
        trade_id_make(sim_slots[i / 2], random, id);

        carried.key = TRADE_RECORD_KEY_SKU;
        write.seen.slot = sim_slots[i / 2];
        write.id = trade_str_of(id, TRADE_ID_LEN);
        write.fingerprint = trade_str_c("0");
        write.deadline = UINT64_MAX / 4;
        write.carried = &carried;

        change.total = 2 + sim_random(sim, 10);
        change.limit = sim_random(sim, 2) ? 2 + sim_random(sim, 4)
                                          : TRADE_STOCK_UNSET;
        change.opens = sim_random(sim, 4) ? TRADE_STOCK_UNSET
                                          : sim_clock(sim, i / 2)
                                            + sim_random(sim, 500);
        change.closes = sim_random(sim, 4) ? TRADE_STOCK_UNSET
                                           : sim_clock(sim, i / 2) + 1000
                                             + sim_random(sim, 6000);

        (void) trade_call_change(&call, mem, sizeof(mem), &write,
                                 trade_str_c(sim_skus[i]), &change);
        (void) fake_redis_call(&sim->shards[i / 2].store, &call,
                               sim_clock(sim, i / 2), sim->text);
    }

    for (i = 0; i < SIM_SLOTS; i++) {
        shard = &sim->shards[i];
        fake_store_copy(&shard->replica, &shard->store);
        fake_store_copy(&shard->snapshot, &shard->store);
        shard->acked = shard->store.offset;
    }
}


/* All but the memory that its stores have */

static void
sim_redis_reset(sim_shard_t *shard)
{
    size_t         slot;
    fake_store_t   stores[4];

    slot = shard->slot;
    memcpy(stores, shard, sizeof(stores));
    memset(shard, 0, sizeof(*shard));
    memcpy(shard, stores, sizeof(stores));

    shard->slot = slot;
    shard->store.offset = 0;
    fake_store_flush(&shard->store);
    shard->scripts = ~0u;
}
