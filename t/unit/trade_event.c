/* Shows the Kafka record of each event, the same bytes however often built. */

#include "trade_event.h"
#include "trade_trace.h"
#include "unit.h"


#define ID        "0a7-00041061050r3gg28a1c60t3gf"
#define PARENT    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define MOST      "18446744073709551614"
#define TIME_MAX  "253402300799999"

#define ORDER     "\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\","          \
                  "\"quantity\":2}]}"


static const struct {
    const char  *text;                  /* the record */
    const char  *key;
    const char  *value;
    const char  *headers;               /* as "name: value\n" */
} events[] = {
    { "PLACED 1 ab12 7 1767323045678\no - -\n{" ORDER,
      ID,
      "{\"order_id\":\"" ID "\",\"created_at\":\"2026-01-02T03:04:05.678Z\","
      ORDER,
      "ce_subject: " ID "\n"
      "ce_specversion: 1.0\n"
      "ce_type: trade.order.placed.v1\n"
      "ce_source: /trade\n"
      "ce_id: " ID ".1\n"
      "ce_sequence: 1\n"
      "ce_time: 2026-01-02T03:04:05.678Z\n"
      "content-type: application/json\n"
      "trade_versions: 167=7\n" },

    { "PLACED 12 ab12 9007199254740993 0\nb " PARENT " a=1, b=2\n{" ORDER,
      "u-1",
      "{\"order_id\":\"" ID "\",\"created_at\":\"1970-01-01T00:00:00.000Z\","
      ORDER,
      "ce_subject: " ID "\n"
      "ce_specversion: 1.0\n"
      "ce_type: trade.order.placed.v1\n"
      "ce_source: /trade\n"
      "ce_id: " ID ".12\n"
      "ce_sequence: 12\n"
      "ce_time: 1970-01-01T00:00:00.000Z\n"
      "content-type: application/json\n"
      "trade_versions: 167=9007199254740993\n"
      "traceparent: " PARENT "\n"
      "tracestate: a=1, b=2\n" },

    { "CANCELLED 2 ab12 9 1767323045678\no " PARENT " -\n"
      "PLACED 1 ab12 7 0\no - a=1\n{" ORDER,
      ID,
      "{\"order_id\":\"" ID "\",\"created_at\":\"1970-01-01T00:00:00.000Z\","
      ORDER,
      "ce_subject: " ID "\n"
      "ce_specversion: 1.0\n"
      "ce_type: trade.order.cancelled.v1\n"
      "ce_source: /trade\n"
      "ce_id: " ID ".2\n"
      "ce_sequence: 2\n"
      "ce_time: 2026-01-02T03:04:05.678Z\n"
      "content-type: application/json\n"
      "trade_versions: 167=9\n"
      "traceparent: " PARENT "\n" },

    { "STOCK 1 ab12 8 1767323045678\ns " PARENT " -\n"
      "A-1 100 90 3 2 1767323045678 -",
      "A-1",
      "{\"change_id\":\"" ID "\",\"changed_at\":\"2026-01-02T03:04:05.678Z\","
      "\"sku\":\"A-1\",\"total\":100,\"available\":90,\"held\":3,\"sold\":7,"
      "\"limit\":2,\"opens_at\":\"2026-01-02T03:04:05.678Z\","
      "\"closes_at\":null,\"version\":8}",
      "ce_subject: A-1\n"
      "ce_specversion: 1.0\n"
      "ce_type: trade.stock.set.v1\n"
      "ce_source: /trade\n"
      "ce_id: " ID ".1\n"
      "ce_sequence: 1\n"
      "ce_time: 2026-01-02T03:04:05.678Z\n"
      "content-type: application/json\n"
      "trade_versions: 167=8\n"
      "traceparent: " PARENT "\n" }
};


/* a state without an event, or a body that is not what the state says */

static const char *const  no_events[] = {
    "REFUSED 1 ab12 7 1\no - -\n{" ORDER,
    "placed 1 ab12 7 1\no - -\n{" ORDER,
    "PLACEDX 1 ab12 7 1\no - -\n{" ORDER,
    "PLACED 1 ab12 7 1\no - -\nA-1 100 90 3 - - -",
    "PLACED 1 ab12 7 1\no - -\n[",
    "PLACED 1 ab12 7 1\no - -\n{",
    "PLACED 1 ab12 7 1\nb - -\n{\"items\":[]}",
    "PLACED 1 ab12 7 1\nb - -\n{\"buyer_id\":\"\"}",
    "PLACED 1 ab12 7 1\ns - -\n{" ORDER,
    "PLACED 1 ab12 7 1\ns - -\nA-1 100 90 3 - - -",
    "STOCK 1 ab12 7 1\ns - -\n{" ORDER,
    "STOCK 1 ab12 7 1\ns - -\nA-1 100 90",
    "STOCK 1 ab12 7 1\no - -\n{" ORDER,
    "STOCK 1 ab12 7 1\no - -\nA-1 100 90 3 - - -"
};


/* Builds the event of the record in `text` */

static int
build(trade_event_t *event, trade_buf_t *b, const char *text)
{
    trade_record_t  record;

    if (trade_record_read(&record, trade_str_c(text)) != 0) {
        return -1;
    }

    return trade_event_build(event, b, trade_str_c(ID), 0xa7, &record,
                             trade_str_c("/trade"));
}


static trade_str_t
headers_of(const trade_event_t *event)
{
    size_t        i;
    static char   mem[1024];
    trade_buf_t   b;

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < event->nheaders; i++) {
        trade_buf_c(&b, event->headers[i].name);
        trade_buf_c(&b, ": ");
        trade_buf_str(&b, event->headers[i].value);
        trade_buf_c(&b, "\n");
    }

    return trade_buf_done(&b);
}


static void
test_events(void)
{
    char           mem[1024];
    size_t         i;
    trade_buf_t    b;
    trade_event_t  event;

    for (i = 0; i < UNIT_ROWS(events); i++) {
        trade_buf_init(&b, mem, sizeof(mem));

        is_int(build(&event, &b, events[i].text), 0, "%s", events[i].text);
        is_str(event.key, trade_str_c(events[i].key),
               "%s: the event has its key", events[i].text);
        is_str(event.value, trade_str_c(events[i].value),
               "%s: the event has its value", events[i].text);
        is_str(headers_of(&event), trade_str_c(events[i].headers),
               "%s: the event has its headers", events[i].text);
        ok(unit_is_json(event.value), "the value of an event is strict JSON");
        ok(event.nheaders <= TRADE_EVENT_HEADERS_MAX,
               "an event has room for its headers");
    }
}


static void
test_refused(void)
{
    char           mem[1024];
    size_t         i;
    trade_buf_t    b;
    trade_event_t  event;

    for (i = 0; i < UNIT_ROWS(no_events); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        is_int(build(&event, &b, no_events[i]), -1, "no event is made of %s",
               no_events[i]);
    }
}


static void
write_event(trade_buf_t *b, const void *data)
{
    int            rc;
    trade_event_t  event;

    rc = build(&event, b, data);

    if ((rc == 0) == b->overflow) {
        abort();
    }
}


/* How many bytes the record's event needs; -1 when it does not fit the macro */

static int
needs(const char *text, size_t body_len)
{
    int            used;
    char          *mem;
    trade_buf_t    b;
    trade_event_t  event;

    mem = malloc(trade_event_size(body_len));
    trade_buf_init(&b, mem, trade_event_size(body_len));
    used = build(&event, &b, text) == 0 ? (int) (b.pos - b.start) : -1;
    free(mem);

    return used;
}


static void
test_longest(void)
{
    int                used;
    size_t             i;
    static const char  head[] = " " MOST " ab12 " MOST " " TIME_MAX "\n";
    char               text[8192], state[TRADE_TRACE_STATE_MAX + 1] = "";
    const char        *body;

    memset(state, 'a', TRADE_TRACE_STATE_MAX);

    body = "{\"buyer_id\":\"" UNIT_QUOTES_JSON "\",\"items\":[{\"sku\":\""
           UNIT_QUOTES_JSON "\",\"quantity\":" MOST "}]}";
    (void) snprintf(text, sizeof(text), "PLACED%sb " PARENT " %s\n%s", head,
                    state, body);
    used = needs(text, strlen(body));
    ok(used > 0, "the longest order's event fits: %d bytes", used);

    body = UNIT_QUOTES " " MOST " -9223372036854775807 " MOST " " MOST " "
           TIME_MAX " " TIME_MAX;
    (void) snprintf(text, sizeof(text), "STOCK%ss " PARENT " %s\n%s", head,
                    state, body);
    used = needs(text, strlen(body));
    ok(used > 0, "the longest change's event fits: %d bytes", used);

    for (i = 0; i < UNIT_ROWS(events); i++) {
        used = needs(events[i].text, 0);
        ok(unit_bounded(write_event, events[i].text, used),
           "in fewer than %d bytes there is none", used);
    }
}


/* Two builds differ in nothing, whatever was in the memory before */

static void
test_again(void)
{
    char           mem[2][1024];
    size_t         i;
    trade_buf_t    b;
    trade_event_t  event[2];

    for (i = 0; i < 2; i++) {
        memset(mem[i], i ? 'x' : 0, sizeof(mem[i]));
        trade_buf_init(&b, mem[i], sizeof(mem[i]));
        (void) build(&event[i], &b, events[1].text);
    }

    is_str(event[0].key, event[1].key, "both events have the same key");
    is_str(event[0].value, event[1].value, "both events have the same value");
    is_int(event[0].nheaders, event[1].nheaders,
           "both events have as many headers");

    for (i = 0; i < event[0].nheaders; i++) {
        is_str(event[0].headers[i].value, event[1].headers[i].value,
               "both events have the same %s", event[0].headers[i].name);
    }
}


static void
test_partition(void)
{
    char           mem[1024];
    trade_buf_t    b;
    trade_event_t  event;

    trade_buf_init(&b, mem, sizeof(mem));
    is_int(build(&event, &b, "PLACED 1 ab12 7 1\no17 - -\n{" ORDER), 0,
           "an event is built of a record with a partition");
    is_int(event.partition, 18, "the event has the partition of its record");

    trade_buf_init(&b, mem, sizeof(mem));
    is_int(build(&event, &b, "PLACED 1 ab12 7 1\no - -\n{" ORDER), 0,
           "an event is built of a record without a partition");
    is_int(event.partition, 0,
           "the event of a record without a partition has none");
}


int
main(void)
{
    test_events();
    test_refused();
    test_longest();
    test_again();
    test_partition();

    return done_testing();
}
