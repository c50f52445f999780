/*
 * The calls of the scripts for carts; trade_call.h has the others.
 */

#ifndef TRADE_CALL_CART_H
#define TRADE_CALL_CART_H

#include "trade_call.h"
#include "trade_cart.h"


/*
 * Reserves a participant's part; home's own part is a place.  In `write`,
 * `seen` and `deadline` are those of the participant.  Home is asked about the
 * cart when write->lease ms are over.  Its size is that of a place.
 */
int trade_call_reserve(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_cart_part_t *part);

/*
 * Asks home for a cart's outcome.  A cart that is not placed is given up by
 * that.
 */
int trade_call_outcome(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id);

/*
 * Marks a participant's hold SOLD, and keeps it for `keep` ms, or for ever if
 * that is 0.  Redis may forget it when the order was placed `age` ms ago.
 */
int trade_call_confirm(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, uint64_t keep, uint64_t age);

/*
 * Frees a participant's hold: its units go back; with `ended` also those of a
 * SOLD hold.
 */
int trade_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, int ended);

/* Tells home that `slot` has confirmed, with the same `ended`. */
int trade_call_confirmed(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, int ended, unsigned slot);

/*
 * Takes at most `most` carts from the in-doubt list; others may take them after
 * `lease` ms.
 */
int trade_call_indoubt(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t lease, uint64_t most);


#endif /* TRADE_CALL_CART_H */
