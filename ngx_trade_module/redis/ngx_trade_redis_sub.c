/*
 * A connection that listens to channels: one more a worker and shard, because a
 * connection that has subscribed takes no other commands.  It is set up like
 * the others, with TLS, AUTH and the question for the shard's identity, and
 * comes back after the same pauses.
 */

#include "ngx_trade_redis_conn.h"


/* One channel of one connection. */
struct ngx_trade_redis_channel_s {
    ngx_trade_redis_sub_t    *sub;
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_cmd_t     cmd;
    trade_str_t               argv[2];
};


static ngx_int_t ngx_trade_redis_sub_channels(ngx_trade_redis_conn_t *conn,
    ngx_pool_t *pool);
static void ngx_trade_redis_sub_message(ngx_trade_redis_t *redis,
    trade_str_t channel, trade_str_t text);
static void ngx_trade_redis_sub_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_int_t ngx_trade_redis_sub_refused(
    ngx_trade_redis_channel_t *channel, trade_str_t text);


void
ngx_trade_redis_sub_add(ngx_trade_redis_t *redis, ngx_trade_redis_sub_t *sub)
{
    sub->next = redis->subs;
    redis->subs = sub;
    redis->nsubs++;
}


ngx_int_t
ngx_trade_redis_sub_start(ngx_trade_redis_t *redis, ngx_pool_t *pool)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conns;

    if (redis->subs == NULL) {
        return NGX_OK;
    }

    conns = ngx_pcalloc(pool, redis->conf->servers.nelts
                              * sizeof(ngx_trade_redis_conn_t));
    if (conns == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < redis->conf->servers.nelts; i++) {
        ngx_trade_redis_conn_init(&conns[i], &redis->shards[i]);
        conns[i].sub = 1;

        if (ngx_trade_redis_sub_channels(&conns[i], pool) != NGX_OK) {
            return NGX_ERROR;
        }

        redis->shards[i].sub = &conns[i];
        ngx_trade_redis_connect_open(&conns[i]);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_redis_sub_channels(ngx_trade_redis_conn_t *conn, ngx_pool_t *pool)
{
    ngx_trade_redis_t          *redis;
    ngx_trade_redis_sub_t      *sub;
    ngx_trade_redis_channel_t  *channel;

    redis = conn->shard->redis;

    conn->channels = ngx_pcalloc(pool, redis->nsubs
                                       * sizeof(ngx_trade_redis_channel_t));
    if (conn->channels == NULL) {
        return NGX_ERROR;
    }

    channel = conn->channels;

    for (sub = redis->subs; sub; sub = sub->next) {
        channel->sub = sub;
        channel->conn = conn;
        channel->argv[0] = trade_str_c("SUBSCRIBE");
        channel->argv[1] = sub->channel;
        channel++;
    }

    return NGX_OK;
}


void
ngx_trade_redis_sub_stop(ngx_trade_redis_t *redis)
{
    ngx_uint_t  i;

    for (i = 0; i < redis->conf->servers.nelts; i++) {
        if (redis->shards[i].sub) {
            ngx_trade_redis_conn_stop(redis->shards[i].sub);
        }
    }
}


void
ngx_trade_redis_sub_ready(ngx_trade_redis_conn_t *conn)
{
    ngx_uint_t                  i;
    ngx_trade_redis_cmd_t      *cmd;
    ngx_trade_redis_channel_t  *channel;

    for (i = 0; i < conn->shard->redis->nsubs; i++) {
        channel = &conn->channels[i];

        cmd = &channel->cmd;
        ngx_memzero(cmd, sizeof(ngx_trade_redis_cmd_t));

        cmd->argv = channel->argv;
        cmd->argc = 2;
        cmd->handler = ngx_trade_redis_sub_done;
        cmd->data = channel;

        if (ngx_trade_redis_cmd_send(conn, cmd) != NGX_OK) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory",
                                      NULL);
            return;
        }
    }
}


/* A `message` with channel and text, or the answer to SUBSCRIBE or PING */

void
ngx_trade_redis_sub_reply(ngx_trade_redis_conn_t *conn, redisReply *reply)
{
    redisReply             **part;
    ngx_trade_redis_cmd_t   *cmd;

    conn->replies++;
    part = reply->element;

    if (reply->elements == 3
        && part[0]->type == REDIS_REPLY_STRING
        && part[1]->type == REDIS_REPLY_STRING
        && ngx_strcmp(part[0]->str, "message") == 0)
    {
        if (part[2]->type == REDIS_REPLY_STRING) {
            ngx_trade_redis_sub_message(conn->shard->redis,
                                        trade_str_of(part[1]->str,
                                                     part[1]->len),
                                        trade_str_of(part[2]->str,
                                                     part[2]->len));
        }

    } else if (conn->pipe.sent.first) {
        cmd = ngx_trade_redis_cmd_of(trade_pipe_take(&conn->pipe.sent));
        cmd->handler(cmd, NGX_TRADE_REDIS_OK);
    }

    freeReplyObject(reply);
}


static void
ngx_trade_redis_sub_message(ngx_trade_redis_t *redis, trade_str_t channel,
    trade_str_t text)
{
    ngx_trade_redis_sub_t  *sub;

    for (sub = redis->subs; sub; sub = sub->next) {
        if (trade_str_eq(sub->channel, channel)) {
            sub->message(sub->data, text);
            return;
        }
    }
}


/* The answer to the last SUBSCRIBE makes the connection ready */

static void
ngx_trade_redis_sub_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_redis_t          *redis;
    ngx_trade_redis_conn_t     *conn;
    ngx_trade_redis_channel_t  *channel;

    channel = cmd->data;
    conn = channel->conn;
    redis = conn->shard->redis;

    switch (result) {

    case NGX_TRADE_REDIS_ERR:
        if (ngx_trade_redis_sub_refused(channel, cmd->text) != NGX_OK) {
            return;
        }

        break;

    case NGX_TRADE_REDIS_OK:
        if (channel->sub->ready) {
            channel->sub->ready(channel->sub->data, redis->conf,
                                conn->shard - redis->shards);
        }

        break;

    default:
        return;
    }

    if (channel == &conn->channels[redis->nsubs - 1]) {
        conn->state = NGX_TRADE_REDIS_READY;
        conn->failures = 0;
        conn->worst = TRADE_FAULT_NONE;

        ngx_trade_timer_set(&conn->probe, NGX_TRADE_REDIS_PROBE);
    }
}


/* Returns NGX_OK if the connection goes on without the channel */

static ngx_int_t
ngx_trade_redis_sub_refused(ngx_trade_redis_channel_t *channel,
    trade_str_t text)
{
    ngx_str_t                 error;
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_shard_t  *shard;

    conn = channel->conn;
    shard = conn->shard;
    error = ngx_trade_ngx_str(text);

    if (channel->sub->required) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  channel->sub->without, &error);
        return NGX_ERROR;
    }

    ngx_log_error(NGX_LOG_WARN, shard->redis->log, 0,
                  "redis \"%V\": shard \"%V\" (%V) %s: %V",
                  &shard->redis->conf->name, &shard->server->name,
                  &shard->server->address, channel->sub->without, &error);

    return NGX_OK;
}
