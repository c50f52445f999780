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


#endif /* COMPARE_H */
