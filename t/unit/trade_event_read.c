/*
 * Shows that an event is read back to the record it was built of, and that
 * what is not written as it should be is none.
 */

#include "trade_event_read.h"
#include "unit.h"


/* in the slot of A-1, and the slot */
#define ID        "430-00041061050r3gg28a1c60t3gf"
#define SLOT      1072
#define PARENT    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

#define ORDER     "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\","         \
                  "\"quantity\":2}]}"

/* A-2 lies in slot 1418, B-1 in 2665; home is that of A-1 */
#define CART      "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\","         \
                  "\"quantity\":2},{\"sku\":\"A-2\",\"quantity\":1}," \
                  "{\"sku\":\"B-1\",\"quantity\":3}]}"
#define METADATA  "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\","         \
                  "\"quantity\":2}],\"metadata\":{ \"a\" : [1.50, null] }}"


/* `%` stands for the fingerprint of the body */

static const char *const  records[] = {
    "PLACED 1 % 7 1767323045678\no - -\n" ORDER,
    "PLACED 1 % 9007199254740993 0\nb " PARENT " a=1, b=2\n" ORDER,
    "CANCELLED 3 % 12 1767323045678\nb " PARENT " -\n" METADATA,
    "EXPIRED 2 % 12 1767323045678\no - -\n" ORDER,
    "PAID 2 % 12 1767323045678\no - -\n" ORDER,
    "DELIVERED 3 % 12 1767323045678\no - -\n" ORDER,
    "PLACED 1 % 7 253402300799999\no " PARENT " -\n" METADATA,
    "PLACED 1 % 7 1767323045678 1418=9,2665=18446744073709551615\no - -\n" CART,
    "PAID 2 % 12 1767323045678\no - -\n" CART,
    "CANCELLED 3 % 13 1767323045678\nb " PARENT " a=1\n" CART,
    "STOCK 1 - 8 1767323045678\ns " PARENT " -\n"
        "A-1 100 90 3 2 1767323045678 -",
    "STOCK 1 - 8 1767323045678\ns - -\nA-1 0 0 0 - - 253402300799999",
    "STOCK 1 - 8 1767323045678\ns - -\nA-1 10 -3 0 - - -"
};


/* a header of the first record's event, what it becomes, what is said */

static const struct {
    const char  *name;
    const char  *value;
    const char  *why;
} strange[] = {
    { "ce_id", "", "its ce_id is none" },
    { "ce_id", ID, "its ce_id is none" },
    { "ce_id", ID ".0", "its ce_id is none" },
    { "ce_id", ID ".x", "its ce_id is none" },
    { "ce_id", ID ".2", "its sequence is not one of its ce_type" },
    { "ce_id", "x" ID ".1", "its ce_id is none" },
    { "trade_versions", "", "its trade_versions is none" },
    { "trade_versions", "1072", "its trade_versions is none" },
    { "trade_versions", "1=7", "its trade_versions is none" },
    { "trade_versions", "1072=7x,1=1", "its trade_versions is none" },
    { "trade_versions", "1072=7,1=1",
      "its versions are not those of its items' slots" },
    { "trade_versions", "1072=7,",
      "its headers are not those it should have" },
    { "ce_time", "yesterday", "its ce_time is none" },
    { "ce_time", "2026-01-02T03:04:05.679Z",
      "its value is not written as it should be" },
    { "ce_time", "2026-01-02T04:04:05.678+01:00",
      "its headers are not those it should have" },
    { "ce_type", "trade.order.paid.v1",
      "its sequence is not one of its ce_type" },
    { "ce_type", "trade.order.paid.v2", "its ce_type is not known" },
    { "ce_type", "trade.stock.set.v1", "its value is no stock" },
    { "ce_subject", "x", "its headers are not those it should have" },
    { "ce_specversion", "2.0", "its headers are not those it should have" },
    { "ce_sequence", "2", "its headers are not those it should have" }
};


/* a value in its place */

static const struct {
    const char  *value;
    const char  *why;
} values[] = {
    { "", "its value is no order" },
    { "{}", "its value is no order" },
    { "{\"order_id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\"}",
      "its value is no order" },
    { "{\"order_id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\",}",
      "its value is no order in canonical form" },
    { "{\"order_id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\","
      "\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\",\"quantity\":1},"
      "{\"sku\":\"A-1\",\"quantity\":1}]}",
      "its value is no order in canonical form" },
    { "{\"order_id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\","
      "\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"B-1\",\"quantity\":1}]}",
      "its items lie in another slot" },
    { "{\"order-id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\","
      "\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\",\"quantity\":2}]}",
      "its value is not written as it should be" }
};


static trade_digest_t  *digest;


/* The record of a template, in `mem` */

static trade_str_t
record_of(const char *template, trade_buf_t *b)
{
    char         hex[TRADE_DIGEST_LEN];
    trade_str_t  rest, body;

    rest = trade_str_c(template);
    body = rest;
    (void) trade_str_cut(&body, '\n');
    (void) trade_str_cut(&body, '\n');
    (void) trade_digest_hex(digest, &body, 1, hex);

    if (memchr(rest.data, '%', rest.len)) {
        trade_buf_str(b, trade_str_cut(&rest, '%'));
        trade_buf_put(b, hex, sizeof(hex));
    }

    trade_buf_str(b, rest);

    return trade_buf_done(b);
}


static void
event_of(trade_event_t *event, trade_buf_t *b, trade_str_t text)
{
    trade_record_t  record;

    if (trade_record_read(&record, text) != 0
        || trade_event_build(event, b, trade_str_c(ID), SLOT, &record,
                             trade_str_c("/trade"))
           != 0)
    {
        (void) printf("Bail out! %.*s\n", (int) text.len, text.data);
        abort();
    }
}


static void
test_back(void)
{
    int                  rc;
    char                 mem[1024], out[2048];
    size_t               i;
    const char          *why;
    trade_buf_t          b, e;
    trade_str_t          text;
    trade_event_t        event;
    trade_event_read_t   read, again;

    for (i = 0; i < UNIT_ROWS(records); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_init(&e, out, sizeof(out));

        text = record_of(records[i], &b);
        event_of(&event, &e, text);

        rc = trade_event_read(&read, &event, digest, &why);
        is_int(rc, 0, "record %zu: %s", i, why ? why : "read");

        if (why) {
            continue;
        }

        is_str(read.text, text, "the event gives the record it was built of");
        is_int(read.record.created, read.record.at,
               "a first event gives the time of the order");
        is_str(read.id, trade_str_c(ID), "the event gives the order's id");
        is_int(read.slot, SLOT, "the event gives the slot");

        is_int(trade_event_read_record(&again, read.id, text,
                                       read.record.created, &why), 0,
               "the record of the event gives the event");
        ok(trade_event_read_same(&read, &again), "both give the same event");

        trade_event_read_free(&read);
        trade_event_read_free(&again);
    }
}


/* An order's later event says when it was created, and not its record here */

static void
test_created(void)
{
    char                 mem[1024], lines[256], out[2048];
    const char          *why;
    trade_buf_t          b, e;
    trade_event_t        event;
    trade_record_t       record;
    trade_event_read_t   read, again;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_init(&e, out, sizeof(out));

    event_of(&event, &e,
             record_of("PAID 2 ab12 12 1767323045678\no - -\n"
                       "PLACED 1 ab12 7 3\no - -\n" ORDER, &b));

    is_int(trade_event_read(&read, &event, digest, &why), 0,
           "an order's later event is read");
    is_int(read.record.at, 1767323045678, "a later event gives its own time");
    is_int(read.record.created, 3, "a later event gives the time of the order");

    is_int(trade_event_read_record(&again, read.id, read.text, 4, &why), 0,
           "a record with another time of the order is read");
    ok(!trade_event_read_same(&read, &again),
       "an event with another time of the order is not the same");

    trade_buf_init(&b, lines, trade_event_read_lines_size(&read.record));
    trade_event_read_lines(&b, &read.record);
    ok(!b.overflow, "the lines of an event fit");
    is_int(trade_record_read_header(&record,
                                    trade_str_cut(&(trade_str_t) {
                                        trade_buf_done(&b).len, lines },
                                        '\n')),
           0, "the lines of an event are those of a record");

    trade_event_read_free(&read);
    trade_event_read_free(&again);
}


static void
test_strange(void)
{
    char                 mem[1024], out[2048];
    size_t               i, j;
    const char          *why;
    trade_buf_t          b, e;
    trade_event_t        event;
    trade_event_read_t   read;

    for (i = 0; i < UNIT_ROWS(strange) + UNIT_ROWS(values) + 1; i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_init(&e, out, sizeof(out));
        event_of(&event, &e, record_of(records[0], &b));

        if (i < UNIT_ROWS(strange)) {
            for (j = 0; j < event.nheaders; j++) {
                if (strcmp(event.headers[j].name, strange[i].name) == 0) {
                    event.headers[j].value = unit_guard(
                                               trade_str_c(strange[i].value));
                }
            }

        } else if (i < UNIT_ROWS(strange) + UNIT_ROWS(values)) {
            j = i - UNIT_ROWS(strange);
            event.value = unit_guard(trade_str_c(values[j].value));

        } else {
            event.key = trade_str_c("u-2");
        }

        is_int(trade_event_read(&read, &event, digest, &why), -1,
               "event %zu is refused", i);
        is_str(trade_str_c(why ? why : ""),
               trade_str_c(i < UNIT_ROWS(strange) ? strange[i].why
                           : i < UNIT_ROWS(strange) + UNIT_ROWS(values)
                             ? values[i - UNIT_ROWS(strange)].why
                             : "its key is not the one it should have"),
               "the reader says why");
    }
}


/* The same but for its trace, or the change of stock's fingerprint */

static void
test_same(void)
{
    size_t               i;
    const char          *why;
    trade_event_read_t   one, two;

    static const struct {
        const char  *one;
        const char  *two;
        int          same;
    } pairs[] = {
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PLACED 1 a 7 9\no " PARENT " a\n" ORDER, 1 },
        { "PLACED 1 a1 7 9\no - -\n" ORDER,
          "PLACED 1 a2 7 9\no - -\n" ORDER, 0 },
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PAID 2 a 7 9\no - -\n" ORDER, 0 },
        { "PAID 2 a 7 9\no - -\n" ORDER,
          "EXPIRED 2 a 7 9\no - -\n" ORDER, 0 },
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PLACED 1 a 8 9\no - -\n" ORDER, 0 },
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PLACED 1 a 7 8\no - -\n" ORDER, 0 },
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PLACED 1 a 7 9\nb - -\n" ORDER, 0 },
        { "PLACED 1 a 7 9\no - -\n" ORDER,
          "PLACED 1 a 7 9\no - -\n" METADATA, 0 },
        { "PLACED 1 a 7 9 1418=9,2665=8\no - -\n" CART,
          "PLACED 1 a 7 9 1418=9,2665=8\no " PARENT " -\n" CART, 1 },
        { "PLACED 1 a 7 9 1418=9,2665=8\no - -\n" CART,
          "PLACED 1 a 7 9 1418=9,2665=7\no - -\n" CART, 0 },
        { "STOCK 1 - 7 9\ns - -\nA-1 1 1 0 - - -",
          "STOCK 1 ab 7 9\ns - -\nA-1 1 1 0 - - -", 1 },
        { "STOCK 1 - 7 9\ns - -\nA-1 1 1 0 - - -",
          "STOCK 1 - 7 9\ns - -\nA-1 2 2 0 - - -", 0 }
    };

    for (i = 0; i < UNIT_ROWS(pairs); i++) {
        is_int(trade_event_read_record(&one, trade_str_c(ID),
                                       trade_str_c(pairs[i].one), 9, &why),
               0,
               "the first of pair %zu is read", i);
        is_int(trade_event_read_record(&two, trade_str_c(ID),
                                       trade_str_c(pairs[i].two), 9, &why),
               0,
               "the second of the pair is read");
        is_int(trade_event_read_same(&one, &two), pairs[i].same,
               "the pair is compared rightly");

        trade_event_read_free(&one);
        trade_event_read_free(&two);
    }
}


static void
test_no_records(void)
{
    size_t               i;
    const char          *why;
    trade_event_read_t   read;

    static const char *const  none[] = {
        "", "PLACED", "PLACED 1 a 7 9\no - -\n", "PLACED 1 a 7 9\no - -\n{}",
        "PAID 1 a 7 9\no - -\n" ORDER,
        "PLACED 2 a 7 9\no - -\n" ORDER,
        "REFUSED 0 a 7 9\no - -\n" CART,
        "PLACED 1 a 7 9\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9,\no - -\n" CART,
        "PLACED 1 a 7 9 2665=8,1418=9\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9,2665=8,\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9,2665=8,3=1\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9,2665\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9,2665=08\no - -\n" CART,
        "PLACED 1 a 7 9 1072=6,1418=9,2665=8\no - -\n" CART,
        "PLACED 1 a 7 9 1418=9\no - -\n" ORDER,
        "PAID 2 a 8 9 1418=9,2665=8\no - -\n" CART,
        "STOCK 1 a 7 9 1418=9\ns - -\nA-1 1 1 0 - - -",
        "PAID 2 a 8 9\no - -\nPLACED 1 a 7 9\no - -\n" ORDER,
        "PLACED 1 a 7 9\no - -\n " ORDER,
        "STOCK 1 a 7 9\ns - -\n" ORDER,
        "STOCK 1 a 7 9\ns - -\nB-1 1 1 0 - - -",
        "PLACED 1 a 7 9\no - -\nA-1 1 1 0 - - -"
    };

    for (i = 0; i < UNIT_ROWS(none); i++) {
        is_int(trade_event_read_record(&read, trade_str_c(ID),
                                       unit_guard(trade_str_c(none[i])), 9,
                                       &why), -1,
               "no record is made of %s", none[i]);
        ok(why != NULL, "the reader says why no record is made");
    }

    is_int(trade_event_read_record(&read, trade_str_c("x"),
                                   trade_str_c("PLACED 1 a 7 9\no - -\n"
                                               ORDER), 9, &why),
           -1, "an event without an id is refused");
}


int
main(void)
{
    digest = trade_digest_create();

    test_back();
    test_created();
    test_strange();
    test_same();
    test_no_records();

    trade_digest_free(digest);

    return done_testing();
}
