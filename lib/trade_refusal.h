/*
 * The list of an order's items that are refused (order->refused), each with its
 * reason.  It grows as slots answer, and is written into the problem document.
 * A cart is asked for in several slots, so its list has parts.
 */

#ifndef TRADE_REFUSAL_H
#define TRADE_REFUSAL_H

#include "trade_order.h"
#include "trade_reply.h"


/*
 * Appends an item, without values.  Returns its entry, or NULL: there is no
 * memory, or each item is listed.
 */
trade_refusal_t *trade_refusal_add(trade_order_t *order,
    const trade_item_t *item, trade_str_t code);

/*
 * Appends what a slot has said of its `part` of the order, which is the order
 * itself if all of it lies in one slot.  `result` is the slot's, and `reasons`
 * reply->reasons of its reply.  Without reasons (the slot is closed, its shard
 * is down) all items of the part are refused for the result.  Appends nothing
 * if the result is none of items: trade_result_items().
 */
void trade_refusal_part(trade_order_t *order, const trade_order_t *part,
    trade_result_e result, trade_str_t reasons);

/* Drops what is behind the first `n` entries. */
void trade_refusal_cut(trade_order_t *order, size_t n);

/* Sorts the list as the request has its items. */
void trade_refusal_sort(trade_order_t *order);


#endif /* TRADE_REFUSAL_H */
