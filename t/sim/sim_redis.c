/*
 * The shards: a session a connection, which runs what arrives in order, WAIT,
 * and for each a replica that follows.
 */

#include "sim_hint.h"

#include <string.h>


typedef struct {
    sim_shard_t    *shard;
    unsigned        epoch;
} sim_sync_t;


static void sim_redis_go_on(sim_t *sim, void *session);
static void sim_redis_run(sim_t *sim, sim_wire_t *wire);
static void sim_redis_script(sim_t *sim, sim_wire_t *wire);
static void sim_redis_plain(sim_t *sim, sim_wire_t *wire);
static void sim_redis_get(sim_t *sim, sim_wire_t *wire);
static void sim_redis_call(sim_t *sim, sim_wire_t *wire);
static unsigned sim_redis_known(const trade_script_t *script);
static void sim_redis_wait(sim_t *sim, sim_wire_t *wire);
static void sim_redis_waited(sim_t *sim, void *data);
static void sim_redis_reply(sim_t *sim, sim_wire_t *wire);
static void sim_redis_synced(sim_t *sim, void *data);
static void sim_redis_acked(sim_t *sim, void *data);


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

    if (session->cut || session->epoch != session->shard->epoch) {
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
           && session->epoch == session->shard->epoch)
    {
        if (session->shard->stalled > sim->now) {
            sim_at(sim, session->shard->stalled, sim_redis_go_on, session,
                   NULL);
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

    } else if (wire->cmd->call.script == NULL) {
        sim_redis_plain(sim, wire);
        sim_redis_reply(sim, wire);

    } else {
        sim_redis_script(sim, wire);
        sim_redis_reply(sim, wire);
    }
}


/* GETEX without options, HGET, or the ZREM of an ack */

static void
sim_redis_plain(sim_t *sim, sim_wire_t *wire)
{
    if (sim_chance(sim, sim->faults.error)) {
        wire->err = 1;
        wire->text = trade_str_c("READONLY");
        return;
    }

    if (trade_str_eq(wire->cmd->call.argv[0], trade_str_c("GETEX"))
        || trade_str_eq(wire->cmd->call.argv[0], trade_str_c("HGET")))
    {
        sim_redis_get(sim, wire);
        return;
    }

    sim_redis_call(sim, wire);

    wire->integer = fake_integer(wire->text);
    wire->text = trade_str_of(NULL, 0);

    sim_due_removed(sim, wire);
}


static void
sim_redis_get(sim_t *sim, sim_wire_t *wire)
{
    sim_shard_t   *shard;
    trade_call_t  *call;

    shard = wire->session->shard;
    call = &wire->cmd->call;

    wire->text = call->argc == 2
                 ? fake_store_get(&shard->store, call->argv[1],
                                  sim_clock(sim, shard->slot))
                 : fake_store_hget(&shard->store, call->argv[1],
                                   call->argv[2]);

    if (wire->text.data) {
        wire->text = sim_copy(sim, wire->text);
    }
}


static unsigned
sim_redis_known(const trade_script_t *script)
{
    unsigned  i;

    static const trade_script_t *const  scripts[] = {
        &trade_script_place, &trade_script_ack, &trade_script_order,
        &trade_script_stock, &trade_script_change, &trade_script_peek,
        &trade_script_claim, &trade_script_transition,
        &trade_script_ack_effects,
        &trade_script_reserve, &trade_script_outcome, &trade_script_confirm,
        &trade_script_release, &trade_script_confirmed, &trade_script_indoubt,
        &trade_script_forget
    };

    for (i = 0; scripts[i] != script; i++) { /* void */ }

    return 1u << i;
}


static void
sim_redis_script(sim_t *sim, sim_wire_t *wire)
{
    sim_shard_t  *shard;

    shard = wire->session->shard;

    if (sim_chance(sim, sim->faults.error)) {
        wire->err = 1;
        wire->text = trade_str_c(sim_random(sim, 2) ? "OOM" : "READONLY");
        return;
    }

    if (!wire->body
        && !(shard->scripts & sim_redis_known(wire->cmd->call.script)))
    {
        wire->err = 1;
        wire->text = trade_str_c("NOSCRIPT");
        return;
    }

    shard->scripts |= sim_redis_known(wire->cmd->call.script);

    sim_redis_call(sim, wire);

    if (shard->store.published) {
        sim_hint_publish(sim, shard->slot, shard->store.returned);
    }

    sim_check_ran(sim, wire);

    /* it has run, and something goes wrong behind it */

    if (sim_chance(sim, sim->faults.error)) {
        wire->err = 1;
        wire->text = trade_str_c("ERR");
    }
}


static void
sim_redis_call(sim_t *sim, sim_wire_t *wire)
{
    uint64_t              offset;
    trade_str_t           name;
    sim_shard_t          *shard;
    const trade_call_t   *call;

    shard = wire->session->shard;
    call = &wire->cmd->call;
    name = call->script ? call->script->name : call->argv[0];

    offset = shard->store.offset;
    wire->text = fake_redis_call(&shard->store, call,
                                 sim_clock(sim, shard->slot), sim->text);
    wire->text = sim_copy(sim, wire->text);

    sim_trace(sim, "shard %zu: %.*s for %d: %.*s", shard->slot,
              (int) name.len, name.data, wire->worker->number,
              (int) (wire->text.len > 60 ? 60 : wire->text.len),
              wire->text.data);

    if (shard->store.offset != offset) {
        wire->session->woff = shard->store.offset;
        sim_redis_sync(sim, shard);
    }

    wire->cmd->ran = sim->now;
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
    sim_shard_t    *shard;
    sim_session_t  *session;

    session = wire->session;
    shard = session->shard;
    wire->integer = shard->acked >= session->woff;

    if (wire->integer || shard->nwaits == sizeof(shard->waits)
                                           / sizeof(shard->waits[0]))
    {
        sim_redis_reply(sim, wire);
        return;
    }

    session->blocked = 1;
    session->wait = wire;
    shard->waits[shard->nwaits++] = session;

    sim_at(sim, sim->now + SIM_WAIT, sim_redis_waited, wire, NULL);
}


/* Enough replicas, or time is up: it goes on with what stands behind */

static void
sim_redis_waited(sim_t *sim, void *data)
{
    size_t          i;
    sim_wire_t     *wire = data;
    sim_shard_t    *shard;
    sim_session_t  *session;

    session = wire->session;
    shard = session->shard;

    if (session->epoch != shard->epoch || session->wait != wire) {
        return;
    }

    for (i = 0; shard->waits[i] != session; i++) { /* void */ }
    shard->waits[i] = shard->waits[--shard->nwaits];

    wire->integer = shard->acked >= session->woff;
    session->blocked = 0;
    session->wait = NULL;
    sim_redis_reply(sim, wire);

    sim_redis_go_on(sim, session);
}


/* The replica: one copy is on its way at a time, and acknowledged after it */

void
sim_redis_sync(sim_t *sim, sim_shard_t *shard)
{
    uint64_t     lag;
    sim_sync_t  *sync;

    if (shard->syncing || !sim->durability) {
        return;
    }

    shard->syncing = 1;
    fake_store_copy(&shard->synced, &shard->store);

    lag = 1 + sim_random(sim, 3);

    if (sim_chance(sim, 30)) {
        lag += sim_random(sim, 1500);
    }

    sync = sim_alloc(sim, sizeof(sim_sync_t));
    sync->shard = shard;
    sync->epoch = shard->epoch;

    sim_at(sim, sim->now + lag, sim_redis_synced, sync, NULL);
}


static void
sim_redis_synced(sim_t *sim, void *data)
{
    sim_sync_t   *sync = data;
    sim_shard_t  *shard;

    shard = sync->shard;

    if (sync->epoch != shard->epoch) {
        return;
    }

    fake_store_copy(&shard->replica, &shard->synced);
    sim_life_replicated(sim, shard->slot);

    sim_at(sim, sim->now + 1 + sim_random(sim, 3), sim_redis_acked, sync,
           NULL);
}


static void
sim_redis_acked(sim_t *sim, void *data)
{
    size_t          i, n;
    sim_sync_t     *sync = data;
    sim_shard_t    *shard;
    sim_session_t  *waits[sizeof(shard->waits) / sizeof(shard->waits[0])];

    shard = sync->shard;

    if (sync->epoch != shard->epoch) {
        return;
    }

    shard->syncing = 0;
    shard->acked = shard->replica.offset;

    n = shard->nwaits;
    memcpy(waits, shard->waits, sizeof(waits));

    for (i = 0; i < n; i++) {
        if (waits[i]->blocked && shard->acked >= waits[i]->woff) {
            sim_redis_waited(sim, waits[i]->wait);
        }
    }

    if (shard->acked < shard->store.offset) {
        sim_redis_sync(sim, shard);
    }
}
