#include "ngx_trade_limit.h"
#include "ngx_trade_redis_conn.h"
#include "trade_choice.h"


static void ngx_trade_redis_argv(ngx_trade_redis_t *redis);
static ngx_int_t ngx_trade_redis_put(ngx_trade_redis_shard_t *shard,
    ngx_uint_t slot, ngx_trade_redis_cmd_t *cmd);
static const trade_pipe_t *ngx_trade_redis_pipe(void *data, size_t i);
static ngx_trade_redis_shard_t *ngx_trade_redis_owner(
    ngx_trade_redis_t *redis, ngx_uint_t slot);


ngx_trade_redis_t *
ngx_trade_redis_start(ngx_trade_redis_conf_t *conf, ngx_pool_t *pool,
    ngx_log_t *log)
{
    ngx_uint_t                 i, j;
    ngx_trade_redis_t         *redis;
    ngx_trade_redis_shard_t   *shard;

    redis = ngx_pcalloc(pool, sizeof(ngx_trade_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->conf = conf;
    redis->log = log;
    ngx_trade_redis_argv(redis);

    redis->shards = ngx_pcalloc(pool, conf->servers.nelts
                                      * sizeof(ngx_trade_redis_shard_t));
    if (redis->shards == NULL) {
        return NULL;
    }

    for (i = 0; i < conf->servers.nelts; i++) {
        shard = &redis->shards[i];

        ngx_trade_redis_shard_init(shard, redis,
                      (ngx_trade_redis_server_t *) conf->servers.elts + i);
        shard->conns = ngx_pcalloc(pool, conf->connections
                                         * sizeof(ngx_trade_redis_conn_t));
        if (shard->conns == NULL) {
            return NULL;
        }

        for (j = 0; j < conf->connections; j++) {
            ngx_trade_redis_conn_init(&shard->conns[j], shard);
        }
    }

    for (i = 0; i < conf->servers.nelts; i++) {
        for (j = 0; j < conf->connections; j++) {
            ngx_trade_redis_connect_open(&redis->shards[i].conns[j]);
        }
    }

    redis->watch.handler = ngx_trade_redis_watch;
    redis->watch.data = redis;
    redis->watch.log = log;
    redis->watch.cancelable = 1;

    ngx_trade_redis_watch(&redis->watch);

    return redis;
}


/* Commands without arguments, written out once */

static void
ngx_trade_redis_argv(ngx_trade_redis_t *redis)
{
    u_char  *p;

    redis->ping = trade_str_c("PING");
    redis->wait_argv[0] = trade_str_c("WAIT");

    p = redis->wait_text[0];
    redis->wait_argv[1] = trade_str_of((char *) p,
                           ngx_sprintf(p, "%ui", redis->conf->durability) - p);

    p = redis->wait_text[1];
    redis->wait_argv[2] = trade_str_of((char *) p,
                    ngx_sprintf(p, "%M", redis->conf->durability_timeout) - p);
}


void
ngx_trade_redis_stop(ngx_trade_redis_t *redis)
{
    ngx_uint_t  i;

    redis->stopping = 1;
    ngx_trade_redis_sub_stop(redis);

    for (i = 0; i < redis->conf->servers.nelts; i++) {
        ngx_trade_redis_shard_stop(&redis->shards[i]);
    }

    if (redis->watch.timer_set) {
        ngx_del_timer(&redis->watch);
    }
}


ngx_int_t
ngx_trade_redis_send(ngx_trade_redis_t *redis, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd)
{
    ngx_trade_redis_shard_t  *shard;

    shard = ngx_trade_redis_owner(redis, slot);

    if (shard->left != shard->server->shared->left) {
        ngx_trade_redis_shard_news(shard);
    }

    if (redis->conf->durability == 0) {
        cmd->durable = 0;
    }

    cmd->in = NULL;

    if (ngx_trade_redis_put(shard, slot, cmd) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (cmd->awaited) {
        cmd->in = &shard->queue;
        trade_queue_enter(cmd->in, &cmd->call, ngx_current_msec);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_trade_redis_full(ngx_trade_redis_t *redis, ngx_uint_t slot)
{
    trade_queue_t            *queue;
    ngx_trade_redis_shard_t  *shard;

    shard = ngx_trade_redis_owner(redis, slot);
    queue = &shard->queue;

    if (!trade_queue_full(queue, ngx_current_msec)
        && !trade_queue_stalled(queue, ngx_current_msec))
    {
        return 0;
    }

    if (ngx_trade_queue_say(&shard->full_said)) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                      "redis \"%V\": shard \"%V\" has %uL requests to answer, "
                      "which takes it more than %M ms (\"queue_delay\"): "
                      "requests are refused", &redis->conf->name,
                      &shard->server->name, queue->calls,
                      redis->conf->queue_delay);
    }

    return 1;
}


static ngx_int_t
ngx_trade_redis_put(ngx_trade_redis_shard_t *shard, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd)
{
    size_t                   i;
    trade_choice_t           choice;
    ngx_trade_redis_conf_t  *conf;

    conf = shard->redis->conf;

    ngx_memzero(&choice, sizeof(trade_choice_t));
    choice.slot = slot;
    choice.connections = conf->connections;
    choice.durable = cmd->durable;
    choice.apart = cmd->apart;
    choice.locks = conf->locks;

    while (trade_choice_next(&choice, ngx_trade_redis_pipe, shard, &i)) {
        if (ngx_trade_redis_cmd_send(&shard->conns[i], cmd) == NGX_OK) {
            return NGX_OK;
        }
    }

    if (shard->first_connect_pending) {
        trade_pipe_unwritten(&cmd->link);
        ngx_queue_insert_tail(&shard->waiting, &cmd->queue);
        return NGX_OK;
    }

    return NGX_DECLINED;
}


static const trade_pipe_t *
ngx_trade_redis_pipe(void *data, size_t i)
{
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_shard_t  *shard;

    shard = data;
    conn = &shard->conns[i];

    return conn->state == NGX_TRADE_REDIS_READY && !conn->leaving
           ? &conn->pipe : NULL;
}


static ngx_trade_redis_shard_t *
ngx_trade_redis_owner(ngx_trade_redis_t *redis, ngx_uint_t slot)
{
    return &redis->shards[redis->conf->owner[slot]];
}


uint64_t
ngx_trade_redis_clock(ngx_trade_redis_t *redis, ngx_uint_t slot)
{
    return ngx_trade_redis_owner(redis, slot)->clock
           + (int64_t) ngx_current_msec;
}


void
ngx_trade_redis_clock_is(ngx_trade_redis_t *redis, ngx_uint_t slot,
    const ngx_trade_redis_cmd_t *cmd, uint64_t ms)
{
    ngx_trade_redis_owner(redis, slot)->clock = ms - (int64_t) cmd->replied;
}


ngx_str_t *
ngx_trade_redis_shard_name(ngx_trade_redis_conf_t *conf, ngx_uint_t slot)
{
    ngx_trade_redis_server_t  *server;

    server = conf->servers.elts;

    return &server[conf->owner[slot]].name;
}
