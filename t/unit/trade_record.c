/* Shows that a record is read as it was written, and nothing else is one. */

#include "trade_record.h"
#include "trade_trace.h"
#include "unit.h"


#define HEADER  "PLACED 1 ab12 7 1767323045678"
#define PARENT  "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define BODY    "{\"buyer_id\":\"u-1\",\"items\":[]}"


static const struct {
    trade_str_t      text;
    trade_record_t   record;
} records[] = {
    { trade_str(HEADER "\no - -\n" BODY),
      { TRADE_STATE_PLACED, 1, trade_str("ab12"), 7, 1767323045678,
        trade_null_str, TRADE_RECORD_KEY_ORDER, trade_null_str, trade_null_str,
        0, trade_null_str, 1767323045678, trade_str(BODY) } },
    { trade_str("CANCELLED 3 0 18446744073709551615 0\nb " PARENT " a=1, b=2\n"
                BODY),
      { TRADE_STATE_CANCELLED, 3, trade_str("0"), UINT64_MAX, 0,
        trade_null_str, TRADE_RECORD_KEY_BUYER, trade_str(PARENT),
        trade_str("a=1, b=2"),
        0, trade_null_str, 0, trade_str(BODY) } },
    { trade_str("PAID 2 ab12 9 8\nb " PARENT " -\n" HEADER "\nb - -\n" BODY),
      { TRADE_STATE_PAID, 2, trade_str("ab12"), 9, 8,
        trade_null_str, TRADE_RECORD_KEY_BUYER, trade_str(PARENT),
        trade_null_str,
        0, trade_str(HEADER "\nb - -\n"), 1767323045678, trade_str(BODY) } },
    { trade_str("STOCK 1 ab12 7 1\ns " PARENT " -\nA-1 1 1 0 - - -"),
      { TRADE_STATE_STOCK, 1, trade_str("ab12"), 7, 1,
        trade_null_str, TRADE_RECORD_KEY_SKU, trade_str(PARENT), trade_null_str,
        0, trade_null_str, 1, trade_str("A-1 1 1 0 - - -") } },
    { trade_str("X 18446744073709551615 f 0 253402300799999\n"
                "o - a=-\n{\n}\n"),
      { TRADE_STATE_NONE, UINT64_MAX, trade_str("f"), 0, 253402300799999,
        trade_null_str, TRADE_RECORD_KEY_ORDER, trade_null_str,
        trade_str("a=-"),
        0, trade_null_str, 253402300799999, trade_str("{\n}\n") } },
    { trade_str("PLACED 1 ab12 7 9 2734=12,100=3\no - -\n" BODY),
      { TRADE_STATE_PLACED, 1, trade_str("ab12"), 7, 9,
        trade_str("2734=12,100=3"), TRADE_RECORD_KEY_ORDER, trade_null_str,
        trade_null_str, 0, trade_null_str, 9, trade_str(BODY) } },
    { trade_str("PAID 2 ab12 9 8\no17 " PARENT " -\n" HEADER "\no17 - -\n"
                BODY),
      { TRADE_STATE_PAID, 2, trade_str("ab12"), 9, 8,
        trade_null_str, TRADE_RECORD_KEY_ORDER, trade_str(PARENT),
        trade_null_str,
        18, trade_str(HEADER "\no17 - -\n"), 1767323045678,
        trade_str(BODY) } },
    { trade_str("PLACED 1 ab12 7 9\nb0 - -\n" BODY),
      { TRADE_STATE_PLACED, 1, trade_str("ab12"), 7, 9,
        trade_null_str, TRADE_RECORD_KEY_BUYER, trade_null_str,
        trade_null_str, 1, trade_null_str, 9, trade_str(BODY) } },
    { trade_str("PLACED 1 ab12 7 9\no2147483646 - -\n" BODY),
      { TRADE_STATE_PLACED, 1, trade_str("ab12"), 7, 9,
        trade_null_str, TRADE_RECORD_KEY_ORDER, trade_null_str,
        trade_null_str, 2147483647, trade_null_str, 9, trade_str(BODY) } }
};


static const trade_str_t  no_headers[] = {
    trade_null_str, trade_str(""), trade_str(" "), trade_str("PLACED"),
    trade_str("PLACED 1"), trade_str("PLACED 1 ab12"),
    trade_str("PLACED 1 ab12 7"), trade_str("PLACED 1 ab12 7 "),
    trade_str(" 1 ab12 7 8"), trade_str("PLACED 01 ab12 7 8"),
    trade_str("PLACED -1 ab12 7 8"), trade_str("PLACED x ab12 7 8"),
    trade_str("PLACED 1  7 8"), trade_str("PLACED 1 ab12 x 8"),
    trade_str("PLACED 1 ab12 7 x"), trade_str("PLACED 1 ab12 7 8\n"),
    trade_str("PLACED  1 ab12 7 8"), trade_str("PLACED 1 ab12 1e+14 8"),
    trade_str("PLACED 18446744073709551616 ab12 7 8"),
    trade_str("PLACED 1 ab12 7 253402300800000"),
    trade_str("ERR something")
};


static const trade_str_t  no_records[] = {
    trade_null_str, trade_str(""), trade_str("\n\n"),
    trade_str(HEADER), trade_str(HEADER "\n"), trade_str(HEADER "\no - -"),
    trade_str(HEADER "\no - -\n"), trade_str(HEADER "\n\n{}"),
    trade_str(HEADER "\no\n{}"), trade_str(HEADER "\no -\n{}"),
    trade_str(HEADER "\no - \n{}"), trade_str(HEADER "\no  -\n{}"),
    trade_str(HEADER "\nx - -\n{}"), trade_str(HEADER "\nob - -\n{}"),
    trade_str(HEADER "\no01 - -\n{}"), trade_str(HEADER "\no-1 - -\n{}"),
    trade_str(HEADER "\no2147483647 - -\n{}"),
    trade_str(HEADER "\n17 - -\n{}"), trade_str(HEADER "\no1x - -\n{}"),
    trade_str(HEADER "\nO - -\n{}"), trade_str(HEADER "\n - -\n{}"),
    trade_str("PLACED 1\no - -\n{}"), trade_str("\n" HEADER "\no - -\n{}"),

    /* events that are not one after the other, or are none */
    trade_str("PAID 3 ab12 9 8\no - -\n" HEADER "\no - -\n{}"),
    trade_str("PAID 1 ab12 9 8\no - -\n" HEADER "\no - -\n{}"),
    trade_str("PAID 2 ab12 9 8\no - -\n" HEADER "\n{}"),
    trade_str("PAID 2 ab12 9 8\no - -\n" HEADER "\no - -\n"),
    trade_str("PAID 2 ab12 9 8\no - -\nPLACED\no - -\n{}")
};


static const struct {
    trade_str_t  body;
    trade_str_t  buyer;
} buyers[] = {
    { trade_str(BODY), trade_str("u-1") },
    { trade_str("{\"buyer_id\":\"u\"}"), trade_str("u") },
    { trade_str("{\"items\":[]}"), trade_null_str },
    { trade_str("{\"x\":\"buyer_id\",\"y\":\"u\"}"), trade_null_str },
    { trade_str("{}"), trade_null_str },
    { trade_str("{\"buyer_id\""), trade_null_str },
    { trade_str("{\"buyer_id\":"), trade_null_str },
    { trade_str("A-1 1 1 0 - - -"), trade_null_str },
    { trade_str(""), trade_null_str },
    { trade_null_str, trade_null_str }
};


static void
is_header(const trade_record_t *got, const trade_record_t *want)
{
    is_int(got->state, want->state, "a record has its state");
    is_int(got->seq, want->seq, "a record has its sequence");
    is_str(got->fingerprint, want->fingerprint, "a record has its fingerprint");
    is_int(got->version, want->version, "a record has its version");
    is_int(got->at, want->at, "a record has its time");
    is_str(got->participants, want->participants,
           "a record has its participants");
}


static void
is_carried(const trade_record_t *got, const trade_record_t *want)
{
    is_int(got->key, want->key, "a record has its kind of key");
    is_str(got->traceparent, want->traceparent, "a record has its traceparent");
    is_str(got->tracestate, want->tracestate, "a record has its tracestate");
    is_int(got->partition, want->partition, "a record has its partition");
}


static void
test_read(void)
{
    size_t          i;
    trade_str_t     text;
    trade_record_t  record;

    for (i = 0; i < UNIT_ROWS(records); i++) {
        text = unit_guard(records[i].text);

        is_int(trade_record_read(&record, text), 0, "%s",
               records[i].text.data);
        is_header(&record, &records[i].record);
        is_carried(&record, &records[i].record);
        is_str(record.body, records[i].record.body, "a record has its body");
        is_str(record.older, records[i].record.older,
               "a record has its older events");
        is_int(record.created, records[i].record.created,
               "a record has the time of its first event");

        memset(&record, 0, sizeof(record));
        text = trade_str_cut(&text, '\n');
        is_int(trade_record_read_header(&record, text), 0,
               "the header of a record is read alone");
        is_header(&record, &records[i].record);
    }
}


/* Back to each event that it has, and to no other */

static void
test_older(void)
{
    trade_record_t     record, event;
    const trade_str_t  text = trade_str(
        "CANCELLED 3 ab12 12 30\no " PARENT " -\n"
        "PAID 2 ab12 9 20\no - -\n" HEADER "\no - a=1\n" BODY);

    is_int(trade_record_read(&record, unit_guard(text)), 0,
           "a record with three events is read");
    ok(record.state == TRADE_STATE_CANCELLED,
       "a record is at its latest event");
    is_int(record.created, 1767323045678,
           "a record has the time of its first event");
    is_str(record.body, trade_str_c(BODY), "a record has one body");

    event = record;
    is_int(trade_record_older(&event), 1,
           "the record goes to the second event");
    ok(event.state == TRADE_STATE_PAID, "the second event has its state");
    is_int(event.at, 20, "the second event has its time");
    is_int(event.created, 1767323045678,
           "the second event has the time of the first");
    is_int(event.traceparent.len, 0, "the second event has its own trace");
    is_int(trade_record_older(&event), 1, "the record goes to the first event");
    is_int(event.version, 7, "the first event has its version");
    is_str(event.tracestate, trade_str_c("a=1"),
           "the first event has what it carries");
    is_str(event.body, trade_str_c(BODY), "the first event has the body");
    is_int(event.created, 1767323045678,
           "the first event has its time as the first");
    is_int(trade_record_older(&event), 0, "there is no event before the first");

    event = record;
    is_int(trade_record_as_of(&event, 3), 0, "the record goes to event 3");
    is_int(trade_record_as_of(&event, 1), 0, "the record goes back to event 1");
    ok(event.state == TRADE_STATE_PLACED, "event 1 has its state");
    is_int(trade_record_as_of(&event, 2), -1,
           "the record goes on to no later event");
    event = record;
    is_int(trade_record_as_of(&event, 4), -1, "the record has no event 4");
    is_int(trade_record_as_of(&event, 0), -1, "the record has no event 0");

    ok(trade_record_ended(&record), "a cancelled order has ended");
    (void) trade_record_read(&record, trade_str_c("EXPIRED" " 2 a 1 1\no - -\n"
                                                  HEADER "\no - -\n{}"));
    ok(trade_record_ended(&record), "an expired order has ended");
    (void) trade_record_older(&record);
    ok(!trade_record_ended(&record), "a placed order has not ended");
}


/* The part that was known before a call, and the part that its reply adds */

static void
test_complete(void)
{
    trade_record_t  reply, placed = { 0 }, paid = { 0 };

    (void) trade_record_read(&reply, trade_str_c("PAID 2 a 7 9\no - -\n"
                                                 "PLACED 1 a 3 5\nb4 - -\n{}"));

    placed.body = trade_str_c("{\"known\":1}");
    placed.key = TRADE_RECORD_KEY_ORDER;
    is_int(trade_record_complete(&placed, &reply), 0, "the body was known");
    is_int(placed.seq, 2, "the sequence is completed");
    is_int(placed.version, 7, "the version is completed");
    is_int(placed.at, 9, "the time is completed");
    is_int(placed.created, 5, "the time of the first event is completed");
    is_int(placed.key, TRADE_RECORD_KEY_ORDER, "the key stays");
    is_str(placed.body, trade_str_c("{\"known\":1}"), "the body stays");

    reply.key = TRADE_RECORD_KEY_BUYER;
    reply.partition = 5;
    is_int(trade_record_complete(&paid, &reply), 1, "a body is to be copied");
    is_int(paid.version, 7, "the version is there");
    is_int(paid.key, TRADE_RECORD_KEY_BUYER, "the key is that of the order");
    is_int(paid.partition, 5, "the partition is that of the order");
}


static void
test_refused(void)
{
    size_t          i;
    trade_record_t  record;

    for (i = 0; i < UNIT_ROWS(no_headers); i++) {
        is_int(trade_record_read_header(&record, unit_guard(no_headers[i])),
               -1, "%.*s is no header", (int) no_headers[i].len,
               no_headers[i].data);
    }

    for (i = 0; i < UNIT_ROWS(no_records); i++) {
        is_int(trade_record_read(&record, unit_guard(no_records[i])), -1,
               "%.*s is no record",
               (int) no_records[i].len, no_records[i].data);
    }
}


/* A carried line, read back behind a header */

static void
test_round_trip(void)
{
    char                   mem[256];
    size_t                 i;
    trade_buf_t            b;
    trade_record_t         record;
    const trade_record_t  *want;

    for (i = 0; i < UNIT_ROWS(records); i++) {
        want = &records[i].record;

        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_c(&b, HEADER "\n");
        trade_record_write_carried(&b, want);
        trade_buf_c(&b, "\n{}");

        is_int(trade_record_read(&record, trade_buf_done(&b)), 0,
               "the carried line of record %zu is read back", i);
        is_carried(&record, want);
    }
}


static void
write_carried(trade_buf_t *b, const void *data)
{
    trade_record_write_carried(b, data);
}


static void
test_longest(void)
{
    char            mem[1024], state[TRADE_TRACE_STATE_MAX];
    trade_buf_t     b;
    trade_record_t  record = { 0 };

    memset(state, 'a', sizeof(state));
    record.key = TRADE_RECORD_KEY_ORDER;
    record.partition = TRADE_RECORD_PARTITION_MAX;
    record.traceparent = trade_str_c(PARENT);
    record.tracestate = trade_str_of(state, sizeof(state));

    trade_buf_init(&b, mem, trade_record_carried_size(&record));
    trade_record_write_carried(&b, &record);
    trade_buf_c(&b, "\n");

    is_int(b.overflow, 0, "the longest fits trade_record_carried_size(): %zu",
           trade_buf_done(&b).len);
    ok(unit_bounded(write_carried, &record, trade_buf_done(&b).len - 1),
       "a record that does not fit is noted");
}


static void
test_views(void)
{
    size_t          i;
    trade_str_t     buyer;
    trade_record_t  record = { .state = TRADE_STATE_PLACED };

    for (i = 0; i < UNIT_ROWS(buyers); i++) {
        record.body = unit_guard(buyers[i].body);
        buyer = trade_record_buyer(&record);
        is_str(buyer, buyers[i].buyer, "the buyer is found in %.*s",
               (int) buyers[i].body.len, buyers[i].body.data);
    }
}


int
main(void)
{
    test_read();
    test_older();
    test_complete();
    test_refused();
    test_round_trip();
    test_longest();
    test_views();

    return done_testing();
}
