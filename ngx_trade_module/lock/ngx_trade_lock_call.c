/*
 * The calls of a lock to Redis.  Each has memory of its own while it is under
 * way, so that a request that only waits needs none.
 */

#include "ngx_trade_lock.h"


#define NGX_TRADE_LOCK_DARK  250        /* ms until a shard is asked again */


typedef struct {
    ngx_trade_redis_cmd_t   cmd;
    ngx_trade_locks_t      *locks;
    ngx_trade_lock_t       *lock;       /* lives as long as the locks */
    trade_lock_action_e     action;
} ngx_trade_lock_call_t;


static ngx_trade_lock_call_t *ngx_trade_lock_call_make(ngx_trade_lock_t *lock,
    trade_lock_action_e action);
static void ngx_trade_lock_call_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_lock_call_reply(ngx_trade_lock_call_t *call,
    ngx_trade_redis_result_e result, trade_lock_reply_t *reply);
static trade_lock_event_e ngx_trade_lock_call_failed(
    trade_lock_action_e action, ngx_trade_redis_result_e result);


void
ngx_trade_lock_call(ngx_trade_lock_t *lock, trade_lock_action_e action)
{
    ngx_trade_redis_t      *redis;
    ngx_trade_lock_call_t  *call;

    redis = lock->locks->worker->redis[lock->redis->index];
    call = ngx_trade_lock_call_make(lock, action);

    if (call && ngx_trade_redis_send(redis, lock->slot, &call->cmd) == NGX_OK)
    {
        lock->calls++;
        return;
    }

    if (call) {
        ngx_free(call);
    }

    trade_lock_event(&lock->flow,
                     ngx_trade_lock_call_failed(action,
                                                NGX_TRADE_REDIS_UNSENT),
                     0, ngx_current_msec);

    if (action == TRADE_LOCK_TAKE && lock->wait_list) {
        ngx_trade_lock_wait_on(lock, 0, NGX_TRADE_LOCK_DARK);
    }
}


static ngx_trade_lock_call_t *
ngx_trade_lock_call_make(ngx_trade_lock_t *lock, trade_lock_action_e action)
{
    int                     rc;
    char                    id[TRADE_LOCK_ID_MAX], *mem;
    size_t                  size;
    trade_call_t            c;
    trade_lock_who_t        who;
    ngx_trade_lock_call_t  *call;

    who.name = lock->name;
    who.id = trade_lock_call_id(id, trade_str_of(lock->locks->id,
                                                 TRADE_LOCK_WORKER_LEN),
                                lock->node.key);
    who.owner = lock->owner.len ? lock->owner : who.id;
    who.ttl = lock->flow.ttl;
    who.max = lock->max;

    size = trade_lock_call_size(&who);

    call = ngx_alloc(sizeof(ngx_trade_lock_call_t) + size,
                     lock->locks->worker->log);
    if (call == NULL) {
        return NULL;
    }

    ngx_memzero(call, sizeof(ngx_trade_lock_call_t));
    mem = (char *) call + sizeof(ngx_trade_lock_call_t);

    if (action == TRADE_LOCK_TAKE) {
        rc = trade_lock_call_take(&c, mem, size, &who, lock->flow.waits);

    } else if (action == TRADE_LOCK_RENEW) {
        rc = trade_lock_call_renew(&c, mem, size, &who, lock->flow.token);

    } else {
        rc = trade_lock_call_release(&c, mem, size, &who,
                                     lock->flow.ambiguous);
    }

    if (rc != 0) {
        ngx_free(call);
        return NULL;
    }

    call->cmd.script = c.script;
    call->cmd.argv = c.argv;
    call->cmd.argc = c.argc;
    call->cmd.nkeys = c.nkeys;
    call->cmd.apart = 1;
    call->cmd.handler = ngx_trade_lock_call_handler;
    call->cmd.data = call;
    call->locks = lock->locks;
    call->lock = lock;
    call->action = action;

    return call;
}


static void
ngx_trade_lock_call_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_lock_t       *lock;
    trade_lock_action_e     action;
    trade_lock_reply_t      reply;
    ngx_trade_lock_call_t  *call;

    call = cmd->data;
    lock = call->lock;
    action = call->action;

    if (call->locks->stopping) {
        ngx_free(call);
        return;
    }

    ngx_trade_lock_call_reply(call, result, &reply);
    ngx_free(call);

    if (reply.event == TRADE_LOCK_TAKEN && reply.newly_queued && lock->placed) {
        ngx_trade_lock_wait_lost(lock);
    }

    ngx_trade_lock_run_event(lock, reply.event, reply.value);

    if (action == TRADE_LOCK_TAKE && lock->wait_list) {
        ngx_trade_lock_wait_on(lock, reply.newly_queued, reply.value);
    }

    lock->calls--;
    ngx_trade_lock_run_done(lock);
}


static void
ngx_trade_lock_call_reply(ngx_trade_lock_call_t *call,
    ngx_trade_redis_result_e result, trade_lock_reply_t *reply)
{
    ngx_log_t  *log;
    ngx_str_t   error;

    if (result == NGX_TRADE_REDIS_OK
        && trade_lock_call_reply(call->cmd.text, reply) == 0)
    {
        return;
    }

    reply->event = ngx_trade_lock_call_failed(call->action, result);
    reply->value = NGX_TRADE_LOCK_DARK;
    reply->newly_queued = 0;

    if (result == NGX_TRADE_REDIS_UNSENT || result == NGX_TRADE_REDIS_LOST) {
        return;
    }

    log = ngx_trade_lock_log(call->lock);
    error = ngx_trade_ngx_str(call->cmd.text);

    if (ngx_trade_limit(&call->locks->limit, log)) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "trade: shard \"%V\" answers a call for a lock with "
                      "\"%V\"",
                      ngx_trade_redis_shard_name(call->lock->redis,
                                                 call->lock->slot), &error);
    }
}


static trade_lock_event_e
ngx_trade_lock_call_failed(trade_lock_action_e action,
    ngx_trade_redis_result_e result)
{
    if (action == TRADE_LOCK_RENEW) {
        return TRADE_LOCK_NOT_RENEWED;
    }

    if (action == TRADE_LOCK_RELEASE) {
        return TRADE_LOCK_NOT_RELEASED;
    }

    switch (result) {

    case NGX_TRADE_REDIS_UNSENT:
        return TRADE_LOCK_UNSENT;

    case NGX_TRADE_REDIS_LOST:
        return TRADE_LOCK_UNANSWERED;

    default:
        return TRADE_LOCK_REFUSED;
    }
}
