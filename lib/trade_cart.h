/*
 * An order whose items lie in several slots: which slot has which of them, and
 * the coordinator's part of the two-phase commit, as a state machine that
 * decides and does nothing itself.
 *
 *      begin ----------> RESERVE, all others at once ------> COMMIT
 *        | refused          | any no                           | gone
 *        v                  v                                  |
 *      LOOK at the others  ABORT <-----------------------------'
 *        |                  `------------------> RELEASE, REFUSE
 *        `--------------------------------> REFUSE
 *
 * Presumed abort: whoever finds an order undecided past its deadline gives it
 * up (scripts/verdict.lua), and only who began it commits it.  So when it is
 * not committed here it never will be, whatever becomes of ABORT and RELEASE.
 *
 * A refusal names every item that can't be had: what home refuses, the others
 * are still asked about, without a trace.
 */

#ifndef TRADE_CART_H
#define TRADE_CART_H

#include "trade_order.h"


typedef struct {
    trade_order_t    order;         /* its items only; json: home's is that
                                       of the whole order */
    size_t          *at;            /* of each item, in the whole order */
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
    TRADE_CART_LOOK,                /* likewise */
    TRADE_CART_COMMIT,
    TRADE_CART_ABORT,               /* at home */
    TRADE_CART_RELEASE,             /* at all parts but home */
    TRADE_CART_REFUSE               /* flow->verdict */
} trade_cart_action_e;


typedef enum {
    TRADE_CART_BEGINNING = 0,
    TRADE_CART_RESERVING,
    TRADE_CART_LOOKING,
    TRADE_CART_COMMITTING,
    TRADE_CART_ABORTING,
    TRADE_CART_ENDED
} trade_cart_state_e;


typedef struct {
    trade_cart_state_e   state;
    trade_verdict_e      verdict;   /* the gravest so far; TRADE_DONE: none */
    size_t               others;
    size_t               waits;     /* for so many of them */
    unsigned             todo;      /* bit set of actions */
} trade_cart_flow_t;


/* Home holds its items, or has refused with an item's verdict. */
void trade_cart_flow_begun(trade_cart_flow_t *flow, size_t others);
void trade_cart_flow_refused(trade_cart_flow_t *flow, size_t others,
    trade_verdict_e verdict);

/* One of the others: TRADE_DONE: it holds, or can be had; else why not. */
void trade_cart_flow_part(trade_cart_flow_t *flow, trade_verdict_e verdict);

/* It can't go on, for whatever reason; or its commit was refused: others have
   given it up, and perhaps no replica knows yet, or its slot is closed. */
void trade_cart_flow_abort(trade_cart_flow_t *flow, trade_verdict_e verdict);

/* The order is given up; or nobody knows, and it is left to who asks. */
void trade_cart_flow_aborted(trade_cart_flow_t *flow);
void trade_cart_flow_lost(trade_cart_flow_t *flow);

trade_cart_action_e trade_cart_flow_next(trade_cart_flow_t *flow);

/* Whether a verdict speaks of items. */
int trade_cart_of_items(trade_verdict_e verdict);


#endif /* TRADE_CART_H */
