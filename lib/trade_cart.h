/*
 * A cart, an order whose items lie in several slots: its parts by slot, and the
 * coordinator's side of the two-phase commit, as a state machine that decides
 * and does nothing itself.
 *
 *      RESERVE, all participants at once -- all yes --> PLACE, at home
 *         |
 *         `-- any no --> RELEASE, LOOK at home --> REFUSE
 *
 * This is two-phase commit with presumed abort, whose last participant is the
 * one that decides: home holds nothing before, and it places the order, or
 * refuses it, at once (scripts/place.lua).  If a participant holds items of an
 * order that home does not have, its question makes home give the order up
 * (scripts/outcome.lua), and the order is never placed.
 *
 * A refusal names every item that can't be had.  So home is still asked, by a
 * dry run, about a cart that participants refuse.  Home also knows whether the
 * order was placed before, under its Idempotency-Key.
 */

#ifndef TRADE_CART_H
#define TRADE_CART_H

#include "trade_order.h"


typedef struct {
    trade_order_t    order;         /* its items only; json: home's is that
                                       of the whole order */
} trade_cart_part_t;


typedef struct {
    trade_cart_part_t   *parts;     /* the first is home */
    size_t               nparts;
} trade_cart_t;


/*
 * Lays the parts out in `mem`, aligned for pointers and of at least the bytes
 * that trade_cart_size() says; views into the order.  0, or -1: too little.
 */
size_t trade_cart_size(const trade_order_t *order);
int trade_cart_split(trade_cart_t *cart, void *mem, size_t size,
    const trade_order_t *order);

/*
 * Whether `<slot>=<version>,...` names all slots of the order but home, in
 * their order, and no others.
 */
int trade_cart_participants(const trade_order_t *order,
    trade_str_t participants);


typedef enum {
    TRADE_CART_AWAIT = 0,
    TRADE_CART_RESERVE,             /* at all parts but home */
    TRADE_CART_RELEASE,             /* at those that hold, or may */
    TRADE_CART_LOOK,                /* at home */
    TRADE_CART_PLACE                /* likewise */
} trade_cart_action_e;


typedef struct {
    trade_result_e       result;    /* participants' gravest, or TRADE_DONE */
    size_t               waits;     /* for so many participants */
    unsigned             todo;      /* bit set of actions */
    unsigned             placing:1; /* home is asked to place it */
    unsigned             placed:1;  /* home has placed it, or may have; set by
                                       the caller */
    unsigned             acked:1;   /* Kafka has it, participants are awaited */
    size_t               under_way; /* commands, and the request */
} trade_cart_flow_t;


void trade_cart_flow_start(trade_cart_flow_t *flow, size_t participants);

/* The cart can't be placed, for a reason that lies in no slot: LOOK. */
void trade_cart_flow_refuse(trade_cart_flow_t *flow, trade_result_e result);

/*
 * A participant has answered: TRADE_DONE if it holds its part, else its reason.
 */
void trade_cart_flow_participant(trade_cart_flow_t *flow,
    trade_result_e result);

/*
 * Home has answered the dry run: `result` is its reason to refuse the cart, or
 * TRADE_DONE if it has none.  Returns the result to answer the request with.
 * Home may answer again.
 */
trade_result_e trade_cart_flow_dry_run(const trade_cart_flow_t *flow,
    trade_result_e result);

trade_cart_action_e trade_cart_flow_next(trade_cart_flow_t *flow);

/* A command to a participant was sent. */
void trade_cart_flow_sent(trade_cart_flow_t *flow);


typedef enum {
    TRADE_CART_GOES_ON = 0,
    TRADE_CART_ACKED,               /* Kafka has it, and all have answered */
    TRADE_CART_OVER                 /* nothing is under way any more */
} trade_cart_done_e;


/* Such a command is answered, or the request has ended. */
trade_cart_done_e trade_cart_flow_done(trade_cart_flow_t *flow);

/*
 * Kafka has the order.  1: and no command is under way; 0: await
 * TRADE_CART_ACKED.
 */
int trade_cart_flow_acked(trade_cart_flow_t *flow);

/*
 * The request ends.  1: home will never place the order, release what the
 * participants hold.  With `ambiguous` a copy of the call that was lost may
 * place it yet: sweepers find out.
 */
int trade_cart_flow_abandoned(const trade_cart_flow_t *flow, int ambiguous);

#endif /* TRADE_CART_H */
