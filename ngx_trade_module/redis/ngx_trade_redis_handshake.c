/*
 * Begins a connection: AUTH; then scripts/writable.lua, which tells whether the
 * server is a master that writes; then scripts/identify.lua, which tells the
 * shard's identity; and one worker asks how the server treats full memory.
 */

#include "ngx_trade_redis_conn.h"


static void ngx_trade_redis_handshake_auth(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_redis_handshake_writable(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_redis_handshake_shard(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_redis_handshake_fail(ngx_trade_redis_conn_t *conn,
    trade_str_t error);
static void ngx_trade_redis_handshake_policy(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_uint_t ngx_trade_redis_handshake_evicts(trade_str_t text);
static trade_str_t ngx_trade_redis_str(ngx_str_t *s);


void
ngx_trade_redis_handshake(ngx_trade_redis_conn_t *conn)
{
    ngx_uint_t                i, n;
    trade_str_t              *argv;
    ngx_trade_redis_cmd_t    *cmd;
    ngx_trade_redis_conf_t   *conf;
    ngx_trade_redis_shard_t  *shard;

    static const char *const  used[] = { "", "hints", "locks", "locks hints" };

    shard = conn->shard;
    conf = shard->redis->conf;
    cmd = conn->handshake;
    argv = conn->handshake_argv;
    n = 0;

    ngx_memzero(cmd, sizeof(conn->handshake));

    if (conf->password.len) {
        cmd[n].argv = argv;
        *argv++ = trade_str_c("AUTH");

        if (conf->user.len) {
            *argv++ = ngx_trade_redis_str(&conf->user);
        }

        *argv++ = ngx_trade_redis_str(&conf->password);

        cmd[n].argc = argv - cmd[n].argv;
        cmd[n++].handler = ngx_trade_redis_handshake_auth;
    }

    cmd[n].script = &trade_script_writable;
    cmd[n++].handler = ngx_trade_redis_handshake_writable;

    cmd[n].script = &trade_script_identify;
    cmd[n].argv = argv;
    cmd[n].argc = 3;
    cmd[n].nkeys = 1;
    *argv++ = trade_str_c(TRADE_KEY_SHARD);
    *argv++ = ngx_trade_redis_str(&shard->server->identity);
    *argv++ = trade_str_c(used[2 * conf->locks + conf->hints]);
    cmd[n++].handler = ngx_trade_redis_handshake_shard;

    if (!conn->sub && ngx_worker == 0) {
        cmd[n].argv = argv;
        cmd[n].argc = 2;
        *argv++ = trade_str_c("INFO");
        *argv++ = trade_str_c("memory");
        cmd[n++].handler = ngx_trade_redis_handshake_policy;
    }

    for (i = 0; i < n; i++) {
        cmd[i].data = conn;

        if (ngx_trade_redis_cmd_send(conn, &cmd[i]) != NGX_OK) {
            ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "out of memory",
                                      NULL);
            return;
        }
    }
}


static void
ngx_trade_redis_handshake_auth(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_str_t  error;

    if (result == NGX_TRADE_REDIS_ERR) {
        error.data = (u_char *) cmd->text.data;
        error.len = cmd->text.len;

        ((ngx_trade_redis_conn_t *) cmd->data)->fault = TRADE_FAULT_AUTH;
        ngx_trade_redis_conn_fail(cmd->data, NGX_LOG_ERR, 0,
                                  "refuses AUTH:", &error);
    }
}


/* A server that refuses writes may still repeat answers, and ack: stay */

static void
ngx_trade_redis_handshake_writable(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_fault_e            fault;
    ngx_trade_redis_conn_t  *conn;

    conn = cmd->data;

    if (result != NGX_TRADE_REDIS_OK && result != NGX_TRADE_REDIS_ERR) {
        return;
    }

    fault = result == NGX_TRADE_REDIS_OK ? TRADE_FAULT_NONE
                                         : trade_fault_of(cmd->text);

    if (fault != TRADE_FAULT_NONE && !trade_fault_refuses(fault)) {
        ngx_trade_redis_handshake_fail(conn, cmd->text);
        return;
    }

    conn->shard->refuses = fault;
}


static void
ngx_trade_redis_handshake_fail(ngx_trade_redis_conn_t *conn, trade_str_t error)
{
    ngx_str_t  text;

    text.data = (u_char *) error.data;
    text.len = error.len;

    conn->fault = trade_fault_of(error);

    if (conn->fault == TRADE_FAULT_COMMAND) {
        conn->shard->command = trade_fault_command(error);
    }

    ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0, "answers with an error:",
                              &text);
}


static void
ngx_trade_redis_handshake_shard(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    uint64_t                  ms;
    ngx_str_t                 id;
    trade_str_t               text;
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_shard_t  *shard;

    conn = cmd->data;
    shard = conn->shard;
    text = cmd->text;

    if (result == NGX_TRADE_REDIS_UNSENT || result == NGX_TRADE_REDIS_LOST) {
        return;
    }

    id.data = (u_char *) text.data;
    id.len = text.len;

    if (result == NGX_TRADE_REDIS_ERR) {
        ngx_trade_redis_handshake_fail(conn, text);
        return;
    }

    if (trade_str_u64(trade_str_cut(&text, ' '), UINT64_MAX, &ms) != 0) {
        conn->fault = TRADE_FAULT_PROTOCOL;
        ngx_trade_redis_conn_fail(conn, NGX_LOG_ERR, 0,
                                  "does not tell its clock and identity:",
                                  &id);
        return;
    }

    if (!trade_str_eq(text, ngx_trade_redis_str(&shard->server->identity))) {
        id.data = (u_char *) text.data;
        id.len = text.len;
        conn->fault = TRADE_FAULT_IDENTITY;

        if (id.len == 0) {
            conn->fault = TRADE_FAULT_NO_SHARD;
            ngx_trade_redis_conn_fail(conn, NGX_LOG_CRIT, 0,
                                      "holds data, but no shard's: it is not "
                                      "used, as it has no key "
                                      TRADE_KEY_SHARD ", expected",
                                      &shard->server->identity);
            return;
        }

        ngx_trade_redis_conn_fail(conn, NGX_LOG_CRIT, 0,
                                  "is another shard, or of another ring: it is "
                                  "not used, as its key " TRADE_KEY_SHARD
                                  " is",
                                  &id);
        return;
    }

    shard->clock = ms - (int64_t) cmd->replied;

    ngx_trade_redis_conn_ready(conn);
}


static void
ngx_trade_redis_handshake_policy(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_str_t                 error;
    ngx_uint_t                evicts;
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_shard_t  *shard;

    conn = cmd->data;
    shard = conn->shard;

    if (result == NGX_TRADE_REDIS_ERR && !shard->unchecked) {
        error.data = (u_char *) cmd->text.data;
        error.len = cmd->text.len;
        shard->unchecked = 1;

        ngx_log_error(NGX_LOG_ERR, shard->redis->log, 0,
                      "redis \"%V\": shard \"%V\" (%V) does not say how it "
                      "treats full memory: %V; allow INFO",
                      &shard->redis->conf->name, &shard->server->name,
                      &shard->server->address, &error);
    }

    if (result != NGX_TRADE_REDIS_OK) {
        return;
    }

    evicts = ngx_trade_redis_handshake_evicts(cmd->text);

    if (evicts && !shard->evicts) {
        ngx_log_error(NGX_LOG_WARN, shard->redis->log, 0,
                      "redis \"%V\": shard \"%V\" may evict stock and "
                      "orders: its maxmemory-policy is not noeviction; set it",
                      &shard->redis->conf->name, &shard->server->name);
    }

    shard->evicts = evicts;
}


/* Whether the answer to INFO has another maxmemory-policy than noeviction */

static ngx_uint_t
ngx_trade_redis_handshake_evicts(trade_str_t text)
{
    trade_str_t  line, name;

    while (text.len) {
        line = trade_str_cut(&text, '\n');
        name = trade_str_cut(&line, ':');

        if (trade_str_eq(name, trade_str_c("maxmemory_policy"))) {
            return !trade_str_eq(trade_str_cut(&line, '\r'),
                                 trade_str_c("noeviction"));
        }
    }

    return 0;
}


static trade_str_t
ngx_trade_redis_str(ngx_str_t *s)
{
    return trade_str_of((char *) s->data, s->len);
}
