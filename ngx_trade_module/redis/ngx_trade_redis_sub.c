/*
 * A connection that listens to a channel: one more a worker and shard, because
 * a connection that has subscribed takes no other commands.  It is set up like
 * the others, with TLS, AUTH and the question for the shard's identity, and
 * comes back after the same pauses.
 */

#include "ngx_trade_redis_conn.h"


static void ngx_trade_redis_sub_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


ngx_int_t
ngx_trade_redis_sub_start(ngx_trade_redis_t *redis,
    ngx_trade_redis_sub_t *sub, ngx_pool_t *pool)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conns;

    conns = ngx_pcalloc(pool, redis->conf->servers.nelts
                              * sizeof(ngx_trade_redis_conn_t));
    if (conns == NULL) {
        return NGX_ERROR;
    }

    redis->sub = sub;

    for (i = 0; i < redis->conf->servers.nelts; i++) {
        ngx_trade_redis_conn_init(&conns[i], &redis->shards[i]);
        conns[i].sub = 1;
        redis->shards[i].sub = &conns[i];
        ngx_trade_redis_connect_open(&conns[i]);
    }

    return NGX_OK;
}


void
ngx_trade_redis_sub_stop(ngx_trade_redis_t *redis)
{
    ngx_uint_t  i;

    for (i = 0; redis->sub && i < redis->conf->servers.nelts; i++) {
        ngx_trade_redis_conn_stop(redis->shards[i].sub);
    }
}


void
ngx_trade_redis_sub_ready(ngx_trade_redis_conn_t *conn)
{
    ngx_trade_redis_cmd_t  *cmd;

    cmd = &conn->handshake[4];
    ngx_memzero(cmd, sizeof(ngx_trade_redis_cmd_t));

    conn->handshake_argv[8] = trade_str_c("SUBSCRIBE");
    conn->handshake_argv[9] = conn->shard->redis->sub->channel;

    cmd->argv = &conn->handshake_argv[8];
    cmd->argc = 2;
    cmd->handler = ngx_trade_redis_sub_done;
    cmd->data = conn;

    if (ngx_trade_redis_cmd_send(conn, cmd) != NGX_OK) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory", NULL);
    }
}


/* A `message` with channel and text, or the answer to SUBSCRIBE or PING */

void
ngx_trade_redis_sub_reply(ngx_trade_redis_conn_t *conn, redisReply *reply)
{
    redisReply              *text;
    ngx_trade_redis_sub_t   *sub;
    ngx_trade_redis_cmd_t   *cmd;

    conn->replies++;

    if (reply->elements == 3
        && reply->element[0]->type == REDIS_REPLY_STRING
        && ngx_strcmp(reply->element[0]->str, "message") == 0)
    {
        sub = conn->shard->redis->sub;
        text = reply->element[2];

        if (text->type == REDIS_REPLY_STRING) {
            sub->message(sub->data, trade_str_of(text->str, text->len));
        }

    } else if (conn->pipe.sent.first) {
        cmd = ngx_trade_redis_cmd_of(trade_pipe_take(&conn->pipe.sent));
        cmd->handler(cmd, NGX_TRADE_REDIS_OK);
    }

    freeReplyObject(reply);
}


static void
ngx_trade_redis_sub_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_str_t                 error;
    ngx_trade_redis_t        *redis;
    ngx_trade_redis_conn_t   *conn;

    conn = cmd->data;
    redis = conn->shard->redis;

    if (result == NGX_TRADE_REDIS_ERR) {
        error.data = (u_char *) cmd->text.data;
        error.len = cmd->text.len;

        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "refuses SUBSCRIBE, so requests that wait "
                                  "for a lock ask it again and again:", &error);
        return;
    }

    if (result != NGX_TRADE_REDIS_OK) {
        return;
    }

    conn->state = NGX_TRADE_REDIS_READY;
    conn->failures = 0;
    conn->worst = TRADE_FAULT_NONE;

    ngx_trade_timer_set(&conn->probe, NGX_TRADE_REDIS_PROBE);
    redis->sub->ready(redis->sub->data, redis->conf,
                      conn->shard - redis->shards);
}
