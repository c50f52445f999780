/*
 * The calls of the scripts for orders whose items lie in several slots, as
 * trade_call.h has the others.
 */

#ifndef TRADE_CALL_CART_H
#define TRADE_CALL_CART_H

#include "trade_call.h"
#include "trade_cart.h"


/* Of begin, and of each part's reserve. */
size_t trade_call_cart_size(const trade_call_make_t *make,
    const trade_cart_t *cart, const trade_cart_part_t *part);

/* At home; the others are asked about it when make->lease ms are over. */
int trade_call_begin(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, const trade_cart_t *cart);

/*
 * At another part; of `make` known, id and deadline are its own; asks home when
 * make->lease ms are over.  With `look` nothing is held.
 */
int trade_call_reserve(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, const trade_cart_part_t *part, int look);

#define trade_call_commit_size(others_len)  (TRADE_CALL_SIZE + (others_len))

/* `others` as trade_record_t has it. */
int trade_call_commit(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, trade_str_t others);

/* With `now` an order that is not decided is given up. */
int trade_call_verdict(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, int now);

/* What a slot holds is sold, and remembered for `keep` ms, 0: for ever. */
int trade_call_confirm(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, uint64_t keep);

/* It goes back; with `ended` also what it had sold. */
int trade_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, int ended);

#define trade_call_told_size(n)                                               \
    (TRADE_CALL_SIZE + (n) * (sizeof(trade_str_t) + TRADE_ID_LEN + 8))

/* That the `n` slots have done so, at home; `ended` as they were told. */
int trade_call_told(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, int ended,
    const unsigned *slots, size_t n);

/* At most `most`, which others may take up after `lease` ms. */
int trade_call_asks(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, uint64_t lease, uint64_t most);


#endif /* TRADE_CALL_CART_H */
