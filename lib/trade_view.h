/*
 * What the HTTP API shows of a record: the JSON of an order and of stock.
 */

#ifndef TRADE_VIEW_H
#define TRADE_VIEW_H

#include "trade_record.h"
#include "trade_stock.h"


/* Bytes that the view of a record with such a body needs at most. */
#define trade_view_size(body_len)  ((body_len) + 512 + TRADE_STOCK_JSON_MAX)


/*
 * Appends {"order_id", "state", "published", "sequence", "created_at",
 * "paid_at", "delivered_at", "cancelled_at", "expired_at", "buyer_id",
 * "items", "metadata"}; of these times those that there are.
 */
void trade_view_order(trade_buf_t *b, trade_str_t id,
    const trade_record_t *record, int published);

/*
 * Appends the opaque part of the order's entity tag, which tells its views
 * apart.  scripts/transition.lua writes the same.
 */
void trade_view_order_tag(trade_buf_t *b, const trade_record_t *record,
    int published);

#define TRADE_VIEW_TAG_MAX  24

/*
 * When its latest event was made, s since 1970: the second after that one, so
 * that whoever is shown it at or after that time was shown the event.
 */
uint64_t trade_view_order_changed(const trade_record_t *record);

/*
 * Appends {"sku", "total", "available", "held", "sold", "limit", "opens_at",
 * "closes_at", "version"}, and "change_id" and "published" where `change` is
 * the record of a change, not NULL.  0, or -1: `line` is no stock.
 */
int trade_view_stock(trade_buf_t *b, trade_str_t line, uint64_t version,
    trade_str_t change, int published);

#endif /* TRADE_VIEW_H */
