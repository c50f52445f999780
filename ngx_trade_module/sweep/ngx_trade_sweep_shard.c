#include "ngx_trade_sweep.h"
#include "ngx_trade_timer.h"
#include "ngx_trade_slot.h"


/*
 * Slots asked for in one call: some 0.5 ms of Redis, for which orders wait.  So
 * one call of a look is under way at a time.
 */
#define NGX_TRADE_SWEEP_CHUNK  128


static const trade_sweep_conf_t  ngx_trade_sweep_shard_conf = {
    .period = 1000,
    .pause = 250,
    .pause_max = 2000,
    .claims = 4,
    .batch = 32,
    .window = 512
};


static void ngx_trade_sweep_shard_timer(ngx_event_t *ev);
static uint64_t ngx_trade_sweep_shard_horizon(ngx_trade_sweep_t *sweep,
    uint64_t death);
static void ngx_trade_sweep_shard_look(ngx_trade_sweep_t *sweep,
    uint64_t death);
static ngx_int_t ngx_trade_sweep_shard_peek(ngx_trade_sweep_t *sweep);
static ngx_uint_t ngx_trade_sweep_shard_asked(const ngx_trade_sweep_t *sweep);
static void ngx_trade_sweep_shard_peeked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_sweep_shard_looked(ngx_trade_sweep_t *sweep);


ngx_int_t
ngx_trade_sweep_shard_init(ngx_trade_sweep_t *sweep, ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t server)
{
    ngx_uint_t                 slot;
    ngx_trade_kafka_conf_t    *kafka;
    ngx_trade_redis_server_t  *servers;

    servers = redis->servers.elts;
    kafka = redis->kafka;

    ngx_memzero(sweep, sizeof(ngx_trade_sweep_t));

    sweep->worker = worker;
    sweep->redis = redis;
    sweep->shard = servers[server].shared;
    sweep->transport = worker->redis[redis->index];
    sweep->producer = worker->kafka[kafka->index];

    sweep->timer.handler = ngx_trade_sweep_shard_timer;
    sweep->timer.data = sweep;
    sweep->timer.log = worker->log;
    sweep->timer.cancelable = 1;

    sweep->slots = ngx_palloc(worker->pool, TRADE_SLOTS * sizeof(uint16_t));
    sweep->mem = ngx_palloc(worker->pool,
                            trade_call_peek_size(NGX_TRADE_SWEEP_CHUNK));

    if (sweep->slots == NULL || sweep->mem == NULL) {
        return NGX_ERROR;
    }

    for (slot = 0; slot < TRADE_SLOTS; slot++) {
        if (redis->owner[slot] == server) {
            sweep->slots[sweep->nslots++] = slot;
        }
    }

    trade_sweep_init(&sweep->state, &ngx_trade_sweep_shard_conf,
                     ngx_current_msec);
    sweep->forget.at = ngx_current_msec;

    return NGX_OK;
}


static void
ngx_trade_sweep_shard_timer(ngx_event_t *ev)
{
    ngx_trade_sweep_shard_run(ev->data);
}


void
ngx_trade_sweep_shard_run(ngx_trade_sweep_t *sweep)
{
    ngx_msec_int_t         wait;
    trade_sweep_action_t   action;

    if (sweep->running || !sweep->active) {
        return;
    }

    sweep->running = 1;

    for ( ;; ) {
        trade_sweep_next(&sweep->state, ngx_current_msec, &action);

        if (action.type == TRADE_SWEEP_AWAIT) {
            break;
        }

        if (action.type == TRADE_SWEEP_LOOK) {
            ngx_trade_sweep_shard_look(sweep, action.death);

        } else if (ngx_trade_sweep_publish_claim(sweep, &action,
                             ngx_trade_sweep_shard_horizon(sweep, action.death))
                   != NGX_OK)
        {
            trade_sweep_claimed(&sweep->state, action.slot, 0, 0);
        }
    }

    sweep->running = 0;

    /* calls under way may hold up the ones whose time has come */

    wait = action.at - ngx_current_msec;

    ngx_trade_timer_set(&sweep->timer,
                        wait > 0 ? (ngx_msec_t) wait
                                 : ngx_trade_sweep_shard_conf.period);
}


static uint64_t
ngx_trade_sweep_shard_horizon(ngx_trade_sweep_t *sweep, uint64_t death)
{
    return trade_sweep_horizon(death, ngx_current_msec,
                               ngx_trade_redis_clock(sweep->transport,
                                                     sweep->slots[0]),
                               sweep->worker->conf->lease);
}


static void
ngx_trade_sweep_shard_look(ngx_trade_sweep_t *sweep, uint64_t death)
{
    sweep->due = 0;
    sweep->failed = sweep->nslots == 0;
    sweep->first = 0;
    sweep->horizon = sweep->nslots ? ngx_trade_sweep_shard_horizon(sweep, death)
                                   : 0;
    sweep->unacked = ngx_trade_backlog_unacked(sweep->worker->conf->zone);

    if (ngx_trade_sweep_shard_peek(sweep) != NGX_OK) {
        sweep->failed = 1;
        ngx_trade_sweep_shard_looked(sweep);
    }
}


/* Asks for some slots from sweep->first on; behind the last the look ends */

static ngx_int_t
ngx_trade_sweep_shard_peek(ngx_trade_sweep_t *sweep)
{
    ngx_uint_t    n;
    trade_call_t  call;

    n = ngx_trade_sweep_shard_asked(sweep);

    if (n == 0) {
        ngx_trade_sweep_shard_looked(sweep);
        return NGX_OK;
    }

    if (trade_call_peek(&call, sweep->mem,
                        trade_call_peek_size(NGX_TRADE_SWEEP_CHUNK),
                        &sweep->slots[sweep->first], n, sweep->horizon,
                        sweep->worker->conf->payment_timeout != 0)
        != 0)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&sweep->cmd, sizeof(ngx_trade_redis_cmd_t));

    ngx_trade_slot_call(&sweep->cmd, &call, ngx_trade_sweep_shard_peeked,
                        sweep);

    return ngx_trade_redis_send(sweep->transport, sweep->slots[sweep->first],
                                &sweep->cmd);
}


/* How many slots one call asks about, from sweep->first on */

static ngx_uint_t
ngx_trade_sweep_shard_asked(const ngx_trade_sweep_t *sweep)
{
    return ngx_min(sweep->nslots - sweep->first, NGX_TRADE_SWEEP_CHUNK);
}


static void
ngx_trade_sweep_shard_peeked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    uint16_t            *slots;
    ngx_uint_t           n;
    trade_reply_t        reply;
    ngx_trade_sweep_t   *sweep;
    trade_reply_work_t   work;

    sweep = cmd->data;
    slots = &sweep->slots[sweep->first];
    n = ngx_trade_sweep_shard_asked(sweep);

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0
        && reply.kind == TRADE_REPLY_PEEKED)
    {
        sweep->due += reply.value;

        while (trade_reply_work(&reply.items, n, &work)) {

            if (work.indoubt) {
                /* whether Kafka takes events or not */
                ngx_trade_sweep_indoubt_claim(sweep, slots[work.slot]);

            } else {
                trade_sweep_due(&sweep->state, slots[work.slot]);
            }
        }

    } else {
        sweep->failed = 1;

        if (result == NGX_TRADE_REDIS_ERR
            && ngx_trade_limit(&sweep->worker->limit, sweep->worker->log))
        {
            ngx_log_error(NGX_LOG_ERR, sweep->worker->log, 0,
                          "trade: shard \"%V\" does not say what is due: %*s",
                          &sweep->shard->name,
                          (size_t) ngx_min(cmd->text.len, 160),
                          cmd->text.data);
        }
    }

    sweep->first += n;

    if (ngx_trade_sweep_shard_peek(sweep) != NGX_OK) {
        sweep->failed = 1;
        ngx_trade_sweep_shard_looked(sweep);
    }
}


/* Part of a look, or nothing, is as good as it can be: there is the next one */

static void
ngx_trade_sweep_shard_looked(ngx_trade_sweep_t *sweep)
{
    ngx_uint_t  i;

    if (!sweep->failed) {
        sweep->shard->due = sweep->due;
    }

    ngx_trade_sweep_leader_looked(sweep->worker->sweeper);

    /* a claim will say whether they still are */

    for (i = 0; i < sweep->nslots; i++) {
        if (sweep->redis->slots->closed[sweep->slots[i]]) {
            trade_sweep_due(&sweep->state, sweep->slots[i]);
        }
    }

    if (sweep->active && !sweep->failed) {
        ngx_trade_forget_begin(sweep);
    }

    trade_sweep_looked(&sweep->state);
    ngx_trade_sweep_shard_run(sweep);
}
