/*
 * The calls of the Redis scripts: their keys and arguments, in the order that
 * the head of each script (scripts/place.lua, ...) gives.
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
    const trade_script_t  *script;      /* NULL: argv is a whole command */
    trade_str_t           *argv;        /* keys, then arguments */
    size_t                 argc;
    size_t                 nkeys;
    unsigned               durable:1;   /* replicas must confirm it before
                                           its reply counts */
} trade_call_t;


/*
 * The version and the record of a slot that the gateway has seen.  They go with
 * each call, so that the script can notice a loss.
 */
typedef struct {
    unsigned               slot;
    uint64_t               version;     /* the highest seen */
    trade_str_t            record;      /* id of the last record seen made in
                                           the slot, or empty */
    uint64_t               record_version;
} trade_slot_seen_t;


/* The common arguments of the calls that make a record. */
typedef struct {
    trade_slot_seen_t      seen;
    trade_str_t            id;          /* of the record to make */
    trade_str_t            fingerprint;
    trade_str_t            key;         /* hash of the Idempotency-Key, or
                                           empty */
    uint64_t               key_ms;      /* ms that the key lives */
    uint64_t               deadline;    /* ms of the shard's clock */
    uint64_t               lease;       /* ms */
    uint64_t               keep;        /* ms the record lives; 0: for ever */
    const trade_record_t  *carried;     /* for its second line */
    const trade_precondition_t *condition;  /* of a change or a transition;
                                               NULL: none */
} trade_write_args_t;


/*
 * Each function writes a call to `mem`, which is aligned for pointers and has
 * at least as many bytes as its size says.  The call holds views into it and
 * into the strings that are passed.  Returns 0, or -1 if `mem` is too small.
 */

size_t trade_call_place_size(const trade_write_args_t *write,
    const trade_order_t *order);

/*
 * Places the order's items that lie in the slot.  write->carried->participants
 * names the holds of other slots.  With `dry_run` it makes no order, but finds
 * an earlier one, and the reasons to refuse this one.
 */
int trade_call_place(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_order_t *order, int dry_run);

#define TRADE_CALL_CHANGE_SIZE  3072        /* also of a transition */

int trade_call_change(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, trade_str_t sku,
    const trade_stock_change_t *change);

/*
 * Brings the order write->id to the action's state, if it is the order of
 * `buyer`, or of anyone if `buyer` is empty.  It does not use
 * write->fingerprint and write->key.
 */
int trade_call_transition(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_action_t *action,
    trade_str_t buyer);

#define TRADE_CALL_SIZE  512

int trade_call_order(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id);
int trade_call_stock(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t sku);


#define trade_call_ack_events_size(n)                                         \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_ID_LEN + 36))

/*
 * Tells the slot that Kafka has `n` events, which have no consequences.
 * trade_call_ack() does it for the gateway; this is for tests.
 */
int trade_call_ack_events(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, const trade_due_t *events, size_t n);

/*
 * Tells it so, and applies what follows: returns the units of ended orders;
 * starts the payment timeout of placed ones (`pay` ms, 0 for none); and, unless
 * `sold` says that all participants have confirmed, puts them on the in-doubt
 * list.  A record without a partition gets the one in its event, if there is
 * one.
 */
int trade_call_ack_effects(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t pay, int sold,
    const trade_due_t *events, size_t n);

/*
 * The event that the record is as of is acknowledged: trade_call_ack_effects()
 * if anything follows, else trade_call_ack_events(), which is cheaper.  The
 * first event of a record needs no script: a ZREM, which is the cheapest, tells
 * the slot.  No other event has its name, and if it is still due, the slot has
 * lost no write up to that record.  `partition` is the event's, and 1; 0: not
 * known.  `mem` is for one event.
 */
int trade_call_ack(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, const trade_record_t *record,
    uint32_t partition, uint64_t pay, int sold);

/*
 * Reads the integer reply to the call with that script: returns 1 if
 * trade_call_ack() was a ZREM that has removed nothing.  Then another worker
 * has acknowledged the event, or the slot has lost it: trade_call_ack_check()
 * finds out.
 */
int trade_call_ack_missed(const trade_script_t *script, int64_t removed);

/*
 * Acknowledges the event by ack.lua, which closes the slot if the record is
 * gone.  `age`: ms since the record was made; it is not looked for when it may
 * have expired.
 */
int trade_call_ack_check(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, const trade_record_t *record,
    uint64_t age);

#define trade_call_peek_size(n)                                               \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_SLOT_ID_KEY_MAX))

/*
 * Asks which of the slots have events due until `horizon`, in ms of the shard's
 * clock, or until now if it is 0.  With `unpaid` also, which of them have
 * orders that were not paid in time.
 */
int trade_call_peek(trade_call_t *call, void *mem, size_t size,
    const uint16_t *slots, size_t n, uint64_t horizon, int unpaid);

/*
 * Claims at most `most` events of a slot, and records of about `bytes`.  With
 * `unpaid` also, orders that were not paid in time expire first.
 */
int trade_call_claim(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t horizon, uint64_t lease,
    uint64_t most, uint64_t bytes, int unpaid);


#endif /* TRADE_CALL_H */
