/*
 * The calls of the scripts for orders whose items lie in several slots, as
 * trade_call.h has the others.
 */

#ifndef TRADE_CALL_CART_H
#define TRADE_CALL_CART_H

#include "trade_call.h"
#include "trade_cart.h"


/*
 * At another part than home, whose call is a place; of `make` known and
 * deadline are the part's own; home is asked when make->lease ms are over.
 * Its size is that of a place.
 */
int trade_call_reserve(trade_call_t *call, void *mem, size_t size,
    const trade_call_make_t *make, const trade_cart_part_t *part);

/* An order that is not placed is given up. */
int trade_call_verdict(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id);

/*
 * What a slot holds is sold, and remembered for `keep` ms, 0: for ever.  It may
 * be forgotten when the order is placed as long ago, `age` ms.
 */
int trade_call_confirm(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, uint64_t keep, uint64_t age);

/* It goes back; with `ended` also what it had sold. */
int trade_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, int ended);

/* That `slot` has done so, at home; `ended` as it was told. */
int trade_call_told(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, trade_str_t id, int ended, unsigned slot);

/* At most `most`, which others may take up after `lease` ms. */
int trade_call_asks(trade_call_t *call, void *mem, size_t size,
    const trade_known_t *known, uint64_t lease, uint64_t most);


#endif /* TRADE_CALL_CART_H */
