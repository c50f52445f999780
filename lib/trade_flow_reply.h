/*
 * The meaning of a shard's reply to the operation that waits for it: the event
 * that the operation's flow is fed next, the result that goes with the event,
 * and the order that an answer may name.
 *
 * The caller takes what it needs from the reply's text, calls trade_flow_show()
 * with `order` and `result`, and then feeds `event`.
 */

#ifndef TRADE_FLOW_REPLY_H
#define TRADE_FLOW_REPLY_H

#include "trade_cart.h"
#include "trade_flow.h"
#include "trade_reply.h"


/* The operation, as far as the meaning of its reply depends on it. */
typedef struct {
    const trade_flow_t       *flow;
    const trade_cart_flow_t  *cart;     /* NULL: all items lie in one slot */
    trade_str_t               id;       /* of the record that it makes, or of
                                           the order that it looks up */
    trade_state_e             state;    /* of the record that it makes */
    const trade_str_t        *buyer;    /* a look-up shows this buyer's orders;
                                           NULL: anyone's */
    unsigned                  changes:1;    /* it is no look-up; but the flow
                                               may be that of a dry run */
    unsigned                  acts:1;       /* on an order that was there */
    unsigned                  keyed:1;      /* it has an Idempotency-Key */
} trade_flow_op_t;


typedef enum {
    TRADE_FLOW_REPLY_MADE = 0,  /* the record is made: keep it to publish it */
    TRADE_FLOW_REPLY_PASSED,    /* it was made by an earlier copy of the call,
                                   and has another state by now: show it */
    TRADE_FLOW_REPLY_FOUND,     /* a record was there: show it if `result` is
                                   a success */
    TRADE_FLOW_REPLY_STOCK,     /* stock: show it */
    TRADE_FLOW_REPLY_REFUSED,   /* explain why */
    TRADE_FLOW_REPLY_FREE,      /* it only looked: nothing would refuse it */
    TRADE_FLOW_REPLY_STRANGE    /* no reply to such a call: log it */
} trade_flow_reply_e;


typedef struct {
    trade_flow_reply_e        kind;
    trade_flow_event_e        event;
    trade_result_e            result;
    trade_str_t               order;    /* for trade_flow_show(), a view of the
                                           reply or of op->id; empty: none */
    unsigned                  placed:1; /* a cart's order is placed, or may be:
                                           the other slots must not release */
} trade_flow_reply_t;


/*
 * `reply` is NULL if it could not be read.  `replicated`: as many replicas as
 * `durability` asks for have what the call wrote.
 */
void trade_flow_reply_read(trade_flow_reply_t *means,
    const trade_flow_op_t *op, const trade_reply_t *reply, int replicated);

/* Redis answered with the error `text`. */
void trade_flow_reply_error(trade_flow_reply_t *means,
    const trade_flow_op_t *op, trade_str_t text);


#endif /* TRADE_FLOW_REPLY_H */
