/*
 * Recovery of an order whose items lie in several slots and whose coordinator
 * did not finish: the steps that finish what one participant holds of it.  It
 * decides and does nothing itself.
 *
 *      DECIDE, at home -- sell --> APPLY, at the participant: confirm
 *         |  |                                |
 *         |  '-- free, back --> APPLY, at the participant: release
 *         |                                   |
 *         | later, or no answer               v applied
 *         '------------> ENDED <------- REPORT, at home
 *
 * A step that fails ends it.  The slot that asked names the order again once
 * the lease of the claim is over, and then all steps are repeated.
 *
 * A claim takes several orders at a time from one slot.  If the slot has more,
 * and at least one of these came to its end, it is claimed from again.
 */

#ifndef TRADE_INDOUBT_H
#define TRADE_INDOUBT_H

#include "trade_call_cart.h"
#include "trade_reply.h"


#define TRADE_INDOUBT_LEASE  3000       /* ms: longer than all steps take */


typedef enum {
    TRADE_INDOUBT_DECIDE = 0,
    TRADE_INDOUBT_APPLY,
    TRADE_INDOUBT_REPORT,
    TRADE_INDOUBT_ENDED
} trade_indoubt_step_e;


typedef struct {
    char                  id[TRADE_ID_LEN];
    unsigned              home;
    unsigned              participant;  /* the other slot */
    trade_indoubt_step_e  step;
    unsigned              sell:1;       /* APPLY: confirm; else release, */
    unsigned              ended:1;      /* also what was sold: the order has
                                           ended */
    unsigned              reported:1;   /* home has been told */
    uint64_t              age;          /* of a sold order, ms */
} trade_indoubt_t;


/* Cuts the next order off `text`, as trade_reply_indoubt() does. */
int trade_indoubt_read(trade_indoubt_t *one, trade_str_t *text,
    unsigned slot);

/* The slot that the step asks.  Not of ENDED, here and below. */
unsigned trade_indoubt_slot(const trade_indoubt_t *one);

/*
 * Lays the step's call out, as trade_call.h has it; `seen` is of that slot,
 * `keep` is trade_call_confirm()'s.
 */
int trade_indoubt_call(const trade_indoubt_t *one, trade_call_t *call,
    void *mem, size_t size, const trade_slot_seen_t *seen, uint64_t keep);

/*
 * The step's reply, NULL: there is none; `replicated`: enough replicas have
 * what it says.  Goes to the next step.
 */
void trade_indoubt_reply(trade_indoubt_t *one, const trade_reply_t *reply,
    int replicated);


typedef struct {
    size_t                under_way;    /* orders, and the claim itself */
    size_t                reported;     /* orders: home has been told */
    unsigned              more:1;       /* the slot has more */
} trade_indoubt_claim_t;


typedef enum {
    TRADE_INDOUBT_CLAIM_AWAIT = 0,      /* some are under way */
    TRADE_INDOUBT_CLAIM_AGAIN,          /* done: claim from the slot again */
    TRADE_INDOUBT_CLAIM_DONE
} trade_indoubt_claim_e;


void trade_indoubt_claim_start(trade_indoubt_claim_t *claim);

/* 1: reply->text lists orders, see trade_indoubt_read(); 0: it does not. */
int trade_indoubt_claim_reply(trade_indoubt_claim_t *claim,
    const trade_reply_t *reply);

/* One of them begins its steps. */
void trade_indoubt_claim_add(trade_indoubt_claim_t *claim);

/* It is over with one, or with NULL with the claim's own call. */
trade_indoubt_claim_e trade_indoubt_claim_end(trade_indoubt_claim_t *claim,
    const trade_indoubt_t *one);


#endif /* TRADE_INDOUBT_H */
