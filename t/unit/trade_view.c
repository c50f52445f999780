/* Shows the JSON of orders and of stock, and that the longest of them fits. */

#include "trade_view.h"
#include "unit.h"


#define ID        "0a7-00041061050r3gg28a1c60t3gf"
#define MOST      "18446744073709551614"
#define TIME_MAX  "253402300799999"

#define ORDER     "\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\","          \
                  "\"quantity\":2}],\"metadata\":{\"a\" : 1.0}}"


static const struct {
    const char  *text;
    int          published;
    const char  *json;
} orders[] = {
    { "PLACED 1 ab12 7 1767323045678\no - -\n{" ORDER, 0,
      "{\"order_id\":\"" ID "\",\"state\":\"placed\",\"published\":false,"
      "\"sequence\":1,\"created_at\":\"2026-01-02T03:04:05.678Z\"," ORDER },
    { "CANCELLED 12 ab12 7 0\nb - -\n{" ORDER, 1,
      "{\"order_id\":\"" ID "\",\"state\":\"cancelled\",\"published\":true,"
      "\"sequence\":12,\"created_at\":\"1970-01-01T00:00:00.000Z\","
      "\"cancelled_at\":\"1970-01-01T00:00:00.000Z\"," ORDER },
    { "DELIVERED 3 ab12 9 253402300799999\no - -\nPAID 2 ab12 8 1\no - -\n"
      "PLACED 1 ab12 7 0\no - -\n{" ORDER, 1,
      "{\"order_id\":\"" ID "\",\"state\":\"delivered\",\"published\":true,"
      "\"sequence\":3,\"created_at\":\"1970-01-01T00:00:00.000Z\","
      "\"delivered_at\":\"9999-12-31T23:59:59.999Z\","
      "\"paid_at\":\"1970-01-01T00:00:00.001Z\"," ORDER },
    { "DELIVERED " MOST " ab12 7 " TIME_MAX "\nb - -\n{\"buyer_id\":\""
      UNIT_QUOTES_JSON "\",\"items\":[]}", 0,
      "{\"order_id\":\"" ID "\",\"state\":\"delivered\",\"published\":false,"
      "\"sequence\":" MOST ",\"created_at\":\"9999-12-31T23:59:59.999Z\","
      "\"delivered_at\":\"9999-12-31T23:59:59.999Z\","
      "\"buyer_id\":\"" UNIT_QUOTES_JSON "\",\"items\":[]}" }
};


static const struct {
    const char  *line;
    uint64_t     version;
    const char  *change;
    int          published;
    const char  *json;
} stocks[] = {
    { "A-1 100 90 3 - - -", 7, "", 0,
      "{\"sku\":\"A-1\",\"total\":100,\"available\":90,\"held\":3,"
      "\"sold\":7,\"limit\":null,\"opens_at\":null,\"closes_at\":null,"
      "\"version\":7}" },
    { "A-1 100 90 3 2 - 0", 0, ID, 0,
      "{\"sku\":\"A-1\",\"total\":100,\"available\":90,\"held\":3,"
      "\"sold\":7,\"limit\":2,\"opens_at\":null,"
      "\"closes_at\":\"1970-01-01T00:00:00.000Z\",\"version\":0,"
      "\"change_id\":\"" ID "\",\"published\":false}" },
    { "A-1 1 1 0 - - -", 1, ID, 1,
      "{\"sku\":\"A-1\",\"total\":1,\"available\":1,\"held\":0,"
      "\"sold\":0,\"limit\":null,\"opens_at\":null,\"closes_at\":null,"
      "\"version\":1,\"change_id\":\"" ID "\",\"published\":true}" },
    { UNIT_QUOTES " " MOST " 0 0 " MOST " " TIME_MAX " " TIME_MAX, UINT64_MAX,
      ID, 0,
      "{\"sku\":\"" UNIT_QUOTES_JSON "\",\"total\":" MOST ",\"available\":0,"
      "\"held\":0,\"sold\":" MOST ",\"limit\":" MOST ","
      "\"opens_at\":\"9999-12-31T23:59:59.999Z\","
      "\"closes_at\":\"9999-12-31T23:59:59.999Z\","
      "\"version\":18446744073709551615,\"change_id\":\"" ID "\","
      "\"published\":false}" }
};


static const struct {
    const char  *line;
    uint64_t     version;
    const char  *tag;
} tags[] = {
    { "A-1 100 90 3 - - -", 7, "100.../90.3.7" },
    { "A-1 100 90 3 2 1000 2000", 7, "100.2.1000.2000/90.3.7" },
    { "A-1 100 89 3 - - -", 7, "100.../89.3.7" },
    { "A-1 100 90 2 - - -", 7, "100.../90.2.7" },
    { "A-1 100 90 3 - - -", 8, "100.../90.3.8" },
    { "A-1 101 90 3 - - -", 7, "101.../90.3.7" },
    { "A-1 100 -5 0 - - -", 7, "100.../-5.0.7" },
    { "A " MOST " -9223372036854775807 " MOST " " MOST " " TIME_MAX " "
      TIME_MAX, UINT64_MAX, MOST "." MOST "." TIME_MAX "." TIME_MAX
      "/-9223372036854775807." MOST ".18446744073709551615" }
};


static const char *const  no_stocks[] = {
    "", "A-1", "A-1 1 1 0 - -", "A-1 1 1 0 - - - -", " 1 1 0 - - -",
    "{" ORDER
};


static void
write_order(trade_buf_t *b, const void *data)
{
    trade_record_t  record;

    if (trade_record_read(&record, trade_str_c(data)) != 0) {
        abort();
    }

    trade_view_order(b, trade_str_c(ID), &record, 0);
}


static void
test_order(void)
{
    char            mem[4096];
    size_t          i, size;
    trade_buf_t     b;
    trade_record_t  record;

    for (i = 0; i < UNIT_ROWS(orders); i++) {
        (void) trade_record_read(&record, trade_str_c(orders[i].text));

        size = trade_view_size(record.body.len);
        trade_buf_init(&b, mem, size < sizeof(mem) ? size : sizeof(mem));
        trade_view_order(&b, trade_str_c(ID), &record, orders[i].published);

        is_str(trade_buf_done(&b), trade_str_c(orders[i].json), "%s",
               orders[i].text);
        is_int(b.overflow, 0, "a view of an order fits trade_view_size()");
        ok(unit_is_json(trade_buf_done(&b)),
           "a view of an order is strict JSON");
        ok(unit_bounded(write_order, orders[i].text,
                        trade_buf_done(&b).len + orders[i].published),
           "a view of an order says when it does not fit");
    }
}


static void
test_stock(void)
{
    char         mem[4096];
    size_t       i, size;
    trade_str_t  line;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(stocks); i++) {
        line = trade_str_c(stocks[i].line);

        size = trade_view_size(line.len);
        trade_buf_init(&b, mem, size < sizeof(mem) ? size : sizeof(mem));
        is_int(trade_view_stock(&b, unit_guard(line), stocks[i].version,
                                trade_str_c(stocks[i].change),
                                stocks[i].published),
               0, "%s", line.data);

        is_str(trade_buf_done(&b), trade_str_c(stocks[i].json),
               "a view of stock has its JSON");
        is_int(b.overflow, 0, "a view of stock fits trade_view_size()");
        ok(unit_is_json(trade_buf_done(&b)), "a view of stock is strict JSON");
    }

    for (i = 0; i < UNIT_ROWS(no_stocks); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        is_int(trade_view_stock(&b, trade_str_c(no_stocks[i]), 1,
                                trade_str_c(""), 0),
               -1, "no stock is shown of %s", no_stocks[i]);
        is_int(trade_view_stock_tag(&b, trade_str_c(no_stocks[i]), 1), -1,
               "no tag is made of %s", no_stocks[i]);
    }
}


static void
test_stock_tag(void)
{
    char         mem[TRADE_VIEW_STOCK_TAG_MAX];
    size_t       i;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(tags); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        is_int(trade_view_stock_tag(&b, unit_guard(trade_str_c(tags[i].line)),
                                    tags[i].version),
               0, "%s has a tag", tags[i].line);
        is_str(trade_buf_done(&b), trade_str_c(tags[i].tag),
               "the tag of %s spells out all that is shown", tags[i].line);
        is_int(b.overflow, 0, "a tag fits TRADE_VIEW_STOCK_TAG_MAX");
    }
}


static void
write_stock(trade_buf_t *b, const void *data)
{
    (void) trade_view_stock(b, trade_str_c(data), 1, trade_str_c(ID), 1);
}


int
main(void)
{
    test_order();
    test_stock();
    test_stock_tag();

    ok(unit_bounded(write_stock, stocks[2].line, strlen(stocks[2].json)),
       "a view of stock says when it does not fit");

    return done_testing();
}
