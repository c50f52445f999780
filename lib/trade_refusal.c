#include "trade_refusal.h"

#include <stdlib.h>


static void trade_refusal_reasons(trade_order_t *order,
    const trade_order_t *part, trade_str_t reasons);
static int trade_refusal_cmp(const void *one, const void *two);


trade_refusal_t *
trade_refusal_add(trade_order_t *order, const trade_item_t *item,
    trade_str_t code)
{
    trade_refusal_t   *refusal;
    trade_refusals_t  *refused;

    refused = &order->refused;

    if (refused->list == NULL) {
        refused->list = malloc(order->nitems * sizeof(trade_refusal_t));
    }

    if (refused->list == NULL || refused->n == order->nitems) {
        return NULL;
    }

    refusal = &refused->list[refused->n++];

    refusal->index = item->index;
    refusal->sku = item->sku;
    refusal->code = code;
    refusal->opens_at = TRADE_REFUSAL_NONE;
    refusal->closes_at = TRADE_REFUSAL_NONE;
    refusal->limit = TRADE_REFUSAL_NONE;
    refusal->left = TRADE_REFUSAL_NONE;

    return refusal;
}


void
trade_refusal_part(trade_order_t *order, const trade_order_t *part,
    trade_result_e result, trade_str_t reasons)
{
    size_t  i;

    if (!trade_result_items(result)) {
        return;
    }

    if (reasons.len) {
        trade_refusal_reasons(order, part, reasons);
        return;
    }

    for (i = 0; i < part->nitems; i++) {
        (void) trade_refusal_add(order, &part->items[i],
                                 trade_result_name(result));
    }
}


static void
trade_refusal_reasons(trade_order_t *order, const trade_order_t *part,
    trade_str_t reasons)
{
    trade_refusal_t        *refusal;
    trade_reply_item_t      item;
    trade_reply_reason_t    reason;

    while (trade_reply_reason(&reasons, &reason) == 1) {
        while (trade_reply_item(&reason, &item) == 1) {

            if (item.position > part->nitems) {
                continue;
            }

            refusal = trade_refusal_add(order, &part->items[item.position - 1],
                                        trade_result_name(reason.result));
            if (refusal == NULL) {
                return;
            }

            switch (reason.result) {

            case TRADE_NOT_STARTED:
                refusal->opens_at = item.at;
                break;

            case TRADE_SALE_OVER:
                refusal->closes_at = item.at;
                break;

            case TRADE_BUYER_LIMIT:
                refusal->limit = item.limit;
                refusal->left = item.left;
                break;

            default:
                break;
            }
        }
    }
}


void
trade_refusal_cut(trade_order_t *order, size_t n)
{
    if (order->refused.n > n) {
        order->refused.n = n;
    }
}


void
trade_refusal_sort(trade_order_t *order)
{
    if (order->refused.n) {
        qsort(order->refused.list, order->refused.n, sizeof(trade_refusal_t),
              trade_refusal_cmp);
    }
}


static int
trade_refusal_cmp(const void *one, const void *two)
{
    const trade_refusal_t  *a = one, *b = two;

    return (a->index > b->index) - (a->index < b->index);
}
