/*
 * A request body to an order: strict, and in one canonical form.
 *
 * In that form repeated SKUs are added up and the items stand in bytewise
 * order of their SKUs, so that the same order has the same text however it
 * was written; metadata is kept as the bytes sent.  Names are written as
 * trade_name.h says, by the order of their own bytes.
 *
 *      {"buyer_id":"u-1","items":[{"sku":"A-1","quantity":2}],"metadata":{}}
 */

#ifndef TRADE_ORDER_H
#define TRADE_ORDER_H

#include "trade_problem.h"
#include "trade_str.h"


#define TRADE_ITEMS_LIMIT       1000    /* what max_items may be set to */
#define TRADE_QUANTITY_LIMIT    1000000


typedef struct {
    trade_str_t      sku;
    uint64_t         quantity;
    size_t           index;         /* in the request's array; of a SKU that
                                       stands there again the first */
} trade_item_t;


typedef struct {
    trade_str_t      json;          /* the canonical form */
    trade_str_t      buyer;         /* as it is, like the SKUs: in json
                                       names are escaped (trade_name.h) */
    trade_item_t    *items;
    size_t           nitems;
    unsigned         slot;          /* home: that of the smallest SKU */
    int              spans;         /* not all items lie in it */
    void            *mem;           /* holds all of the above */
    trade_refusals_t refused;       /* items (trade_refusal.h), with views of
                                       their SKUs */
} trade_order_t;


typedef struct {
    uint64_t         max_quantity;  /* of a SKU, after adding up */
    size_t           max_items;     /* as sent */
    trade_str_t      buyer;         /* takes the place of buyer_id; empty, or
                                       a name (trade_name.h) */
} trade_order_rules_t;


/*
 * Returns TRADE_DONE and fills *order, or another verdict and says why: in
 * *errors, which must be empty before, what is malformed; in order->refused, if
 * all is well-formed, of which SKUs more than max_quantity is asked for in all.
 * Free the order with trade_order_free(), whatever this returns.
 */
trade_verdict_e trade_order_parse(trade_order_t *order, trade_str_t body,
    const trade_order_rules_t *rules, trade_errors_t *errors);

void trade_order_free(trade_order_t *order);


#endif /* TRADE_ORDER_H */
