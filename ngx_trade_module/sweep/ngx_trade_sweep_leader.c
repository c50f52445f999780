#include "ngx_trade_sweep.h"
#include "ngx_trade_timer.h"
#include "trade_deaths.h"


#define NGX_TRADE_SWEEPER_TICK  200         /* ms */


struct ngx_trade_sweeper_s {
    ngx_trade_worker_t  *worker;
    ngx_event_t          tick;
    trade_deaths_t       deaths;
    ngx_array_t          sweeps;            /* ngx_trade_sweep_t, of shards */
    unsigned             active:1;
};


static void ngx_trade_sweep_leader_tick(ngx_event_t *ev);
static void ngx_trade_sweep_leader_deaths(ngx_trade_sweeper_t *sweeper,
    ngx_atomic_uint_t count, ngx_atomic_t *swept);
static void ngx_trade_sweep_leader_activate(ngx_trade_sweeper_t *sweeper,
    ngx_uint_t active);


ngx_trade_sweeper_t *
ngx_trade_sweep_leader_start(ngx_trade_worker_t *worker)
{
    ngx_uint_t                i, n;
    ngx_trade_sweep_t        *sweep;
    ngx_trade_sweeper_t      *sweeper;
    ngx_trade_redis_conf_t  **redis;

    sweeper = ngx_pcalloc(worker->pool, sizeof(ngx_trade_sweeper_t));

    if (sweeper == NULL
        || ngx_array_init(&sweeper->sweeps, worker->pool, 4,
                          sizeof(ngx_trade_sweep_t))
           != NGX_OK)
    {
        return NULL;
    }

    redis = worker->conf->redis.elts;

    for (n = 0, i = 0; i < worker->conf->redis.nelts; i++) {
        n += redis[i]->kafka ? redis[i]->servers.nelts : 0;
    }

    /* they are pointed to: the array must not grow */

    sweep = ngx_array_push_n(&sweeper->sweeps, n);
    if (sweep == NULL) {
        return NULL;
    }

    for (i = 0; i < worker->conf->redis.nelts; i++) {
        for (n = 0; redis[i]->kafka && n < redis[i]->servers.nelts; n++) {
            if (ngx_trade_sweep_shard_init(sweep++, worker, redis[i],
                                           n) != NGX_OK) {
                return NULL;
            }
        }
    }

    sweeper->worker = worker;
    sweeper->tick.handler = ngx_trade_sweep_leader_tick;
    sweeper->tick.data = sweeper;
    sweeper->tick.log = worker->log;
    sweeper->tick.cancelable = 1;

    ngx_trade_timer_set(&sweeper->tick, NGX_TRADE_SWEEPER_TICK);

    return sweeper;
}


void
ngx_trade_sweep_leader_stop(ngx_trade_sweeper_t *sweeper)
{
    ngx_trade_sweep_leader_activate(sweeper, 0);

    if (sweeper->tick.timer_set) {
        ngx_del_timer(&sweeper->tick);
    }
}


static void
ngx_trade_sweep_leader_tick(ngx_event_t *ev)
{
    ngx_shm_zone_t       *zone;
    ngx_trade_sweeper_t  *sweeper;

    sweeper = ev->data;
    zone = sweeper->worker->conf->zone;

    /* a worker in its old age leaves it to its successors */

    if (ngx_exiting) {
        ngx_trade_backlog_sweeper_leave(zone);
        ngx_trade_sweep_leader_activate(sweeper, 0);
        return;
    }

    ngx_trade_timer_set(ev, NGX_TRADE_SWEEPER_TICK);

    ngx_trade_sweep_leader_activate(sweeper, ngx_trade_backlog_sweeper(zone));

    if (!sweeper->active) {
        return;
    }

    ngx_trade_sweep_leader_deaths(sweeper, ngx_trade_backlog_deaths(zone),
                                  &ngx_trade_zone_get(zone)->deaths_swept);
}


static void
ngx_trade_sweep_leader_deaths(ngx_trade_sweeper_t *sweeper,
    ngx_atomic_uint_t count, ngx_atomic_t *swept)
{
    ngx_uint_t          i;
    ngx_trade_sweep_t  *sweep;

    switch (trade_deaths_next(&sweeper->deaths, count, *swept,
                              ngx_current_msec))
    {

    case TRADE_DEATHS_NONE:
        return;

    case TRADE_DEATHS_SWEPT:
        *swept = count;
        return;

    case TRADE_DEATHS_LOOK:
        break;
    }

    sweep = sweeper->sweeps.elts;

    for (i = 0; i < sweeper->sweeps.nelts; i++) {
        trade_sweep_died(&sweep[i].state, ngx_current_msec);
        ngx_trade_sweep_shard_run(&sweep[i]);
    }
}


static void
ngx_trade_sweep_leader_activate(ngx_trade_sweeper_t *sweeper, ngx_uint_t active)
{
    ngx_uint_t          i;
    ngx_trade_sweep_t  *sweep;

    if (sweeper->active == active) {
        return;
    }

    sweeper->active = active;
    ngx_memzero(&sweeper->deaths, sizeof(trade_deaths_t));
    sweep = sweeper->sweeps.elts;

    for (i = 0; i < sweeper->sweeps.nelts; i++) {
        sweep[i].active = active;

        if (active) {
            ngx_trade_sweep_shard_run(&sweep[i]);

        } else if (sweep[i].timer.timer_set) {
            ngx_del_timer(&sweep[i].timer);
        }
    }
}


/* A shard that does not answer has what it had, and is given no more */

void
ngx_trade_sweep_leader_looked(ngx_trade_sweeper_t *sweeper)
{
    ngx_int_t           due, unacked;
    ngx_uint_t          i, n;
    ngx_trade_sweep_t  *sweep;

    sweep = sweeper->sweeps.elts;
    n = sweeper->sweeps.nelts;

    if (n == 0) {
        return;
    }

    for (due = 0, unacked = 0, i = 0; i < n; i++) {
        due += sweep[i].shard->due;
        unacked += sweep[i].unacked;
    }

    /* they are looked at together, or nearly so */

    ngx_trade_zone_get(sweeper->worker->conf->zone)->backlog =
                                                due - unacked / (ngx_int_t) n;
}
