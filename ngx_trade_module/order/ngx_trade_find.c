/*
 * An order that a hint refuses may be a repetition: its Idempotency-Key is
 * looked up first.  GETEX without options changes nothing, but Redis counts it
 * as a write, so that a replica, whose data may be old, refuses it.
 *
 * If there is an order, or there may be one, the order goes the usual way and
 * its script tells.
 */

#include "ngx_trade_request.h"


static void ngx_trade_find_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


void
ngx_trade_find_send(ngx_trade_request_t *req)
{
    trade_buf_t   b;
    trade_str_t  *argv;

    argv = ngx_palloc(req->pool, 2 * sizeof(trade_str_t)
                                 + TRADE_SLOT_KEY_MAX);
    if (argv == NULL) {
        trade_flow_event(&req->flow, TRADE_FLOW_ABSENT, TRADE_OVERLOADED,
                         ngx_current_msec);
        return;
    }

    trade_buf_init(&b, (char *) &argv[2], TRADE_SLOT_KEY_MAX);

    argv[0] = trade_str_c("GETEX");
    argv[1] = trade_slot_key(&b, req->slot, TRADE_KEY_KEY,
                             trade_str_of(req->key, TRADE_DIGEST_LEN));

    req->call.script = NULL;
    req->call.argv = argv;
    req->call.argc = 2;
    req->call.handler = ngx_trade_find_handler;
    req->call.data = req;

    if (ngx_trade_redis_send(ngx_trade_request_redis(req), req->slot,
                             &req->call)
        != NGX_OK)
    {
        trade_flow_event(&req->flow, TRADE_FLOW_ABSENT, TRADE_SHARD_DOWN,
                         ngx_current_msec);
    }
}


static void
ngx_trade_find_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_result_e        refusal;
    ngx_trade_request_t  *req;

    req = cmd->data;

    if (!req->flow.answered
        && trade_hint_absent(result == NGX_TRADE_REDIS_OK, cmd->text)
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
