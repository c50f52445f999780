#include "ngx_trade_redis_conn.h"


#define NGX_TRADE_REDIS_OUT_KEEP  65536  /* bytes kept when drained */


static void ngx_trade_redis_conn_timer(ngx_event_t *ev);
static ngx_trade_redis_cmd_t *ngx_trade_redis_conn_oldest(
    ngx_trade_redis_conn_t *conn);
static void ngx_trade_redis_conn_probe(ngx_event_t *ev);
static void ngx_trade_redis_conn_probed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_redis_conn_close(ngx_trade_redis_conn_t *conn);
static void ngx_trade_redis_conn_flush(ngx_event_t *ev);
static ngx_uint_t ngx_trade_redis_conn_replies(ngx_trade_redis_conn_t *conn);


void
ngx_trade_redis_conn_init(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_shard_t *shard)
{
    conn->shard = shard;

    ngx_trade_redis_cmd_init(conn);

    conn->timer.handler = ngx_trade_redis_conn_timer;
    conn->timer.data = conn;
    conn->timer.log = shard->redis->log;
    conn->timer.cancelable = 1;

    conn->probe.handler = ngx_trade_redis_conn_probe;
    conn->probe.data = conn;
    conn->probe.log = shard->redis->log;
    conn->probe.cancelable = 1;

    conn->ping_cmd.argv = &shard->redis->ping;
    conn->ping_cmd.argc = 1;
    conn->ping_cmd.handler = ngx_trade_redis_conn_probed;

    conn->flush.handler = ngx_trade_redis_conn_flush;
    conn->flush.data = conn;
    conn->flush.log = shard->redis->log;
}


void
ngx_trade_redis_conn_ready(ngx_trade_redis_conn_t *conn)
{
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;

    if (conn->sub) {
        ngx_trade_redis_sub_ready(conn);
        return;
    }

    conn->state = NGX_TRADE_REDIS_READY;
    conn->failures = 0;
    conn->worst = TRADE_FAULT_NONE;

    (void) ngx_atomic_fetch_add(&shard->server->shared->connections, 1);

    if (shard->ready++ == 0) {
        ngx_trade_redis_shard_well(shard);
    }

    ngx_trade_redis_shard_seen(shard);
    ngx_trade_timer_set(&conn->probe, NGX_TRADE_REDIS_PROBE);

    ngx_trade_redis_shard_tried(shard);
}


/* The first order after a long silence is not to find the connection dead */

static void
ngx_trade_redis_conn_probe(ngx_event_t *ev)
{
    ngx_trade_redis_conn_t  *conn;

    conn = ev->data;

    if (conn->replies == 0 && conn->pipe.sent.first == NULL) {
        (void) ngx_trade_redis_cmd_send(conn, &conn->ping_cmd);
    }

    conn->replies = 0;
    ngx_trade_timer_set(ev, NGX_TRADE_REDIS_PROBE);
}


static void
ngx_trade_redis_conn_probed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    /* any reply will do; without one the connection is closed by now */
}


/*
 * One timer for three waits: until a connection is tried again, until it is
 * there, until the oldest command is answered.  It is not moved for each
 * command: when it expires too early it is set anew.
 */

static void
ngx_trade_redis_conn_timer(ngx_event_t *ev)
{
    ngx_msec_t               age, limit, timeout;
    ngx_trade_redis_cmd_t   *oldest;
    ngx_trade_redis_conn_t  *conn;

    conn = ev->data;
    timeout = conn->shard->redis->conf->timeout;

    switch (conn->state) {

    case NGX_TRADE_REDIS_DOWN:
        ngx_trade_redis_connect_open(conn);
        return;

    case NGX_TRADE_REDIS_CONNECTING:
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, NGX_ETIMEDOUT,
                                  "can't be connected to", NULL);
        return;

    case NGX_TRADE_REDIS_TLS:
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, NGX_ETIMEDOUT,
                                  "does not finish the SSL handshake", NULL);
        return;

    default:
        break;
    }

    if (conn->pipe.sent.first == NULL) {
        return;
    }

    oldest = ngx_trade_redis_conn_oldest(conn);
    limit = oldest->patient ? NGX_TRADE_REDIS_PROBE : timeout;
    age = ngx_current_msec - oldest->queued;

    if (age < limit) {
        ngx_trade_timer_set(&conn->timer, ngx_min(limit - age, timeout));
        return;
    }

    ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, NGX_ETIMEDOUT,
                              "does not answer", NULL);
}


/* Of those that an order may wait for, if there are any */

static ngx_trade_redis_cmd_t *
ngx_trade_redis_conn_oldest(ngx_trade_redis_conn_t *conn)
{
    trade_pipe_cmd_t       *link;
    ngx_trade_redis_cmd_t  *cmd;

    for (link = conn->pipe.sent.first; link; link = link->next) {
        cmd = ngx_trade_redis_cmd_of(link);

        if (!cmd->patient) {
            return cmd;
        }
    }

    return ngx_trade_redis_cmd_of(conn->pipe.sent.first);
}


void
ngx_trade_redis_conn_fail(ngx_trade_redis_conn_t *conn, ngx_uint_t level,
    ngx_err_t err, const char *reason, ngx_str_t *what)
{
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;

    ngx_trade_redis_fault_log(conn, level, err, reason, what);
    ngx_trade_redis_fault_take(conn, err);
    ngx_trade_redis_conn_close(conn);
    ngx_trade_redis_fault_pause(conn);
    ngx_trade_redis_cmd_drop(conn);

    if (!conn->sub) {
        ngx_trade_redis_shard_tried(shard);
    }
}


void
ngx_trade_redis_conn_stop(ngx_trade_redis_conn_t *conn)
{
    ngx_trade_redis_conn_close(conn);
    ngx_trade_redis_cmd_drop(conn);

    if (conn->out) {
        ngx_free(conn->out);
        conn->out = NULL;
        conn->out_size = 0;
    }
}


static void
ngx_trade_redis_conn_close(ngx_trade_redis_conn_t *conn)
{
    if (conn->resolving) {
        ngx_resolve_name_done(conn->resolving);
        conn->resolving = NULL;
    }

    if (conn->pc.connection) {
        ngx_trade_redis_ssl_close(conn->pc.connection);
        ngx_close_connection(conn->pc.connection);
        conn->pc.connection = NULL;
    }

    if (conn->reader) {
        redisReaderFree(conn->reader);
        conn->reader = NULL;
    }

    if (conn->flush.posted) {
        ngx_delete_posted_event(&conn->flush);
    }

    if (conn->timer.timer_set) {
        ngx_del_timer(&conn->timer);
    }

    if (conn->probe.timer_set) {
        ngx_del_timer(&conn->probe);
    }

    if (conn->state == NGX_TRADE_REDIS_READY && !conn->sub) {
        conn->shard->ready--;
    }

    conn->state = NGX_TRADE_REDIS_DOWN;
    conn->leaving = 0;
    conn->fault = TRADE_FAULT_NONE;
    conn->out_len = 0;
    conn->out_pos = 0;
    trade_pipe_close(&conn->pipe);

    ngx_trade_redis_shard_seen(conn->shard);
}


void
ngx_trade_redis_conn_write(ngx_event_t *wev)
{
    ngx_connection_t        *c;
    ngx_trade_redis_conn_t  *conn;

    c = wev->data;
    conn = c->data;

    if (conn->state == NGX_TRADE_REDIS_CONNECTING) {
        ngx_trade_redis_connect_connected(conn);
        return;
    }

    ngx_trade_redis_conn_flush(&conn->flush);
}


/* Writes what one round of the event loop has queued */

static void
ngx_trade_redis_conn_flush(ngx_event_t *ev)
{
    ssize_t                  n;
    ngx_connection_t        *c;
    ngx_trade_redis_conn_t  *conn;

    conn = ev->data;
    c = conn->pc.connection;

    if (conn->pipe.wait && ngx_trade_redis_cmd_wait(conn) != NGX_OK) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory", NULL);
        return;
    }

    while (conn->out_pos < conn->out_len) {
        n = c->send(c, conn->out + conn->out_pos,
                    conn->out_len - conn->out_pos);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "has closed the connection", NULL);
            return;
        }

        conn->out_pos += n;
        trade_pipe_wrote(&conn->pipe, n);
    }

    if (conn->out_pos == conn->out_len) {
        conn->out_pos = 0;
        conn->out_len = 0;

        if (conn->out_size > NGX_TRADE_REDIS_OUT_KEEP) {
            ngx_free(conn->out);
            conn->out = NULL;
            conn->out_size = 0;
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "has lost its connection: "
                                  "ngx_handle_write_event() failed", NULL);
    }
}


void
ngx_trade_redis_conn_read(ngx_event_t *rev)
{
    u_char                   buf[16384];
    ssize_t                  n;
    ngx_connection_t        *c;
    ngx_trade_redis_conn_t  *conn;

    c = rev->data;
    conn = c->data;

    if (c->close) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_NOTICE, 0,
                                  "is disconnected: the worker shuts "
                                  "down", NULL);
        return;
    }

    if (conn->state == NGX_TRADE_REDIS_CONNECTING) {
        return;
    }

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "has closed the connection", NULL);
            return;
        }

        if (redisReaderFeed(conn->reader, (char *) buf, n) != REDIS_OK) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory",
                                      NULL);
            return;
        }

        if (ngx_trade_redis_conn_replies(conn)) {
            return;
        }

        if (!rev->ready) {
            break;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "has lost its connection: "
                                  "ngx_handle_read_event() failed", NULL);
    }
}


/* Returns 1 if the connection was closed meanwhile */

static ngx_uint_t
ngx_trade_redis_conn_replies(ngx_trade_redis_conn_t *conn)
{
    void              *reply;
    redisReader       *reader;

    reader = conn->reader;

    for ( ;; ) {
        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            conn->fault = TRADE_FAULT_PROTOCOL;
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "does not speak Redis's protocol", NULL);
            return 1;
        }

        if (reply == NULL) {
            return 0;
        }

        if (conn->sub && ((redisReply *) reply)->type == REDIS_REPLY_ARRAY) {
            ngx_trade_redis_sub_reply(conn, reply);

        } else if (conn->pipe.sent.first == NULL) {
            freeReplyObject(reply);
            conn->fault = TRADE_FAULT_PROTOCOL;
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                      "replies without a command", NULL);
            return 1;

        } else {
            ngx_trade_redis_cmd_reply(conn, reply);
        }

        if (conn->reader != reader) {
            return 1;
        }
    }
}
