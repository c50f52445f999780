/*
 * Makes an order of the fields that a reader has found in a body: decides on
 * the buyer, adds equal SKUs up, finds the home slot, writes the canonical
 * form, and checks the units of an SKU in all.  Both readers end here:
 * trade_order.c, which takes any body, and trade_order_plain.c.
 */

#ifndef TRADE_ORDER_FORM_H
#define TRADE_ORDER_FORM_H

#include "trade_order.h"


typedef struct {
    trade_buf_t      json;          /* both buffers lie in order->mem */
    trade_buf_t      names;
    trade_str_t      metadata;      /* as sent; empty if there is none */
} trade_order_form_t;


/*
 * Allocates order->mem, with room for `n` items and for what finish() writes
 * of `body`.  The buyer is that of the rules, and no item is there.  Returns
 * 0, or -1: there is no memory.
 */
int trade_order_form_create(trade_order_form_t *form, trade_order_t *order,
    size_t n, trade_str_t body, const trade_order_rules_t *rules);

/*
 * Decides who buys; `named` is the name in the body, NULL if it has none.
 * Returns NULL, or what is wrong with buyer_id.
 */
const char *trade_order_form_buyer(trade_order_t *order,
    const trade_str_t *named, const trade_order_rules_t *rules);

/*
 * Makes the order of its buyer, of its items, as sent and one at least, and of
 * form->metadata.  The names, views of the body until then, become views of
 * order->mem.  Returns what trade_order_parse() returns of an order whose
 * fields are well-formed.
 */
trade_result_e trade_order_form_finish(trade_order_form_t *form,
    trade_order_t *order, const trade_order_rules_t *rules);


#endif /* TRADE_ORDER_FORM_H */
