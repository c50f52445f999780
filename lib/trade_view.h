/*
 * The JSON of an order and of stock in answers, from their records.
 */

#ifndef TRADE_VIEW_H
#define TRADE_VIEW_H

#include "trade_record.h"
#include "trade_stock.h"


/* The most bytes that the view of a record with such a body needs. */
#define trade_view_size(body_len)  ((body_len) + 512 + TRADE_STOCK_JSON_MAX)


/*
 * Appends {"order_id", "state", "published", "sequence", "created_at",
 * "paid_at", "delivered_at", "cancelled_at", "expired_at", "buyer_id", "items",
 * "metadata"}; of the times those that exist.
 */
void trade_view_order(trade_buf_t *b, trade_str_t id,
    const trade_record_t *record, int published);

/*
 * Appends the opaque part of the order's entity tag, which differs for each of
 * its views. scripts/transition.lua writes the same.
 */
void trade_view_order_tag(trade_buf_t *b, const trade_record_t *record,
    int published);

#define TRADE_VIEW_TAG_MAX  24

/*
 * The second after the one in which its latest event was made, in seconds since
 * 1970: a view from that time on has the event.
 */
uint64_t trade_view_order_changed(const trade_record_t *record);

/*
 * Appends {"sku", "total", "available", "held", "sold", "limit", "opens_at",
 * "closes_at", "version"}, and "change_id" and "published" if `change`, the
 * record of a change, is not NULL.  Returns 0, or -1 if `line` is no stock.
 */
int trade_view_stock(trade_buf_t *b, trade_str_t line, uint64_t version,
    trade_str_t change, int published);

/*
 * Appends the opaque part of the stock's entity tag, in two parts
 * (trade_precondition.h).  It spells out all that the view shows of the SKU, so
 * it differs for views that differ, also if a loss of writes gives the slot the
 * same version twice.  Returns 0, or -1 if `line` is no stock.
 */
int trade_view_stock_tag(trade_buf_t *b, trade_str_t line, uint64_t version);

#define TRADE_VIEW_STOCK_TAG_MAX                                              \
    (TRADE_STOCK_TAG_MAX + TRADE_STOCK_UNITS_MAX + 22)


#endif /* TRADE_VIEW_H */
