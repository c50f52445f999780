/* Shows the keys and arguments of each script's call, and that they fit. */

#include "trade_call.h"
#include "trade_trace.h"
#include "unit.h"


#define ID    "0a7-00041061050r3gg28a1c60t3gf"
#define LAST  "0a7-7zzzzzzzzzzzzzzzzzzzzzzzzz"
#define HASH  "00112233445566778899aabbccddeeff"
#define TRANSITION                                                            \
    "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:" LAST "\n"       \
    "trade:{s167}:order:" ID "\n7\n6\n" ID "\nCANCELLED\nPLACED PAID\n"       \
    "u-1\n1767323045678\n7000\n604800000\no - a=1\n*\n a b \n1767323045\n"
#define KEPT  TRADE_STOCK_KEPT
#define JSON  "{\"buyer_id\":\"u-1\",\"items\":[]}"


static const trade_record_t  carried = {
    .key = TRADE_RECORD_KEY_ORDER, .tracestate = trade_str("a=1")
};


/* with all there may be, and with no more than there must be */

static const trade_precondition_t  condition = {
    trade_str("*"), trade_str(" a b "), 1767323045
};


static const trade_write_args_t  makes[] = {
    { { 167, 7, trade_str(LAST), 6 }, trade_str(ID), trade_str("ab12"),
      trade_str(HASH), 86400000, 1767323045678, 7000, 604800000, &carried,
      &condition },
    { { 0, 0, trade_null_str, 6 }, trade_str(ID), trade_str("ab12"),
      trade_null_str, 86400000, 1, 7000, 0, &carried, NULL }
};


static const trade_write_args_t  longest = {
    { 4095, UINT64_MAX, trade_str(LAST), UINT64_MAX }, trade_str(ID),
    trade_str(HASH), trade_str(HASH), UINT64_MAX, UINT64_MAX, UINT64_MAX,
    UINT64_MAX, &carried, &condition
};


static const struct {
    int          write;
    int          dry_run;
    size_t       nkeys;
    const char  *argv;                  /* joined with '\n', '^' for '\n' */
} places[] = {
    { 0, 0, 7,
      "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:" LAST "\n"
      "trade:{s167}:order:" ID "\ntrade:{s167}:key:" HASH "\n"
      "trade:{s167}:bought:A-1\ntrade:{s167}:bought:B:2\n"
      "7\n6\n" ID "\nab12\n86400000\nu-1\n1767323045678\n7000\n604800000\n"
      "o - a=1^" JSON "\n2\n1000\n"
      "available|A-1\nlimit|A-1\nopens|A-1\ncloses|A-1\n"
      "held|A-1\n"
      "available|B:2\nlimit|B:2\nopens|B:2\ncloses|B:2\n"
      "held|B:2\n" },
    { 1, 1, 7,
      "trade:{s0}:slot\ntrade:{s0}:due\ntrade:{s0}:order:\n"
      "trade:{s0}:order:" ID "\ntrade:{s0}:key:\n"
      "trade:{s0}:bought:A-1\ntrade:{s0}:bought:B:2\n"
      "0\n\n" ID "\nab12\n\nu-1\n1\n\n\n"
      "o - a=1^" JSON "\n2\n1000\n"
      "available|A-1\nlimit|A-1\nopens|A-1\ncloses|A-1\n"
      "held|A-1\n"
      "available|B:2\nlimit|B:2\nopens|B:2\ncloses|B:2\n"
      "held|B:2\n" }
};


static const struct {
    int                     write;
    trade_stock_change_t    change;
    const char             *argv;
} changes[] = {
    { 0, { -1, -5, KEPT, KEPT, KEPT, 1 },
      "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:" LAST "\n"
      "trade:{s167}:order:" ID "\ntrade:{s167}:key:" HASH "\n"
      "7\n6\n" ID "\nab12\n86400000\nA-1\n1767323045678\n7000\n604800000\n"
      "o - a=1\nadd\n-5\n=\n=\n=\n*\n a b \n1767323045\n" },
    { 1, { -1, TRADE_STOCK_MAX, KEPT, KEPT, KEPT, 1 },
      "trade:{s0}:slot\ntrade:{s0}:due\ntrade:{s0}:order:\n"
      "trade:{s0}:order:" ID "\ntrade:{s0}:key:\n"
      "0\n\n" ID "\nab12\n\nA-1\n1\n7000\n\n"
      "o - a=1\nadd\n1000000000000\n=\n=\n=\n\n\n\n" },
    { 1, { 100, 0, 2, 3, TRADE_STOCK_UNSET, 0 },
      "trade:{s0}:slot\ntrade:{s0}:due\ntrade:{s0}:order:\n"
      "trade:{s0}:order:" ID "\ntrade:{s0}:key:\n"
      "0\n\n" ID "\nab12\n\nA-1\n1\n7000\n\n"
      "o - a=1\nset\n100\n2\n3\n\n\n\n\n" },
    { 1, { 0, 0, TRADE_STOCK_UNSET, TRADE_STOCK_UNSET, 0, 0 },
      "trade:{s0}:slot\ntrade:{s0}:due\ntrade:{s0}:order:\n"
      "trade:{s0}:order:" ID "\ntrade:{s0}:key:\n"
      "0\n\n" ID "\nab12\n\nA-1\n1\n7000\n\n"
      "o - a=1\nset\n0\n\n\n0\n\n\n\n" },
    { 1, { 5, 0, 2, KEPT, TRADE_STOCK_UNSET, 1 },
      "trade:{s0}:slot\ntrade:{s0}:due\ntrade:{s0}:order:\n"
      "trade:{s0}:order:" ID "\ntrade:{s0}:key:\n"
      "0\n\n" ID "\nab12\n\nA-1\n1\n7000\n\n"
      "o - a=1\nchange\n5\n2\n=\n\n\n\n\n" }
};


/* The call's strings, one a line */

static trade_str_t
argv_of(const trade_call_t *call)
{
    size_t        i, n;
    static char   mem[4096];
    trade_buf_t   b;
    trade_str_t   s;

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < call->argc; i++) {
        s = call->argv[i];

        for (n = 0; n < s.len; n++) {
            trade_buf_put(&b, s.data[n] == '\n' ? "^" : s.data + n, 1);
        }

        trade_buf_c(&b, "\n");
    }

    return trade_buf_done(&b);
}


/* An order of `n` items, as much as there may be of each */

static void
order_make(trade_order_t *order, size_t n, const char *buyer, const char *sku)
{
    size_t  i;

    memset(order, 0, sizeof(*order));
    order->json = trade_str_c(JSON);
    order->buyer = trade_str_c(buyer);
    order->items = order->mem = malloc(n * sizeof(trade_item_t));
    order->nitems = n;

    for (i = 0; i < n; i++) {
        order->items[i].sku = trade_str_c(sku);
        order->items[i].quantity = UINT64_MAX;
    }
}


static const trade_due_t  events[] = {
    { trade_str(ID), UINT64_MAX, 0 },
    { trade_str(LAST), 1, UINT32_MAX }
};

static const uint16_t  slots[] = { 0, 4095 };


/* The arguments of a call that makes a record, at their longest */

static void
make_longest(trade_write_args_t *write, trade_record_t *record)
{
    static char  text[TRADE_TRACE_STATE_MAX];

    memset(record, 0, sizeof(*record));
    record->key = TRADE_RECORD_KEY_SKU;
    record->traceparent = trade_str_of(text, TRADE_TRACE_PARENT_LEN);
    record->tracestate = trade_str_of(text, TRADE_TRACE_STATE_MAX);

    *write = longest;
    write->carried = record;
}


static size_t
longest_place_size(const trade_order_t *order)
{
    trade_record_t      record;
    trade_write_args_t  write;

    make_longest(&write, &record);

    return trade_call_place_size(&write, order);
}


static void
test_place(void)
{
    char           *mem;
    size_t          i, size;
    trade_call_t    call;
    trade_order_t   order;

    order_make(&order, 2, "u-1", "A-1");
    order.items[1].sku = trade_str_c("B:2");
    order.items[0].quantity = 2;
    order.items[1].quantity = 1000;

    size = longest_place_size(&order);
    mem = malloc(size);

    for (i = 0; i < UNIT_ROWS(places); i++) {
        is_int(trade_call_place(&call, mem, size, &makes[places[i].write],
                                &order, places[i].dry_run),
               0, "call %zu of place fits", i);
        ok(call.script == &trade_script_place,
           "a call of place has its script");
        is_int(call.durable, 1, "a call of place is durable");
        is_int(call.nkeys, places[i].nkeys, "a call of place has its keys");
        is_str(argv_of(&call), trade_str_c(places[i].argv),
               "a call of place has its arguments");
    }

    free(mem);
    trade_order_free(&order);
}


static void
test_change(void)
{
    char          *mem;
    size_t         i;
    trade_call_t   call;

    mem = malloc(TRADE_CALL_CHANGE_SIZE);

    for (i = 0; i < UNIT_ROWS(changes); i++) {
        is_int(trade_call_change(&call, mem, TRADE_CALL_CHANGE_SIZE,
                                 &makes[changes[i].write], trade_str_c("A-1"),
                                 &changes[i].change),
               0, "call %zu of change fits", i);
        ok(call.script == &trade_script_change,
           "a call of change has its script");
        is_int(call.durable, 1, "a call of change is durable");
        is_int(call.nkeys, 5, "a call of change has its keys");
        is_str(argv_of(&call), trade_str_c(changes[i].argv),
               "a call of change has its arguments");
    }

    free(mem);
}


static void
test_reads(void)
{
    char          *mem;
    trade_call_t   call;

    mem = malloc(TRADE_CALL_SIZE);

    is_int(trade_call_order(&call, mem, TRADE_CALL_SIZE, &makes[0].seen,
                            trade_str_c(ID)),
           0, "a call of order fits");
    ok(call.script == &trade_script_order, "a call of order has its script");
    is_int(call.durable, 0, "a call of order is not durable");
    is_int(call.nkeys, 4, "a call of order has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:" LAST "\n"
                       "trade:{s167}:order:" ID "\n7\n6\n" ID "\n"),
           "a call of order has its arguments");

    is_int(trade_call_stock(&call, mem, TRADE_CALL_SIZE, &makes[1].seen,
                            trade_str_c(UNIT_NAME)),
           0, "a call of stock fits");
    ok(call.script == &trade_script_stock, "a call of stock has its script");
    is_int(call.durable, 0, "a call of stock is not durable");
    is_int(call.nkeys, 3, "a call of stock has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s0}:slot\ntrade:{s0}:due\n"
                       "trade:{s0}:order:\n0\n\n" UNIT_NAME "\n"),
           "a call of stock has its arguments");

    free(mem);
}


static void
test_changes(void)
{
    char          *mem;
    trade_call_t   call;

    mem = malloc(TRADE_CALL_SIZE);

    is_int(trade_call_ack_events(&call, mem, trade_call_ack_events_size(2),
                                 &longest.seen, events, 2),
           0, "a call of ack fits");
    ok(call.script == &trade_script_ack, "a call of ack has its script");
    is_int(call.durable, 0, "a call of ack is not durable");
    is_int(call.nkeys, 3, "a call of ack has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s4095}:slot\ntrade:{s4095}:due\n"
                       "trade:{s4095}:order:" LAST "\n"
                       "18446744073709551615\n18446744073709551615\n"
                       ID ".18446744073709551615\n" LAST ".1\n"),
           "a call of ack has its arguments");

    is_int(trade_call_ack_effects(&call, mem, trade_call_ack_events_size(2),
                                  &makes[0].seen, 0, 1, events, 2),
           0, "a call of ack_effects fits");
    ok(call.script == &trade_script_ack_effects,
       "a call of ack_effects has its script");
    is_int(call.durable, 0, "a call of ack_effects is not durable");
    is_int(call.nkeys, 3, "a call of ack_effects has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:" LAST "\n7\n6\n\n1\n"
                       ID ".18446744073709551615\n"
                       LAST ".1 4294967294\n"),
           "a call of ack_effects has its arguments");

    is_int(trade_call_transition(&call, mem, TRADE_CALL_CHANGE_SIZE,
                                 &makes[0],
                                 &trade_actions[TRADE_ACTION_CANCEL],
                                 trade_str_c("u-1")),
           0, "a call of transition fits");
    ok(call.script == &trade_script_transition,
       "a call of transition has its script");
    is_int(call.durable, 1, "a call of transition is durable");
    is_int(call.nkeys, 4, "a call of transition has its keys");
    is_str(argv_of(&call), trade_str_c(TRANSITION),
           "a call of transition has its arguments");

    free(mem);
}


static void
test_sweeps(void)
{
    char          *mem;
    trade_call_t   call;

    mem = malloc(TRADE_CALL_SIZE);

    is_int(trade_call_peek(&call, mem, trade_call_peek_size(2), slots, 2,
                           UINT64_MAX, 1),
           0, "a call of peek fits");
    ok(call.script == &trade_script_peek, "a call of peek has its script");
    is_int(call.nkeys, 2, "a call of peek has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s0}:due\ntrade:{s4095}:due\n"
                       "18446744073709551615\n1\n"),
           "a call of peek has its arguments");

    is_int(trade_call_claim(&call, mem, TRADE_CALL_SIZE, &longest.seen,
                            UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1),
           0, "a call of claim fits");
    ok(call.script == &trade_script_claim, "a call of claim has its script");
    is_int(call.durable, 1, "a call of claim is durable");
    is_int(call.nkeys, 3, "a call of claim has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s4095}:slot\ntrade:{s4095}:due\n"
                       "trade:{s4095}:order:" LAST "\n"
                       "18446744073709551615\n18446744073709551615\n"
                       "18446744073709551615\n18446744073709551615\n"
                       "18446744073709551615\n18446744073709551615\n"
                       "86400000\n"),
           "a call of claim has its arguments");

    free(mem);
}


/* Each call with the longest of all its strings, in `size` bytes */

static int
longest_place(void *mem, size_t size, const void *order)
{
    trade_call_t        call;
    trade_record_t      record;
    trade_write_args_t  write;

    make_longest(&write, &record);

    return trade_call_place(&call, mem, size, &write, order, 0);
}


static int
longest_change(void *mem, size_t size, const void *change)
{
    trade_call_t        call;
    trade_record_t      record;
    trade_write_args_t  write;

    make_longest(&write, &record);

    return trade_call_change(&call, mem, size, &write, trade_str_c(UNIT_NAME),
                             change);
}


static int
longest_order(void *mem, size_t size, const void *id)
{
    trade_call_t  call;

    return trade_call_order(&call, mem, size, &longest.seen,
                            trade_str_c(id));
}


static int
longest_stock(void *mem, size_t size, const void *sku)
{
    trade_call_t  call;

    return trade_call_stock(&call, mem, size, &longest.seen,
                            trade_str_c(sku));
}


static int
longest_ack(void *mem, size_t size, const void *due)
{
    trade_call_t  call;

    return trade_call_ack_events(&call, mem, size, &longest.seen, due, 2);
}


static int
longest_ack_effects(void *mem, size_t size, const void *due)
{
    trade_call_t  call;

    return trade_call_ack_effects(&call, mem, size, &longest.seen, UINT64_MAX,
                                  1, due, 2);
}


static int
longest_transition(void *mem, size_t size, const void *none)
{
    trade_call_t        call;
    trade_record_t      record;
    trade_write_args_t  write;

    (void) none;

    make_longest(&write, &record);

    return trade_call_transition(&call, mem, size, &write,
                                 &trade_actions[TRADE_ACTION_CANCEL],
                                 trade_str_c(UNIT_NAME));
}


static int
longest_peek(void *mem, size_t size, const void *of)
{
    trade_call_t  call;

    return trade_call_peek(&call, mem, size, of, UNIT_ROWS(slots),
                           UINT64_MAX, 1);
}


static int
longest_claim(void *mem, size_t size, const void *none)
{
    trade_call_t  call;

    (void) none;

    return trade_call_claim(&call, mem, size, &longest.seen, UINT64_MAX,
                            UINT64_MAX, UINT64_MAX, UINT64_MAX, 1);
}


/*
 * In `size` bytes it is laid out; in fewer too, or, from some size on, not:
 * then it says so.  The sanitizer sees what is written elsewhere.
 */
static void
is_bounded(const char *name, int (*lay_out)(void *, size_t, const void *),
    const void *data, size_t size)
{
    int     right, rc, last;
    char   *mem;
    size_t  n;

    for (right = 1, last = 0, n = size; n > 0; n--) {
        mem = malloc(n);
        rc = lay_out(mem, n, data);
        free(mem);

        right &= rc == last || (rc == -1 && n < size);
        last = rc;
    }

    ok(right && last == -1, "the longest %s fits, or is none", name);
}


static void
test_longest(void)
{
    trade_order_t               order;
    const trade_stock_change_t  set = {
        INT64_MAX, 0, UINT64_MAX - 2, UINT64_MAX - 2, UINT64_MAX - 2, 0
    };
    const trade_stock_change_t  add = {
        -1, -INT64_MAX, UINT64_MAX - 2, UINT64_MAX - 2, UINT64_MAX - 2, 1
    };

    order_make(&order, 1, UNIT_NAME, UNIT_NAME);
    is_bounded("order of one item", longest_place, &order,
               longest_place_size(&order));
    trade_order_free(&order);

    order_make(&order, 8, UNIT_NAME, UNIT_NAME);
    is_bounded("order of eight", longest_place, &order,
               longest_place_size(&order));
    trade_order_free(&order);

    is_bounded("change", longest_change, &set, TRADE_CALL_CHANGE_SIZE);
    is_bounded("addition", longest_change, &add, TRADE_CALL_CHANGE_SIZE);
    is_bounded("look-up of an order", longest_order, ID, TRADE_CALL_SIZE);
    is_bounded("look-up of stock", longest_stock, UNIT_NAME, TRADE_CALL_SIZE);
    is_bounded("ack", longest_ack, events,
               trade_call_ack_events_size(UNIT_ROWS(events)));
    is_bounded("ack_effects", longest_ack_effects, events,
               trade_call_ack_events_size(UNIT_ROWS(events)));
    is_bounded("transition", longest_transition, NULL,
               TRADE_CALL_CHANGE_SIZE);
    is_bounded("peek", longest_peek, slots,
               trade_call_peek_size(UNIT_ROWS(slots)));
    is_bounded("claim", longest_claim, NULL, TRADE_CALL_SIZE);
}


static void
test_most_items(void)
{
    char           *mem;
    size_t          size;
    trade_order_t   order;

    order_make(&order, TRADE_ITEMS_LIMIT, UNIT_NAME, UNIT_NAME);
    size = longest_place_size(&order);
    mem = malloc(size);

    is_int(longest_place(mem, size, &order), 0, "an order of %d items fits",
           TRADE_ITEMS_LIMIT);

    free(mem);
    trade_order_free(&order);
}


int
main(void)
{
    test_place();
    test_change();
    test_reads();
    test_changes();
    test_sweeps();
    test_longest();
    test_most_items();

    return done_testing();
}
