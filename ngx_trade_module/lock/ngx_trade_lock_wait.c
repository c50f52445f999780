/*
 * The waiters in this worker, by lock.  Redis publishes the id of the request
 * whose turn it is on the worker's channel, so that only this request wakes.
 * The first waiter of each lock also asks now and then: that keeps the places
 * of all of them, and finds a lock that lapsed, or whose message was lost.
 */

#include "ngx_trade_lock.h"
#include "ngx_trade_timer.h"


#define NGX_TRADE_LOCK_POLL_MIN  10         /* ms */


static ngx_trade_lock_wait_list_t *ngx_trade_lock_wait_list(
    ngx_trade_lock_t *lock);
static void ngx_trade_lock_poll(ngx_event_t *ev);
static void ngx_trade_lock_poll_in(ngx_trade_lock_wait_list_t *wait_list,
    ngx_msec_t ms);
static ngx_trade_lock_t *ngx_trade_lock_wait_find(ngx_trade_locks_t *locks,
    uint64_t number);


ngx_int_t
ngx_trade_lock_wait(ngx_trade_lock_t *lock)
{
    ngx_trade_lock_wait_list_t  *wait_list;

    wait_list = ngx_trade_lock_wait_list(lock);
    if (wait_list == NULL) {
        return NGX_ERROR;
    }

    lock->wait_list = wait_list;
    lock->locks->counts->waiting++;
    ngx_queue_insert_tail(&wait_list->waiters, &lock->place);

    return NGX_OK;
}


/* Finds the list by shards and name, or makes it */

static ngx_trade_lock_wait_list_t *
ngx_trade_lock_wait_list(ngx_trade_lock_t *lock)
{
    u_char                      *p;
    uint32_t                     hash;
    ngx_str_t                    name;
    ngx_trade_locks_t           *locks;
    ngx_trade_lock_wait_list_t  *wait_list;

    locks = lock->locks;
    name = ngx_trade_ngx_str(lock->name);
    hash = ngx_crc32_long(name.data, name.len) + lock->redis->index;

    wait_list = (ngx_trade_lock_wait_list_t *)
                ngx_str_rbtree_lookup(&locks->wait_lists, &name, hash);
    if (wait_list) {
        return wait_list;
    }

    wait_list = ngx_calloc(sizeof(ngx_trade_lock_wait_list_t) + name.len,
                           locks->worker->log);
    if (wait_list == NULL) {
        return NULL;
    }

    p = (u_char *) wait_list + sizeof(ngx_trade_lock_wait_list_t);
    ngx_memcpy(p, name.data, name.len);

    wait_list->node.node.key = hash;
    wait_list->node.str.len = name.len;
    wait_list->node.str.data = p;
    wait_list->locks = locks;
    wait_list->redis = lock->redis;
    wait_list->slot = lock->slot;

    ngx_queue_init(&wait_list->waiters);

    wait_list->poll.handler = ngx_trade_lock_poll;
    wait_list->poll.data = wait_list;
    wait_list->poll.log = locks->worker->log;
    wait_list->poll.cancelable = 1;

    ngx_rbtree_insert(&locks->wait_lists, &wait_list->node.node);

    return wait_list;
}


void
ngx_trade_lock_wait_end(ngx_trade_lock_t *lock)
{
    ngx_trade_lock_wait_list_t  *wait_list;

    wait_list = lock->wait_list;

    if (wait_list == NULL) {
        return;
    }

    lock->wait_list = NULL;
    lock->locks->counts->waiting--;
    ngx_queue_remove(&lock->place);

    if (!ngx_queue_empty(&wait_list->waiters)) {
        return;
    }

    if (wait_list->poll.timer_set) {
        ngx_del_timer(&wait_list->poll);
    }

    ngx_rbtree_delete(&lock->locks->wait_lists, &wait_list->node.node);
    ngx_free(wait_list);
}


void
ngx_trade_lock_wait_on(ngx_trade_lock_t *lock, ngx_uint_t newly_queued,
    uint64_t ms)
{
    ngx_uint_t                   again, first;
    ngx_trade_lock_wait_list_t  *wait_list;

    wait_list = lock->wait_list;
    first = ngx_queue_head(&wait_list->waiters) == &lock->place;
    again = newly_queued && lock->placed && first;
    lock->placed = 1;

    if (first || !wait_list->poll.timer_set) {
        ngx_trade_lock_poll_in(wait_list, ngx_min(ms + 1, TRADE_LOCK_POLL));
    }

    if (again) {
        ngx_trade_lock_wait_lost(lock);
    }
}


void
ngx_trade_lock_wait_lost(ngx_trade_lock_t *one)
{
    ngx_queue_t       *q, *next, *end;
    ngx_trade_lock_t  *lock;

    if (one->wait_list == NULL) {
        return;
    }

    end = ngx_queue_sentinel(&one->wait_list->waiters);

    for (q = ngx_queue_next(&one->place); q != end; q = next) {
        next = ngx_queue_next(q);
        lock = ngx_queue_data(q, ngx_trade_lock_t, place);
        ngx_trade_lock_run_event(lock, TRADE_LOCK_TURN, 0);
    }
}


static void
ngx_trade_lock_poll(ngx_event_t *ev)
{
    ngx_trade_lock_t            *lock;
    ngx_trade_lock_wait_list_t  *wait_list;

    wait_list = ev->data;
    lock = ngx_queue_data(ngx_queue_head(&wait_list->waiters), ngx_trade_lock_t,
                          place);

    ngx_trade_lock_poll_in(wait_list, TRADE_LOCK_POLL);

    /* the event may end the last waiter, and free the wait_list */

    if (lock->flow.state == TRADE_LOCK_WAITING) {
        ngx_trade_lock_run_event(lock, TRADE_LOCK_TURN, 0);
    }
}


static void
ngx_trade_lock_poll_in(ngx_trade_lock_wait_list_t *wait_list, ngx_msec_t ms)
{
    ngx_trade_timer_set(&wait_list->poll, ngx_max(ms, NGX_TRADE_LOCK_POLL_MIN));
}


void
ngx_trade_lock_wait_woken(void *data, trade_str_t id)
{
    uint64_t            number;
    ngx_trade_lock_t   *lock;
    ngx_trade_locks_t  *locks = data;

    number = trade_lock_call_id_number(id, trade_str_of(locks->id,
                                                        TRADE_LOCK_WORKER_LEN));
    lock = ngx_trade_lock_wait_find(locks, number);

    if (lock) {
        ngx_trade_lock_run_event(lock, TRADE_LOCK_TURN, 0);
    }
}


static ngx_trade_lock_t *
ngx_trade_lock_wait_find(ngx_trade_locks_t *locks, uint64_t number)
{
    ngx_rbtree_node_t  *node;

    node = locks->all.root;

    while (node != locks->all.sentinel && node->key != number) {
        node = number < node->key ? node->left : node->right;
    }

    return node == locks->all.sentinel ? NULL : (ngx_trade_lock_t *) node;
}


/*
 * A turn that came while the worker did not listen was not heard, so the first
 * waiters ask
 */

void
ngx_trade_lock_wait_listening(void *data, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server)
{
    ngx_rbtree_node_t           *node;
    ngx_trade_locks_t           *locks = data;
    ngx_trade_lock_wait_list_t  *wait_list;

    if (locks->wait_lists.root == locks->wait_lists.sentinel) {
        return;
    }

    for (node = ngx_rbtree_min(locks->wait_lists.root,
                               locks->wait_lists.sentinel);
         node;
         node = ngx_rbtree_next(&locks->wait_lists, node))
    {
        wait_list = (ngx_trade_lock_wait_list_t *) node;

        if (wait_list->redis == redis
            && redis->owner[wait_list->slot] == server)
        {
            ngx_trade_lock_poll_in(wait_list, NGX_TRADE_LOCK_POLL_MIN);
        }
    }
}
