/*
 * An order whose items lie in several slots, as the worker that coordinates it
 * sees it.  lib's trade_cart decides; the request's own call begins and commits
 * it at home (ngx_trade_run.c), the others are asked from here.
 */

#ifndef NGX_TRADE_CART_H
#define NGX_TRADE_CART_H

#include "ngx_trade_request.h"
#include "trade_call_cart.h"


/* After an order's deadline: until who holds items of it asks. */
#define NGX_TRADE_CART_GRACE  1000          /* ms */


typedef struct {
    ngx_trade_cart_t         *cart;
    const trade_cart_part_t  *part;
    ngx_trade_redis_cmd_t     cmd;
    uint64_t                  version;      /* it holds its items since */
    unsigned                  done:1;
} ngx_trade_cart_other_t;


/* Outlives its request: until the last command is answered. */
struct ngx_trade_cart_s {
    ngx_pool_t               *pool;
    ngx_trade_request_t      *req;          /* NULL: it is no more */
    ngx_trade_worker_t       *worker;
    ngx_trade_redis_conf_t   *conf;
    ngx_trade_redis_t        *redis;
    u_char                    id[TRADE_ID_LEN];
    trade_call_make_t         make;
    trade_cart_t              cart;
    trade_cart_flow_t         flow;
    ngx_trade_cart_other_t   *others;
    ngx_uint_t                nothers;
    ngx_trade_redis_cmd_t     home;
    ngx_uint_t                under_way;    /* commands, and the request */
    unsigned                  running:1;
};


/* Lays out req->call, a begin, and all that comes after it. */
trade_verdict_e ngx_trade_cart_prepare(ngx_trade_request_t *req,
    ngx_trade_make_t *make);

/*
 * What the request's call was answered; 1: it is taken care of, 0: it is as of
 * any other order.
 */
ngx_int_t ngx_trade_cart_made(ngx_trade_request_t *req,
    const trade_reply_t *reply);
ngx_int_t ngx_trade_cart_refused(ngx_trade_request_t *req,
    trade_reply_t *reply);

/* The order is placed: what the others hold is sold. */
void ngx_trade_cart_confirm(ngx_trade_request_t *req);

/* The request is no more; what is under way goes on. */
void ngx_trade_cart_leave(ngx_trade_cart_t *cart);


/* The parts of ngx_trade_cart.c, _reserve.c and _end.c. */

/* Does what the flow says, until it waits. */
void ngx_trade_cart_run(ngx_trade_cart_t *cart);

/* Asks all others; with `look` nothing is held. */
void ngx_trade_cart_reserve(ngx_trade_cart_t *cart, ngx_uint_t look);

/* Names the items of a part that were refused, and why. */
void ngx_trade_cart_explain(ngx_trade_cart_t *cart,
    const trade_cart_part_t *part, trade_reply_t *reply);

/* At home, then in the others: sold, or released. */
void ngx_trade_cart_abort(ngx_trade_cart_t *cart);
void ngx_trade_cart_end(ngx_trade_cart_t *cart, ngx_uint_t sold);

/* Every command that was sent ends in ngx_trade_cart_done(). */
ngx_int_t ngx_trade_cart_send(ngx_trade_cart_t *cart, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data);
void ngx_trade_cart_done(ngx_trade_cart_t *cart);


/*
 * ngx_trade_ask.c: finds out about orders that a slot has waited for too long,
 * and tells the other slots; once.
 */
void ngx_trade_ask_claim(ngx_trade_sweep_t *sweep, ngx_uint_t slot);

/* How long what a slot has sold is remembered, ms; 0: for ever. */
uint64_t ngx_trade_cart_keep(ngx_trade_main_conf_t *conf);


#endif /* NGX_TRADE_CART_H */
