/*
 * The commands of a connection: how they are written, what is done with their
 * replies, and the WAIT behind those that must be durable.
 *
 * One WAIT stands behind all commands of a round, and no other is sent before
 * it is answered: the durable commands that come meanwhile are kept for the
 * next.  A durable command's reply is held until its WAIT is answered; one
 * that did not run (NOSCRIPT) is kept for the next too.
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
static ngx_uint_t ngx_trade_redis_cmd_noscript(redisReply *reply);


ngx_int_t
ngx_trade_redis_conn_send(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd)
{
    cmd->reply = NULL;
    cmd->body = 0;

    return ngx_trade_redis_cmd_queue(conn, cmd);
}


/* Behind a WAIT nothing durable is written: it would need another one */

static ngx_int_t
ngx_trade_redis_cmd_queue(ngx_trade_redis_conn_t *conn,
    ngx_trade_redis_cmd_t *cmd)
{
    if (cmd->durable && conn->waiting) {
        cmd->end = NGX_TRADE_REDIS_UNWRITTEN;
        ngx_queue_insert_tail(&conn->later, &cmd->queue);
        return NGX_OK;
    }

    return ngx_trade_redis_cmd_encode(conn, cmd);
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
        name = cmd->body ? cmd->script->body : cmd->script->sha1;
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
        p = ngx_trade_redis_cmd_arg(p, trade_str_c(cmd->body ? "EVAL"
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
    conn->queued += p - start;
    cmd->end = conn->queued;
    cmd->queued = ngx_current_msec;

    ngx_queue_insert_tail(&conn->sent, &cmd->queue);

    if (cmd->durable) {
        conn->wait = 1;
    }

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
    ngx_queue_init(&conn->sent);
    ngx_queue_init(&conn->held);
    ngx_queue_init(&conn->later);

    conn->wait_cmd.argv = conn->shard->redis->wait_argv;
    conn->wait_cmd.argc = 3;
    conn->wait_cmd.handler = ngx_trade_redis_cmd_waited;
    conn->wait_cmd.data = conn;
}


ngx_int_t
ngx_trade_redis_cmd_wait(ngx_trade_redis_conn_t *conn)
{
    if (ngx_trade_redis_conn_send(conn, &conn->wait_cmd) != NGX_OK) {
        return NGX_ERROR;
    }

    conn->wait = 0;
    conn->waiting = 1;

    return NGX_OK;
}


/* What was held stood before this WAIT: replies come in order */

static void
ngx_trade_redis_cmd_waited(ngx_trade_redis_cmd_t *wait,
    ngx_trade_redis_result_e result)
{
    ngx_uint_t               replicated;
    ngx_queue_t              held, *q;
    ngx_trade_redis_cmd_t   *cmd;
    ngx_trade_redis_conn_t  *conn;

    conn = wait->data;
    conn->waiting = 0;

    replicated = result == NGX_TRADE_REDIS_OK
                 && wait->integer
                    >= (int64_t) conn->shard->redis->conf->durability;

    ngx_queue_init(&held);
    ngx_queue_add(&held, &conn->held);
    ngx_queue_init(&conn->held);

    while (!ngx_queue_empty(&conn->later)) {
        q = ngx_queue_head(&conn->later);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        if (ngx_trade_redis_cmd_encode(conn, cmd) != NGX_OK) {
            cmd->handler(cmd, NGX_TRADE_REDIS_UNSENT);
        }
    }

    while (!ngx_queue_empty(&held)) {
        q = ngx_queue_head(&held);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        cmd->replicated = replicated;
        ngx_trade_redis_cmd_finish(cmd, cmd->reply);
    }
}


/* The reply of the oldest command; takes `reply` over */

void
ngx_trade_redis_cmd_reply(ngx_trade_redis_conn_t *conn, redisReply *reply)
{
    ngx_queue_t            *q;
    ngx_trade_redis_cmd_t  *cmd;

    q = ngx_queue_head(&conn->sent);
    ngx_queue_remove(q);
    cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

    conn->replies++;
    cmd->replied = ngx_current_msec;

    if (reply->type == REDIS_REPLY_ERROR
        && conn->state == NGX_TRADE_REDIS_READY)
    {
        ngx_trade_redis_shard_error(conn,
                                    trade_str_of(reply->str, reply->len));
    }

    if (cmd->script && !cmd->body && ngx_trade_redis_cmd_noscript(reply)) {
        cmd->body = 1;

        if (ngx_trade_redis_cmd_queue(conn, cmd) == NGX_OK) {
            freeReplyObject(reply);
            return;
        }
    }

    if (cmd->durable && reply->type != REDIS_REPLY_ERROR) {
        cmd->reply = reply;
        ngx_queue_insert_tail(&conn->held, &cmd->queue);
        return;
    }

    cmd->replicated = !cmd->durable;
    ngx_trade_redis_cmd_finish(cmd, reply);
}


void
ngx_trade_redis_cmd_finish(ngx_trade_redis_cmd_t *cmd, redisReply *reply)
{
    ngx_trade_redis_result_e  result;

    result = NGX_TRADE_REDIS_OK;
    cmd->text = trade_str_of(NULL, 0);
    cmd->integer = 0;

    switch (reply->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        cmd->text = trade_str_of(reply->str, reply->len);
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

    cmd->handler(cmd, result);

    freeReplyObject(reply);
}


/* Hands the commands of a closed connection back, each with its fate */

void
ngx_trade_redis_cmd_drop(ngx_trade_redis_conn_t *conn)
{
    ngx_queue_t              held, sent, *q;
    ngx_trade_redis_cmd_t   *cmd;

    /* handlers may queue commands: the lists are taken over first */

    ngx_queue_init(&held);
    ngx_queue_init(&sent);
    ngx_queue_add(&held, &conn->held);
    ngx_queue_add(&sent, &conn->sent);
    ngx_queue_add(&sent, &conn->later);
    ngx_queue_init(&conn->held);
    ngx_queue_init(&conn->sent);
    ngx_queue_init(&conn->later);

    while (!ngx_queue_empty(&held)) {
        q = ngx_queue_head(&held);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        cmd->replicated = 0;
        ngx_trade_redis_cmd_finish(cmd, cmd->reply);
    }

    while (!ngx_queue_empty(&sent)) {
        q = ngx_queue_head(&sent);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        cmd->handler(cmd, cmd->end > conn->written ? NGX_TRADE_REDIS_UNSENT
                                                   : NGX_TRADE_REDIS_LOST);
    }
}


static ngx_uint_t
ngx_trade_redis_cmd_noscript(redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, "NOSCRIPT", sizeof("NOSCRIPT") - 1) == 0;
}
