/*
 * A shard as a whole: all connections of this worker to it, and, through
 * shared memory, what the other workers of the host have found out about it.
 *
 * READONLY and MASTERDOWN are news about the server, not about the call: the
 * server is a replica now.  Whoever hears of it writes the server's address
 * into shared memory (`left`), and every worker ends all of its connections to
 * that address.  Whoever finds a master says so too (`well`), and the others
 * do not wait until their pauses are over.
 */

#include "ngx_trade_redis_conn.h"


#define NGX_TRADE_REDIS_WATCH     100       /* ms between two looks */
#define NGX_TRADE_REDIS_WRITABLE  250       /* ms between two questions */

/* `left` is a count in its upper half, an address's hash in its lower half. */
#define NGX_TRADE_REDIS_LEFT_BITS  (sizeof(ngx_atomic_uint_t) * 4)
#define NGX_TRADE_REDIS_LEFT_MASK                                             \
    (((ngx_atomic_uint_t) 1 << NGX_TRADE_REDIS_LEFT_BITS) - 1)


static void ngx_trade_redis_shard_patience(ngx_event_t *ev);
static ngx_trade_redis_conn_t *ngx_trade_redis_shard_ready(
    ngx_trade_redis_shard_t *shard);
static void ngx_trade_redis_shard_leave(ngx_event_t *ev);
static void ngx_trade_redis_shard_wake(ngx_trade_redis_shard_t *shard);
static void ngx_trade_redis_shard_ask(ngx_trade_redis_shard_t *shard);
static void ngx_trade_redis_shard_asked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


void
ngx_trade_redis_shard_init(ngx_trade_redis_shard_t *shard,
    ngx_trade_redis_t *redis, ngx_trade_redis_server_t *server)
{
    ngx_time_t  *now;

    shard->redis = redis;
    shard->server = server;
    shard->left = server->shared->left;
    shard->well = server->shared->well;

    /* its clock is taken for ours until it says what it is */

    now = ngx_timeofday();
    shard->clock = (int64_t) now->sec * 1000 + now->msec
                   - (int64_t) ngx_current_msec;

    ngx_queue_init(&shard->waiting);
    shard->fresh = 1;

    shard->patience.handler = ngx_trade_redis_shard_patience;
    shard->patience.data = shard;
    shard->patience.log = redis->log;
    shard->patience.cancelable = 1;

    shard->leave.handler = ngx_trade_redis_shard_leave;
    shard->leave.data = shard;
    shard->leave.log = redis->log;

    shard->writable.script = &trade_script_writable;
    shard->writable.handler = ngx_trade_redis_shard_asked;
    shard->writable.data = shard;

    ngx_trade_timer_set(&shard->patience, redis->conf->connect_timeout);
}


void
ngx_trade_redis_shard_stop(ngx_trade_redis_shard_t *shard)
{
    ngx_uint_t  i;

    ngx_trade_redis_shard_tried(shard);

    for (i = 0; i < shard->redis->conf->connections; i++) {
        ngx_trade_redis_conn_stop(&shard->conns[i]);
    }

    if (shard->leave.posted) {
        ngx_delete_posted_event(&shard->leave);
    }
}


static void
ngx_trade_redis_shard_patience(ngx_event_t *ev)
{
    ngx_trade_redis_shard_tried(ev->data);
}


static ngx_trade_redis_conn_t *
ngx_trade_redis_shard_ready(ngx_trade_redis_shard_t *shard)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conn;

    for (i = 0; i < shard->redis->conf->connections; i++) {
        conn = &shard->conns[i];

        if (conn->state == NGX_TRADE_REDIS_READY && !conn->leaving) {
            return conn;
        }
    }

    return NULL;
}


void
ngx_trade_redis_shard_tried(ngx_trade_redis_shard_t *shard)
{
    ngx_queue_t               waiting, *q;
    ngx_trade_redis_cmd_t    *cmd;
    ngx_trade_redis_conn_t   *conn;

    if (!shard->fresh) {
        return;
    }

    shard->fresh = 0;

    if (shard->patience.timer_set) {
        ngx_del_timer(&shard->patience);
    }

    /* handlers may queue commands: the list is taken over first */

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, &shard->waiting);
    ngx_queue_init(&shard->waiting);

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        conn = ngx_trade_redis_shard_ready(shard);

        if (conn == NULL || ngx_trade_redis_conn_send(conn, cmd) != NGX_OK) {
            cmd->handler(cmd, NGX_TRADE_REDIS_UNSENT);
        }
    }
}


void
ngx_trade_redis_shard_seen(ngx_trade_redis_shard_t *shard)
{
    ngx_time_t               *now;
    ngx_trade_shard_view_t   *view;
    ngx_trade_shard_state_e   state;

    if (shard->redis->stopping) {
        state = NGX_TRADE_SHARD_NONE;

    } else if (ngx_trade_redis_shard_ready(shard)) {
        state = trade_fault_refuses(shard->fault) ? NGX_TRADE_SHARD_REFUSING
                                                  : NGX_TRADE_SHARD_UP;

    } else if (shard->fault == TRADE_FAULT_REPLICA) {
        state = NGX_TRADE_SHARD_REPLICA;

    } else if (shard->fault == TRADE_FAULT_IDENTITY
               || shard->fault == TRADE_FAULT_NO_SHARD)
    {
        state = NGX_TRADE_SHARD_REFUSED;

    } else {
        state = NGX_TRADE_SHARD_DOWN;
    }

    view = &shard->server->shared->view[ngx_process_slot];
    view->left = (uint32_t) (shard->left >> NGX_TRADE_REDIS_LEFT_BITS);

    if (view->state == state && view->fault == shard->fault) {
        return;
    }

    now = ngx_timeofday();
    view->since = (uint64_t) now->sec * 1000 + now->msec;
    view->fault = shard->fault;
    view->state = state;
}


void
ngx_trade_redis_shard_left(ngx_trade_redis_conn_t *conn)
{
    ngx_trade_shard_t        *shared;
    ngx_atomic_uint_t         old, left;
    ngx_trade_redis_shard_t  *shard;

    shard = conn->shard;
    shared = shard->server->shared;

    if (conn->leaving) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, shard->redis->log, 0,
                  "redis \"%V\": shard \"%V\" (%V) at %V is a replica now: "
                  "all connections to it end, and its address is looked up "
                  "again", &shard->redis->conf->name, &shard->server->name,
                  &shard->server->address, &conn->peer);

    do {
        old = shared->left;
        left = (((old >> NGX_TRADE_REDIS_LEFT_BITS) + 1)
                << NGX_TRADE_REDIS_LEFT_BITS)
               | (conn->peer_hash & NGX_TRADE_REDIS_LEFT_MASK);
    } while (!ngx_atomic_cmp_set(&shared->left, old, left));

    ngx_trade_redis_shard_news(shard);
}


/*
 * The connections end when what this round of the event loop has read from
 * them is handled: those replies are definite.
 */

void
ngx_trade_redis_shard_news(ngx_trade_redis_shard_t *shard)
{
    ngx_uint_t               i;
    ngx_atomic_uint_t        hash;
    ngx_trade_redis_conn_t  *conn;

    shard->left = shard->server->shared->left;
    hash = shard->left & NGX_TRADE_REDIS_LEFT_MASK;

    for (i = 0; i <= shard->redis->conf->connections; i++) {
        conn = i ? &shard->conns[i - 1] : shard->sub;

        if (conn == NULL
            || conn->state < NGX_TRADE_REDIS_GREETING
            || (conn->peer_hash & NGX_TRADE_REDIS_LEFT_MASK) != hash)
        {
            continue;
        }

        conn->leaving = 1;

        if (!shard->leave.posted) {
            ngx_post_event(&shard->leave, &ngx_posted_events);
        }
    }

    if (shard->leave.posted && ngx_trade_redis_shard_ready(shard) == NULL) {
        shard->fault = TRADE_FAULT_REPLICA;
    }

    ngx_trade_redis_shard_seen(shard);
}


static void
ngx_trade_redis_shard_leave(ngx_event_t *ev)
{
    ngx_uint_t                i;
    ngx_trade_redis_conn_t   *conn;
    ngx_trade_redis_shard_t  *shard;

    shard = ev->data;

    for (i = 0; i <= shard->redis->conf->connections; i++) {
        conn = i ? &shard->conns[i - 1] : shard->sub;

        if (conn && conn->leaving) {
            conn->fault = TRADE_FAULT_REPLICA;
            ngx_trade_redis_conn_fail(conn, NGX_LOG_INFO, 0,
                                      "is left, for it is a replica now",
                                      NULL);
        }
    }
}


void
ngx_trade_redis_shard_well(ngx_trade_redis_shard_t *shard)
{
    shard->well = ngx_atomic_fetch_add(&shard->server->shared->well, 1) + 1;
}


/* Another worker has a connection: what is paused, or hangs, is tried anew */

static void
ngx_trade_redis_shard_wake(ngx_trade_redis_shard_t *shard)
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
                                      "is connected to anew, for another "
                                      "worker has found it well", NULL);
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

        if (shard->well != shard->server->shared->well) {
            ngx_trade_redis_shard_wake(shard);
        }

        ngx_trade_redis_shard_ask(shard);
    }

    ngx_trade_timer_set(ev, NGX_TRADE_REDIS_WATCH);
}


/* Would it run a script that writes?  Nothing else may be on its way there */

static void
ngx_trade_redis_shard_ask(ngx_trade_redis_shard_t *shard)
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
            || conn->waiting)
        {
            continue;
        }

        if (ngx_trade_redis_conn_send(conn, &shard->writable) == NGX_OK) {
            shard->asking = 1;
            shard->asked = ngx_current_msec;
        }

        return;
    }
}


/* That it is a replica has been seen before this is called */

static void
ngx_trade_redis_shard_asked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_redis_shard_t  *shard;

    shard = cmd->data;
    shard->asking = 0;

    switch (result) {

    case NGX_TRADE_REDIS_OK:
        ngx_trade_redis_shard_writes(shard, TRADE_FAULT_NONE);
        break;

    case NGX_TRADE_REDIS_ERR:
        ngx_trade_redis_shard_writes(shard, trade_fault_of(cmd->text));
        break;

    default:
        break;
    }
}


void
ngx_trade_redis_shard_writes(ngx_trade_redis_shard_t *shard,
    trade_fault_e fault)
{
    if (shard->ready == 0
        || (fault != TRADE_FAULT_NONE && !trade_fault_refuses(fault)))
    {
        return;
    }

    shard->fault = fault;
    ngx_trade_redis_shard_seen(shard);
}
