/*
 * Whether a body is the same order, or is refused for the same reasons, with
 * the short way for plain bodies and without it.  For the unit tests and the
 * fuzz target.
 */

#ifndef ORDER_SAME_H
#define ORDER_SAME_H

#include "trade_order.h"

#include <string.h>


static inline int
order_same_errors(const trade_errors_t *a, const trade_errors_t *b)
{
    int     same;
    size_t  i;

    same = a->n == b->n;

    for (i = 0; same && i < a->n; i++) {
        same = strcmp(a->error[i].pointer, b->error[i].pointer) == 0
               && strcmp(a->error[i].detail, b->error[i].detail) == 0;
    }

    return same;
}


static inline int
order_same_refused(const trade_refusals_t *a, const trade_refusals_t *b)
{
    int     same;
    size_t  i;

    same = a->n == b->n;

    for (i = 0; same && i < a->n; i++) {
        same = a->list[i].index == b->list[i].index
               && trade_str_eq(a->list[i].sku, b->list[i].sku)
               && trade_str_eq(a->list[i].code, b->list[i].code)
               && a->list[i].opens_at == b->list[i].opens_at
               && a->list[i].closes_at == b->list[i].closes_at
               && a->list[i].limit == b->list[i].limit
               && a->list[i].left == b->list[i].left;
    }

    return same;
}


static inline int
order_same_order(const trade_order_t *a, const trade_order_t *b)
{
    int     same;
    size_t  i;

    same = trade_str_eq(a->json, b->json) && trade_str_eq(a->buyer, b->buyer)
           && a->nitems == b->nitems && a->slot == b->slot
           && a->spans == b->spans;

    for (i = 0; same && i < a->nitems; i++) {
        same = trade_str_eq(a->items[i].sku, b->items[i].sku)
               && a->items[i].quantity == b->items[i].quantity
               && a->items[i].index == b->items[i].index;
    }

    return same;
}


static inline int
order_same(trade_str_t body, const trade_order_rules_t *rules)
{
    int             same;
    trade_order_t   order, strict;
    trade_errors_t  errors, strict_errors;
    trade_result_e  result;

    errors.n = strict_errors.n = 0;

    result = trade_order_parse(&order, body, rules, &errors);

    same = result == trade_order_parse_strict(&strict, body, rules,
                                              &strict_errors)
           && order_same_errors(&errors, &strict_errors)
           && order_same_refused(&order.refused, &strict.refused)
           && (result != TRADE_DONE || order_same_order(&order, &strict));

    trade_order_free(&order);
    trade_order_free(&strict);

    return same;
}


#endif /* ORDER_SAME_H */
