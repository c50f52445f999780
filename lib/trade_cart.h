/*
 * An order whose items lie in several slots: which slot has which of them, and
 * the coordinator's part of the two-phase commit, as a state machine that
 * decides and does nothing itself.
 *
 *      RESERVE, all others at once -- all yes --> PLACE, at home
 *         |
 *         `-- any no --> RELEASE, LOOK at home --> REFUSE
 *
 * Two-phase commit with presumed abort, whose last participant is the one that
 * decides: home holds nothing before, it places the order, or refuses, at once
 * (scripts/place.lua).  What others hold of an order that home does not know is
 * given up by who asks (scripts/verdict.lua), and what is not placed here never
 * will be.
 *
 * A refusal names every item that can't be had: what others refuse, home is
 * still asked about, without a trace.  It knows also whether the order was
 * placed before, under its Idempotency-Key.
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
int trade_cart_others(const trade_order_t *order, trade_str_t others);


typedef enum {
    TRADE_CART_AWAIT = 0,
    TRADE_CART_RESERVE,             /* at all parts but home */
    TRADE_CART_RELEASE,             /* at those that hold, or may */
    TRADE_CART_LOOK,                /* at home */
    TRADE_CART_PLACE                /* likewise */
} trade_cart_action_e;


typedef struct {
    trade_verdict_e      verdict;   /* the others' gravest; TRADE_DONE: none */
    size_t               waits;     /* for so many of the others */
    unsigned             todo;      /* bit set of actions */
    unsigned             placing:1; /* home is asked to place it */
    unsigned             placed:1;  /* home has placed it, or may have; set by
                                       the caller */
    unsigned             acked:1;   /* Kafka has it, participants are awaited */
    size_t               under_way; /* commands, and the request */
} trade_cart_flow_t;


void trade_cart_flow_start(trade_cart_flow_t *flow, size_t others);

/* It is not to be made, for a reason that lies in no slot: LOOK. */
void trade_cart_flow_refuse(trade_cart_flow_t *flow, trade_verdict_e verdict);

/* One of the others: TRADE_DONE: it holds; else why not. */
void trade_cart_flow_part(trade_cart_flow_t *flow, trade_verdict_e verdict);

/*
 * Home has looked, and would refuse it too, or with TRADE_DONE would not: what
 * the request is refused with.  It may be told again.
 */
trade_verdict_e trade_cart_flow_looked(const trade_cart_flow_t *flow,
    trade_verdict_e verdict);

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
