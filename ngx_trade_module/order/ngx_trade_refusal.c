/*
 * The content of a refusal besides its result: the refused items and their
 * reasons (lib/trade_refusal.h), and the cause for staff.
 */

#include "ngx_trade_cart.h"


static const trade_order_t *ngx_trade_refusal_home(
    const ngx_trade_request_t *req);
static void ngx_trade_refusal_wait(ngx_trade_request_t *req,
    const trade_reply_t *reply);
static void ngx_trade_refusal_closed(ngx_trade_request_t *req,
    trade_str_t why);
static void ngx_trade_refusal_state(ngx_trade_request_t *req,
    trade_str_t state);


void
ngx_trade_refusal_explain(ngx_trade_request_t *req, trade_reply_t *reply)
{
    ngx_trade_refusal_none(req);
    ngx_trade_refusal_wait(req, reply);

    trade_refusal_part(&req->order, ngx_trade_refusal_home(req),
                       reply->result, reply->reasons);

    switch (reply->result) {

    case TRADE_SLOT_CLOSED:
        ngx_trade_refusal_closed(req, reply->text);
        break;

    case TRADE_WRONG_STATE:
        ngx_trade_refusal_state(req, reply->text);
        break;

    case TRADE_BELOW_SOLD:
        ngx_trade_answer_detail(req, "%uL units are held or sold",
                                 reply->value);
        break;

    default:
        break;
    }
}


void
ngx_trade_refusal_none(ngx_trade_request_t *req)
{
    ngx_str_null(&req->answer.detail);
    trade_refusal_cut(&req->order, req->cart ? req->cart->refused : 0);
}


void
ngx_trade_refusal_participant(ngx_trade_cart_t *cart,
    const trade_cart_part_t *part,
    trade_result_e result, const trade_reply_t *reply)
{
    ngx_trade_request_t  *req;

    req = cart->req;

    ngx_trade_refusal_wait(req, reply);
    trade_refusal_part(&req->order, &part->order, result, reply->reasons);

    cart->refused = req->order.refused.n;
}


const trade_refusals_t *
ngx_trade_refusal_list(ngx_trade_request_t *req, trade_result_e result)
{
    if (result != TRADE_INVALID_FIELD && !trade_result_items(result)) {
        return NULL;
    }

    if (result != TRADE_INVALID_FIELD && !req->replied && !req->op->stock) {
        ngx_trade_refusal_none(req);
        trade_refusal_part(&req->order, ngx_trade_refusal_home(req), result,
                           trade_str_of(NULL, 0));
    }

    trade_refusal_sort(&req->order);

    return &req->order.refused;
}


/* Reads the reply of home, or of the only slot */

static const trade_order_t *
ngx_trade_refusal_home(const ngx_trade_request_t *req)
{
    return req->cart ? &req->cart->cart.parts[0].order : &req->order;
}


/* The time until the last of the sales that have not started */

static void
ngx_trade_refusal_wait(ngx_trade_request_t *req, const trade_reply_t *reply)
{
    if (reply->result == TRADE_NOT_STARTED) {
        req->answer.retry_after = ngx_max(req->answer.retry_after,
                                          (reply->value + 999) / 1000);
    }
}


/* Logs the slot and the reason for the operator; buyers are told neither */

static void
ngx_trade_refusal_closed(ngx_trade_request_t *req, trade_str_t why)
{
    if (why.len == 0) {
        why = trade_str_c("acknowledged writes are gone");
    }

    ngx_log_error(NGX_LOG_INFO, ngx_trade_worker_log(req->worker, req->r), 0,
                  "trade: %s is refused: slot %ui of shard \"%V\" is closed: "
                  "%*s", req->op->name, req->slot,
                  ngx_trade_redis_shard_name(req->conf->redis, req->slot),
                  why.len, why.data);

    if (req->op->stock) {
        ngx_trade_answer_detail(req, "slot %ui: %*s", req->slot, why.len,
                                 why.data);
    }
}


static void
ngx_trade_refusal_state(ngx_trade_request_t *req, trade_str_t state)
{
    u_char  *p;

    p = ngx_pnalloc(req->pool, state.len);
    if (p == NULL) {
        return;
    }

    ngx_strlow(p, (u_char *) state.data, state.len);
    req->answer.state.data = p;
    req->answer.state.len = state.len;

    ngx_trade_answer_detail(req, "the order is %V", &req->answer.state);
}
