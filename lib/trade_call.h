/*
 * The calls of the Redis scripts: their keys and arguments, in the order that
 * the head of each script (scripts/place.lua, ...) says.
 */

#ifndef TRADE_CALL_H
#define TRADE_CALL_H

#include "trade_action.h"
#include "trade_id.h"
#include "trade_order.h"
#include "trade_precondition.h"
#include "trade_record.h"
#include "trade_script.h"
#include "trade_slot.h"
#include "trade_stock.h"


typedef struct {
    const trade_script_t  *script;
    trade_str_t           *argv;        /* keys, then arguments */
    size_t                 argc;
    size_t                 nkeys;
    unsigned               durable:1;   /* replicas must confirm it before
                                           its reply counts */
} trade_call_t;


/* What the caller knows of a slot; goes with each call to notice a loss. */
typedef struct {
    unsigned               slot;
    uint64_t               version;     /* the highest known */
    trade_str_t            last;        /* id of the last record seen made in
                                           the slot, or empty */
    uint64_t               last_version;
} trade_known_t;


/* What the calls that make a record have in common. */
typedef struct {
    trade_known_t          known;
    trade_str_t            id;          /* of the record to make */
    trade_str_t            fingerprint;
    trade_str_t            key;         /* hash of the Idempotency-Key, or
                                           empty */
    uint64_t               key_ms;      /* how long it lives */
    uint64_t               deadline;    /* ms of the shard's clock */
    uint64_t               lease;       /* ms */
    uint64_t               keep;        /* ms the record lives; 0: for ever */
    const trade_record_t  *carried;     /* for its second line */
    const trade_precondition_t *condition;  /* of a change or a transition;
                                               NULL: none */
} trade_call_make_t;


/*
 * Each lays a call out in `mem`, aligned for pointers and of at least the
 * bytes that its size says.  The call holds views into it and into the strings
 * it is given.  They return 0, or -1: `mem` is too small.
 */

size_t trade_call_place_size(const trade_call_make_t *make,
    const trade_order_t *order);

/*
 * Of the order's items those that lie in the slot; make->carried->others is
 * what other slots hold.  With `look` no order is made: one made before is
 * looked for, and what would refuse it.
 */
int trade_call_place(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, const trade_order_t *order, int look);

#define TRADE_CALL_CHANGE_SIZE  3072        /* also of a transition */

int trade_call_change(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, trade_str_t sku,
    const trade_stock_change_t *change);

/*
 * The order make->id goes to the action's state, if it is `buyer`'s, or with
 * `buyer` empty anyone's.  make->fingerprint and make->key are not used.
 */
int trade_call_transition(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, const trade_action_t *action,
    trade_str_t buyer);

#define TRADE_CALL_SIZE  512

int trade_call_order(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id);
int trade_call_stock(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t sku);


#define trade_call_settle_size(n)                                             \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_ID_LEN + 36))

/* The `n` events are acknowledged, and nothing follows from that. */
int trade_call_settle(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, const trade_due_t *events, size_t n);

/*
 * They are acknowledged; units go back, and an order that was placed is to be
 * paid within `pay` ms, 0: whenever.  A record without a partition gets that of
 * its event, if that has one.  Unless it is known to have `sold` what it
 * holds of one each other slot is asked to.
 */
int trade_call_conclude(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, uint64_t pay, int sold,
    const trade_due_t *events, size_t n);

/*
 * The event that the record is as of is acknowledged: trade_call_conclude() if
 * anything follows from that, else trade_call_settle(), which is cheaper.
 * `partition` is the event's, and 1; 0: not known.  `mem` is for one event.
 */
int trade_call_ack(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, const trade_record_t *record,
    uint32_t partition, uint64_t pay, int sold);

#define trade_call_peek_size(n)                                               \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_SLOT_ID_KEY_MAX))

/*
 * What is due until `horizon`, ms of the shard's clock, or 0 for now?  With
 * `unpaid`, and which slots have orders that were not paid in time?
 */
int trade_call_peek(trade_call_t *call, void *mem, size_t size,
    const uint16_t *slots, size_t n, uint64_t horizon, int unpaid);

/*
 * At most `most` events of a slot, and about `bytes` of records.  With
 * `unpaid`, and orders that were not paid in time expire.
 */
int trade_call_claim(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, uint64_t horizon, uint64_t lease,
    uint64_t most, uint64_t bytes, int unpaid);


#endif /* TRADE_CALL_H */
