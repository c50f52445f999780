/*
 * The JSON of a stock, read back.
 */

#include "trade_body.h"
#include "trade_stock.h"
#include "trade_time.h"


static int trade_stock_json_optional(const trade_json_t *json,
    const char *name, int time, uint64_t *value);


int
trade_stock_read_json(trade_stock_t *stock, const trade_json_t *json)
{
    int64_t          total, held;
    const cJSON     *root;
    trade_errors_t   errors;

    errors.n = 0;
    root = json->root;

#define member(name)  cJSON_GetObjectItemCaseSensitive(root, name)

    if (trade_body_name(json, member("sku"), "", &stock->sku, &errors) != 0
        || trade_json_integer(json, member("total"), &total) != 0
        || trade_json_integer(json, member("available"), &stock->available)
           != 0
        || trade_json_integer(json, member("held"), &held) != 0
        || total < 0 || held < 0)
    {
        return -1;
    }

#undef member

    stock->total = total;
    stock->held = held;

    if (trade_stock_json_optional(json, "limit", 0, &stock->limit) != 0
        || trade_stock_json_optional(json, "opens_at", 1, &stock->opens) != 0)
    {
        return -1;
    }

    return trade_stock_json_optional(json, "closes_at", 1, &stock->closes);
}


static int
trade_stock_json_optional(const trade_json_t *json, const char *name,
    int time, uint64_t *value)
{
    int64_t       number;
    trade_str_t   text;
    const cJSON  *node;

    node = cJSON_GetObjectItemCaseSensitive(json->root, name);
    *value = TRADE_STOCK_UNSET;

    if (node == NULL) {
        return -1;
    }

    if (cJSON_IsNull(node)) {
        return 0;
    }

    if (time) {
        return trade_json_string(json, node, &text) == 0
               ? trade_time_read(text, value) : -1;
    }

    if (trade_json_integer(json, node, &number) != 0 || number < 0) {
        return -1;
    }

    *value = number;

    return 0;
}
