/*
 * Handles a connection that failed: notes why the shard is down, and for how
 * long the connection waits before it tries again.
 */

#include "ngx_trade_redis_conn.h"


#define NGX_TRADE_REDIS_PAUSE_MIN     50    /* ms; doubled after each failure */
#define NGX_TRADE_REDIS_PAUSE_MAX    500
#define NGX_TRADE_REDIS_PAUSE_SETUP  2000   /* for faults that only an
                                               operator mends */


static trade_fault_e ngx_trade_redis_fault(ngx_trade_redis_conn_t *conn,
    ngx_err_t err);
static ngx_uint_t ngx_trade_redis_fault_new(ngx_trade_redis_conn_t *conn,
    ngx_err_t err, const char *reason, ngx_str_t *what);
static ngx_msec_t ngx_trade_redis_fault_max(trade_fault_e fault);


void
ngx_trade_redis_fault_log(ngx_trade_redis_conn_t *conn, ngx_uint_t level,
    ngx_err_t err, const char *reason, ngx_str_t *what)
{
    ngx_str_t                 at;
    trade_fault_e             fault;
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;
    fault = ngx_trade_redis_fault(conn, err);

    /* while no connection is ready, the others tell of the same fault */

    if (level <= NGX_LOG_ERR
        && ((conn->sub && shard->ready == 0)
            || !ngx_trade_redis_fault_new(conn, err, reason, what)))
    {
        level = NGX_LOG_DEBUG;
    }

    at = conn->peer;

    if (conn->state < NGX_TRADE_REDIS_CONNECTING
        || (at.len == shard->server->address.len
            && ngx_memcmp(at.data, shard->server->address.data, at.len) == 0))
    {
        ngx_str_null(&at);
    }

    ngx_log_error(level, shard->redis->log, err,
                  "redis \"%V\": shard \"%V\" (%V) %s%s%V%s%V; %s",
                  &shard->redis->conf->name, &shard->server->name,
                  &shard->server->address, reason, what ? " " : "",
                  what ? what : &(ngx_str_t) ngx_null_string,
                  at.len ? ", at " : "", &at, trade_fault_advice(fault));
}


/* Whether the log does not have this fault of this address yet */

static ngx_uint_t
ngx_trade_redis_fault_new(ngx_trade_redis_conn_t *conn, ngx_err_t err,
    const char *reason, ngx_str_t *what)
{
    uint32_t                  peer, text;
    ngx_uint_t                i;
    ngx_trade_redis_said_t   *said;
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;
    peer = conn->state < NGX_TRADE_REDIS_CONNECTING ? 0 : conn->peer_hash;
    text = ngx_hash((uint32_t) err, conn->sub);

    for (i = 0; reason[i]; i++) {
        text = ngx_hash(text, (u_char) reason[i]);
    }

    for (i = 0; what && i < what->len; i++) {
        text = ngx_hash(text, what->data[i]);
    }

    /* that a name has no address, or has one again, counts as a change */

    if (shard->nsaid && !shard->said[0].peer != !peer) {
        shard->nsaid = 0;
    }

    for (i = 0; i < shard->nsaid && shard->said[i].peer != peer; i++) {
        /* void */
    }

    if (i < shard->nsaid && shard->said[i].text == text) {
        return 0;
    }

    if (i == NGX_TRADE_REDIS_SAID) {
        i = ngx_random() % NGX_TRADE_REDIS_SAID;
    }

    said = &shard->said[i];
    said->peer = peer;
    said->text = text;
    shard->nsaid = ngx_max(shard->nsaid, i + 1);

    return 1;
}


void
ngx_trade_redis_fault_take(ngx_trade_redis_conn_t *conn, ngx_err_t err)
{
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;
    conn->worst = ngx_max(conn->worst, ngx_trade_redis_fault(conn, err));

    if (conn->sub
        || shard->ready > (conn->state == NGX_TRADE_REDIS_READY ? 1 : 0))
    {
        return;
    }

    /* the last connection's state: a server's refusal to write is past */

    if (shard->ready) {
        shard->fault = TRADE_FAULT_NONE;
    }

    shard->fault = ngx_max(shard->fault, conn->worst);
}


static trade_fault_e
ngx_trade_redis_fault(ngx_trade_redis_conn_t *conn, ngx_err_t err)
{
    if (conn->fault) {
        return conn->fault;
    }

    if (err == NGX_ETIMEDOUT) {
        return TRADE_FAULT_TIMEOUT;
    }

    switch (conn->state) {

    case NGX_TRADE_REDIS_RESOLVING:
        return TRADE_FAULT_RESOLVE;

    case NGX_TRADE_REDIS_TLS:
        return TRADE_FAULT_TLS;

    case NGX_TRADE_REDIS_HANDSHAKING:
    case NGX_TRADE_REDIS_READY:
        return TRADE_FAULT_CLOSED;

    default:
        return err == NGX_ECONNREFUSED ? TRADE_FAULT_REFUSED
                                       : TRADE_FAULT_CONNECT;
    }
}


void
ngx_trade_redis_fault_pause(ngx_trade_redis_conn_t *conn)
{
    ngx_msec_t                ms, max;
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;

    conn->failures++;
    conn->addr_turn++;

    /* a pause comes when all addresses have been tried */

    if (conn->naddrs && conn->failures % conn->naddrs) {
        ngx_trade_timer_set(&conn->timer, 1);
        return;
    }

    if (shard->ready == 0 && !conn->sub) {
        shard->fault = conn->worst;
        ngx_trade_redis_shard_seen(shard);
    }

    max = ngx_trade_redis_fault_max(conn->worst);
    conn->worst = TRADE_FAULT_NONE;

    ms = conn->failures / ngx_max(conn->naddrs, 1) - 1;
    ms = NGX_TRADE_REDIS_PAUSE_MIN << ngx_min(ms, 7);
    ms = ngx_min(ms, max);

    /* jitter: workers that lost a shard at once must not come back at once */

    ngx_trade_timer_set(&conn->timer, ms / 2 + ngx_random() % (ms / 2 + 1));
}


static ngx_msec_t
ngx_trade_redis_fault_max(trade_fault_e fault)
{
    switch (fault) {

    case TRADE_FAULT_PROTOCOL:
    case TRADE_FAULT_TLS:
    case TRADE_FAULT_AUTH:
    case TRADE_FAULT_COMMAND:
    case TRADE_FAULT_VERSION:
    case TRADE_FAULT_CLUSTER:
    case TRADE_FAULT_NO_SHARD:
    case TRADE_FAULT_IDENTITY:
        return NGX_TRADE_REDIS_PAUSE_SETUP;

    default:
        return NGX_TRADE_REDIS_PAUSE_MAX;
    }
}
