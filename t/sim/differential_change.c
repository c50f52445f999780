/*
 * Changes of stock, and the preconditions that they share with transitions.
 */

#include "differential.h"
#include "trade_call_forget.h"

#include <string.h>


/* Mostly none; tags of stock that there may be, and of orders */

void
diff_condition(diff_t *diff, trade_write_args_t *write)
{
    size_t  i;

    static const char *const  sets[] = {
        "*", "*", " ", " 3... 8... 10... 12... 15... 20... ", " 1 ",
        " 1.due ", " 2 2.due 1 ", " 1.due 1 x ", " 5 7 9 "
    };

    diff->condition.match = trade_str_of(NULL, 0);
    diff->condition.none_match = trade_str_of(NULL, 0);
    diff->condition.unmodified = TRADE_PRECONDITION_UNSET;

    for (i = 0; i < 2; i++) {
        if (diff_random(diff, 6) == 0) {
            *(i ? &diff->condition.none_match : &diff->condition.match) =
                trade_str_c(sets[diff_random(diff, sizeof(sets)
                                                   / sizeof(sets[0]))]);
        }
    }

    if (diff_random(diff, 6) == 0) {
        diff->condition.unmodified = diff->now / 1000 + 2
                                     - diff_random(diff, 4);
    }

    write->condition = diff_random(diff, 2) ? &diff->condition : NULL;
}


void
diff_change(diff_t *diff, trade_call_t *call, size_t slot)
{
    trade_write_args_t    write;
    trade_stock_change_t  change;

    diff_write_args(diff, &write, slot);
    diff_condition(diff, &write);
    diff->carried.key = TRADE_RECORD_KEY_SKU;

    trade_stock_change_none(&change);
    change.patch = diff_random(diff, 2);

    if (change.patch && diff_random(diff, 3)) {
        change.delta = diff_random(diff, 7);
        change.delta *= diff_random(diff, 3) ? 1 : -1;

        if (diff_random(diff, 20) == 0) {
            change.delta = TRADE_STOCK_MAX;
        }

    } else {
        change.total = diff_random(diff, 25);
    }

    if (!change.patch || diff_random(diff, 4) == 0) {
        change.limit = diff_random(diff, 3) ? TRADE_STOCK_UNSET
                                            : 1 + diff_random(diff, 8);
    }

    if (!change.patch || diff_random(diff, 4) == 0) {
        change.opens = diff_random(diff, 4) ? TRADE_STOCK_UNSET
                       : diff->now + diff_random(diff, 30) - 10;
    }

    if (!change.patch || diff_random(diff, 4) == 0) {
        change.closes = diff_random(diff, 4) ? TRADE_STOCK_UNSET
                        : diff->now + diff_random(diff, 60) - 10;
    }

    (void) trade_call_change(call, diff->mem, sizeof(diff->mem), &write,
                             trade_str_c(diff_sku(diff, slot)), &change);
}


void
diff_forget(diff_t *diff, trade_call_t *call, size_t slot)
{
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, slot);

    (void) trade_call_forget(call, diff->mem, sizeof(diff->mem), &seen,
                             trade_str_c(diff_sku(diff, slot)),
                             diff_random(diff, 20),
                             diff_random(diff, 3) ? diff_random(diff, 60) : 0,
                             trade_str_c("0"), 1000);
}
