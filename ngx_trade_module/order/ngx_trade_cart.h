/*
 * An order whose items lie in several slots, as the worker that coordinates it
 * sees it.  lib's trade_cart decides; participants are asked from here, home by
 * the request's own call (ngx_trade_run.c).
 */

#ifndef NGX_TRADE_CART_H
#define NGX_TRADE_CART_H

#include "ngx_trade_request.h"
#include "trade_participant.h"


typedef struct {
    ngx_trade_cart_t         *cart;
    trade_participant_t      *participant;
    ngx_trade_redis_cmd_t     cmd;
} ngx_trade_cart_command_t;


/* Outlives its request: until the last command is answered. */
struct ngx_trade_cart_s {
    ngx_pool_t               *pool;
    ngx_trade_request_t      *req;          /* NULL: it is no more */
    ngx_trade_worker_t       *worker;
    ngx_trade_redis_conf_t   *conf;
    ngx_trade_redis_t        *redis;
    u_char                    id[TRADE_ID_LEN];
    trade_write_args_t        write;
    trade_cart_t              cart;
    trade_cart_flow_t         flow;
    trade_participant_t      *participants;
    ngx_trade_cart_command_t *commands;     /* their commands */
    ngx_uint_t                nparticipants;
    size_t                    refused;      /* items, by participants */
};


/*
 * With a result it is not to be made: home is only looked at.  TRADE_DONE, or
 * TRADE_OVERLOADED: there is no memory.
 */
trade_result_e ngx_trade_cart_prepare(ngx_trade_request_t *req,
    ngx_trade_write_t *write, trade_result_e result);

/*
 * Before home is asked.  NGX_OK: req->call is laid out.  NGX_AGAIN:
 * participants are yet to answer, ngx_trade_run_ready() is called then.
 * NGX_ERROR: the flow knows that there is no memory.
 */
ngx_int_t ngx_trade_cart_ready(ngx_trade_cart_t *cart);

/*
 * Sells the participants' holds, also possible ones, if the cart is placed;
 * releases them if it is not.
 */
void ngx_trade_cart_end(ngx_trade_cart_t *cart, ngx_uint_t sold);

/*
 * Kafka has it.  1: and the participants have answered; 0: the request goes on
 * when they have.
 */
ngx_uint_t ngx_trade_cart_end_acked(ngx_trade_cart_t *cart);

/* Each participant has: it need not be asked. */
ngx_uint_t ngx_trade_cart_end_sold(ngx_trade_cart_t *cart);

/*
 * The request ends: the holds of a cart that was not placed are released.
 * Commands under way go on.
 */
void ngx_trade_cart_leave(ngx_trade_cart_t *cart);


/* The parts of ngx_trade_cart.c, _call.c, _reserve.c and _end.c. */

/* Asks all participants to hold what they have of it. */
void ngx_trade_cart_reserve(ngx_trade_cart_t *cart);

/* Every command that was sent ends in ngx_trade_cart_call_done(). */
ngx_int_t ngx_trade_cart_call_send(ngx_trade_cart_t *cart, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data);
void ngx_trade_cart_call_done(ngx_trade_cart_t *cart);


/*
 * ngx_trade_refusal.c: another slot does not hold its part, for `result`.
 * Lists its items.  `reply` is all zero if there is none that says why.
 */
void ngx_trade_refusal_participant(ngx_trade_cart_t *cart,
    const trade_cart_part_t *part, trade_result_e result,
    const trade_reply_t *reply);


#endif /* NGX_TRADE_CART_H */
