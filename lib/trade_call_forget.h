/*
 * The calls by which Redis forgets what buyers have bought.
 */

#ifndef TRADE_CALL_FORGET_H
#define TRADE_CALL_FORGET_H

#include "trade_call.h"


#define trade_call_sales_size(n)                                              \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_SLOT_KEY_MAX))

/*
 * Asks which SKUs of these slots have buyers to forget.  `over` and `keep` are
 * as below; it reads about `most` fields.
 */
int trade_call_sales(trade_call_t *call, void *mem, size_t size,
    const uint16_t *slots, size_t n, uint64_t over, uint64_t keep,
    uint64_t most);

/*
 * Looks at about `most` buyers of a SKU, and forgets them if its sale has been
 * over for `over` ms; or, if it has no end, if their latest order is `keep` ms
 * old (0: never).  `cursor` says where to go on; it is "0" at first.  Its size
 * is TRADE_CALL_CHANGE_SIZE.
 */
int trade_call_forget(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t sku, uint64_t over,
    uint64_t keep, trade_str_t cursor, uint64_t most);


#endif /* TRADE_CALL_FORGET_H */
