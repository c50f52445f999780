/*
 * Workers, what they know, and all that happens to them.
 */

#include "sim_hint.h"

#include <string.h>


#define SIM_TICK      50                /* ms, of the world */


static void sim_born(sim_t *sim, void *data);
static void sim_round_end(sim_t *sim, void *data);
static void sim_world_tick(sim_t *sim, void *data);
static void sim_world_fault(sim_t *sim);
static void sim_world_ask(sim_t *sim, sim_shard_t *shard);
static void sim_world_stop(sim_t *sim, sim_worker_t *worker,
    uint64_t until);
static void sim_world_stop_all(sim_t *sim);
static void sim_world_host(sim_t *sim, sim_host_t *host);
static void sim_world_operator(sim_t *sim);
static void sim_world_heal(sim_t *sim, void *data);


void
sim_world(sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_HOSTS; i++) {
        sim->hosts[i].steady = sim_random(sim, 1000000);
        sim_hint_start(sim, &sim->hosts[i]);
    }

    for (i = 0; i < SIM_WORKERS; i++) {
        sim->workers[i].host = &sim->hosts[i % SIM_HOSTS];
        sim->workers[i].number = i;
        sim_born(sim, &sim->workers[i]);
    }

    sim_at(sim, sim->now + SIM_TICK, sim_world_tick, NULL, NULL);
    sim_at(sim, sim->healed, sim_world_heal, NULL, NULL);
}


static void
sim_born(sim_t *sim, void *data)
{
    sim_worker_t  *worker = data;

    worker->life++;
    worker->alive = 1;
    worker->round = 0;
    worker->paused = 0;
    worker->flows = 0;
    worker->ready = NULL;
    memset(worker->seen, 0, sizeof(worker->seen));

    sim_conns_open(sim, worker);
    sim_sweep_start(sim, worker);
}


void
sim_die(sim_t *sim, sim_worker_t *worker)
{
    size_t       i;
    sim_conn_t  *conn;

    sim_trace(sim, "worker %d dies", worker->number);

    for (i = 0; i < SIM_SLOTS * SIM_CONNS; i++) {
        conn = &worker->conns[i / SIM_CONNS][i % SIM_CONNS];

        if (conn->ready && sim_random(sim, 2)) {
            conn->session->cut = 1;
        }
    }

    worker->alive = 0;
    worker->host->deaths++;

    sim_at(sim, sim->now + 10 + sim_random(sim, 300), sim_born, worker, NULL);
}


void
sim_step(sim_t *sim, sim_worker_t *worker, const char *name)
{
    if (sim_chance(sim, sim->faults.step)) {
        sim_trace(sim, "the end comes at: %s", name);
        sim_die(sim, worker);
        longjmp(sim->died, 1);
    }
}


/* At its end what it has queued is written, and then orders are answered */

void
sim_round(sim_t *sim, sim_worker_t *worker)
{
    if (!worker->round) {
        worker->round = 1;
        sim_at(sim, sim->now + sim_random(sim, 2), sim_round_end, worker,
               worker);
    }
}


static void
sim_round_end(sim_t *sim, void *data)
{
    sim_worker_t  *worker = data;

    worker->round = 0;

    sim_step(sim, worker, "flush");
    sim_conns_flush(sim, worker);
    sim_step(sim, worker, "answer");
    sim_order_answers(sim, worker);
}


static void
sim_world_tick(sim_t *sim, void *data)
{
    (void) data;

    if (sim->now >= sim->healed) {
        return;
    }

    sim_at(sim, sim->now + SIM_TICK, sim_world_tick, NULL, NULL);

    if (sim_chance(sim, sim->faults.wander)) {
        sim_world_fault(sim);
    }

    if (sim->faults.losses && sim_random(sim, 16) == 0) {
        sim_redis_snapshot(sim);
    }

    sim_world_operator(sim);
}


static void
sim_world_fault(sim_t *sim)
{
    sim_shard_t   *shard;
    sim_worker_t  *worker;

    worker = &sim->workers[sim_random(sim, SIM_WORKERS)];
    shard = &sim->shards[sim_random(sim, SIM_SLOTS)];

    switch (sim_random(sim, 13)) {

    case 0: case 1:
        if (worker->alive) {
            sim_die(sim, worker);
        }

        break;

    case 2: case 3: case 4:
        sim_world_stop(sim, worker,
                       sim_until(sim, sim_random(sim, 2) ? 1500 : 12000));
        break;

    case 5:
        if (sim_random(sim, 3) == 0) {
            sim_world_host(sim, worker->host);

        } else {
            sim_world_stop_all(sim);
        }

        break;

    case 6: case 7:
        sim->broken = sim_until(sim, 6000);
        sim_trace(sim, "Kafka is down for %zu ms",
                  (size_t) (sim->broken - sim->now));
        break;

    case 8:
        shard->jump = (int64_t) sim_random(sim, SIM_JUMPS) - SIM_JUMPS / 2;
        sim->jumped = 1;
        sim_trace(sim, "shard %zu's clock jumps to %+d", shard->slot,
                  (int) shard->jump);
        break;

    case 9:
        worker->clock[shard->slot] += (int64_t) sim_random(sim, 6000) - 3000;
        sim_trace(sim, "worker %d's clock jumps", worker->number);
        break;

    case 10:
        sim_world_ask(sim, shard);
        break;

    default:
        sim_redis_fault(sim, shard);
        break;
    }
}


/* As if its clock had jumped ahead, and back: its holds are in doubt now */

static void
sim_world_ask(sim_t *sim, sim_shard_t *shard)
{
    char          mem[TRADE_SLOT_KEY_MAX];
    size_t        i, n;
    int64_t       scores[FAKE_CLAIM_MAX];
    trade_str_t   key, asks[FAKE_CLAIM_MAX];

    key = sim_key(mem, shard->slot, FAKE_ASKS, trade_str_of(NULL, 0));
    fake_store_room(&shard->store, 1024);
    n = fake_store_zrange(&shard->store, key, INT64_MAX, asks, scores,
                          FAKE_CLAIM_MAX);

    for (i = 0; i < n; i++) {
        fake_store_zadd(&shard->store, key, asks[i],
                        sim_clock(sim, shard->slot));
    }

    sim->jumped = 1;
    sim_trace(sim, "shard %zu asks for what it holds", shard->slot);
}


/* Events for it wait in their order: it does not go on earlier */

static void
sim_world_stop(sim_t *sim, sim_worker_t *worker, uint64_t until)
{
    if (until > worker->paused) {
        worker->paused = until;
        sim_trace(sim, "worker %d is stopped for %zu ms", worker->number,
                  (size_t) (until - sim->now));
    }
}


/* So that no other takes up what is due, when they go on */

static void
sim_world_stop_all(sim_t *sim)
{
    size_t    i;
    uint64_t  until;

    until = sim_until(sim, 12000);

    for (i = 0; i < SIM_WORKERS; i++) {
        sim_world_stop(sim, &sim->workers[i], until);
    }
}


/* A host starts anew, with nothing known */

static void
sim_world_host(sim_t *sim, sim_host_t *host)
{
    size_t  i;

    sim_trace(sim, "host %zu starts anew", host - sim->hosts);

    for (i = 0; i < SIM_WORKERS; i++) {
        if (sim->workers[i].host == host && sim->workers[i].alive) {
            sim_die(sim, &sim->workers[i]);
        }
    }

    memset(host->version, 0, sizeof(host->version));
    memset(host->closed, 0, sizeof(host->closed));
    sim_hint_start(sim, host);
    host->sweeper = NULL;
    host->deaths = 0;
    host->deaths_swept = 0;
}


static void
sim_world_operator(sim_t *sim)
{
    size_t  i;

    for (i = 0; i < SIM_SLOTS; i++) {
        if (!sim_closed(sim, i)) {
            if (sim_chance(sim, sim->faults.fence)) {
                sim_redis_fence(sim, i);
            }

        } else if (sim_random(sim, 20) == 0) {
            sim_redis_open(sim, i);
        }
    }
}


static void
sim_world_heal(sim_t *sim, void *data)
{
    (void) data;

    sim_trace(sim, "all is well from here on");

    sim->broken = 0;
}
