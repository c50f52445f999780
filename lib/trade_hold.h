/*
 * A hold: a slot's part of a cart whose home is another slot, as Redis keeps
 * it.
 *
 *      SOLD <version> <deadline> <hash of the Idempotency-Key>
 *      {"buyer_id":"u-1","items":[{"sku":"B-1","quantity":2}]}
 *
 * It is HELD until the outcome of the cart is known, then SOLD or FREED.  The
 * version is the slot's when the hold was made.  `FREED 0 0` and an empty line
 * say that there never was one.  For an order without a key the hash is
 * missing.
 */

#ifndef TRADE_HOLD_H
#define TRADE_HOLD_H

#include "trade_digest.h"
#include "trade_str.h"


typedef enum {
    TRADE_HOLD_ABSENT = 0,              /* is never written */
    TRADE_HOLD_HELD,
    TRADE_HOLD_SOLD,
    TRADE_HOLD_FREED,
    TRADE_HOLDS
} trade_hold_state_e;


typedef struct {
    trade_hold_state_e  state;
    uint64_t            version;
    uint64_t            deadline;       /* ms of the shard's clock */
    trade_str_t         key;            /* may be empty */
    trade_str_t         items;          /* an order of this part's items */
} trade_hold_t;


/* The most bytes that a hold of such items has. */
#define trade_hold_size(items_len)  ((items_len) + 64 + TRADE_DIGEST_LEN)

/* Reads a hold, as views into `text`.  Returns 0, or -1 if it is none. */
int trade_hold_read(trade_hold_t *hold, trade_str_t text);

void trade_hold_write(trade_buf_t *b, const trade_hold_t *hold);

#endif /* TRADE_HOLD_H */
