/*
 * The state of a worker process: its transports, and what it has seen of the
 * slots.
 */

#ifndef NGX_TRADE_WORKER_H
#define NGX_TRADE_WORKER_H

#include "ngx_trade_limit.h"
#include "ngx_trade_redis.h"
#include "trade_call.h"
#include "trade_digest.h"
#include "trade_id.h"


/*
 * Random bytes are made in bulk, because each call of OpenSSL costs a system
 * call.
 */
#define NGX_TRADE_RANDOM_SIZE  2048


/*
 * The last record that this worker saw made in a slot; if it is gone, the slot
 * has lost writes.
 */
typedef struct {
    u_char                    id[TRADE_ID_LEN];
    uint64_t                  version;      /* 0: none */
    ngx_msec_t                at;
} ngx_trade_seen_t;


struct ngx_trade_worker_s {
    ngx_pool_t               *pool;
    ngx_log_t                *log;
    ngx_trade_main_conf_t    *conf;
    ngx_trade_cell_t         *cell;
    trade_digest_t           *digest;
    u_char                    random[NGX_TRADE_RANDOM_SIZE];
    size_t                    random_left;  /* random bytes that are left */
    ngx_trade_redis_t       **redis;        /* by index of the block */
    ngx_trade_seen_t        **seen;         /* likewise; TRADE_SLOTS each */
    ngx_trade_kafka_t       **kafka;        /* by index of the block */
    ngx_trade_limit_t         limit;        /* on lines about replies */
    ngx_trade_sweeper_t      *sweeper;
    ngx_trade_locks_t        *locks;        /* NULL: there is no trade_lock */
    ngx_queue_t               ready;        /* requests to be answered */
    ngx_event_t               ready_event;  /* posted behind the flushes */
};


/* Writes `n` random bytes.  Returns NGX_ERROR if OpenSSL has none. */
ngx_int_t ngx_trade_worker_random(ngx_trade_worker_t *worker, u_char *p,
    size_t n);

/*
 * Sets the seen version and record that go with each call; `seen` is valid
 * until the next reply of the slot is taken.
 */
void ngx_trade_worker_seen(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot, trade_slot_seen_t *seen);


/*
 * The log for events of one operation.  While its client's request `r` is
 * there, it is the log of the client's connection: so a line names the client,
 * goes where the server's error_log says, and debug_connection shows it.  With
 * NULL it is the worker's log.
 */
static ngx_inline ngx_log_t *
ngx_trade_worker_log(ngx_trade_worker_t *worker, ngx_http_request_t *r)
{
    return r ? r->connection->log : worker->log;
}


#endif /* NGX_TRADE_WORKER_H */
