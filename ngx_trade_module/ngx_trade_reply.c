/*
 * From a script's reply to what the flow is told, and to what the client will
 * be told: the reply's text is gone when the handler returns.
 */

#include "ngx_trade_cart.h"


static void ngx_trade_reply_read(ngx_trade_request_t *req, trade_str_t text);
static void ngx_trade_reply_placed(ngx_trade_request_t *req);
static void ngx_trade_reply_made(ngx_trade_request_t *req,
    trade_reply_t *reply);
static ngx_int_t ngx_trade_reply_keep(ngx_trade_request_t *req,
    const trade_record_t *record);
static void ngx_trade_reply_found(ngx_trade_request_t *req,
    trade_reply_t *reply);
static trade_verdict_e ngx_trade_reply_order(ngx_trade_request_t *req,
    trade_reply_t *reply);
static void ngx_trade_reply_refused(ngx_trade_request_t *req,
    trade_reply_t *reply);
static void ngx_trade_reply_verdict(ngx_trade_request_t *req,
    trade_verdict_e verdict);


void
ngx_trade_reply_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_verdict_e       verdict;
    ngx_trade_request_t  *req;

    req = cmd->data;

    if (req->ctx) {
        req->ctx->reserve_time = ngx_current_msec - req->sent;
    }

    switch (result) {

    case NGX_TRADE_REDIS_OK:
        ngx_trade_reply_read(req, cmd->text);
        break;

    case NGX_TRADE_REDIS_ERR:
        ngx_trade_reply_log(req, req->slot, req->op->name, cmd->text);
        verdict = trade_reply_error(cmd->text);

        if (trade_verdict_unknown(verdict)) {
            ngx_trade_reply_placed(req);
        }

        if (!req->flow.changes) {
            verdict = TRADE_REDIS_REFUSED;
        }

        ngx_trade_run_event(req, TRADE_FLOW_FINAL, verdict);
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


static void
ngx_trade_reply_read(ngx_trade_request_t *req, trade_str_t text)
{
    ngx_int_t        rc;
    trade_reply_t    reply;
    trade_verdict_e  verdict;

    verdict = TRADE_DONE;
    rc = trade_reply_read(&reply, text) == 0 ? NGX_OK : NGX_ERROR;

    if (rc == NGX_OK) {
        req->replied = 1;

        switch (reply.kind) {

        case TRADE_REPLY_MADE:
            ngx_trade_reply_made(req, &reply);
            return;

        case TRADE_REPLY_FOUND:
            ngx_trade_reply_found(req, &reply);
            return;

        case TRADE_REPLY_REFUSED:
            ngx_trade_reply_refused(req, &reply);
            return;

        case TRADE_REPLY_NONE:
            if (req->flow.changes) {
                rc = NGX_ERROR;
                break;
            }

            ngx_trade_refusal_none(req);
            ngx_trade_reply_verdict(req, req->cart ? TRADE_DONE
                                                   : TRADE_BACKLOG_FULL);
            return;

        case TRADE_REPLY_STOCK:
            rc = ngx_trade_answer_stock(req, &reply);
            verdict = ngx_trade_condition_show(req);
            break;

        default:
            rc = NGX_ERROR;
            break;
        }
    }

    if (rc != NGX_OK) {
        ngx_trade_reply_log(req, req->slot, req->op->name, text);
        ngx_trade_reply_placed(req);

        ngx_trade_run_event(req, TRADE_FLOW_FINAL,
                            req->flow.changes ? TRADE_NO_ANSWER
                                              : TRADE_REDIS_REFUSED);
        return;
    }

    ngx_trade_run_event(req, TRADE_FLOW_FINAL, verdict);
}


/* It is, or may be: what other slots hold of it stays */

static void
ngx_trade_reply_placed(ngx_trade_request_t *req)
{
    if (req->cart && req->cart->flow.placing) {
        req->cart->placed = 1;
    }
}


static void
ngx_trade_reply_made(ngx_trade_request_t *req, trade_reply_t *reply)
{
    ngx_int_t               rc;
    trade_str_t             id, made;
    ngx_trade_redis_conf_t *redis;

    id = ngx_trade_request_id(req);
    redis = req->conf->redis;
    /* what goes on was there before: that it is says nothing */
    made = req->op->action ? trade_str_of(NULL, 0) : id;

    if (req->call.replicated) {
        ngx_trade_worker_learn(req->worker, redis, req->slot,
                               reply->record.version, made);
    }

    ngx_trade_reply_placed(req);

    /* the order that the first look has found, if any, is gone */

    trade_flow_show(&req->flow, id, TRADE_DONE);

    if (!trade_record_is(&reply->record, req->op->state)) {

        /* sent again, and others have been at work on it meanwhile */

        rc = ngx_trade_answer_record(req, id, &reply->record, 0);
        ngx_trade_run_event(req, TRADE_FLOW_FINAL,
                                rc == NGX_OK ? TRADE_ACCEPTED
                                             : TRADE_NO_ANSWER);
        return;
    }

    if (!req->flow.resent) {
        ngx_trade_redis_clock_is(ngx_trade_request_redis(req), req->slot,
                                 &req->call, reply->record.at);
    }

    req->worker->cell->counters[NGX_TRADE_PLACED]++;

    ngx_str_null(&req->answer.body);
    req->answer.replayed = 0;

    if (ngx_trade_reply_keep(req, &reply->record) != NGX_OK) {
        ngx_trade_run_event(req, TRADE_FLOW_FINAL, TRADE_NO_ANSWER);
        return;
    }

    ngx_trade_run_event(req, req->call.replicated ? TRADE_FLOW_MADE
                                                      : TRADE_FLOW_UNDURABLE,
                            TRADE_DONE);
}


/*
 * Completes req->record: its second line is there already, and the body of an
 * order that is placed.
 */

static ngx_int_t
ngx_trade_reply_keep(ngx_trade_request_t *req, const trade_record_t *record)
{
    char    *p;
    size_t   len;

    req->record.seq = record->seq;
    req->record.version = record->version;
    req->record.at = record->at;
    req->record.created = record->created;

    if (req->record.body.len) {
        return NGX_OK;
    }

    req->record.key = record->key;
    req->record.partition = record->partition;

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


static void
ngx_trade_reply_found(ngx_trade_request_t *req, trade_reply_t *reply)
{
    trade_verdict_e     verdict;
    trade_flow_event_e  event;

    /* what is published was on enough replicas before */

    if (reply->published
        || (req->call.replicated
            && (req->call.durable || !req->conf->redis->durability)))
    {
        /* a closed slot answers this, too */

        ngx_trade_zone_learn(req->conf->redis->slots, req->slot,
                             reply->record.version);
    }

    event = TRADE_FLOW_FINAL;

    if (!req->op->changes) {
        verdict = ngx_trade_reply_order(req, reply);

    } else if (reply->published) {
        verdict = req->op->success;

    } else if (req->call.replicated) {
        verdict = TRADE_ACCEPTED;
        event = TRADE_FLOW_RETRY;

    } else {
        verdict = TRADE_NOT_REPLICATED;
    }

    if (trade_verdict_status(verdict) < 300) {
        req->answer.replayed = req->op->changes && req->op->action == NULL;

        if (ngx_trade_answer_record(req, reply->id, &reply->record,
                                    reply->published)
            != NGX_OK)
        {
            verdict = TRADE_OVERLOADED;
        }
    }

    trade_flow_show(&req->flow, reply->id, verdict);

    if (!req->op->changes && verdict == TRADE_DONE) {
        verdict = ngx_trade_condition_show(req);
    }

    ngx_trade_run_event(req, event, verdict);
}


/* An order is shown to its buyer, where the buyer is known */

static trade_verdict_e
ngx_trade_reply_order(ngx_trade_request_t *req, trade_reply_t *reply)
{
    if (trade_record_is(&reply->record, "STOCK")
        || trade_record_is(&reply->record, "REFUSED"))
    {
        return TRADE_UNKNOWN_ORDER;
    }

    if (req->conf->buyer
        && !trade_name_is(trade_record_buyer(&reply->record),
                          ngx_trade_str(req->buyer)))
    {
        return TRADE_UNKNOWN_ORDER;
    }

    return TRADE_DONE;
}


static void
ngx_trade_reply_refused(ngx_trade_request_t *req, trade_reply_t *reply)
{
    if (reply->regressed) {
        ngx_trade_worker_alarm(req->worker, req->conf->redis, req->slot);

    } else if (reply->verdict != TRADE_SLOT_CLOSED
               && reply->verdict != TRADE_KEY_REUSED)
    {
        /* no closed slot says that */

        req->conf->redis->slots->closed[req->slot] = 0;
    }

    if (reply->verdict == TRADE_LATE && reply->value) {
        ngx_trade_redis_clock_is(ngx_trade_request_redis(req), req->slot,
                                 &req->call, reply->value);
    }

    ngx_trade_refusal_explain(req, reply);
    ngx_trade_reply_verdict(req, reply->verdict);
}


static void
ngx_trade_reply_verdict(ngx_trade_request_t *req, trade_verdict_e verdict)
{
    ngx_uint_t  again;

    again = 1;

    if (req->cart) {
        verdict = ngx_trade_cart_refused(req->cart, verdict);

        /* a look finds what it has not found before by the key only */

        again = req->cart->flow.placing || req->cart->make.key.len;
    }

    again = again && (verdict == TRADE_BUYER_BUSY
                      || verdict == TRADE_IN_PROGRESS);

    ngx_trade_run_event(req, again ? TRADE_FLOW_RETRY : TRADE_FLOW_FINAL,
                        verdict);
}
