/*
 * A script's reply, with any bytes that a server may send: a text that is read
 * as one can be shown, explained and published again, each time the same.
 */

#include "trade_event.h"
#include "trade_id.h"
#include "trade_order.h"
#include "trade_refusal.h"
#include "trade_reply.h"
#include "trade_view.h"
#include "fuzz.h"


static const trade_str_t  fuzz_id = trade_str("0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz");


static void
fuzz_same(trade_str_t one, trade_str_t two)
{
    fuzz_check(trade_str_eq(one, two));
}


/* Stock, or an order as trade_order_parse() leaves it */

static int
fuzz_is_ours(const trade_record_t *record)
{
    int             ours;
    trade_order_t   order;
    trade_errors_t  errors = { 0 };

    static const trade_order_rules_t  rules = { TRADE_QUANTITY_LIMIT,
                                                TRADE_ITEMS_LIMIT,
                                                trade_null_str,
                                                trade_null_str };

    if (record->state == TRADE_STATE_STOCK) {
        return 1;
    }

    ours = trade_order_parse(&order, record->body, &rules, &errors)
           == TRADE_DONE
           && trade_str_eq(order.json, record->body);
    trade_order_free(&order);

    return ours;
}


/* The event in memory of its own, to be compared and freed */

static char *
fuzz_event(trade_event_t *event, const trade_record_t *record)
{
    int           rc;
    char         *mem;
    size_t        size;
    trade_buf_t   b;

    size = trade_event_size(record->body.len);
    mem = fuzz_alloc(size);
    trade_buf_init(&b, mem, size);

    rc = trade_event_build(event, &b, fuzz_id, 4095, record,
                           trade_str_c("/fuzz"));

    if (rc != 0) {
        free(mem);
        return NULL;
    }

    fuzz_check(event->nheaders <= TRADE_EVENT_HEADERS_MAX);
    fuzz_check(event->key.len);

    return mem;
}


static void
fuzz_publish(const trade_record_t *record)
{
    char           *mem, *again;
    size_t          i;
    trade_event_t   event, same;

    mem = fuzz_event(&event, record);
    again = fuzz_event(&same, record);

    fuzz_check(!mem == !again);

    if (mem) {
        fuzz_same(event.key, same.key);
        fuzz_same(event.value, same.value);
        fuzz_check(event.nheaders == same.nheaders);

        for (i = 0; i < event.nheaders; i++) {
            fuzz_same(event.headers[i].value, same.headers[i].value);
        }

        fuzz_check(!fuzz_is_ours(record) || fuzz_is_json(event.value));
    }

    free(mem);
    free(again);
}


static void
fuzz_show(const trade_record_t *record)
{
    char         *mem;
    size_t        size;
    trade_buf_t   b;

    size = trade_view_size(record->body.len);
    mem = fuzz_alloc(size);
    trade_buf_init(&b, mem, size);

    if (record->key == TRADE_RECORD_KEY_SKU) {
        (void) trade_view_stock(&b, record->body, record->version, fuzz_id, 0);

    } else {
        trade_view_order(&b, fuzz_id, record, 0);
    }

    fuzz_check(trade_record_buyer(record).len <= record->body.len);

    free(mem);
}


/* The second line of a record is read back unchanged */

static void
fuzz_carried(const trade_record_t *record)
{
    char            *mem;
    size_t           size;
    trade_buf_t      b;
    trade_record_t   again;

    size = trade_record_carried_size(record) + record->body.len + 32;
    mem = fuzz_alloc(size);

    trade_buf_init(&b, mem, size);
    trade_buf_c(&b, record->state == TRADE_STATE_STOCK ? "STOCK 1 f 1 1\n"
                                                    : "PLACED 1 f 1 1\n");
    trade_record_write_carried(&b, record);
    trade_buf_c(&b, "\n");
    trade_buf_str(&b, record->body);

    fuzz_check(!b.overflow);
    fuzz_check(trade_record_read(&again, trade_buf_done(&b)) == 0);
    fuzz_check(again.key == record->key);
    fuzz_same(again.traceparent, record->traceparent);
    fuzz_same(again.tracestate, record->tracestate);
    fuzz_same(again.body, record->body);

    free(mem);
}


static void
fuzz_record(const trade_record_t *record)
{
    fuzz_show(record);
    fuzz_publish(record);
    fuzz_carried(record);
}


/*
 * The items that a slot refuses of an order are listed once, and written as
 * JSON
 */

static void
fuzz_refused(const trade_reply_t *reply)
{
    size_t                i;
    trade_order_t         order;
    trade_item_t          items[3];
    trade_errors_t        errors = { 0 };

    memset(&order, 0, sizeof(order));
    order.items = items;
    order.nitems = 3;

    for (i = 0; i < order.nitems; i++) {
        items[i].sku = trade_str_c("\"\\\"");
        items[i].index = 2 - i;
    }

    trade_refusal_part(&order, &order, reply->result, reply->reasons);
    trade_refusal_sort(&order);

    fuzz_check(order.refused.n <= order.nitems);

    for (i = 0; i < order.refused.n; i++) {
        fuzz_check(order.refused.list[i].code.len);
        fuzz_check(i == 0 || order.refused.list[i - 1].index
                             <= order.refused.list[i].index);
    }

    fuzz_problem(reply->result, &errors, &order.refused);
    trade_order_free(&order);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t              n;
    trade_due_t         due;
    trade_str_t         text;
    trade_reply_t       reply;
    trade_record_t      record;
    trade_reply_work_t  work;

    text = trade_str_of((const char *) data, size);

    (void) trade_reply_error(text);

    if (trade_reply_read(&reply, text) != 0) {
        return 0;
    }

    for (n = 0; trade_reply_work(&reply.items, 3, &work); n++) {
        fuzz_check(n < size && work.slot < 3);
    }

    fuzz_check((reply.kind == TRADE_REPLY_REFUSED)
               == (reply.result != TRADE_DONE));

    if (reply.kind == TRADE_REPLY_REFUSED) {
        fuzz_refused(&reply);
    }

    if (reply.record.body.len) {
        fuzz_record(&reply.record);
    }

    if (reply.kind == TRADE_REPLY_CLAIMED) {
        while (trade_reply_claimed(&reply.text, &due, &record) == 1) {
            fuzz_check(trade_id_slot(due.id) >= 0);
            fuzz_record(&record);
        }
    }

    return 0;
}
