#include "trade_reply.h"
#include "trade_time.h"


typedef struct {
    const char       *word;
    trade_result_e    result;
} trade_reply_reason_row_t;


/* scripts/explain_refusal.lua */

static const trade_reply_reason_row_t  trade_reply_reasons[] = {
    { "UNKNOWN", TRADE_UNKNOWN_SKU },
    { "EARLY", TRADE_NOT_STARTED },
    { "OVER", TRADE_SALE_OVER },
    { "PENDING", TRADE_IN_PROGRESS },
    { "LOCKED", TRADE_BUYER_BUSY },
    { "LIMIT", TRADE_BUYER_LIMIT },
    { "SOLDOUT", TRADE_SOLD_OUT },
    { "BUSY", TRADE_BUSY }
};

#define TRADE_REPLY_REASONS                                                   \
    (sizeof(trade_reply_reasons) / sizeof(trade_reply_reasons[0]))


int
trade_reply_reason(trade_str_t *reasons, trade_reply_reason_t *reason)
{
    size_t       i;
    trade_str_t  word, line;

    if (reasons->len == 0) {
        return 0;
    }

    line = trade_str_cut(reasons, '\n');
    word = trade_str_cut(&line, ' ');

    for (i = 0; i < TRADE_REPLY_REASONS; i++) {
        if (trade_str_eq(word, trade_str_c(trade_reply_reasons[i].word))) {
            break;
        }
    }

    if (i == TRADE_REPLY_REASONS) {
        return -1;
    }

    reason->result = trade_reply_reasons[i].result;
    reason->wait = 0;

    if (reason->result == TRADE_NOT_STARTED
        && trade_str_u64(trade_str_cut(&line, ' '), UINT64_MAX, &reason->wait)
           != 0)
    {
        return -1;
    }

    reason->items = line;

    return 1;
}


int
trade_reply_item(trade_reply_reason_t *reason, trade_reply_item_t *item)
{
    uint64_t     position;
    trade_str_t  text, value;

    if (reason->items.len == 0) {
        return 0;
    }

    value = trade_str_cut(&reason->items, ' ');
    text = trade_str_cut(&value, '=');

    if (trade_str_u64(text, SIZE_MAX, &position) != 0 || position == 0) {
        return -1;
    }

    item->position = position;

    switch (reason->result) {

    case TRADE_NOT_STARTED:
    case TRADE_SALE_OVER:
        return trade_str_u64(value, TRADE_TIME_MAX, &item->at) == 0 ? 1 : -1;

    case TRADE_BUYER_LIMIT:
        text = trade_str_cut(&value, ',');

        return trade_str_u64(text, UINT64_MAX, &item->limit) == 0
               && trade_str_u64(value, UINT64_MAX, &item->left) == 0 ? 1 : -1;

    default:
        return value.len ? -1 : 1;
    }
}
