/*
 * What a refusal tells the client besides its verdict.
 */

#include "ngx_trade_cart.h"


#define NGX_TRADE_DETAIL_MAX  256


static void ngx_trade_refusal_items(ngx_trade_request_t *req,
    trade_reply_t *reply);
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

    if (req->cart) {
        ngx_trade_refusal_part(req->cart, &req->cart->cart.parts[0], reply);

    } else {
        ngx_trade_refusal_items(req, reply);
    }
}


static void
ngx_trade_refusal_items(ngx_trade_request_t *req, trade_reply_t *reply)
{
    size_t           i;
    trade_str_t      sku;
    trade_errors_t  *errors;

    if (reply->items.len == 0) {
        return;
    }

    errors = ngx_trade_refusal_errors(req);

    for (i = trade_reply_position(&reply->items);
         errors && i && i <= req->order.nitems;
         i = trade_reply_position(&reply->items))
    {
        sku = req->order.items[i - 1].sku;
        trade_errors_add(errors, "/items", "%.*s", (int) sku.len, sku.data);
    }
}


/* Each with its own reason, those of home behind the others' */

void
ngx_trade_refusal_part(ngx_trade_cart_t *cart, const trade_cart_part_t *part,
    trade_reply_t *reply)
{
    size_t           i, n;
    ngx_uint_t       home;
    trade_str_t      sku, name;
    trade_errors_t  *errors;

    ngx_trade_refusal_wait(cart->req, reply);

    errors = ngx_trade_refusal_errors(cart->req);

    if (errors == NULL) {
        return;
    }

    if (reply->verdict == TRADE_KEY_REUSED) {
        errors->n = 0;                      /* no item is to blame */
        return;
    }

    home = part == &cart->cart.parts[0];
    name = trade_verdict_name(reply->verdict);

    if (home) {
        errors->n = cart->named;            /* it may be asked twice */
    }

    /* without positions it is true of all */

    n = reply->items.len ? 0 : part->order.nitems;
    i = reply->items.len ? trade_reply_position(&reply->items) : 1;

    while (i && i <= part->order.nitems) {
        sku = part->order.items[i - 1].sku;
        trade_errors_add(errors, "/items", "%.*s: %.*s", (int) sku.len,
                         sku.data, (int) name.len, name.data);

        i = n ? i + 1 : trade_reply_position(&reply->items);
    }

    if (!home) {
        cart->named = errors->n;
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
