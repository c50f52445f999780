/*
 * The short way of trade_order_parse(): reads the body that nearly every order
 * has, in one pass over its bytes and without a tree.
 *
 * It takes a body only if the strict reader of trade_order.c takes it too, as
 * the same order.  It declines a body at the first byte that it does not
 * expect: an escape outside metadata, a fault of any kind, another member.  The
 * strict reader then begins anew, so that all errors are its own.
 */

#ifndef TRADE_ORDER_PLAIN_H
#define TRADE_ORDER_PLAIN_H

#include "trade_order_form.h"


/*
 * Returns 0 and leaves *form and *order to trade_order_form_finish().  Or
 * declines: returns -1, and *order is empty.
 */
int trade_order_plain_read(trade_order_form_t *form, trade_order_t *order,
    trade_str_t body, const trade_order_rules_t *rules);


#endif /* TRADE_ORDER_PLAIN_H */
