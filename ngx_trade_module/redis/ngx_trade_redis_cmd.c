/*
 * The commands of a connection: how they are written, and what is done with
 * their replies.  lib's trade_pipe has them, and decides when a WAIT is
 * written, and which reply counts.
 */

#include "ngx_trade_redis_conn.h"


static ngx_int_t ngx_trade_redis_cmd_queue(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd);
static ngx_int_t ngx_trade_redis_cmd_encode(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd);
static ngx_int_t ngx_trade_redis_cmd_room(ngx_trade_redis_conn_t *conn,
    size_t size);
static u_char *ngx_trade_redis_cmd_arg(u_char *p, trade_str_t arg);
static u_char *ngx_trade_redis_cmd_number(u_char *p, u_char type, size_t n);
static void ngx_trade_redis_cmd_waited(ngx_trade_redis_cmd_t *wait,
    ngx_trade_redis_result_e result);
static void ngx_trade_redis_cmd_finish(ngx_trade_redis_cmd_t *cmd,
    redisReply *reply);
static ngx_uint_t ngx_trade_redis_cmd_noscript(redisReply *reply);


ngx_int_t
ngx_trade_redis_cmd_send(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd)
{
    cmd->reply = NULL;
    cmd->link.durable = cmd->durable;
    cmd->link.script = cmd->script != NULL;
    trade_pipe_begin(&cmd->link);

    return ngx_trade_redis_cmd_queue(conn, cmd);
}


static ngx_int_t
ngx_trade_redis_cmd_queue(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd)
{
    return trade_pipe_put(&conn->pipe, &cmd->link)
           ? ngx_trade_redis_cmd_encode(conn, cmd) : NGX_OK;
}


static ngx_int_t
ngx_trade_redis_cmd_encode(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd)
{
    u_char       *p, *start, nkeys[NGX_INT_T_LEN];
    size_t        size;
    ngx_uint_t    i;
    trade_str_t   name;

    size = 4 * (NGX_SIZE_T_LEN + sizeof("$\r\n\r\n"));
    name = trade_str_of(NULL, 0);

    if (cmd->script) {
        name = cmd->link.body ? cmd->script->body : cmd->script->sha1;
        size += sizeof("EVALSHA") + name.len;
    }

    for (i = 0; i < cmd->argc; i++) {
        size += NGX_SIZE_T_LEN + sizeof("$\r\n\r\n") + cmd->argv[i].len;
    }

    if (ngx_trade_redis_cmd_room(conn, size) != NGX_OK) {
        return NGX_ERROR;
    }

    start = conn->out + conn->out_len;
    p = ngx_trade_redis_cmd_number(start, '*',
                                   cmd->argc + (cmd->script ? 3 : 0));

    if (cmd->script) {
        p = ngx_trade_redis_cmd_arg(p, trade_str_c(cmd->link.body ? "EVAL"
                                                             : "EVALSHA"));
        p = ngx_trade_redis_cmd_arg(p, name);
        p = ngx_trade_redis_cmd_arg(p, trade_str_of((char *) nkeys,
                                    ngx_sprintf(nkeys, "%ui", cmd->nkeys)
                                    - nkeys));
    }

    for (i = 0; i < cmd->argc; i++) {
        p = ngx_trade_redis_cmd_arg(p, cmd->argv[i]);
    }

    conn->out_len += p - start;
    cmd->queued = ngx_current_msec;

    trade_pipe_sent(&conn->pipe, &cmd->link, p - start);

    if (!conn->timer.timer_set) {
        ngx_trade_timer_set(&conn->timer, conn->shard->redis->conf->timeout);
    }

    if (!conn->flush.posted) {
        ngx_post_event(&conn->flush, &ngx_posted_events);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_redis_cmd_room(ngx_trade_redis_conn_t *conn, size_t size)
{
    u_char  *out;
    size_t   need;

    if (conn->out_pos) {
        conn->out_len -= conn->out_pos;
        ngx_memmove(conn->out, conn->out + conn->out_pos, conn->out_len);
        conn->out_pos = 0;
    }

    if (conn->out_size - conn->out_len >= size) {
        return NGX_OK;
    }

    need = ngx_max(conn->out_size * 2, conn->out_len + size);
    need = ngx_max(need, ngx_pagesize);

    out = ngx_alloc(need, conn->shard->redis->log);
    if (out == NULL) {
        return NGX_ERROR;
    }

    if (conn->out) {
        ngx_memcpy(out, conn->out, conn->out_len);
        ngx_free(conn->out);
    }

    conn->out = out;
    conn->out_size = need;

    return NGX_OK;
}


static u_char *
ngx_trade_redis_cmd_arg(u_char *p, trade_str_t arg)
{
    p = ngx_trade_redis_cmd_number(p, '$', arg.len);
    p = ngx_cpymem(p, arg.data, arg.len);
    *p++ = CR;
    *p++ = LF;

    return p;
}


/* "<type><n>" and CRLF: ngx_sprintf() would cost more than all the rest */

static u_char *
ngx_trade_redis_cmd_number(u_char *p, u_char type, size_t n)
{
    u_char  digits[NGX_SIZE_T_LEN], *d;

    d = digits + sizeof(digits);

    do {
        *--d = (u_char) ('0' + n % 10);
        n /= 10;
    } while (n);

    *p++ = type;
    p = ngx_cpymem(p, d, digits + sizeof(digits) - d);
    *p++ = CR;
    *p++ = LF;

    return p;
}


void
ngx_trade_redis_cmd_init(ngx_trade_redis_conn_t *conn)
{
    conn->wait_cmd.argv = conn->shard->redis->wait_argv;
    conn->wait_cmd.argc = 3;
    conn->wait_cmd.handler = ngx_trade_redis_cmd_waited;
    conn->wait_cmd.data = conn;
}


ngx_int_t
ngx_trade_redis_cmd_wait(ngx_trade_redis_conn_t *conn)
{
    if (ngx_trade_redis_cmd_send(conn, &conn->wait_cmd) != NGX_OK) {
        return NGX_ERROR;
    }

    trade_pipe_waits(&conn->pipe);

    return NGX_OK;
}


static void
ngx_trade_redis_cmd_waited(ngx_trade_redis_cmd_t *wait,
    ngx_trade_redis_result_e result)
{
    ngx_uint_t               enough;
    trade_pipe_cmd_t        *link;
    trade_pipe_list_t        later, done;
    ngx_trade_redis_cmd_t   *cmd;
    ngx_trade_redis_conn_t  *conn;

    conn = wait->data;

    enough = result == NGX_TRADE_REDIS_OK
             && wait->integer
                >= (int64_t) conn->shard->redis->conf->durability;

    trade_pipe_waited(&conn->pipe, enough, &later, &done);

    while ((link = trade_pipe_take(&later)) != NULL) {
        cmd = ngx_trade_redis_cmd_of(link);

        if (ngx_trade_redis_cmd_encode(conn, cmd) != NGX_OK) {
            ngx_trade_redis_cmd_end(cmd, NGX_TRADE_REDIS_UNSENT);
        }
    }

    while ((link = trade_pipe_take(&done)) != NULL) {
        cmd = ngx_trade_redis_cmd_of(link);
        ngx_trade_redis_cmd_finish(cmd, cmd->reply);
    }
}


/* The reply of the oldest command; takes `reply` over */

void
ngx_trade_redis_cmd_reply(ngx_trade_redis_conn_t *conn, redisReply *reply)
{
    ngx_uint_t              error;
    trade_pipe_cmd_t       *link;
    trade_pipe_reply_e      next;
    ngx_trade_redis_cmd_t  *cmd;

    error = reply->type == REDIS_REPLY_ERROR;

    next = trade_pipe_reply(&conn->pipe, error,
                            ngx_trade_redis_cmd_noscript(reply), &link);

    cmd = ngx_trade_redis_cmd_of(link);
    cmd->replied = ngx_current_msec;
    conn->replies++;

    if (error && conn->state == NGX_TRADE_REDIS_READY) {
        ngx_trade_redis_shard_error(conn,
                                    trade_str_of(reply->str, reply->len));
    }

    if (next == TRADE_PIPE_AGAIN
        && ngx_trade_redis_cmd_queue(conn, cmd) == NGX_OK)
    {
        freeReplyObject(reply);
        return;
    }

    if (next == TRADE_PIPE_AWAIT) {
        cmd->reply = reply;
        return;
    }

    ngx_trade_redis_cmd_finish(cmd, reply);
}


/* Ends a command with its reply, which it takes over */

static void
ngx_trade_redis_cmd_finish(ngx_trade_redis_cmd_t *cmd, redisReply *reply)
{
    ngx_trade_redis_result_e  result;

    result = NGX_TRADE_REDIS_OK;
    cmd->text = trade_str_of(NULL, 0);
    cmd->integer = 0;
    cmd->replicated = cmd->link.replicated;

    switch (reply->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        cmd->text = trade_str_of(reply->str, reply->len);
        break;

    case REDIS_REPLY_NIL:
        break;

    case REDIS_REPLY_INTEGER:
        cmd->integer = reply->integer;
        break;

    case REDIS_REPLY_ERROR:
        result = NGX_TRADE_REDIS_ERR;
        cmd->text = trade_str_of(reply->str, reply->len);
        break;

    default:
        result = NGX_TRADE_REDIS_ERR;
        cmd->text = trade_str_c("a reply of an unexpected type");
        break;
    }

    ngx_trade_redis_cmd_end(cmd, result);

    freeReplyObject(reply);
}


void
ngx_trade_redis_cmd_end(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    if (cmd->in) {

        /* a WAIT that replicas do not answer tells nothing of the shard */

        if ((result == NGX_TRADE_REDIS_OK && cmd->replicated >= cmd->durable)
            || result == NGX_TRADE_REDIS_ERR)
        {
            trade_queue_replied(cmd->in, &cmd->call, ngx_current_msec);

        } else {
            trade_queue_left(cmd->in, ngx_current_msec);
        }

        cmd->in = NULL;
    }

    cmd->handler(cmd, result);
}


/* Hands the commands of a closed connection back, each with its fate */

void
ngx_trade_redis_cmd_drop(ngx_trade_redis_conn_t *conn)
{
    trade_pipe_cmd_t       *link;
    trade_pipe_list_t       done, lost;
    ngx_trade_redis_cmd_t  *cmd;

    /* handlers may queue commands: the pipe is emptied first */

    trade_pipe_drop(&conn->pipe, &done, &lost);

    while ((link = trade_pipe_take(&done)) != NULL) {
        cmd = ngx_trade_redis_cmd_of(link);
        ngx_trade_redis_cmd_finish(cmd, cmd->reply);
    }

    while ((link = trade_pipe_take(&lost)) != NULL) {
        cmd = ngx_trade_redis_cmd_of(link);
        ngx_trade_redis_cmd_end(cmd, trade_pipe_written(&conn->pipe, link)
                                     ? NGX_TRADE_REDIS_LOST
                                     : NGX_TRADE_REDIS_UNSENT);
    }
}


static ngx_uint_t
ngx_trade_redis_cmd_noscript(redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, "NOSCRIPT", sizeof("NOSCRIPT") - 1) == 0;
}
