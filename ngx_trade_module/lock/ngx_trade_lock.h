/*
 * trade_lock: a request's way to a lock, from the phase before its content to
 * its end.
 *
 *      ngx_trade_lock.c         the phase, and the request's end
 *      ngx_trade_lock_filter.c  notices that the answer has been sent
 *      ngx_trade_lock_run.c     does what lib/trade_lock.c says
 *      ngx_trade_lock_call.c    asks Redis, and reads the replies
 *      ngx_trade_lock_wait.c    the waiters in this worker, and waking them
 *      ngx_trade_lock_answer.c  the answer to a request that gets no lock
 *
 * A lock outlives its request, until it is known to be released.  The request
 * has a small link to it, which either side cuts.
 */

#ifndef NGX_TRADE_LOCK_H
#define NGX_TRADE_LOCK_H

#include "ngx_trade_worker.h"
#include "trade_lock_call.h"


typedef struct ngx_trade_lock_s       ngx_trade_lock_t;
typedef struct ngx_trade_lock_ctx_s   ngx_trade_lock_ctx_t;


struct ngx_trade_lock_conf_s {
    ngx_trade_redis_conf_t    *redis;
    ngx_http_complex_value_t   key;
    ngx_http_complex_value_t  *owner;       /* NULL: each request is its own */
    ngx_msec_t                 ttl;
    ngx_msec_t                 wait;        /* 0: does not wait */
    ngx_uint_t                 max;         /* waiters; 0: any number */
};


/* The link of a request, in its pool. */
struct ngx_trade_lock_ctx_s {
    ngx_trade_lock_t          *lock;        /* NULL: it has ended */
    ngx_trade_lock_ctx_t      *next;        /* the lock taken before this one */
    ngx_http_request_t        *r;           /* the main request */
    ngx_trade_redis_conf_t    *redis;
    ngx_str_t                  name;
    uint64_t                   token;       /* 0: not taken */
    ngx_msec_int_t             waited;      /* ms; -1: not taken */
    ngx_event_t                sent;        /* posted behind a flush */
    unsigned                   resuming:1;  /* GO: continues the phases */
    unsigned                   answered:1;  /* the end of the answer was
                                               output */
    unsigned                   lost:1;      /* it was lost when it ended */
};


/* A lock that several requests of this worker wait for. */
typedef struct {
    ngx_str_node_t             node;        /* the lock's name */
    ngx_trade_redis_conf_t    *redis;
    ngx_uint_t                 slot;
    ngx_queue_t                waiters;     /* in the order of their places */
    ngx_event_t                poll;
    ngx_trade_locks_t         *locks;
} ngx_trade_lock_wait_list_t;


struct ngx_trade_locks_s {
    ngx_trade_worker_t        *worker;
    ngx_trade_lock_counts_t   *counts;
    char                       id[TRADE_LOCK_WORKER_LEN];
    char                       channel[sizeof(TRADE_LOCK_CHANNEL)
                                       + TRADE_LOCK_WORKER_LEN];
    uint64_t                   number;      /* of the last request */
    ngx_rbtree_t               all;         /* ngx_trade_lock_t, by number */
    ngx_rbtree_node_t          all_sentinel;
    ngx_rbtree_t               wait_lists;  /* ngx_trade_lock_wait_list_t */
    ngx_rbtree_node_t          wait_lists_sentinel;
    ngx_queue_t                ready;       /* to be continued or answered */
    ngx_event_t                tell;        /* posted for `ready` */
    ngx_trade_limit_t          limit;       /* on log lines */
    unsigned                   stopping:1;
};


struct ngx_trade_lock_s {
    ngx_rbtree_node_t          node;        /* key: number */
    ngx_trade_locks_t         *locks;
    ngx_trade_lock_ctx_t      *ctx;         /* NULL: the request has ended */
    trade_lock_t               flow;
    ngx_event_t                timer;
    ngx_queue_t                queue;       /* in locks->ready */
    ngx_queue_t                place;       /* in wait_list->waiters */
    ngx_trade_lock_wait_list_t *wait_list;  /* NULL: it does not wait */
    ngx_trade_redis_conf_t    *redis;
    ngx_uint_t                 slot;
    ngx_uint_t                 calls;       /* calls under way */
    ngx_uint_t                 max;
    ngx_uint_t                 status;      /* HTTP status of a refusal */
    ngx_msec_t                 begun;
    ngx_msec_t                 taken;
    trade_str_t                name;        /* behind this struct */
    trade_str_t                owner;       /* likewise; empty: lock's own id */
    unsigned                   ready:1;     /* in locks->ready */
    unsigned                   refused:1;
    unsigned                   placed:1;    /* had a place in the queue */
    unsigned                   counted:1;   /* as held */
    unsigned                   contended:1; /* counted as contended */
    unsigned                   freed:1;     /* its flow has ended */
};


/* The log of the lock's request, if that has not ended; else the worker's. */
static inline ngx_log_t *
ngx_trade_lock_log(ngx_trade_lock_t *lock)
{
    return ngx_trade_worker_log(lock->locks->worker,
                                lock->ctx ? lock->ctx->r : NULL);
}


/*
 * ngx_trade_lock.c: the handler of the phase, and the source of $trade_lock_*.
 */
ngx_int_t ngx_trade_lock_handler(ngx_http_request_t *r);
ngx_trade_lock_ctx_t *ngx_trade_lock_ctx(ngx_http_request_t *r);

/*
 * Ends the lock of `ctx` for its request, which is answered or torn down: the
 * lock is released, or leaves the queue.  May be called again.
 */
void ngx_trade_lock_over(ngx_trade_lock_ctx_t *ctx);

/* Tells the requests in `ready` the result: they go on, or are answered. */
void ngx_trade_lock_tell(ngx_event_t *ev);


/* ngx_trade_lock_filter.c: called once, if there is a trade_lock. */
void ngx_trade_lock_filter_init(void);


/* ngx_trade_lock_run.c */

/*
 * Begins to take a lock for `ctx`, and links both.  Returns NGX_ERROR when out
 * of memory.
 */
ngx_int_t ngx_trade_lock_run_begin(ngx_trade_locks_t *locks,
    ngx_trade_lock_ctx_t *ctx, ngx_trade_lock_conf_t *conf, ngx_str_t *owner);

/* Feeds the flow, and does what it says; that may free the lock. */
void ngx_trade_lock_run_event(ngx_trade_lock_t *lock, trade_lock_event_e event,
    uint64_t value);

/* Frees the lock if nothing needs it any more: its flow, a call, `ready`. */
void ngx_trade_lock_run_done(ngx_trade_lock_t *lock);


/* ngx_trade_lock_call.c: sends the call of an action; its event comes later. */
void ngx_trade_lock_call(ngx_trade_lock_t *lock, trade_lock_action_e action);


/* ngx_trade_lock_wait.c */

/* Adds a lock to the waiters.  Returns NGX_ERROR when out of memory. */
ngx_int_t ngx_trade_lock_wait(ngx_trade_lock_t *lock);
void ngx_trade_lock_wait_end(ngx_trade_lock_t *lock);

/* A waiter had lost its place, so those behind it have, too: they ask again. */
void ngx_trade_lock_wait_lost(ngx_trade_lock_t *lock);

/*
 * A waiter's TAKE was answered: `newly_queued` if it had no entry in the queue
 * before; `ms` until the lock may be free.
 */
void ngx_trade_lock_wait_on(ngx_trade_lock_t *lock, ngx_uint_t newly_queued,
    uint64_t ms);

/* The handlers of the subscription. */
void ngx_trade_lock_wait_woken(void *data, trade_str_t id);
void ngx_trade_lock_wait_listening(void *data, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server);


/*
 * ngx_trade_lock_answer.c: answers.  The caller finalises the request with the
 * result.
 */
ngx_int_t ngx_trade_lock_answer(ngx_http_request_t *r,
    trade_result_e result, ngx_uint_t status);


/* ngx_trade_lock_run.c: this worker's locks.  NULL: out of memory. */
ngx_trade_locks_t *ngx_trade_lock_run_start(ngx_trade_worker_t *worker);
void ngx_trade_lock_run_stop(ngx_trade_locks_t *locks);

/* ngx_trade_lock_conf.c; the second one runs when all is parsed. */
char *ngx_trade_conf_lock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_trade_lock_conf_post(ngx_conf_t *cf);

/* The variables of a lock; the last one has no name. */
extern ngx_http_variable_t  ngx_trade_lock_variables[];

/* ngx_trade_lock_status.c: adds the lock counts of a cell. */
void ngx_trade_lock_status_sum(ngx_trade_lock_counts_t *sum,
    ngx_trade_lock_counts_t *one, ngx_uint_t alive);

/* Writes the part of trade_status about locks. */
void ngx_trade_lock_status(trade_buf_t *b, ngx_trade_lock_counts_t *sum);


#endif /* NGX_TRADE_LOCK_H */
