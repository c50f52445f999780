/* Shows which changes of stock are taken, and that its line is read exactly. */

#include "trade_stock.h"
#include "trade_time.h"
#include "unit.h"


#define UNSET   TRADE_STOCK_UNSET
#define KEPT    TRADE_STOCK_KEPT
#define OPENS   1764230400000           /* 2025-11-27T08:00:00Z */
#define CLOSES  1764252000000           /* 2025-11-27T14:00:00Z */


static const struct {
    const char             *body;
    trade_stock_change_t    change;
} puts_accepted[] = {
    { "{\"total\":0}", { 0, 0, UNSET, UNSET, UNSET, 0 } },
    { "{\"total\":1000000000000}",
      { TRADE_STOCK_MAX, 0, UNSET, UNSET, UNSET, 0 } },
    { " {\"limit\":2, \"total\":100} ", { 100, 0, 2, UNSET, UNSET, 0 } },
    { "{\"total\":100,\"limit\":1000000000000}",
      { 100, 0, TRADE_STOCK_MAX, UNSET, UNSET, 0 } },
    { "{\"total\":1,\"limit\":null,\"opens_at\":null,\"closes_at\":null}",
      { 1, 0, UNSET, UNSET, UNSET, 0 } },
    { "{\"total\":1,\"opens_at\":\"2025-11-27T08:00:00Z\","
      "\"closes_at\":\"2025-11-27T15:00:00+01:00\"}",
      { 1, 0, UNSET, OPENS, CLOSES, 0 } },
    { "{\"total\":1,\"opens_at\":\"2025-11-27T08:00:00Z\"}",
      { 1, 0, UNSET, OPENS, UNSET, 0 } },
    { "{\"total\":1,\"closes_at\":\"2025-11-27T14:00:00Z\"}",
      { 1, 0, UNSET, UNSET, CLOSES, 0 } },
    { "{\"total\":1,\"opens_at\":\"1970-01-01T00:00:00Z\","
      "\"closes_at\":\"9999-12-31T23:59:59.999Z\"}",
      { 1, 0, UNSET, 0, TRADE_TIME_MAX, 0 } }
};


#define BAD_TIME     "must be an RFC 3339 date-time, e.g. "                    \
                     "\"2026-11-27T08:00:00Z\""
#define BAD_INTEGER(range)                                                     \
    "must be an integer from " range ", without fraction or exponent"

static const struct {
    const char       *body;
    trade_result_e    result;
    const char       *pointer;
    const char       *detail;
} puts_refused[] = {
    { "{}", TRADE_INVALID_FIELD, "/total", "is missing" },
    { "{\"limit\":1}", TRADE_INVALID_FIELD, "/total", "is missing" },
    { "{\"total\":null}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"total\":-1}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"total\":1000000000001}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"total\":1.0}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"total\":1,\"limit\":0}", TRADE_INVALID_FIELD, "/limit",
      BAD_INTEGER("1 to 1000000000000") },
    { "{\"total\":1,\"limit\":\"1\"}", TRADE_INVALID_FIELD, "/limit",
      BAD_INTEGER("1 to 1000000000000") },
    { "{\"total\":1,\"opens_at\":1}", TRADE_INVALID_FIELD, "/opens_at",
      BAD_TIME },
    { "{\"total\":1,\"opens_at\":\"tomorrow\"}", TRADE_INVALID_FIELD,
      "/opens_at", BAD_TIME },
    { "{\"total\":1,\"closes_at\":\"2025-11-27\"}", TRADE_INVALID_FIELD,
      "/closes_at", BAD_TIME },
    { "{\"total\":1,\"closes_at\":\"2025-11-27T08:00:00Z\\u0000\"}",
      TRADE_INVALID_FIELD, "/closes_at", BAD_TIME },
    { "{\"total\":1,\"opens_at\":\"2025-11-27T08:00:00Z\","
      "\"closes_at\":\"2025-11-27T08:00:00Z\"}", TRADE_INVALID_FIELD,
      "/closes_at", "must be after opens_at" },
    { "{\"total\":1,\"closes_at\":\"2025-11-27T08:00:00Z\","
      "\"opens_at\":\"2025-11-27T08:00:01Z\"}", TRADE_INVALID_FIELD,
      "/closes_at", "must be after opens_at" },
    { "{\"total\":1,\"delta\":1}", TRADE_UNKNOWN_FIELD, "",
      "unknown field delta" },
    { "{\"total\":1,\"total\":1}", TRADE_DOUBLED_FIELD, "",
      "at byte 20: a name stands twice in the object that ends here" },
    { "{\"total\":[]}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "1", TRADE_BAD_JSON, "", "must be an object" },
    { "", TRADE_BAD_JSON, "", "at byte 0: it ends too early" }
};


static const struct {
    const char             *body;
    trade_stock_change_t    change;
} patches_accepted[] = {
    { "{\"delta\":-5}", { -1, -5, KEPT, KEPT, KEPT, 1 } },
    { "{\"delta\":1}", { -1, 1, KEPT, KEPT, KEPT, 1 } },
    { "{\"delta\":1000000000000}",
      { -1, TRADE_STOCK_MAX, KEPT, KEPT, KEPT, 1 } },
    { "{\"delta\":-1000000000000}",
      { -1, -TRADE_STOCK_MAX, KEPT, KEPT, KEPT, 1 } },
    { "{\"total\":0}", { 0, 0, KEPT, KEPT, KEPT, 1 } },
    { "{\"limit\":2}", { -1, 0, 2, KEPT, KEPT, 1 } },
    { "{\"limit\":null}", { -1, 0, UNSET, KEPT, KEPT, 1 } },
    { "{\"opens_at\":\"2025-11-27T08:00:00Z\"}",
      { -1, 0, KEPT, OPENS, KEPT, 1 } },
    { "{\"opens_at\":null}", { -1, 0, KEPT, UNSET, KEPT, 1 } },
    { "{\"closes_at\":\"2025-11-27T14:00:00Z\"}",
      { -1, 0, KEPT, KEPT, CLOSES, 1 } },
    { "{\"closes_at\":null}", { -1, 0, KEPT, KEPT, UNSET, 1 } },
    { "{\"opens_at\":\"2025-11-27T08:00:00Z\",\"closes_at\":null,"
      "\"delta\":7,\"limit\":3}", { -1, 7, 3, OPENS, UNSET, 1 } },
    { "{\"closes_at\":\"2025-11-27T14:00:00Z\",\"total\":7,"
      "\"opens_at\":\"2025-11-27T08:00:00Z\"}",
      { 7, 0, KEPT, OPENS, CLOSES, 1 } }
};


#define BAD_DELTA  BAD_INTEGER("-1000000000000 to 1000000000000")

static const struct {
    const char       *body;
    trade_result_e    result;
    const char       *pointer;
    const char       *detail;
} patches_refused[] = {
    { "{}", TRADE_INVALID_FIELD, "/delta",
      "is missing, and so are total, limit, opens_at and closes_at" },
    { "{\"total\":null}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"total\":-1}", TRADE_INVALID_FIELD, "/total",
      BAD_INTEGER("0 to 1000000000000") },
    { "{\"limit\":0}", TRADE_INVALID_FIELD, "/limit",
      BAD_INTEGER("1 to 1000000000000") },
    { "{\"opens_at\":\"\"}", TRADE_INVALID_FIELD, "/opens_at", BAD_TIME },
    { "{\"closes_at\":0}", TRADE_INVALID_FIELD, "/closes_at", BAD_TIME },
    { "{\"opens_at\":\"2025-11-27T08:00:00Z\","
      "\"closes_at\":\"2025-11-27T08:00:00Z\"}", TRADE_INVALID_FIELD,
      "/closes_at", "must be after opens_at" },
    { "{\"limit\":1,\"sku\":\"A\"}", TRADE_UNKNOWN_FIELD, "",
      "unknown field sku" },
    { "{\"delta\":0}", TRADE_INVALID_FIELD, "/delta", "must not be 0" },
    { "{\"delta\":-0}", TRADE_INVALID_FIELD, "/delta", BAD_DELTA },
    { "{\"delta\":null}", TRADE_INVALID_FIELD, "/delta", BAD_DELTA },
    { "{\"delta\":1e3}", TRADE_INVALID_FIELD, "/delta", BAD_DELTA },
    { "{\"delta\":1000000000001}", TRADE_INVALID_FIELD, "/delta", BAD_DELTA },
    { "{\"delta\":-1000000000001}", TRADE_INVALID_FIELD, "/delta",
      BAD_DELTA },
    { "{\"delta\":1,\"total\":1}", TRADE_INVALID_FIELD, "/total",
      "must not stand beside delta" },
    { "{\"delta\":1,\"available\":1}", TRADE_UNKNOWN_FIELD, "",
      "unknown field available" },
    { "{\"delta\":1,\"delta\":1}", TRADE_DOUBLED_FIELD, "",
      "at byte 20: a name stands twice in the object that ends here" },
    { "{\"delta\":+1}", TRADE_BAD_JSON, "", "at byte 9: a value expected" },
    { "[]", TRADE_BAD_JSON, "", "must be an object" }
};


static const struct {
    trade_str_t      line;
    trade_stock_t    stock;
    const char      *json;
} lines[] = {
    { trade_str("A-1 100 90 0 - - -"),
      { trade_str("A-1"), 100, 90, 0, UNSET, UNSET, UNSET },
      "\"sku\":\"A-1\",\"total\":100,\"available\":90,\"held\":0,"
      "\"sold\":10,\"limit\":null,\"opens_at\":null,\"closes_at\":null" },
    { trade_str("A:1 100 90 10 2 1764230400000 1764252000000"),
      { trade_str("A:1"), 100, 90, 10, 2, OPENS, CLOSES },
      "\"sku\":\"A:1\",\"total\":100,\"available\":90,\"held\":10,"
      "\"sold\":0,\"limit\":2,\"opens_at\":\"2025-11-27T08:00:00.000Z\","
      "\"closes_at\":\"2025-11-27T14:00:00.000Z\"" },
    { trade_str("- 0 0 0 0 0 -"),
      { trade_str("-"), 0, 0, 0, 0, 0, UNSET },
      "\"sku\":\"-\",\"total\":0,\"available\":0,\"held\":0,\"sold\":0,"
      "\"limit\":0,\"opens_at\":\"1970-01-01T00:00:00.000Z\","
      "\"closes_at\":null" },
    { trade_str("A 1 2 3 - - -"),
      { trade_str("A"), 1, 2, 3, UNSET, UNSET, UNSET },
      "\"sku\":\"A\",\"total\":1,\"available\":2,\"held\":3,\"sold\":0,"
      "\"limit\":null,\"opens_at\":null,\"closes_at\":null" },
    { trade_str("A 10 -2 3 - - -"),
      { trade_str("A"), 10, -2, 3, UNSET, UNSET, UNSET },
      "\"sku\":\"A\",\"total\":10,\"available\":-2,\"held\":3,"
      "\"sold\":9,\"limit\":null,\"opens_at\":null,\"closes_at\":null" },
    { trade_str("A 10 -5 3 - - -"),
      { trade_str("A"), 10, -5, 3, UNSET, UNSET, UNSET },
      "\"sku\":\"A\",\"total\":10,\"available\":-5,\"held\":3,"
      "\"sold\":12,\"limit\":null,\"opens_at\":null,\"closes_at\":null" },
    { trade_str("A 18446744073709551614 0 0 - - -"),
      { trade_str("A"), UINT64_MAX - 1, 0, 0, UNSET, UNSET, UNSET },
      "\"sku\":\"A\",\"total\":18446744073709551614,\"available\":0,"
      "\"held\":0,\"sold\":18446744073709551614,\"limit\":null,"
      "\"opens_at\":null,\"closes_at\":null" }
};


static const trade_str_t  no_lines[] = {
    trade_null_str, trade_str(""), trade_str("A"), trade_str("A 1 1 0 - -"),
    trade_str(" 1 1 0 - - -"), trade_str("A  1 1 0 - - -"),
    trade_str("A - 1 0 - - -"), trade_str("A 1 - 0 - - -"),
    trade_str("A 1 1 - - - -"), trade_str("A 01 1 0 - - -"),
    trade_str("A -1 1 0 - - -"), trade_str("A 1 1 0 -1 - -"),
    trade_str("A 1 -0 0 - - -"), trade_str("A 1 --1 0 - - -"),
    trade_str("A 1 1 0 x - -"), trade_str("A 1 1 0 - - - -"),
    trade_str("A 1 1 0 - - -\n"), trade_str("A 1 1 0 - - - "),
    trade_str("A 1 1 0 -- - -"), trade_str("A 1 1 0 1.5 - -"),
    trade_str("A 1e3 1 0 - - -"), trade_str("A 1 1 0 - - 1764230400000x"),
    trade_str("A 18446744073709551615 1 0 - - -"),
    trade_str("A 1 1 0 - - 18446744073709551615")
};


static const struct {
    trade_stock_change_t    change;
    const char             *text;
} changes[] = {
    { { -1, 5, KEPT, KEPT, KEPT, 1 }, "A-1 +5" },
    { { -1, -5, KEPT, KEPT, KEPT, 1 }, "A-1 -5" },
    { { -1, TRADE_STOCK_MAX, KEPT, KEPT, KEPT, 1 }, "A-1 +1000000000000" },
    { { -1, -TRADE_STOCK_MAX, KEPT, KEPT, KEPT, 1 }, "A-1 -1000000000000" },
    { { 0, 0, 1, 2, 3, 0 }, "A-1 =0 1 2 3" },
    { { TRADE_STOCK_MAX, 0, UNSET, OPENS, CLOSES, 0 },
      "A-1 =1000000000000 18446744073709551615 1764230400000 1764252000000" },
    { { 5, 0, UNSET, UNSET, UNSET, 0 }, "A-1 =5 18446744073709551615 "
      "18446744073709551615 18446744073709551615" },
    { { 5, 0, KEPT, KEPT, KEPT, 1 }, "A-1 =5" },
    { { 5, 0, UNSET, UNSET, UNSET, 1 }, "A-1 =5 limit=- opens=- closes=-" },
    { { -1, 0, 2, KEPT, KEPT, 1 }, "A-1 limit=2" },
    { { -1, 0, KEPT, 2, KEPT, 1 }, "A-1 opens=2" },
    { { -1, 0, KEPT, KEPT, 2, 1 }, "A-1 closes=2" },
    { { -1, -3, 1, 2, UNSET, 1 }, "A-1 -3 limit=1 opens=2 closes=-" }
};


/* The first of the reasons */

static void
is_error(const trade_errors_t *errors, const char *pointer, const char *detail)
{
    ok(errors->n > 0, "it says why");
    is_str(trade_str_c(errors->error[0].pointer), trade_str_c(pointer),
           "the error names the place");
    is_str(trade_str_c(errors->error[0].detail), trade_str_c(detail),
           "the error says what is wrong");
}


static void
is_change(const trade_stock_change_t *change,
    const trade_stock_change_t *want)
{
    is_int(change->total, want->total, "the total is read");
    is_int(change->delta, want->delta, "the delta is read");
    is_int(change->limit, want->limit, "limit");
    is_int(change->opens, want->opens, "opens");
    is_int(change->closes, want->closes, "closes");
    is_int(change->patch, want->patch, "whether it keeps the rest");
}


static void
test_put(void)
{
    size_t                       i;
    trade_str_t                  body;
    trade_errors_t               errors;
    trade_stock_change_t         change;

    for (i = 0; i < UNIT_ROWS(puts_accepted); i++) {
        body = trade_str_c(puts_accepted[i].body);
        errors.n = 0;

        is_int(trade_stock_parse_put(&change, unit_guard(body), &errors),
               TRADE_DONE, "PUT takes %s", body.data);
        is_change(&change, &puts_accepted[i].change);
    }

    for (i = 0; i < UNIT_ROWS(puts_refused); i++) {
        body = trade_str_c(puts_refused[i].body);
        errors.n = 0;

        is_int(trade_stock_parse_put(&change, unit_guard(body), &errors),
               puts_refused[i].result, "PUT refuses %s", body.data);
        is_error(&errors, puts_refused[i].pointer, puts_refused[i].detail);
    }
}


static void
test_patch(void)
{
    size_t                 i;
    trade_str_t            body;
    trade_errors_t         errors;
    trade_stock_change_t   change;

    for (i = 0; i < UNIT_ROWS(patches_accepted); i++) {
        body = trade_str_c(patches_accepted[i].body);
        errors.n = 0;

        is_int(trade_stock_parse_patch(&change, unit_guard(body), &errors),
               TRADE_DONE, "PATCH takes %s", body.data);
        is_change(&change, &patches_accepted[i].change);
    }

    for (i = 0; i < UNIT_ROWS(patches_refused); i++) {
        body = trade_str_c(patches_refused[i].body);
        errors.n = 0;

        is_int(trade_stock_parse_patch(&change, unit_guard(body), &errors),
               patches_refused[i].result, "PATCH refuses %s", body.data);
        is_error(&errors, patches_refused[i].pointer,
                 patches_refused[i].detail);
    }
}


static void
test_read(void)
{
    char                  mem[256];
    size_t                i;
    trade_buf_t           b;
    trade_stock_t         stock;
    const trade_stock_t  *want;

    for (i = 0; i < UNIT_ROWS(lines); i++) {
        want = &lines[i].stock;

        is_int(trade_stock_read(&stock, unit_guard(lines[i].line)), 0,
               "the line is read: %s", lines[i].line.data);
        is_str(stock.sku, want->sku, "the line has its SKU");
        is_int(stock.total, want->total, "the line has its total");
        is_int(stock.available, want->available,
               "the line has the available units");
        is_int(stock.held, want->held, "the line has the held units");
        is_int(stock.limit, want->limit, "limit");
        is_int(stock.opens, want->opens, "opens");
        is_int(stock.closes, want->closes, "closes");

        trade_buf_init(&b, mem, sizeof(mem));
        trade_stock_write_line(&b, &stock);
        is_str(trade_buf_done(&b), lines[i].line,
               "the line is the same when it is written again");
    }

    for (i = 0; i < UNIT_ROWS(no_lines); i++) {
        is_int(trade_stock_read(&stock, unit_guard(no_lines[i])), -1,
               "%.*s is no line", (int) no_lines[i].len, no_lines[i].data);
    }
}


static void
write_stock(trade_buf_t *b, const void *data)
{
    trade_stock_write(b, data);
}


static void
test_write(void)
{
    char         mem[512];
    size_t       i;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(lines); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_stock_write(&b, &lines[i].stock);

        is_str(trade_buf_done(&b), trade_str_c(lines[i].json),
               "%s is written as JSON",
               lines[i].line.data);
        ok(unit_bounded(write_stock, &lines[i].stock,
                        strlen(lines[i].json)),
           "JSON that does not fit is noted");
    }
}


static void
write_change(trade_buf_t *b, const void *data)
{
    trade_stock_write_change(b, trade_str_c("A-1"), data);
}


static void
test_write_change(void)
{
    char                        mem[TRADE_STOCK_CHANGE_MAX];
    size_t                      i;
    trade_buf_t                 b;
    const trade_stock_change_t  most = { INT64_MAX, 0, UNSET, UNSET, UNSET, 0 };

    for (i = 0; i < UNIT_ROWS(changes); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        write_change(&b, &changes[i].change);

        is_str(trade_buf_done(&b), trade_str_c(changes[i].text),
               "the change is written: %s", changes[i].text);
        ok(unit_bounded(write_change, &changes[i].change,
                        strlen(changes[i].text)),
           "a line that does not fit is noted");
    }

    trade_buf_init(&b, mem, sizeof(mem));
    trade_stock_write_change(&b, trade_str_c(UNIT_NAME), &most);
    is_int(b.overflow, 0, "any change fits TRADE_STOCK_CHANGE_MAX: %zu bytes",
           trade_buf_done(&b).len);
}


/* The longest SKU, numbers and times */

static void
test_longest(void)
{
    char                 mem[TRADE_STOCK_JSON_MAX];
    trade_buf_t          b;
    const trade_stock_t  stock = {
        trade_str(UNIT_QUOTES), UINT64_MAX - 1, UINT64_MAX - 1, UINT64_MAX - 1,
        UINT64_MAX - 1, TRADE_TIME_MAX, TRADE_TIME_MAX
    };

    trade_buf_init(&b, mem, sizeof(mem));
    trade_stock_write(&b, &stock);

    is_int(b.overflow, 0, "any stock fits TRADE_STOCK_JSON_MAX: %zu bytes",
           trade_buf_done(&b).len);
}


int
main(void)
{
    test_put();
    test_patch();
    test_read();
    test_write();
    test_write_change();
    test_longest();

    return done_testing();
}
