/*
 * The slot is told that Kafka has the event.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static int ngx_trade_settle_call(ngx_trade_request_t *req,
    trade_call_t *call, void *mem, const trade_known_t *known,
    const trade_due_t *due);
static void ngx_trade_settle_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);


void
ngx_trade_settle_send(ngx_trade_request_t *req)
{
    void               *mem;
    ngx_int_t           rc;
    trade_due_t         due;
    trade_call_t        call;
    trade_known_t       known;

    ngx_trade_worker_known(req->worker, req->conf->redis, req->slot, &known);

    due.id = ngx_trade_request_id(req);
    due.seq = req->record.seq;
    due.partition = 0;

    if (req->record.partition == 0
        && req->record.key != TRADE_RECORD_KEY_SKU)
    {
        due.partition = req->msg.partition + 1;
    }

    mem = ngx_palloc(req->pool, trade_call_settle_size(1));
    rc = NGX_ERROR;

    if (mem && ngx_trade_settle_call(req, &call, mem, &known, &due) == 0) {
        ngx_trade_request_call(&req->settle, &call,
                               ngx_trade_settle_handler, req);

        rc = ngx_trade_redis_send(ngx_trade_request_redis(req), req->slot,
                                  &req->settle);
    }

    if (rc != NGX_OK) {
        req->worker->cell->counters[NGX_TRADE_UNSETTLED]++;
        trade_flow_event(&req->flow, TRADE_FLOW_SETTLED, TRADE_DONE,
                         ngx_current_msec);
    }
}


/* The cheaper one, where nothing follows from the ack */

static int
ngx_trade_settle_call(ngx_trade_request_t *req, trade_call_t *call,
    void *mem, const trade_known_t *known, const trade_due_t *due)
{
    int         sold;
    ngx_msec_t  pay;

    pay = req->worker->conf->payment_timeout;
    sold = req->cart == NULL || ngx_trade_cart_sold(req->cart);

    if (!sold || due->partition || trade_record_ended(&req->record)
        || (pay && req->record.state == TRADE_STATE_PLACED))
    {
        return trade_call_conclude(call, mem, trade_call_settle_size(1),
                                   known, pay, sold, due, 1);
    }

    return trade_call_settle(call, mem, trade_call_settle_size(1), known, due,
                             1);
}


/* Lost or not: what stays due is settled by who finds it due */

static void
ngx_trade_settle_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t         reply;
    ngx_trade_request_t  *req;

    req = cmd->data;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        ngx_trade_slot_reply(req->worker, req->conf->redis, req->slot, cmd,
                             &reply, NULL);

    } else if (result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR) {
        ngx_trade_reply_log(req, req->slot, "settle", cmd->text);
        result = NGX_TRADE_REDIS_ERR;
    }

    if (result != NGX_TRADE_REDIS_OK || reply.kind != TRADE_REPLY_SETTLED) {
        req->worker->cell->counters[NGX_TRADE_UNSETTLED]++;
    }

    ngx_trade_run_event(req, TRADE_FLOW_SETTLED, TRADE_DONE);
}
