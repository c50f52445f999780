/*
 * What a refusal tells the client besides its verdict.
 */

#include "ngx_trade_cart.h"


#define NGX_TRADE_DETAIL_MAX  256


static void ngx_trade_refusal_items(ngx_trade_request_t *req,
    const trade_order_t *order, trade_reply_t *reply, trade_str_t name);
static void ngx_trade_refusal_wait(ngx_trade_request_t *req,
    const trade_reply_t *reply);
static trade_errors_t *ngx_trade_refusal_errors(ngx_trade_request_t *req);
static void ngx_trade_refusal_state(ngx_trade_request_t *req,
    trade_str_t state);
static void ngx_trade_refusal_detail(ngx_trade_request_t *req,
    const char *format, ...);


void
ngx_trade_refusal_explain(ngx_trade_request_t *req, trade_reply_t *reply)
{
    ngx_trade_refusal_wait(req, reply);

    if (req->cart) {
        ngx_trade_refusal_part(req->cart, &req->cart->cart.parts[0], reply);

    } else {
        ngx_trade_refusal_items(req, &req->order, reply,
                                trade_str_of(NULL, 0));
    }

    switch (reply->verdict) {

    case TRADE_SLOT_CLOSED:
        req->conf->redis->slots->closed[req->slot] = 1;
        ngx_trade_refusal_detail(req, "slot %ui: %*s", req->slot,
                                 reply->text.len, reply->text.data);
        break;

    case TRADE_WRONG_STATE:
        ngx_trade_refusal_state(req, reply->text);
        break;

    case TRADE_BELOW_SOLD:
        ngx_trade_refusal_detail(req, "%uL units are held or sold",
                                 reply->value);
        break;

    default:
        break;
    }
}


/* Home may be asked again: what it has said before is not told any more */

void
ngx_trade_refusal_none(ngx_trade_request_t *req)
{
    ngx_str_null(&req->answer.detail);

    if (req->cart && req->answer.errors) {
        req->answer.errors->n = req->cart->named;
    }
}


/* Each with its own reason, those of home behind the others' */

void
ngx_trade_refusal_part(ngx_trade_cart_t *cart, const trade_cart_part_t *part,
    trade_reply_t *reply)
{
    if (part == &cart->cart.parts[0]) {
        ngx_trade_refusal_none(cart->req);

    } else {
        ngx_trade_refusal_wait(cart->req, reply);
    }

    if (reply->verdict == TRADE_KEY_REUSED) {
        cart->named = 0;                    /* no item is to blame */
        ngx_trade_refusal_none(cart->req);
        return;
    }

    ngx_trade_refusal_items(cart->req, &part->order, reply,
                            trade_verdict_name(reply->verdict));

    if (part != &cart->cart.parts[0] && cart->req->answer.errors) {
        cart->named = cart->req->answer.errors->n;
    }
}


/* With a name it is that of the reason, true of all without positions */

static void
ngx_trade_refusal_items(ngx_trade_request_t *req, const trade_order_t *order,
    trade_reply_t *reply, trade_str_t name)
{
    size_t           i;
    ngx_uint_t       all;
    trade_str_t      sku;
    trade_errors_t  *errors;

    all = reply->items.len == 0;

    if (all && name.len == 0) {
        return;
    }

    errors = ngx_trade_refusal_errors(req);
    i = all ? 1 : trade_reply_position(&reply->items);

    while (errors && i && i <= order->nitems) {
        sku = order->items[i - 1].sku;
        trade_errors_add(errors, "/items", "%.*s%s%.*s", (int) sku.len,
                         sku.data, name.len ? ": " : "", (int) name.len,
                         name.len ? name.data : "");

        i = all ? i + 1 : trade_reply_position(&reply->items);
    }
}


/* Until the last of the sales that have not started */

static void
ngx_trade_refusal_wait(ngx_trade_request_t *req, const trade_reply_t *reply)
{
    if (reply->verdict == TRADE_NOT_STARTED) {
        req->answer.retry_after = ngx_max(req->answer.retry_after,
                                          (reply->value + 999) / 1000);
    }
}


/* NULL: out of memory */

static trade_errors_t *
ngx_trade_refusal_errors(ngx_trade_request_t *req)
{
    if (req->answer.errors == NULL) {
        req->answer.errors = ngx_palloc(req->pool, sizeof(trade_errors_t));

        if (req->answer.errors) {
            req->answer.errors->n = 0;
        }
    }

    return req->answer.errors;
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

    ngx_trade_refusal_detail(req, "the order is %V", &req->answer.state);
}


static void
ngx_trade_refusal_detail(ngx_trade_request_t *req, const char *format, ...)
{
    u_char   *p;
    va_list   args;

    p = ngx_pnalloc(req->pool, NGX_TRADE_DETAIL_MAX);
    if (p == NULL) {
        return;
    }

    req->answer.detail.data = p;

    va_start(args, format);
    p = ngx_vslprintf(p, p + NGX_TRADE_DETAIL_MAX, format, args);
    va_end(args);

    req->answer.detail.len = p - req->answer.detail.data;
}
