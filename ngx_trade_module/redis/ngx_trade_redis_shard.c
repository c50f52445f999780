/*
 * A shard as a whole: all connections of this worker to it, and, in shared
 * memory, the findings of the host's other workers.
 *
 * READONLY and MASTERDOWN are news about the server, not about the call: the
 * server is a replica now.  A worker that gets one writes the server's address
 * into shared memory (`left`), and every worker ends all its connections to
 * that address.  A worker that finds a master writes that, too (`well`), and
 * the others connect again without waiting for the end of their pauses.
 */

#include "ngx_trade_redis_conn.h"


/*
 * `left` has a count in its upper half, and an address's hash in its lower
 * half.
 */
#define NGX_TRADE_REDIS_LEFT_BITS  (sizeof(ngx_atomic_uint_t) * 4)
#define NGX_TRADE_REDIS_LEFT_MASK                                             \
    (((ngx_atomic_uint_t) 1 << NGX_TRADE_REDIS_LEFT_BITS) - 1)


static void ngx_trade_redis_shard_first_timeout(ngx_event_t *ev);
static ngx_trade_redis_conn_t *ngx_trade_redis_shard_ready(
    ngx_trade_redis_shard_t *shard);
static void ngx_trade_redis_shard_left(ngx_trade_redis_conn_t *conn);
static void ngx_trade_redis_shard_quit(ngx_trade_redis_shard_t *shard,
    ngx_atomic_uint_t hash, trade_fault_e fault);
static void ngx_trade_redis_shard_leave(ngx_event_t *ev);


void
ngx_trade_redis_shard_init(ngx_trade_redis_shard_t *shard,
    ngx_trade_redis_t *redis, ngx_trade_redis_server_t *server)
{
    ngx_time_t  *now;

    shard->redis = redis;
    shard->server = server;
    shard->left = server->shared->left;
    shard->well = server->shared->well;

    /* until the shard tells its clock, it is taken to be this host's */

    now = ngx_timeofday();
    shard->clock = (int64_t) now->sec * 1000 + now->msec
                   - (int64_t) ngx_current_msec;

    trade_queue_init(&shard->queue, redis->conf->queue_delay);

    ngx_queue_init(&shard->waiting);
    shard->first_connect_pending = 1;

    shard->first_connect_timer.handler = ngx_trade_redis_shard_first_timeout;
    shard->first_connect_timer.data = shard;
    shard->first_connect_timer.log = redis->log;
    shard->first_connect_timer.cancelable = 1;

    shard->leave.handler = ngx_trade_redis_shard_leave;
    shard->leave.data = shard;
    shard->leave.log = redis->log;

    shard->writable.script = &trade_script_writable;
    shard->writable.patient = 1;
    shard->writable.handler = ngx_trade_redis_watch_asked;
    shard->writable.data = shard;

    ngx_trade_timer_set(&shard->first_connect_timer,
                        redis->conf->connect_timeout);
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
ngx_trade_redis_shard_first_timeout(ngx_event_t *ev)
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

    if (!shard->first_connect_pending) {
        return;
    }

    shard->first_connect_pending = 0;

    if (shard->first_connect_timer.timer_set) {
        ngx_del_timer(&shard->first_connect_timer);
    }

    /* handlers may queue commands, so the list is taken over first */

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, &shard->waiting);
    ngx_queue_init(&shard->waiting);

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);
        cmd = ngx_queue_data(q, ngx_trade_redis_cmd_t, queue);

        conn = ngx_trade_redis_shard_ready(shard);

        if (conn == NULL || ngx_trade_redis_cmd_send(conn, cmd) != NGX_OK) {
            ngx_trade_redis_cmd_end(cmd, NGX_TRADE_REDIS_UNSENT);
        }
    }
}


void
ngx_trade_redis_shard_seen(ngx_trade_redis_shard_t *shard)
{
    unsigned                  command;
    ngx_time_t               *now;
    ngx_trade_shard_view_t   *view;
    ngx_trade_shard_state_e   state;

    if (shard->redis->stopping) {
        state = NGX_TRADE_SHARD_NONE;

    } else if (ngx_trade_redis_shard_ready(shard)) {
        state = shard->fault ? NGX_TRADE_SHARD_REFUSING : NGX_TRADE_SHARD_UP;

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

    command = shard->fault == TRADE_FAULT_COMMAND ? shard->command : 0;

    if (view->state == state && view->fault == shard->fault
        && view->command == command)
    {
        return;
    }

    now = ngx_timeofday();
    view->since = (uint64_t) now->sec * 1000 + now->msec;
    view->fault = shard->fault;
    view->command = command;
    view->state = state;
}


/*
 * A reply on `conn` says that its server is a replica.  Tells all workers; each
 * ends its connections to that server at the end of a round of its event loop.
 */

static void
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


void
ngx_trade_redis_shard_error(ngx_trade_redis_conn_t *conn, trade_str_t error)
{
    trade_fault_e  fault;

    fault = trade_fault_of(error);

    switch (fault) {

    case TRADE_FAULT_REPLICA:
        ngx_trade_redis_shard_left(conn);
        break;

    case TRADE_FAULT_COMMAND:

        /*
         * a new connection asks which server it is, and waits until that is
         * allowed
         */

        conn->shard->command = trade_fault_command(error);
        ngx_trade_redis_shard_quit(conn->shard, conn->peer_hash, fault);
        break;

    case TRADE_FAULT_BUSY:
    case TRADE_FAULT_LOADING:
        ngx_trade_redis_shard_writes(conn->shard, fault);
        break;

    default:
        if (trade_fault_refuses(fault)) {
            ngx_trade_redis_shard_writes(conn->shard, fault);
        }
        break;
    }
}


void
ngx_trade_redis_shard_news(ngx_trade_redis_shard_t *shard)
{
    shard->left = shard->server->shared->left;

    ngx_trade_redis_shard_quit(shard, shard->left & NGX_TRADE_REDIS_LEFT_MASK,
                               TRADE_FAULT_REPLICA);
    ngx_trade_redis_shard_seen(shard);
}


/*
 * Ends all connections to an address when the replies that this round of the
 * event loop has read from them are handled, because these replies are
 * definite.
 */

static void
ngx_trade_redis_shard_quit(ngx_trade_redis_shard_t *shard,
    ngx_atomic_uint_t hash, trade_fault_e fault)
{
    ngx_uint_t               i;
    ngx_trade_redis_conn_t  *conn;

    for (i = 0; i <= shard->redis->conf->connections; i++) {
        conn = i ? &shard->conns[i - 1] : shard->sub;

        if (conn == NULL
            || conn->state < NGX_TRADE_REDIS_HANDSHAKING
            || (conn->peer_hash & NGX_TRADE_REDIS_LEFT_MASK) != hash)
        {
            continue;
        }

        conn->leaving = 1;
        conn->fault = fault;

        if (!shard->leave.posted) {
            ngx_post_event(&shard->leave, &ngx_posted_events);
        }
    }

    if (shard->leave.posted && ngx_trade_redis_shard_ready(shard) == NULL) {
        shard->fault = fault;
    }
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
            ngx_trade_redis_conn_fail(conn, NGX_LOG_INFO, 0,
                                      "is disconnected:", &(ngx_str_t) {
                                ngx_strlen(trade_fault_text(conn->fault)),
                                (u_char *) trade_fault_text(conn->fault) });
        }
    }
}


void
ngx_trade_redis_shard_well(ngx_trade_redis_shard_t *shard)
{
    ngx_log_error(NGX_LOG_NOTICE, shard->redis->log, 0,
                  "redis \"%V\": shard \"%V\" (%V) is up",
                  &shard->redis->conf->name, &shard->server->name,
                  &shard->server->address);

    shard->nsaid = 0;
    shard->fault = TRADE_FAULT_NONE;
    ngx_trade_redis_shard_writes(shard, shard->refuses);

    shard->well = ngx_atomic_fetch_add(&shard->server->shared->well, 1) + 1;
}


void
ngx_trade_redis_shard_writes(ngx_trade_redis_shard_t *shard,
    trade_fault_e fault)
{
    if (shard->ready == 0 || shard->fault == fault) {
        return;
    }

    if (fault == TRADE_FAULT_NONE) {
        ngx_log_error(NGX_LOG_NOTICE, shard->redis->log, 0,
                      "redis \"%V\": shard \"%V\" (%V) takes writes again",
                      &shard->redis->conf->name, &shard->server->name,
                      &shard->server->address);
    } else {
        ngx_log_error(NGX_LOG_ERR, shard->redis->log, 0,
                      "redis \"%V\": shard \"%V\" (%V) is up, but %s; %s",
                      &shard->redis->conf->name, &shard->server->name,
                      &shard->server->address, trade_fault_text(fault),
                      trade_fault_advice(fault));
    }

    shard->fault = fault;
    ngx_trade_redis_shard_seen(shard);
}
