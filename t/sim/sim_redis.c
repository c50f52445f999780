/*
 * The shard: a session a connection, which runs what arrives in order, WAIT,
 * and a replica that follows.
 */

#include "sim.h"

#include <string.h>


static void sim_redis_go_on(sim_t *sim, void *session);
static void sim_redis_run(sim_t *sim, sim_wire_t *wire);
static void sim_redis_script(sim_t *sim, sim_wire_t *wire);
static unsigned sim_redis_known(const trade_script_t *script);
static void sim_redis_wait(sim_t *sim, sim_wire_t *wire);
static void sim_redis_waited(sim_t *sim, void *data);
static void sim_redis_reply(sim_t *sim, sim_wire_t *wire);
static void sim_redis_synced(sim_t *sim, void *data);
static void sim_redis_acked(sim_t *sim, void *data);


/* Stock is there, and on the replica, before the first order is */

void
sim_redis_start(sim_t *sim)
{
    char                  id[TRADE_ID_LEN], mem[TRADE_CALL_CHANGE_SIZE];
    size_t                i;
    trade_call_t          call;
    unsigned char         random[TRADE_ID_RANDOM];
    trade_record_t        carried;
    trade_call_make_t     make;
    trade_stock_change_t  change;

    sim->store.offset = 0;
    fake_store_flush(&sim->store);
    sim->scripts = ~0u;

    for (i = 0; i < SIM_SKUS; i++) {
        memset(&make, 0, sizeof(make));
        memset(&carried, 0, sizeof(carried));
        memset(&change, 0, sizeof(change));
        memset(random, 0xf0 + (int) i, sizeof(random));
        trade_id_make(sim_slots[i / 2], random, id);

        carried.key = TRADE_RECORD_KEY_SKU;
        make.known.slot = sim_slots[i / 2];
        make.id = trade_str_of(id, TRADE_ID_LEN);
        make.fingerprint = trade_str_c("0");
        make.deadline = UINT64_MAX / 4;
        make.carried = &carried;

        change.total = 2 + sim_random(sim, 10);
        change.limit = sim_random(sim, 2) ? 2 + sim_random(sim, 4)
                                          : TRADE_STOCK_UNSET;
        change.opens = sim_random(sim, 4) ? TRADE_STOCK_UNSET
                                          : sim_clock(sim)
                                            + sim_random(sim, 500);
        change.closes = sim_random(sim, 4) ? TRADE_STOCK_UNSET
                                           : sim_clock(sim) + 1000
                                             + sim_random(sim, 6000);

        (void) trade_call_change(&call, mem, sizeof(mem), &make,
                                 trade_str_c(sim_skus[i]), &change);
        (void) fake_redis_call(&sim->store, &call, sim_clock(sim), sim->text);
    }

    fake_store_copy(&sim->replica, &sim->store);
    fake_store_copy(&sim->snapshot, &sim->store);
    sim->acked = sim->store.offset;
}


trade_str_t
sim_key(char *mem, size_t slot, const char *kind, trade_str_t name)
{
    trade_buf_t  b;

    trade_buf_init(&b, mem, TRADE_SLOT_KEY_MAX);

    return trade_slot_key(&b, sim_slots[slot], kind, name);
}


void
sim_redis_arrive(sim_t *sim, void *data)
{
    sim_wire_t     *wire = data;
    sim_session_t  *session;

    session = wire->session;

    if (session->cut || session->epoch != sim->epoch) {
        return;
    }

    *session->last = wire;
    session->last = &wire->next;

    sim_redis_go_on(sim, session);
}


static void
sim_redis_go_on(sim_t *sim, void *data)
{
    sim_wire_t     *wire;
    sim_session_t  *session = data;

    while (session->first && !session->blocked
           && session->epoch == sim->epoch)
    {
        if (sim->stalled > sim->now) {
            sim_at(sim, sim->stalled, sim_redis_go_on, session, NULL);
            return;
        }

        wire = session->first;
        session->first = wire->next;

        if (session->first == NULL) {
            session->last = &session->first;
        }

        sim_redis_run(sim, wire);
    }
}


static void
sim_redis_run(sim_t *sim, sim_wire_t *wire)
{
    if (wire->wait) {
        sim_redis_wait(sim, wire);

    } else {
        sim_redis_script(sim, wire);
        sim_redis_reply(sim, wire);
    }
}


static unsigned
sim_redis_known(const trade_script_t *script)
{
    unsigned  i;

    static const trade_script_t *const  scripts[] = {
        &trade_script_place, &trade_script_settle, &trade_script_order,
        &trade_script_stock, &trade_script_change, &trade_script_peek,
        &trade_script_claim, &trade_script_transition, &trade_script_conclude
    };

    for (i = 0; scripts[i] != script; i++) { /* void */ }

    return 1u << i;
}


static void
sim_redis_script(sim_t *sim, sim_wire_t *wire)
{
    uint64_t  offset;

    if (sim_chance(sim, sim->faults.error)) {
        wire->err = 1;
        wire->text = trade_str_c(sim_random(sim, 2) ? "OOM" : "READONLY");
        return;
    }

    if (!wire->body
        && !(sim->scripts & sim_redis_known(wire->cmd->call.script)))
    {
        wire->err = 1;
        wire->text = trade_str_c("NOSCRIPT");
        return;
    }

    sim->scripts |= sim_redis_known(wire->cmd->call.script);

    offset = sim->store.offset;
    wire->text = fake_redis_call(&sim->store, &wire->cmd->call,
                                 sim_clock(sim), sim->text);
    wire->text = sim_copy(sim, wire->text);

    sim_trace(sim, "shard: %.*s for %d: %.*s",
              (int) wire->cmd->call.script->name.len,
              wire->cmd->call.script->name.data, wire->worker->number,
              (int) (wire->text.len > 60 ? 60 : wire->text.len),
              wire->text.data);

    if (sim->store.offset != offset) {
        wire->session->woff = sim->store.offset;
        sim_redis_sync(sim);
    }

    sim_check_ran(sim, wire);
}


static void
sim_redis_reply(sim_t *sim, sim_wire_t *wire)
{
    uint64_t        at;
    sim_session_t  *session;

    session = wire->session;
    at = sim->now + 1 + sim_random(sim, 3);

    if (sim_chance(sim, sim->faults.delay)) {
        at += sim_random(sim, sim_random(sim, 2) ? 300 : 3000);
    }

    session->replies = at > session->replies ? at : session->replies;

    if (wire->worker->alive && wire->worker->life == wire->life) {
        sim_at(sim, session->replies, sim_conn_reply, wire, wire->worker);
    }
}


static void
sim_redis_wait(sim_t *sim, sim_wire_t *wire)
{
    sim_session_t  *session;

    session = wire->session;
    wire->integer = sim->acked >= session->woff;

    if (wire->integer || sim->nwaits == sizeof(sim->waits)
                                         / sizeof(sim->waits[0]))
    {
        sim_redis_reply(sim, wire);
        return;
    }

    session->blocked = 1;
    session->wait = wire;
    sim->waits[sim->nwaits++] = session;

    sim_at(sim, sim->now + SIM_WAIT, sim_redis_waited, wire, NULL);
}


/* Enough replicas, or time is up: it goes on with what stands behind */

static void
sim_redis_waited(sim_t *sim, void *data)
{
    size_t          i;
    sim_wire_t     *wire = data;
    sim_session_t  *session;

    session = wire->session;

    if (session->epoch != sim->epoch || session->wait != wire) {
        return;
    }

    for (i = 0; sim->waits[i] != session; i++) { /* void */ }
    sim->waits[i] = sim->waits[--sim->nwaits];

    wire->integer = sim->acked >= session->woff;
    session->blocked = 0;
    session->wait = NULL;
    sim_redis_reply(sim, wire);

    sim_redis_go_on(sim, session);
}


/* The replica: one copy is on its way at a time, and acknowledged after it */

void
sim_redis_sync(sim_t *sim)
{
    uint64_t  lag;

    if (sim->syncing || !sim->durability) {
        return;
    }

    sim->syncing = 1;
    fake_store_copy(&sim->synced, &sim->store);

    lag = 1 + sim_random(sim, 3);

    if (sim_chance(sim, 30)) {
        lag += sim_random(sim, 1500);
    }

    sim_at(sim, sim->now + lag, sim_redis_synced,
           (void *) (uintptr_t) sim->epoch, NULL);
}


static void
sim_redis_synced(sim_t *sim, void *data)
{
    if ((uintptr_t) data != sim->epoch) {
        return;
    }

    fake_store_copy(&sim->replica, &sim->synced);
    sim_life_replicated(sim);

    sim_at(sim, sim->now + 1 + sim_random(sim, 3), sim_redis_acked, data,
           NULL);
}


static void
sim_redis_acked(sim_t *sim, void *data)
{
    size_t          i, n;
    sim_session_t  *waits[sizeof(sim->waits) / sizeof(sim->waits[0])];

    if ((uintptr_t) data != sim->epoch) {
        return;
    }

    sim->syncing = 0;
    sim->acked = sim->replica.offset;

    n = sim->nwaits;
    memcpy(waits, sim->waits, sizeof(waits));

    for (i = 0; i < n; i++) {
        if (waits[i]->blocked && sim->acked >= waits[i]->woff) {
            sim_redis_waited(sim, waits[i]->wait);
        }
    }

    if (sim->acked < sim->store.offset) {
        sim_redis_sync(sim);
    }
}
