/*
 * An order that a hint refuses may be a repetition: its Idempotency-Key is
 * looked up first.  GETEX without options changes nothing, but Redis counts it
 * as a write, so that a replica, whose data may be old, refuses it.  Behind it
 * the slot's version is asked for, by the same connection: a slot that has lost
 * writes may have lost the key.
 *
 * If there is an order, or there may be one, the order goes the usual way and
 * its script tells.
 */

#include "ngx_trade_request.h"


#define NGX_TRADE_FIND_STRINGS  5


typedef struct {
    ngx_trade_request_t    *req;
    trade_hint_found_t      found;
    ngx_trade_redis_cmd_t   version;
    ngx_uint_t              replies;    /* to come */
} ngx_trade_find_t;


static void ngx_trade_find_key(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_find_version(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_find_done(ngx_trade_find_t *find);


void
ngx_trade_find_send(ngx_trade_request_t *req)
{
    trade_buf_t         b;
    trade_str_t        *argv;
    ngx_trade_find_t   *find;
    ngx_trade_redis_t  *redis;

    find = ngx_pcalloc(req->pool, sizeof(ngx_trade_find_t)
                                  + NGX_TRADE_FIND_STRINGS * sizeof(trade_str_t)
                                  + 2 * TRADE_SLOT_KEY_MAX);
    if (find == NULL) {
        trade_flow_event(&req->flow, TRADE_FLOW_ABSENT, TRADE_OVERLOADED,
                         ngx_current_msec);
        return;
    }

    redis = ngx_trade_request_redis(req);
    argv = (trade_str_t *) (find + 1);

    trade_buf_init(&b, (char *) &argv[NGX_TRADE_FIND_STRINGS],
                   2 * TRADE_SLOT_KEY_MAX);

    argv[0] = trade_str_c("GETEX");
    argv[1] = trade_slot_key(&b, req->slot, TRADE_KEY_KEY,
                             trade_str_of(req->key, TRADE_DIGEST_LEN));
    argv[2] = trade_str_c("HGET");
    argv[3] = trade_slot_key(&b, req->slot, TRADE_KEY_SLOT,
                             trade_str_of(NULL, 0));
    argv[4] = trade_str_c(TRADE_SLOT_FIELD_VERSION);

    find->req = req;
    find->found.seen = req->conf->redis->slots->version[req->slot];

    req->call.script = NULL;
    req->call.argv = argv;
    req->call.argc = 2;
    req->call.handler = ngx_trade_find_key;
    req->call.data = find;

    find->version.argv = &argv[2];
    find->version.argc = 3;
    find->version.handler = ngx_trade_find_version;
    find->version.data = find;

    if (ngx_trade_redis_send(redis, req->slot, &req->call) != NGX_OK) {
        trade_flow_event(&req->flow, TRADE_FLOW_ABSENT, TRADE_SHARD_DOWN,
                         ngx_current_msec);
        return;
    }

    find->replies = 1;

    if (ngx_trade_redis_send(redis, req->slot, &find->version) == NGX_OK) {
        find->replies++;
    }
}


static void
ngx_trade_find_key(ngx_trade_redis_cmd_t *cmd, ngx_trade_redis_result_e result)
{
    ngx_trade_find_t  *find;

    find = cmd->data;

    trade_hint_found_key(&find->found, result == NGX_TRADE_REDIS_OK, cmd->text);

    ngx_trade_find_done(find);
}


static void
ngx_trade_find_version(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_find_t  *find;

    find = cmd->data;

    trade_hint_found_version(&find->found, result == NGX_TRADE_REDIS_OK,
                             cmd->text);

    ngx_trade_find_done(find);
}


static void
ngx_trade_find_done(ngx_trade_find_t *find)
{
    trade_result_e        refusal;
    ngx_trade_request_t  *req;

    if (--find->replies) {
        return;
    }

    req = find->req;

    if (!req->flow.answered
        && trade_hint_absent(&find->found)
        && ngx_trade_orders_hint(req, 0, &refusal) == TRADE_HINT_REFUSE)
    {
        ngx_trade_run_event(req, TRADE_FLOW_ABSENT, refusal);
        return;
    }

    /* nothing was sent that could make an order, and now nothing will be */

    refusal = TRADE_SHARD_DOWN;

    if (req->r) {
        refusal = ngx_trade_orders_write(req);
    }

    if (refusal != TRADE_DONE) {
        ngx_trade_run_event(req, TRADE_FLOW_ABSENT, refusal);
        return;
    }

    if (req->dry_run) {
        trade_flow_dry_run(&req->flow);
    }

    ngx_trade_run_event(req, TRADE_FLOW_PRESENT, TRADE_DONE);
}
