/*
 * A script has replied to the request's call.  trade_flow_reply.c says what
 * that means.  Here the request keeps what it needs to publish or to answer,
 * because the reply's text is gone when the handler returns.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static void ngx_trade_reply_op(ngx_trade_request_t *req, trade_flow_op_t *op,
    trade_str_t *buyer);
static void ngx_trade_reply_read(ngx_trade_request_t *req,
    ngx_trade_redis_result_e result, trade_str_t text);
static void ngx_trade_reply_made(ngx_trade_request_t *req,
    trade_flow_reply_t *means, const trade_record_t *record);
static ngx_int_t ngx_trade_reply_keep(ngx_trade_request_t *req,
    const trade_record_t *record);
static void ngx_trade_reply_passed(ngx_trade_request_t *req,
    trade_flow_reply_t *means, const trade_record_t *record);
static void ngx_trade_reply_found(ngx_trade_request_t *req,
    trade_flow_reply_t *means, const trade_reply_t *reply);
static void ngx_trade_reply_stock(ngx_trade_request_t *req,
    trade_flow_reply_t *means, const trade_reply_t *reply, trade_str_t text);


void
ngx_trade_reply_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_trade_request_t  *req;

    req = cmd->data;

    if (req->ctx) {
        req->ctx->reserve_time = ngx_current_msec - req->sent;
    }

    switch (result) {

    case NGX_TRADE_REDIS_OK:
    case NGX_TRADE_REDIS_ERR:
        ngx_trade_reply_read(req, result, cmd->text);
        break;

    case NGX_TRADE_REDIS_UNSENT:
        ngx_trade_run_event(req, TRADE_FLOW_UNSENT, TRADE_DONE);
        break;

    case NGX_TRADE_REDIS_LOST:
        ngx_trade_run_event(req, TRADE_FLOW_LOST, TRADE_DONE);
        break;
    }
}


void
ngx_trade_reply_log(ngx_trade_request_t *req, ngx_uint_t slot,
    const char *name, trade_str_t text)
{
    ngx_log_t  *log;

    log = ngx_trade_worker_log(req->worker, req->r);

    if (!ngx_trade_limit(&req->worker->limit, log)) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "trade: %s of \"%*s\" in slot %ui: shard \"%V\" answers: "
                  "%*s", name, (size_t) TRADE_ID_LEN, req->id, slot,
                  ngx_trade_redis_shard_name(req->conf->redis, slot),
                  (size_t) ngx_min(text.len, 160), text.data);
}


/* `buyer` is where the name lies that op->buyer points to */

static void
ngx_trade_reply_op(ngx_trade_request_t *req, trade_flow_op_t *op,
    trade_str_t *buyer)
{
    ngx_memzero(op, sizeof(trade_flow_op_t));

    op->flow = &req->flow;
    op->cart = req->cart ? &req->cart->flow : NULL;
    op->id = ngx_trade_request_id(req);
    op->state = req->op->state;
    op->changes = req->op->changes;
    op->acts = req->op->action != NULL;
    op->keyed = req->keyed;

    if (req->conf->buyer) {
        *buyer = ngx_trade_str(req->buyer);
        op->buyer = buyer;
    }
}


static void
ngx_trade_reply_read(ngx_trade_request_t *req, ngx_trade_redis_result_e result,
    trade_str_t text)
{
    trade_str_t         buyer;
    trade_reply_t       reply;
    trade_flow_op_t     op;
    trade_flow_reply_t  means;

    ngx_trade_reply_op(req, &op, &buyer);

    if (result == NGX_TRADE_REDIS_ERR) {
        trade_flow_reply_error(&means, &op, text);

    } else if (trade_reply_read(&reply, text) != 0) {
        trade_flow_reply_read(&means, &op, NULL, 0);

    } else {
        trade_flow_reply_read(&means, &op, &reply, req->call.replicated);
        ngx_trade_slot_reply(req->worker, req->conf->redis, req->slot,
                             &req->call, &reply, &op);
        req->replied = 1;

        if (req->hint.worker) {
            ngx_trade_hint_learn(&req->hint, &reply);
        }
    }

    if (means.placed) {
        req->cart->flow.placed = 1;
    }

    switch (means.kind) {

    case TRADE_FLOW_REPLY_MADE:
        ngx_trade_reply_made(req, &means, &reply.record);
        break;

    case TRADE_FLOW_REPLY_PASSED:
        ngx_trade_reply_passed(req, &means, &reply.record);
        break;

    case TRADE_FLOW_REPLY_FOUND:
        ngx_trade_reply_found(req, &means, &reply);
        break;

    case TRADE_FLOW_REPLY_STOCK:
        ngx_trade_reply_stock(req, &means, &reply, text);
        break;

    case TRADE_FLOW_REPLY_REFUSED:
        ngx_trade_refusal_explain(req, &reply);
        break;

    case TRADE_FLOW_REPLY_FREE:
        ngx_trade_refusal_none(req);
        break;

    case TRADE_FLOW_REPLY_STRANGE:
        ngx_trade_reply_log(req, req->slot, req->op->name, text);
        break;
    }

    ngx_trade_run_event(req, means.event, means.result);
}


static void
ngx_trade_reply_made(ngx_trade_request_t *req, trade_flow_reply_t *means,
    const trade_record_t *record)
{
    trade_flow_show(&req->flow, means->order, means->result);

    req->worker->cell->counters[NGX_TRADE_RECORDED]++;

    if (req->op->stock) {
        ngx_trade_hint_void(req->conf->redis, req->slot);
    }

    ngx_str_null(&req->answer.body);
    req->answer.replayed = 0;

    if (ngx_trade_reply_keep(req, record) != NGX_OK) {
        means->event = TRADE_FLOW_FINAL;
        means->result = TRADE_NO_ANSWER;
    }
}


static ngx_int_t
ngx_trade_reply_keep(ngx_trade_request_t *req, const trade_record_t *record)
{
    char    *p;
    size_t   len;

    if (!trade_record_complete(&req->record, record)) {
        return NGX_OK;
    }

    /* the older lines and the body stand behind each other */

    len = record->older.len + record->body.len;

    p = ngx_pnalloc(req->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, record->older.data, len);
    req->record.older = trade_str_of(p, record->older.len);
    req->record.body = trade_str_of(p + record->older.len, record->body.len);

    return NGX_OK;
}


/* Others have been at work on the record meanwhile */

static void
ngx_trade_reply_passed(ngx_trade_request_t *req, trade_flow_reply_t *means,
    const trade_record_t *record)
{
    trade_flow_show(&req->flow, means->order, means->result);

    if (ngx_trade_answer_record(req, means->order, record, 0) != NGX_OK) {
        means->result = TRADE_NO_ANSWER;
    }
}


static void
ngx_trade_reply_found(ngx_trade_request_t *req, trade_flow_reply_t *means,
    const trade_reply_t *reply)
{
    if (trade_result_status(means->result) < 300) {
        req->answer.replayed = req->op->changes && req->op->action == NULL;

        if (ngx_trade_answer_record(req, reply->id, &reply->record,
                                    reply->published)
            != NGX_OK)
        {
            means->result = TRADE_OVERLOADED;
        }
    }

    trade_flow_show(&req->flow, means->order, means->result);

    if (!req->op->changes && means->result == TRADE_DONE) {
        means->result = ngx_trade_condition_show(req);
    }
}


static void
ngx_trade_reply_stock(ngx_trade_request_t *req, trade_flow_reply_t *means,
    const trade_reply_t *reply, trade_str_t text)
{
    if (ngx_trade_answer_stock(req, reply) != NGX_OK) {
        ngx_trade_reply_log(req, req->slot, req->op->name, text);
        means->result = TRADE_REDIS_REFUSED;
        return;
    }

    means->result = ngx_trade_condition_show(req);
}
