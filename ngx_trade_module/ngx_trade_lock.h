/*
 * trade_lock: a request's way to a lock, from the phase before its content to
 * its end.
 *
 *      ngx_trade_lock.c         the phase, and the request's end
 *      ngx_trade_lock_filter.c  sees that its answer has been sent
 *      ngx_trade_lock_run.c     does what lib/trade_lock.c says
 *      ngx_trade_lock_call.c    asks Redis, and reads what it answers
 *      ngx_trade_lock_wait.c    who waits in this worker, and who is woken
 *      ngx_trade_lock_answer.c  what a request is told that does not get it
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
    ngx_http_complex_value_t  *owner;       /* NULL: each request its own */
    ngx_msec_t                 ttl;
    ngx_msec_t                 wait;        /* 0: not at all */
    ngx_uint_t                 max;         /* waiters; 0: any number */
};


/* Of the request, in its pool. */
struct ngx_trade_lock_ctx_s {
    ngx_trade_lock_t          *lock;        /* NULL: it is no more */
    ngx_trade_lock_ctx_t      *next;        /* taken before this one */
    ngx_http_request_t        *r;           /* the main one */
    ngx_trade_redis_conf_t    *redis;
    ngx_str_t                  name;
    uint64_t                   token;       /* 0: not taken */
    ngx_msec_int_t             waited;      /* ms; -1: not taken */
    ngx_event_t                sent;        /* posted behind a flush */
    unsigned                   passing:1;   /* GO: on to the next phase */
    unsigned                   answered:1;  /* its end was output */
    unsigned                   lost:1;      /* was lost when it ended */
};


/* A lock that several requests of this worker wait for. */
typedef struct {
    ngx_str_node_t             node;        /* its name */
    ngx_trade_redis_conf_t    *redis;
    ngx_uint_t                 slot;
    ngx_queue_t                waiters;     /* in the order of their places */
    ngx_event_t                poll;
    ngx_trade_locks_t         *locks;
} ngx_trade_lock_line_t;


struct ngx_trade_locks_s {
    ngx_trade_worker_t        *worker;
    ngx_trade_lock_counts_t   *counts;
    char                       id[TRADE_LOCK_WORKER_LEN];
    char                       channel[sizeof(TRADE_LOCK_CHANNEL)
                                       + TRADE_LOCK_WORKER_LEN];
    ngx_trade_redis_sub_t      sub;
    uint64_t                   number;      /* of the last request */
    ngx_rbtree_t               all;         /* ngx_trade_lock_t, by number */
    ngx_rbtree_node_t          all_sentinel;
    ngx_rbtree_t               lines;       /* ngx_trade_lock_line_t */
    ngx_rbtree_node_t          lines_sentinel;
    ngx_queue_t                ready;       /* to be told: GO or REFUSE */
    ngx_event_t                tell;        /* posted for those */
    ngx_trade_limit_t          limit;       /* on what is logged */
    unsigned                   stopping:1;
};


struct ngx_trade_lock_s {
    ngx_rbtree_node_t          node;        /* key: number */
    ngx_trade_locks_t         *locks;
    ngx_trade_lock_ctx_t      *ctx;         /* NULL: the request has ended */
    trade_lock_t               flow;
    ngx_event_t                timer;
    ngx_queue_t                queue;       /* of locks->ready, */
    ngx_queue_t                place;       /* and of line->waiters */
    ngx_trade_lock_line_t     *line;        /* NULL: does not wait */
    ngx_trade_redis_conf_t    *redis;
    ngx_uint_t                 slot;
    ngx_uint_t                 calls;       /* under way */
    ngx_uint_t                 max;
    ngx_uint_t                 status;      /* of a refusal */
    ngx_msec_t                 begun;
    ngx_msec_t                 taken;
    trade_str_t                name;        /* behind this struct */
    trade_str_t                owner;       /* likewise; empty: its own id */
    unsigned                   ready:1;     /* in that queue */
    unsigned                   refused:1;
    unsigned                   placed:1;    /* had a place in the queue */
    unsigned                   held:1;      /* counted as such, */
    unsigned                   contended:1; /* and so */
    unsigned                   freed:1;     /* its flow is done */
};


/* ngx_trade_lock.c: the handler of the phase, and what $trade_lock_* show. */
ngx_int_t ngx_trade_lock_handler(ngx_http_request_t *r);
ngx_trade_lock_ctx_t *ngx_trade_lock_ctx(ngx_http_request_t *r);

/*
 * Ends the lock of `ctx` for its request, which is answered or torn down: the
 * lock is released, or leaves the queue.  May be called again.
 */
void ngx_trade_lock_over(ngx_trade_lock_ctx_t *ctx);

/* What the flow says of it; the request goes on, or is answered. */
void ngx_trade_lock_tell(ngx_event_t *ev);


/* ngx_trade_lock_filter.c: once, when there is a trade_lock. */
void ngx_trade_lock_filter_init(void);


/* ngx_trade_lock_run.c */

/* Begins to take it for `ctx`, which is linked to it; NGX_ERROR: no memory. */
ngx_int_t ngx_trade_lock_begin(ngx_trade_locks_t *locks,
    ngx_trade_lock_ctx_t *ctx, ngx_trade_lock_conf_t *conf, ngx_str_t *owner);

/* Feeds the flow, and does what it says; the lock may be freed then. */
void ngx_trade_lock_event(ngx_trade_lock_t *lock, trade_lock_event_e event,
    uint64_t value);

/* Frees it if nothing needs it any more: its flow, a call, the queue above. */
void ngx_trade_lock_done(ngx_trade_lock_t *lock);

ngx_trade_lock_t *ngx_trade_lock_find(ngx_trade_locks_t *locks,
    uint64_t number);

/* Its request's, while there is one; then the worker's. */
ngx_log_t *ngx_trade_lock_log(ngx_trade_lock_t *lock);


/* ngx_trade_lock_call.c: sends what an action says; its event comes later. */
void ngx_trade_lock_call(ngx_trade_lock_t *lock, trade_lock_action_e action);


/* ngx_trade_lock_wait.c */

/* In its place among those that wait; NGX_ERROR: out of memory. */
ngx_int_t ngx_trade_lock_wait(ngx_trade_lock_t *lock);
void ngx_trade_lock_wait_end(ngx_trade_lock_t *lock);

/* One that waits had lost its place: those behind it have, too, and ask. */
void ngx_trade_lock_wait_lost(ngx_trade_lock_t *lock);

/*
 * What a TAKE of one that waits was answered: `fresh`, its place was new; ms
 * until it may be free.
 */
void ngx_trade_lock_wait_on(ngx_trade_lock_t *lock, ngx_uint_t fresh,
    uint64_t ms);

/* Handlers of the subscription. */
void ngx_trade_lock_woken(void *data, trade_str_t id);
void ngx_trade_lock_listening(void *data, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server);


/* ngx_trade_lock_answer.c: what it returns finalises the request. */
ngx_int_t ngx_trade_lock_answer(ngx_http_request_t *r,
    trade_verdict_e verdict, ngx_uint_t status);


#endif /* NGX_TRADE_LOCK_H */
