/*
 * What follows when a connection fails: why the shard is down, and how long it
 * is until the connection is tried again.
 */

#include "ngx_trade_redis_conn.h"


#define NGX_TRADE_REDIS_PAUSE_MIN     50    /* ms; doubled at each failure */
#define NGX_TRADE_REDIS_PAUSE_MAX    500
#define NGX_TRADE_REDIS_PAUSE_SETUP  2000   /* of what only an operator mends */


static trade_fault_e ngx_trade_redis_fault(ngx_trade_redis_conn_t *conn,
    ngx_err_t err);
static ngx_msec_t ngx_trade_redis_fault_max(trade_fault_e fault);


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

    /* the last connection: it does not matter any more what was not written */

    if (trade_fault_refuses(shard->fault)) {
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

    case NGX_TRADE_REDIS_HANDSHAKING:
        return TRADE_FAULT_TLS;

    case NGX_TRADE_REDIS_GREETING:
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
    conn->turn++;

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

    /* jitter: workers that lost a shard at once do not come back at once */

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
