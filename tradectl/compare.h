/*
 * Whether a slot is what is known of it says.
 */

#ifndef COMPARE_H
#define COMPARE_H

#include "judge.h"


/* Orders of the slot that the topic has and Redis not, or the other way. */
void compare_orders(slot_t *slot, const judge_t *judge);

/*
 * Stock, and who has bought it, by judge_skus(); a difference is said as
 * `kind`.  0, or -1: out of memory.
 */
int compare_stock(slot_t *slot, const judge_t *judge, const book_t *book,
    say_e kind);

/*
 * compare_bought.c: says where what buyers have bought differs from `wants`, by
 * the topic.  Both lists are sorted by compare_by_buyer(), for qsort(); of an
 * SKU that is not whole more may be bought.
 */
void compare_bought(slot_t *slot, const boughts_t *wants,
    const judge_t *judge, const book_t *book, say_e kind);
int compare_by_buyer(const void *one, const void *two);


#endif /* COMPARE_H */
