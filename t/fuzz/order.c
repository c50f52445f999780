/*
 * An order's body: an accepted body has one canonical form, from which the
 * call, the event and the view are made; a refusal says why in JSON.  The short
 * way for plain bodies changes nothing of that.
 */

#include "trade_call.h"
#include "trade_event.h"
#include "trade_name.h"
#include "trade_order.h"
#include "trade_slot.h"
#include "trade_view.h"
#include "fuzz.h"
#include "../unit/order_same.h"


static const trade_str_t  fuzz_id = trade_str("0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz");


static void
fuzz_items(const trade_order_t *order, const trade_order_rules_t *rules)
{
    size_t  i;

    fuzz_check(order->nitems && order->nitems <= rules->max_items);

    for (i = 0; i < order->nitems; i++) {
        fuzz_check(trade_name_check(order->items[i].sku)
                   == TRADE_NAME_VALID);
        fuzz_check(order->items[i].quantity
                   && order->items[i].quantity <= rules->max_quantity);
        fuzz_check(order->spans
                   || trade_slot_of(order->items[i].sku) == order->slot);
        fuzz_check(i == 0 || trade_str_cmp(order->items[i - 1].sku,
                                           order->items[i].sku) < 0);
    }
}


/* The canonical form is an order too, the same one */

static void
fuzz_canonical(const trade_order_t *order, const trade_order_rules_t *rules)
{
    trade_order_t   again;
    trade_errors_t  errors = { 0 };

    fuzz_check(trade_order_parse(&again, order->json, rules, &errors)
               == TRADE_DONE);
    fuzz_check(trade_str_eq(again.json, order->json));
    fuzz_check(trade_str_eq(again.buyer, order->buyer));
    fuzz_check(again.slot == order->slot && again.nitems == order->nitems);

    trade_order_free(&again);
}


static void
fuzz_call(const trade_order_t *order, const trade_record_t *record)
{
    void               *mem;
    size_t              size;
    trade_call_t        call;
    trade_write_args_t  write;

    memset(&write, 0, sizeof(write));

    write.seen.slot = order->slot;
    write.seen.version = write.seen.record_version = UINT64_MAX;
    write.seen.record = write.id = fuzz_id;
    write.fingerprint = write.key = record->fingerprint;
    write.key_ms = write.deadline = write.lease = write.keep = UINT64_MAX;
    write.carried = record;

    size = trade_call_place_size(&write, order);
    mem = fuzz_alloc(size);

    fuzz_check(trade_call_place(&call, mem, size, &write, order, 0) == 0);
    fuzz_check(call.nkeys < call.argc);

    free(mem);
}


static void
fuzz_record(const trade_order_t *order, trade_record_t *record)
{
    char           *mem;
    size_t          size;
    trade_buf_t     b;
    trade_event_t   event;

    size = trade_event_size(record->body.len);
    mem = fuzz_alloc(size);

    trade_buf_init(&b, mem, size);
    fuzz_check(trade_event_build(&event, &b, fuzz_id, order->slot, record,
                                 trade_str_c("/fuzz"))
               == 0);
    fuzz_check(fuzz_is_json(event.value));
    fuzz_check(trade_str_eq(event.key, order->buyer));

    free(mem);

    size = trade_view_size(record->body.len);
    mem = fuzz_alloc(size);

    trade_buf_init(&b, mem, size);
    trade_view_order(&b, fuzz_id, record, 1);
    fuzz_check(!b.overflow);
    fuzz_check(fuzz_is_json(trade_buf_done(&b)));

    free(mem);
}


static void
fuzz_order(trade_str_t body, const trade_order_rules_t *rules)
{
    trade_order_t   order;
    trade_errors_t  errors = { 0 };
    trade_record_t  record;
    trade_result_e  result;

    result = trade_order_parse(&order, body, rules, &errors);

    if (result != TRADE_DONE) {
        fuzz_check(!errors.n == (order.refused.n != 0));
        fuzz_problem(result, &errors, &order.refused);
        trade_order_free(&order);
        return;
    }

    fuzz_check(errors.n == 0);
    fuzz_check(trade_name_check(order.buyer) == TRADE_NAME_VALID);
    fuzz_check(rules->buyer.len == 0
               || trade_str_eq(order.buyer, rules->buyer));

    memset(&record, 0, sizeof(record));

    record.state = TRADE_STATE_PLACED;
    record.fingerprint = trade_str_c("0123456789abcdef0123456789abcdef");
    record.seq = record.version = UINT64_MAX;
    record.at = 253402300799999;
    record.key = TRADE_RECORD_KEY_BUYER;
    record.body = order.json;

    fuzz_items(&order, rules);
    fuzz_canonical(&order, rules);
    fuzz_call(&order, &record);
    fuzz_record(&order, &record);

    trade_order_free(&order);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t       i;
    trade_str_t  body;

    static const trade_order_rules_t  rules[] = {
        { 1000, 50, trade_null_str, trade_null_str },   /* the defaults */
        { 3, 2, trade_str("u-1"), trade_null_str },
        { TRADE_QUANTITY_LIMIT, TRADE_ITEMS_LIMIT, trade_null_str,
          trade_str("u-1") }
    };

    body = trade_str_of((const char *) data, size);

    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        fuzz_check(order_same(body, &rules[i]));
        fuzz_order(body, &rules[i]);
    }

    return 0;
}
