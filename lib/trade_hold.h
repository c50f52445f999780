/*
 * What a slot has of an order whose home is another, as Redis keeps it.
 *
 *      SOLD <version> <deadline> <hash of the Idempotency-Key>
 *      {"buyer_id":"u-1","items":[{"sku":"B-1","quantity":2}]}
 *
 * HELD until it is known what becomes of the order, then SOLD or FREED.  The
 * version is that of the slot since it is held; `FREED 0 0` and an empty line
 * say that nothing ever was.  Of an order without a key no hash is there.
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
    trade_str_t         items;          /* an order of these only */
} trade_hold_t;


/* Bytes that a hold of such items has at most. */
#define trade_hold_size(items_len)  ((items_len) + 64 + TRADE_DIGEST_LEN)

/* Views into `text`.  0, or -1 when it is none. */
int trade_hold_read(trade_hold_t *hold, trade_str_t text);

void trade_hold_write(trade_buf_t *b, const trade_hold_t *hold);

#endif /* TRADE_HOLD_H */
