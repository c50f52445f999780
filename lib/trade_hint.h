/*
 * A hint is a late reply of a slot about a SKU.  A host keeps it, to answer
 * without Redis that the SKU can't be bought, or to show its stock.
 *
 * docs/hints.md has the rules.  In short: a hint is as old as the call that it
 * comes from, ends after its time to live, and is dropped as soon as this host
 * learns that units of the slot may be for sale again, or that a connection to
 * the slot's shard was made since.
 */

#ifndef TRADE_HINT_H
#define TRADE_HINT_H

#include "trade_reply.h"


#define TRADE_HINT_CHANNEL    "trade:returned"
#define TRADE_HINT_REPLY_MAX  64

typedef struct {
    trade_result_e   result;        /* TRADE_SOLD_OUT, TRADE_NOT_STARTED,
                                       TRADE_SALE_OVER; or TRADE_DONE: the
                                       stock, as a line */
    uint64_t         version;       /* the slot's, when it said so */
    uint64_t         connections;   /* the shard's count, when it was asked */
    uint64_t         made;          /* ms of a steady clock: when the slot was
                                       asked */
    uint64_t         ends;          /* ms of that clock, 0: with its ttl */
    uint64_t         quantity;      /* SOLD_OUT: the one that was refused */
    uint64_t         at;            /* NOT_STARTED: when the sale opens,
                                       SALE_OVER: when it closed; ms since
                                       1970.  Stock: when it was set, s, or
                                       UINT64_MAX */
} trade_hint_t;


/* The slot and its shard, as this host knows them at this moment. */
typedef struct {
    uint64_t         now;           /* ms of the steady clock */
    uint64_t         ttl;           /* ms; 0: there are no hints */
    uint64_t         returned;      /* hints of an earlier version are void:
                                       units came back at this one */
    uint64_t         returned_at;   /* ms: likewise hints made until then */
    uint64_t         seen;          /* the slot's seen version */
    uint64_t         connections;   /* how many times a connection to the shard
                                       was made */
    int              closed;        /* as a reply has said */
} trade_hint_slot_t;


typedef enum {
    TRADE_HINT_GOOD = 0,
    TRADE_HINT_OLD,                 /* its time to live is over */
    TRADE_HINT_DROPPED,             /* it may be wrong */
    TRADE_HINT_NONE                 /* there is none to use */
} trade_hint_state_e;


/*
 * Makes a hint of a reply about one item.  `asked` is when the call was sent,
 * `connections` the shard's count at that time; `quantity` is what the request
 * wanted of the SKU.  Returns 1, or 0: the reply is no hint.
 */
int trade_hint_make(trade_hint_t *hint, const trade_reply_t *reply,
    uint64_t quantity, uint64_t asked, uint64_t connections);

trade_hint_state_e trade_hint_state(const trade_hint_t *hint,
    const trade_hint_slot_t *slot);

/* The next step of an order, by a hint that is good. */
typedef enum {
    TRADE_HINT_SEND = 0,            /* ask its slot: the hint does not refuse */
    TRADE_HINT_FIND,                /* look its Idempotency-Key up */
    TRADE_HINT_REFUSE
} trade_hint_step_e;


/*
 * Decides about an order of `quantity`.  More than was refused is refused, too;
 * for less the slot must be asked.  `keyed`: it has an Idempotency-Key, which
 * may have led to an order before.
 */
trade_hint_step_e trade_hint_order(const trade_hint_t *hint,
    uint64_t quantity, int keyed);

/*
 * The replies to the look-up of a key: its record, and behind it the version of
 * the slot.  `ok`: Redis has replied to both, and no error.
 */
typedef struct {
    uint64_t             seen;          /* version of the slot, when asked */
    uint64_t             version;       /* of the slot; 0: it has none */
    int                  ok;
    int                  found;         /* the key has a record */
} trade_hint_found_t;


/*
 * Whether a look-up shows that its key has led to no order.  A slot whose
 * version is lower than was seen has lost writes, perhaps this key.
 */
int trade_hint_absent(const trade_hint_found_t *found);

/* Reads one of the two replies; the data of a nil reply are NULL. */
void trade_hint_found_key(trade_hint_found_t *found, int ok, trade_str_t text);
void trade_hint_found_version(trade_hint_found_t *found, int ok,
    trade_str_t text);

/*
 * Writes a hint that refuses an order of one item as the slot's reply would say
 * it.  `clock` is the time of the shard, ms since 1970.  Views into `mem`.
 */
void trade_hint_reply(const trade_hint_t *hint, uint64_t clock,
    char mem[TRADE_HINT_REPLY_MAX], trade_reply_t *reply);

/*
 * For how many whole seconds from now a cache may show an answer without
 * asking: until its ttl, in ms, is over since the slot was asked.  `asked` and
 * `now` are ms of the steady clock.
 */
uint64_t trade_hint_max_age(uint64_t asked, uint64_t ttl, uint64_t now);

/*
 * Reads the message `<slot> <version>` of TRADE_HINT_CHANNEL, which a script
 * publishes when units of a slot come back (scripts/returned.lua).  Returns 0,
 * or -1 if it is none.
 */
int trade_hint_returned(trade_str_t message, unsigned *slot,
    uint64_t *version);


#endif /* TRADE_HINT_H */
