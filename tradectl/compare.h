/*
 * Compares a slot in Redis with the history of its orders.
 */

#ifndef COMPARE_H
#define COMPARE_H

#include "diff.h"


/* Prints the orders that only the topic has, and those that only Redis has. */
void compare_orders(slot_t *slot, const diff_t *diff);

/*
 * Compares the stock and the buyers in Redis with the results of diff_skus(),
 * and prints each difference as `kind`.  Returns 0, or -1 when out of memory.
 */
int compare_stock(slot_t *slot, const diff_t *diff, const history_t *history,
    say_e kind);

/*
 * compare_bought.c: prints where the units that buyers have bought differ from
 * `wants`, which are those of the topic.  Both lists must be sorted with
 * compare_bought_cmp(), for qsort().  If the history of an SKU is not whole, a
 * buyer may have bought more.
 */
void compare_bought(slot_t *slot, const boughts_t *wants,
    const diff_t *diff, const history_t *history, say_e kind);
int compare_bought_cmp(const void *one, const void *two);


#endif /* COMPARE_H */
