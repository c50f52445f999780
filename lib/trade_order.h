/*
 * Reads a request's body as an order: strictly, and into one canonical form.
 *
 * In that form repeated SKUs are added up and the items stand in bytewise order
 * of their SKUs, so that equal orders have equal texts however they were
 * written; metadata is kept as the bytes sent.  Names are written as
 * trade_name.h says, and ordered by their own bytes.
 *
 *      {"buyer_id":"u-1","items":[{"sku":"A-1","quantity":2}],"metadata":{}}
 */

#ifndef TRADE_ORDER_H
#define TRADE_ORDER_H

#include "trade_problem.h"
#include "trade_str.h"


#define TRADE_ITEMS_LIMIT       1000    /* the largest max_items */
#define TRADE_QUANTITY_LIMIT    1000000


typedef struct {
    trade_str_t      sku;
    uint64_t         quantity;
    size_t           index;         /* in the request's array; the first one
                                       of a SKU that stands there twice */
} trade_item_t;


typedef struct {
    trade_str_t      json;          /* the canonical form */
    trade_str_t      buyer;         /* unescaped, like the SKUs; json has
                                       names escaped (trade_name.h) */
    trade_item_t    *items;
    size_t           nitems;
    unsigned         slot;          /* home: that of the smallest SKU */
    int              spans;         /* some items lie in other slots */
    void            *mem;           /* holds all of the above */
    trade_refusals_t refused;       /* items (trade_refusal.h), with views of
                                       their SKUs */
} trade_order_t;


typedef struct {
    uint64_t         max_quantity;  /* of a SKU, after adding up */
    size_t           max_items;     /* as sent */
    trade_str_t      buyer;         /* instead of buyer_id; empty, or a name
                                       (trade_name.h) */
    trade_str_t      unnamed;       /* the buyer if there is neither; empty:
                                       the body must name one */
} trade_order_rules_t;


/*
 * Returns TRADE_DONE and fills *order, or another result.  Then *errors, which
 * must be empty before, has the malformed fields; or, if all are well-formed,
 * order->refused has the SKUs of which more than max_quantity is asked for in
 * all.  Free the order with trade_order_free() after any result.
 */
trade_result_e trade_order_parse(trade_order_t *order, trade_str_t body,
    const trade_order_rules_t *rules, trade_errors_t *errors);

/*
 * The same without the short way for plain bodies (trade_order_plain.h).  For
 * tests, which compare both.
 */
trade_result_e trade_order_parse_strict(trade_order_t *order,
    trade_str_t body, const trade_order_rules_t *rules,
    trade_errors_t *errors);

void trade_order_free(trade_order_t *order);


#endif /* TRADE_ORDER_H */
