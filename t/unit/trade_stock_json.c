/* Shows that stock is read as it was written, and that no other JSON is. */

#include "trade_stock.h"
#include "unit.h"


static const char *const  lines[] = {
    "A-1 100 90 3 - - -",
    "A 1 0 0 0 - - -",
    "B 1000000000000 1000000000000 0 1000000000000 0 253402300799000",
    "C 5 -3 0 2 1767323045000 -",
    "\xc3\xa4\"\\ 1 1 0 - - 1767323045678"
};


#define REST  "\"available\":1,\"held\":0,\"sold\":0,\"limit\":null,"          \
              "\"opens_at\":null,\"closes_at\":null}"

static const char *const  refused[] = {
    "{}",
    "[]",
    "{\"total\":1," REST,
    "{\"sku\":1,\"total\":1," REST,
    "{\"sku\":\"\",\"total\":1," REST,
    "{\"sku\":\"A\"," REST,
    "{\"sku\":\"A\",\"total\":-1," REST,
    "{\"sku\":\"A\",\"total\":1.5," REST,
    "{\"sku\":\"A\",\"total\":\"1\"," REST,
    "{\"sku\":\"A\",\"total\":1,\"held\":0,\"limit\":null,\"opens_at\":null,"
    "\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"limit\":null,"
    "\"opens_at\":null,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":-1,\"limit\":null,"
    "\"opens_at\":null,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,"
    "\"opens_at\":null,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":-1,"
    "\"opens_at\":null,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":\"2\","
    "\"opens_at\":null,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":null,"
    "\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":null,"
    "\"opens_at\":7,\"closes_at\":null}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":null,"
    "\"opens_at\":null,\"closes_at\":\"soon\"}",
    "{\"sku\":\"A\",\"total\":1,\"available\":1,\"held\":0,\"limit\":null,"
    "\"opens_at\":null}"
};


static int
read_json(trade_stock_t *stock, trade_json_t *json, trade_str_t text)
{
    trade_json_error_t  error;

    is_int(trade_json_parse(json, text, 16, &error), TRADE_JSON_OK,
           "stock is JSON: %.*s", (int) text.len, text.data);

    return trade_stock_read_json(stock, json);
}


static void
test_back(void)
{
    char            mem[TRADE_STOCK_JSON_MAX + 2], line[128];
    size_t          i;
    trade_buf_t     b;
    trade_json_t    json;
    trade_stock_t   stock, back;

    for (i = 0; i < UNIT_ROWS(lines); i++) {
        is_int(trade_stock_read(&stock, trade_str_c(lines[i])), 0,
               "a line of stock is read: %s", lines[i]);

        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_c(&b, "{");
        trade_stock_write(&b, &stock);
        trade_buf_c(&b, "}");

        is_int(read_json(&back, &json, trade_buf_done(&b)), 0,
               "stock is read back from its JSON: %s", lines[i]);

        trade_buf_init(&b, line, sizeof(line));
        trade_stock_write_line(&b, &back);
        is_str(trade_buf_done(&b), trade_str_c(lines[i]),
               "stock is the same after JSON: %s", lines[i]);

        trade_json_free(&json);
    }
}


static void
test_refused(void)
{
    size_t          i;
    trade_json_t    json;
    trade_stock_t   stock;

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        is_int(read_json(&stock, &json, trade_str_c(refused[i])), -1,
               "text %zu is refused: %s", i, refused[i]);
        trade_json_free(&json);
    }
}


/* Each row above lacks one thing only */

static void
test_least(void)
{
    trade_json_t    json;
    trade_stock_t   stock;

    is_int(read_json(&stock, &json,
                     trade_str_c("{\"sku\":\"A\",\"total\":1," REST)),
           0, "the JSON that the refused texts are made of is read");
    is_str(stock.sku, trade_str_c("A"), "stock in JSON has its SKU");
    is_int(stock.total, 1, "stock in JSON has its total");
    is_int(stock.available, 1, "stock in JSON has its available units");
    is_int(stock.held, 0, "stock in JSON has its held units");
    ok(stock.limit == TRADE_STOCK_UNSET && stock.opens == TRADE_STOCK_UNSET
       && stock.closes == TRADE_STOCK_UNSET, "nulls in JSON set nothing");

    trade_json_free(&json);
}


int
main(void)
{
    test_back();
    test_refused();
    test_least();

    return done_testing();
}
