/*
 * Looks regularly at the findings of other workers about a shard, and asks
 * whether its server takes writes.
 */

#include "ngx_trade_redis_conn.h"


#define NGX_TRADE_REDIS_WATCH     100       /* ms between two looks */
#define NGX_TRADE_REDIS_WRITABLE  250       /* ms between two questions */


static void ngx_trade_redis_watch_wake(ngx_trade_redis_shard_t *shard);
static void ngx_trade_redis_watch_ask(ngx_trade_redis_shard_t *shard);


/* Another worker has a connection, so paused and hanging ones are tried anew */

static void
ngx_trade_redis_watch_wake(ngx_trade_redis_shard_t *shard)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conn;

    shard->well = shard->server->shared->well;

    for (i = 0; i <= shard->redis->conf->connections; i++) {
        conn = i ? &shard->conns[i - 1] : shard->sub;

        if (conn == NULL) {
            continue;
        }

        if (conn->state == NGX_TRADE_REDIS_DOWN) {
            ngx_trade_timer_set(&conn->timer, 1);

        } else if (conn->state == NGX_TRADE_REDIS_CONNECTING) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_INFO, 0,
                                      "is connected to again, because another "
                                      "worker has found a master", NULL);
        }
    }
}


void
ngx_trade_redis_watch(ngx_event_t *ev)
{
    ngx_uint_t                i;
    ngx_trade_redis_t        *redis;
    ngx_trade_redis_shard_t  *shard;

    redis = ev->data;

    for (i = 0; i < redis->conf->servers.nelts; i++) {
        shard = &redis->shards[i];

        if (shard->left != shard->server->shared->left) {
            ngx_trade_redis_shard_news(shard);
        }

        /* commands wait for the first connection, and a break refuses them */

        if (shard->well != shard->server->shared->well
            && !shard->first_connect_pending)
        {
            ngx_trade_redis_watch_wake(shard);
        }

        ngx_trade_redis_watch_ask(shard);
    }

    ngx_trade_timer_set(ev, NGX_TRADE_REDIS_WATCH);
}


/*
 * Asks whether a script that writes would run.  No other command may be on its
 * way there
 */

static void
ngx_trade_redis_watch_ask(ngx_trade_redis_shard_t *shard)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conn;

    if (shard->asking
        || ngx_current_msec - shard->asked < NGX_TRADE_REDIS_WRITABLE)
    {
        return;
    }

    for (i = 0; i < shard->redis->conf->connections; i++) {
        conn = &shard->conns[i];

        if (conn->state != NGX_TRADE_REDIS_READY || conn->leaving
            || conn->pipe.waiting)
        {
            continue;
        }

        if (ngx_trade_redis_cmd_send(conn, &shard->writable) == NGX_OK) {
            shard->asking = 1;
            shard->asked = ngx_current_msec;
        }

        return;
    }
}


/* The handler of replies has taken in the error already */

void
ngx_trade_redis_watch_asked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_redis_shard_t  *shard;

    shard = cmd->data;
    shard->asking = 0;

    if (result == NGX_TRADE_REDIS_OK) {
        ngx_trade_redis_shard_writes(shard, TRADE_FAULT_NONE);
    }
}
