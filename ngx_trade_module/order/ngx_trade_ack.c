/*
 * The slot is told that Kafka has the event.  An order is told of without a
 * script; if its event is not due any more, a script looks whether it was lost.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static ngx_int_t ngx_trade_ack_call(ngx_trade_request_t *req,
    ngx_uint_t check);
static void ngx_trade_ack_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_uint_t ngx_trade_ack_reply(ngx_trade_request_t *req,
    ngx_trade_redis_cmd_t *cmd, ngx_trade_redis_result_e result);


void
ngx_trade_ack_send(ngx_trade_request_t *req)
{
    if (ngx_trade_ack_call(req, 0) != NGX_OK) {
        req->worker->cell->counters[NGX_TRADE_ACK_LOST]++;
        trade_flow_event(&req->flow, TRADE_FLOW_ACK_DONE, TRADE_DONE,
                         ngx_current_msec);
    }
}


static ngx_int_t
ngx_trade_ack_call(ngx_trade_request_t *req, ngx_uint_t check)
{
    int                 rc, sold;
    void               *mem;
    size_t              size;
    trade_call_t        call;
    trade_slot_seen_t   seen;

    ngx_trade_worker_seen(req->worker, req->conf->redis, req->slot, &seen);

    size = trade_call_ack_events_size(1);

    mem = ngx_palloc(req->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    if (check) {
        rc = trade_call_ack_check(&call, mem, size, &seen,
                                  ngx_trade_request_id(req), &req->record,
                                  ngx_current_msec - req->flow.sent_at);

    } else {
        sold = req->cart == NULL || ngx_trade_cart_end_sold(req->cart);
        rc = trade_call_ack(&call, mem, size, &seen, ngx_trade_request_id(req),
                            &req->record, req->msg.partition + 1,
                            req->worker->conf->payment_timeout, sold);
    }

    if (rc != 0) {
        return NGX_ERROR;
    }

    ngx_trade_slot_call(&req->ack, &call, ngx_trade_ack_handler, req);

    return ngx_trade_redis_send(ngx_trade_request_redis(req), req->slot,
                                &req->ack);
}


/*
 * The call may be lost: an event that stays due is acknowledged by the worker
 * that finds it
 */

static void
ngx_trade_ack_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_request_t  *req;

    req = cmd->data;

    /* the units may be back with any reply */

    if (req->record.state == TRADE_STATE_CANCELLED) {
        ngx_trade_hint_void(req->conf->redis, req->slot);
    }

    if (result == NGX_TRADE_REDIS_OK
        && trade_call_ack_missed(cmd->script, cmd->integer))
    {
        if (ngx_trade_ack_call(req, 1) == NGX_OK) {
            return;
        }

        result = NGX_TRADE_REDIS_UNSENT;
    }

    if (!ngx_trade_ack_reply(req, cmd, result)) {
        req->worker->cell->counters[NGX_TRADE_ACK_LOST]++;
    }

    ngx_trade_run_event(req, TRADE_FLOW_ACK_DONE, TRADE_DONE);
}


/* Returns 1 if the reply says that the slot has been told */

static ngx_uint_t
ngx_trade_ack_reply(ngx_trade_request_t *req, ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t  reply;

    if (result == NGX_TRADE_REDIS_OK && cmd->script == NULL) {
        return 1;
    }

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        ngx_trade_slot_reply(req->worker, req->conf->redis, req->slot, cmd,
                             &reply, NULL);

        return reply.kind == TRADE_REPLY_ACKED;
    }

    if (result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR) {
        ngx_trade_reply_log(req, req->slot, "ack", cmd->text);
    }

    return 0;
}
