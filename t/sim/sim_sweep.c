/*
 * The sweeper of a worker.  lib's trade_leader says which worker of a host
 * sweeps, and trade_sweep what it does next.
 */

#include "sim.h"
#include "trade_call_forget.h"
#include "trade_leader.h"

#include <string.h>


#define SIM_SWEEP_TICK  200             /* ms */


static const trade_sweep_conf_t  sim_sweep_conf = {
    .period = 1000,
    .pause = 250,
    .pause_max = 2000,
    .claims = 2,
    .batch = 4,
    .window = 12
};


typedef struct {
    sim_worker_t  *worker;
    unsigned       timer;
} sim_sweep_timer_t;


static void sim_sweep_tick(sim_t *sim, void *data);
static void sim_sweep_deaths(sim_t *sim, sim_worker_t *worker);
static int sim_sweep_leads(sim_t *sim, sim_worker_t *worker);
static void sim_sweep_timer(sim_t *sim, void *data);
static void sim_sweep_look(sim_t *sim, sim_worker_t *worker,
    uint64_t death);
static void sim_sweep_peeked(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_sweep_looked(sim_t *sim, sim_worker_t *worker);
static void sim_sweep_forget(sim_t *sim, sim_worker_t *worker);
static void sim_sweep_forgot(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);


void
sim_sweep_start(sim_t *sim, sim_worker_t *worker)
{
    unsigned  timer;

    timer = worker->sweep.timer;
    memset(&worker->sweep, 0, sizeof(sim_sweep_t));
    worker->sweep.timer = timer + 1;

    trade_sweep_init(&worker->sweep.state, &sim_sweep_conf,
                     sim_steady(sim, worker));
    sim_at(sim, sim->now + SIM_SWEEP_TICK, sim_sweep_tick, worker, worker);
}


static void
sim_sweep_tick(sim_t *sim, void *data)
{
    int            active;
    sim_worker_t  *worker = data;

    sim_at(sim, sim->now + SIM_SWEEP_TICK, sim_sweep_tick, worker, worker);

    active = sim_sweep_leads(sim, worker);

    if (active != worker->sweep.active) {
        sim_trace(sim, active ? "sweeps" : "sweeps no more");
        worker->sweep.active = active;
        memset(&worker->sweep.deaths, 0, sizeof(trade_deaths_t));
        sim_sweep_run(sim, worker);
    }

    if (active) {
        sim_sweep_deaths(sim, worker);
    }
}


static void
sim_sweep_deaths(sim_t *sim, sim_worker_t *worker)
{
    sim_host_t  *host;

    host = worker->host;

    switch (trade_deaths_next(&worker->sweep.deaths, host->deaths,
                              host->deaths_swept, sim_steady(sim, worker)))
    {

    case TRADE_DEATHS_NONE:
        break;

    case TRADE_DEATHS_LOOK:
        trade_sweep_died(&worker->sweep.state, sim_steady(sim, worker));
        sim_sweep_run(sim, worker);
        break;

    case TRADE_DEATHS_SWEPT:
        host->deaths_swept = host->deaths;
        break;
    }
}


static int
sim_sweep_leads(sim_t *sim, sim_worker_t *worker)
{
    int          self, alive;
    sim_host_t  *host;

    host = worker->host;
    self = host->sweeper == worker && host->sweeper_life == worker->life;
    alive = host->sweeper && host->sweeper->alive
            && host->sweeper->life == host->sweeper_life;

    switch (trade_leader_next(self, alive, host->swept_at,
                              sim_steady(sim, worker)))
    {

    case TRADE_LEADER_OTHER:
        return 0;

    case TRADE_LEADER_TAKE:
        host->sweeper = worker;
        host->sweeper_life = worker->life;
        break;

    case TRADE_LEADER_SELF:
        break;
    }

    host->swept_at = sim_steady(sim, worker);

    return 1;
}


void
sim_sweep_run(sim_t *sim, sim_worker_t *worker)
{
    int64_t                wait;
    sim_sweep_t           *sweep;
    sim_sweep_timer_t     *timer;
    trade_sweep_action_t   action;

    sweep = &worker->sweep;

    if (sweep->running || !sweep->active) {
        return;
    }

    sweep->running = 1;

    for ( ;; ) {
        trade_sweep_next(&sweep->state, sim_steady(sim, worker), &action);

        if (action.type == TRADE_SWEEP_AWAIT) {
            break;
        }

        if (action.type == TRADE_SWEEP_LOOK) {
            sim_sweep_look(sim, worker, action.death);

        } else if (sim_batch_claim(sim, worker, &action) != 0) {
            trade_sweep_claimed(&sweep->state, action.slot, 0, 0);
        }
    }

    sweep->running = 0;

    wait = action.at - sim_steady(sim, worker);

    timer = sim_alloc(sim, sizeof(sim_sweep_timer_t));
    timer->worker = worker;
    timer->timer = ++sweep->timer;

    sim_at(sim, sim->now + (wait > 0 ? (uint64_t) wait
                                     : sim_sweep_conf.period),
           sim_sweep_timer, timer, worker);
}


static void
sim_sweep_timer(sim_t *sim, void *data)
{
    sim_sweep_timer_t  *timer = data;

    if (timer->worker->sweep.timer == timer->timer) {
        sim_sweep_run(sim, timer->worker);
    }
}


uint64_t
sim_sweep_horizon(sim_t *sim, sim_worker_t *worker, size_t slot, uint64_t death)
{
    uint64_t  now;

    now = sim_steady(sim, worker);

    return trade_sweep_horizon(death, now, worker->clock[slot] + now,
                               SIM_LEASE);
}


/* A slot a call, so that a look has several */

static void
sim_sweep_look(sim_t *sim, sim_worker_t *worker, uint64_t death)
{
    void       *mem;
    size_t      i;
    uint16_t    slot;
    sim_cmd_t  *cmd;

    worker->sweep.peeks = 1;

    for (i = 0; i < SIM_SLOTS; i++) {
        slot = sim_slots[i];

        cmd = sim_alloc(sim, sizeof(sim_cmd_t));
        cmd->handler = sim_sweep_peeked;
        cmd->data = worker;
        cmd->slot = i;

        mem = sim_alloc(sim, trade_call_peek_size(1));
        (void) trade_call_peek(&cmd->call, mem, trade_call_peek_size(1),
                               &slot, 1,
                               sim_sweep_horizon(sim, worker, i, death),
                               sim->payment != 0);

        if (sim_send(sim, worker, i, cmd) == 0) {
            worker->sweep.peeks++;
        }
    }

    sim_sweep_looked(sim, worker);
}


static void
sim_sweep_peeked(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t        reply;
    sim_worker_t        *worker;
    trade_reply_work_t   work;

    worker = cmd->data;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0
        && reply.kind == TRADE_REPLY_PEEKED)
    {
        while (trade_reply_work(&reply.items, 1, &work)) {

            if (work.indoubt) {
                sim_indoubt_claim(sim, worker, cmd->slot);

            } else {
                trade_sweep_due(&worker->sweep.state, sim_slots[cmd->slot]);
            }
        }
    }

    sim_sweep_looked(sim, worker);
}


static void
sim_sweep_looked(sim_t *sim, sim_worker_t *worker)
{
    size_t  i;

    if (--worker->sweep.peeks) {
        return;
    }

    for (i = 0; i < SIM_SLOTS; i++) {
        if (worker->host->closed[i]) {
            trade_sweep_due(&worker->sweep.state, sim_slots[i]);
        }
    }

    sim_sweep_forget(sim, worker);

    trade_sweep_looked(&worker->sweep.state);
    sim_sweep_run(sim, worker);
}


/* A SKU a look, whether its sale is over or not */

static void
sim_sweep_forget(sim_t *sim, sim_worker_t *worker)
{
    void       *mem;
    size_t      sku;
    sim_cmd_t  *cmd;

    sku = worker->sweep.forgets++ % SIM_SKUS;

    cmd = sim_alloc(sim, sizeof(sim_cmd_t));
    cmd->handler = sim_sweep_forgot;
    cmd->data = worker;
    sim_seen(worker, sku / 2, cmd);

    mem = sim_alloc(sim, TRADE_CALL_CHANGE_SIZE);
    (void) trade_call_forget(&cmd->call, mem, TRADE_CALL_CHANGE_SIZE,
                             &cmd->seen, trade_str_c(sim_skus[sku]),
                             SIM_FORGET_OVER, 0, trade_str_c("0"), 100);

    (void) sim_send(sim, worker, cmd->slot, cmd);
}


static void
sim_sweep_forgot(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t  reply;
    sim_worker_t  *worker;

    worker = cmd->data;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        sim_slot_reply(sim, worker, cmd, &reply, NULL);
    }
}
