/*
 * A list of the units that buyers have bought, in a slot.
 */

#ifndef BOUGHT_H
#define BOUGHT_H

#include "trade_str.h"

#include <stddef.h>
#include <stdint.h>


/* The units that a buyer has bought of an SKU. */
typedef struct {
    trade_str_t      sku;
    trade_str_t      buyer;
    trade_str_t      id;                /* in Redis: of the latest order */
    uint64_t         at;                /* in the topic: of the order, ms */
    int64_t          quantity;
} bought_t;


typedef struct {
    bought_t        *list;
    size_t           n;
    size_t           max;
} boughts_t;


/* Returns 0, or -1 when out of memory. */
int bought_add(boughts_t *boughts, trade_str_t sku, trade_str_t buyer,
    trade_str_t id, int64_t quantity);
void bought_free(boughts_t *boughts);


#endif /* BOUGHT_H */
