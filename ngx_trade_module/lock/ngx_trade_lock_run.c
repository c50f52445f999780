/*
 * The runner of lib/trade_lock.c: feeds it with events, does what it says, and
 * counts.
 */

#include "ngx_trade_lock.h"
#include "ngx_trade_timer.h"


static ngx_int_t ngx_trade_lock_listen(ngx_trade_locks_t *locks);
static void ngx_trade_lock_names(ngx_trade_lock_t *lock, ngx_str_t *name,
    ngx_str_t *owner);
static void ngx_trade_lock_run(ngx_trade_lock_t *lock);
static void ngx_trade_lock_do(ngx_trade_lock_t *lock,
    trade_lock_action_e action);
static void ngx_trade_lock_took(ngx_trade_lock_t *lock);
static void ngx_trade_lock_refused(ngx_trade_lock_t *lock);
static void ngx_trade_lock_lose(ngx_trade_lock_t *lock);
static void ngx_trade_lock_ready(ngx_trade_lock_t *lock);
static void ngx_trade_lock_end(ngx_trade_lock_t *lock);
static void ngx_trade_lock_timer(ngx_event_t *ev);
static void ngx_trade_lock_free(ngx_trade_lock_t *lock);
static void ngx_trade_lock_measure(ngx_trade_lock_times_t *times,
    ngx_msec_t ms);


ngx_trade_locks_t *
ngx_trade_lock_run_start(ngx_trade_worker_t *worker)
{
    char                id[TRADE_ID_LEN];
    u_char              random[TRADE_ID_RANDOM];
    ngx_trade_locks_t  *locks;

    locks = ngx_pcalloc(worker->pool, sizeof(ngx_trade_locks_t));

    if (locks == NULL
        || ngx_trade_worker_random(worker, random, sizeof(random)) != NGX_OK)
    {
        return NULL;
    }

    trade_id_make(0, random, id);
    ngx_memcpy(locks->id, id + TRADE_ID_LEN - TRADE_LOCK_WORKER_LEN,
               TRADE_LOCK_WORKER_LEN);

    locks->worker = worker;
    locks->counts = &worker->cell->locks;

    ngx_rbtree_init(&locks->all, &locks->all_sentinel,
                    ngx_rbtree_insert_value);
    ngx_rbtree_init(&locks->wait_lists, &locks->wait_lists_sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&locks->ready);

    locks->tell.handler = ngx_trade_lock_tell;
    locks->tell.data = locks;
    locks->tell.log = worker->log;

    return ngx_trade_lock_listen(locks) == NGX_OK ? locks : NULL;
}


static ngx_int_t
ngx_trade_lock_listen(ngx_trade_locks_t *locks)
{
    u_char                   *p;
    ngx_uint_t                i;
    ngx_trade_worker_t       *worker;
    ngx_trade_redis_sub_t    *sub;
    ngx_trade_redis_conf_t  **redis;

    worker = locks->worker;
    redis = worker->conf->redis.elts;

    p = ngx_cpymem(locks->channel, TRADE_LOCK_CHANNEL,
                   sizeof(TRADE_LOCK_CHANNEL) - 1);
    p = ngx_cpymem(p, locks->id, TRADE_LOCK_WORKER_LEN);

    for (i = 0; i < worker->conf->redis.nelts; i++) {

        if (!redis[i]->locks) {
            continue;
        }

        sub = ngx_pcalloc(worker->pool, sizeof(ngx_trade_redis_sub_t));
        if (sub == NULL) {
            return NGX_ERROR;
        }

        sub->channel = trade_str_of(locks->channel,
                                    (char *) p - locks->channel);
        sub->message = ngx_trade_lock_wait_woken;
        sub->ready = ngx_trade_lock_wait_listening;
        sub->data = locks;
        sub->required = 1;
        sub->without = "refuses SUBSCRIBE, so requests that wait for a lock "
                       "ask it again and again:";

        ngx_trade_redis_sub_add(worker->redis[i], sub);
    }

    return NGX_OK;
}


/* Locks that are held lapse: the work under them may not be done yet */

void
ngx_trade_lock_run_stop(ngx_trade_locks_t *locks)
{
    ngx_trade_lock_t  *lock;

    locks->stopping = 1;

    if (locks->tell.posted) {
        ngx_delete_posted_event(&locks->tell);
    }

    while (locks->all.root != locks->all.sentinel) {
        lock = (ngx_trade_lock_t *) locks->all.root;

        if (lock->ctx) {
            lock->ctx->lock = NULL;
        }

        ngx_trade_lock_wait_end(lock);
        ngx_trade_lock_free(lock);
    }
}


ngx_int_t
ngx_trade_lock_run_begin(ngx_trade_locks_t *locks, ngx_trade_lock_ctx_t *ctx,
    ngx_trade_lock_conf_t *conf, ngx_str_t *owner)
{
    ngx_trade_lock_t      *lock;
    ngx_trade_loc_conf_t  *tlcf;

    lock = ngx_calloc(sizeof(ngx_trade_lock_t) + ctx->name.len + owner->len
                      + 1, locks->worker->log);
    if (lock == NULL) {
        return NGX_ERROR;
    }

    tlcf = ngx_http_get_module_loc_conf(ctx->r, ngx_trade_module);

    lock->locks = locks;
    lock->ctx = ctx;
    lock->redis = conf->redis;
    lock->max = conf->max;
    lock->status = tlcf->lock_status;
    lock->begun = ngx_current_msec;

    ngx_trade_lock_names(lock, &ctx->name, owner);
    lock->slot = trade_slot_of(lock->name);

    lock->timer.handler = ngx_trade_lock_timer;
    lock->timer.data = lock;
    lock->timer.log = locks->worker->log;

    lock->node.key = ++locks->number;
    ngx_rbtree_insert(&locks->all, &lock->node);

    ctx->lock = lock;

    trade_lock_start(&lock->flow, conf->ttl, conf->wait, ngx_current_msec);
    ngx_trade_lock_run(lock);

    return NGX_OK;
}


/*
 * An owner that was given begins with "=", so it never equals a request's own
 * id
 */

static void
ngx_trade_lock_names(ngx_trade_lock_t *lock, ngx_str_t *name,
    ngx_str_t *owner)
{
    u_char  *p;

    p = (u_char *) lock + sizeof(ngx_trade_lock_t);
    lock->name = trade_str_of((char *) p, name->len);
    p = ngx_cpymem(p, name->data, name->len);

    if (owner->len) {
        lock->owner = trade_str_of((char *) p, owner->len + 1);
        *p++ = '=';
        ngx_memcpy(p, owner->data, owner->len);
    }
}


void
ngx_trade_lock_run_event(ngx_trade_lock_t *lock, trade_lock_event_e event,
    uint64_t value)
{
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_trade_lock_log(lock), 0,
                   "trade lock %ui: event %d", lock->node.key, event);

    if (event == TRADE_LOCK_OVER) {
        ngx_trade_lock_end(lock);

    } else if (!lock->contended
               && (event == TRADE_LOCK_QUEUED || event == TRADE_LOCK_BUSY
                   || event == TRADE_LOCK_FULL))
    {
        lock->contended = 1;
        lock->locks->counts->counters[NGX_TRADE_LOCK_CONTENDED]++;
    }

    trade_lock_event(&lock->flow, event, value, ngx_current_msec);
    ngx_trade_lock_run(lock);
}


static void
ngx_trade_lock_run(ngx_trade_lock_t *lock)
{
    ngx_msec_int_t       ms;
    trade_lock_action_e  action;

    for ( ;; ) {
        action = trade_lock_next(&lock->flow);

        if (action == TRADE_LOCK_AWAIT) {
            break;
        }

        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_trade_lock_log(lock), 0,
                       "trade lock %ui: action %d", lock->node.key, action);

        ngx_trade_lock_do(lock, action);
    }

    if (lock->freed) {
        ngx_trade_lock_run_done(lock);
        return;
    }

    ms = lock->flow.timer - ngx_current_msec;
    ngx_trade_timer_set(&lock->timer, ngx_max(ms, 0));
}


static void
ngx_trade_lock_do(ngx_trade_lock_t *lock, trade_lock_action_e action)
{
    switch (action) {

    case TRADE_LOCK_TAKE:
    case TRADE_LOCK_RENEW:
        ngx_trade_lock_call(lock, action);
        break;

    case TRADE_LOCK_WAIT:

        /* without memory for this, the subscription still wakes the request */

        (void) ngx_trade_lock_wait(lock);
        break;

    case TRADE_LOCK_GO:
        ngx_trade_lock_took(lock);
        break;

    case TRADE_LOCK_REFUSE:
        ngx_trade_lock_refused(lock);
        break;

    case TRADE_LOCK_LOSE:
        ngx_trade_lock_lose(lock);
        break;

    case TRADE_LOCK_RELEASE:
        ngx_trade_lock_wait_end(lock);
        ngx_trade_lock_call(lock, action);
        break;

    default: /* TRADE_LOCK_FREE */
        ngx_trade_lock_wait_end(lock);
        lock->freed = 1;
        break;
    }
}


static void
ngx_trade_lock_took(ngx_trade_lock_t *lock)
{
    ngx_trade_lock_counts_t  *counts;

    ngx_trade_lock_wait_end(lock);

    counts = lock->locks->counts;
    counts->counters[NGX_TRADE_LOCK_ACQUIRED]++;
    counts->held++;

    lock->counted = 1;
    lock->taken = ngx_current_msec;
    lock->ctx->token = lock->flow.token;
    lock->ctx->waited = lock->taken - lock->begun;

    ngx_trade_lock_measure(&counts->wait, lock->ctx->waited);
    ngx_trade_lock_ready(lock);
}


static void
ngx_trade_lock_refused(ngx_trade_lock_t *lock)
{
    trade_result_e      result;
    ngx_trade_cell_t   *cell;

    ngx_trade_lock_wait_end(lock);

    cell = lock->locks->worker->cell;
    result = lock->flow.result;
    cell->results[result]++;

    if (result == TRADE_LOCKED) {
        cell->locks.counters[NGX_TRADE_LOCK_TIMED_OUT]++;

    } else if (result == TRADE_LOCK_QUEUE_FULL) {
        cell->locks.counters[NGX_TRADE_LOCK_CROWDED]++;

    } else {
        cell->locks.counters[NGX_TRADE_LOCK_FAILED]++;
        lock->status = trade_result_status(result);
    }

    lock->refused = 1;
    ngx_trade_lock_ready(lock);
}


static void
ngx_trade_lock_lose(ngx_trade_lock_t *lock)
{
    ngx_log_t  *log;

    lock->locks->counts->counters[NGX_TRADE_LOCK_LOST]++;
    log = ngx_trade_lock_log(lock);

    if (ngx_trade_limit(&lock->locks->limit, log)) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "trade: a lock was lost while its request ran, so "
                      "another request may hold it; the lost fencing token "
                      "is %uL", lock->flow.token);
    }
}


static void
ngx_trade_lock_ready(ngx_trade_lock_t *lock)
{
    lock->ready = 1;
    ngx_queue_insert_tail(&lock->locks->ready, &lock->queue);

    if (!lock->locks->tell.posted) {
        ngx_post_event(&lock->locks->tell, &ngx_posted_events);
    }
}


/* The request has ended, so it holds the lock no more */

static void
ngx_trade_lock_end(ngx_trade_lock_t *lock)
{
    ngx_trade_lock_counts_t  *counts;

    if (!lock->counted) {
        return;
    }

    counts = lock->locks->counts;
    counts->held--;
    lock->counted = 0;

    ngx_trade_lock_measure(&counts->hold, ngx_current_msec - lock->taken);
}


void
ngx_trade_lock_run_done(ngx_trade_lock_t *lock)
{
    if (lock->freed && lock->calls == 0 && !lock->ready) {

        if (lock->ctx) {
            lock->ctx->lock = NULL;
        }

        ngx_trade_lock_free(lock);
    }
}


static void
ngx_trade_lock_free(ngx_trade_lock_t *lock)
{
    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    ngx_rbtree_delete(&lock->locks->all, &lock->node);
    ngx_free(lock);
}


static void
ngx_trade_lock_timer(ngx_event_t *ev)
{
    ngx_trade_lock_run_event(ev->data, TRADE_LOCK_TIMER, 0);
}


static void
ngx_trade_lock_measure(ngx_trade_lock_times_t *times, ngx_msec_t ms)
{
    ngx_uint_t  i;

    static const ngx_msec_t  bounds[] = NGX_TRADE_LOCK_BOUNDS;

    for (i = 0; i < NGX_TRADE_LOCK_BUCKETS - 1 && ms > bounds[i]; i++) {
        /* void */
    }

    times->buckets[i]++;
    times->sum += ms;
}
