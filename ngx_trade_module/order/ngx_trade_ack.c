/*
 * The slot is told that Kafka has the event.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static void ngx_trade_ack_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


void
ngx_trade_ack_send(ngx_trade_request_t *req)
{
    int                 sold;
    void               *mem;
    size_t              size;
    ngx_int_t           rc;
    trade_call_t        call;
    trade_slot_seen_t   seen;

    ngx_trade_worker_seen(req->worker, req->conf->redis, req->slot, &seen);

    sold = req->cart == NULL || ngx_trade_cart_end_sold(req->cart);
    size = trade_call_ack_events_size(1);

    mem = ngx_palloc(req->pool, size);
    rc = NGX_ERROR;

    if (mem
        && trade_call_ack(&call, mem, size, &seen, ngx_trade_request_id(req),
                          &req->record, req->msg.partition + 1,
                          req->worker->conf->payment_timeout, sold)
           == 0)
    {
        ngx_trade_slot_call(&req->ack, &call, ngx_trade_ack_handler, req);

        rc = ngx_trade_redis_send(ngx_trade_request_redis(req), req->slot,
                                  &req->ack);
    }

    if (rc != NGX_OK) {
        req->worker->cell->counters[NGX_TRADE_ACK_LOST]++;
        trade_flow_event(&req->flow, TRADE_FLOW_ACK_DONE, TRADE_DONE,
                         ngx_current_msec);
    }
}


/*
 * The call may be lost: an event that stays due is acknowledged by the worker
 * that finds it
 */

static void
ngx_trade_ack_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t         reply;
    ngx_trade_request_t  *req;

    req = cmd->data;

    /* the units may be back with any reply */

    if (req->record.state == TRADE_STATE_CANCELLED) {
        ngx_trade_hint_void(req->conf->redis, req->slot);
    }

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        ngx_trade_slot_reply(req->worker, req->conf->redis, req->slot, cmd,
                             &reply, NULL);

    } else if (result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR) {
        ngx_trade_reply_log(req, req->slot, "ack", cmd->text);
        result = NGX_TRADE_REDIS_ERR;
    }

    if (result != NGX_TRADE_REDIS_OK || reply.kind != TRADE_REPLY_ACKED) {
        req->worker->cell->counters[NGX_TRADE_ACK_LOST]++;
    }

    ngx_trade_run_event(req, TRADE_FLOW_ACK_DONE, TRADE_DONE);
}
