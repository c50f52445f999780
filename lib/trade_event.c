#include "trade_event.h"
#include "trade_name.h"
#include "trade_stock.h"
#include "trade_time.h"


static int trade_event_order(trade_event_t *event, trade_buf_t *b,
    trade_str_t id, const trade_record_t *record);
static int trade_event_stock(trade_event_t *event, trade_buf_t *b,
    trade_str_t id, const trade_record_t *record);
static void trade_event_header(trade_event_t *event, const char *name,
    trade_str_t value);
static trade_str_t trade_event_since(const trade_buf_t *b, const char *start);


static const trade_str_t  trade_event_types[TRADE_STATES] = {
    [TRADE_STATE_PLACED] = trade_str("trade.order.placed.v1"),
    [TRADE_STATE_PAID] = trade_str("trade.order.paid.v1"),
    [TRADE_STATE_DELIVERED] = trade_str("trade.order.delivered.v1"),
    [TRADE_STATE_CANCELLED] = trade_str("trade.order.cancelled.v1"),
    [TRADE_STATE_EXPIRED] = trade_str("trade.order.expired.v1"),
    [TRADE_STATE_STOCK] = trade_str("trade.stock.set.v1")
};


int
trade_event_build(trade_event_t *event, trade_buf_t *b, trade_str_t id,
    unsigned slot, const trade_record_t *record, trade_str_t source)
{
    int           rc, stock;
    char         *start;
    trade_str_t   type;

    type = trade_event_type(record);
    stock = record->state == TRADE_STATE_STOCK;

    if (type.len == 0 || stock != (record->key == TRADE_RECORD_KEY_SKU)) {
        return -1;
    }

    event->nheaders = 0;
    event->partition = record->partition;

    rc = stock ? trade_event_stock(event, b, id, record)
               : trade_event_order(event, b, id, record);

    if (rc != 0) {
        return -1;
    }

    trade_event_header(event, "ce_specversion", trade_str_c("1.0"));
    trade_event_header(event, "ce_type", type);
    trade_event_header(event, "ce_source", source);

    start = b->pos;
    trade_buf_str(b, id);
    trade_buf_c(b, ".");
    trade_buf_u64(b, record->seq);
    trade_event_header(event, "ce_id", trade_event_since(b, start));

    start = b->pos;
    trade_buf_u64(b, record->seq);
    trade_event_header(event, "ce_sequence", trade_event_since(b, start));

    start = b->pos;
    trade_time_write(b, record->at);
    trade_event_header(event, "ce_time", trade_event_since(b, start));

    trade_event_header(event, "content-type", trade_str_c("application/json"));

    start = b->pos;
    trade_buf_u64(b, slot);
    trade_buf_c(b, "=");
    trade_buf_u64(b, record->version);

    if (record->participants.len) {
        trade_buf_c(b, ",");
        trade_buf_str(b, record->participants);
    }

    trade_event_header(event, "trade_versions", trade_event_since(b, start));

    if (record->traceparent.len) {
        trade_event_header(event, "traceparent", record->traceparent);
    }

    if (record->tracestate.len) {
        trade_event_header(event, "tracestate", record->tracestate);
    }

    return b->overflow ? -1 : 0;
}


trade_str_t
trade_event_type(const trade_record_t *record)
{
    return trade_event_types[record->state];
}


trade_state_e
trade_event_state(trade_str_t type)
{
    trade_state_e  state;

    for (state = TRADE_STATES - 1; state > TRADE_STATE_NONE; state--) {
        if (type.len && trade_str_eq(type, trade_event_types[state])) {
            break;
        }
    }

    return state;
}


static int
trade_event_order(trade_event_t *event, trade_buf_t *b, trade_str_t id,
    const trade_record_t *record)
{
    char  *start;

    if (record->body.len < 2 || record->body.data[0] != '{') {
        return -1;
    }

    start = b->pos;
    trade_buf_c(b, "{\"order_id\":\"");
    trade_buf_str(b, id);
    trade_buf_c(b, "\",\"created_at\":\"");
    trade_time_write(b, record->created);
    trade_buf_c(b, "\",");
    trade_buf_put(b, record->body.data + 1, record->body.len - 1);

    event->value = trade_event_since(b, start);
    event->key = id;

    if (record->key == TRADE_RECORD_KEY_BUYER) {
        start = b->pos;
        trade_name_unescape(b, trade_record_buyer(record));
        event->key = trade_event_since(b, start);
    }

    trade_event_header(event, "ce_subject", id);

    return event->key.len ? 0 : -1;
}


static int
trade_event_stock(trade_event_t *event, trade_buf_t *b, trade_str_t id,
    const trade_record_t *record)
{
    char           *start;
    trade_stock_t   stock;

    if (trade_stock_read(&stock, record->body) != 0) {
        return -1;
    }

    start = b->pos;
    trade_buf_c(b, "{\"change_id\":\"");
    trade_buf_str(b, id);
    trade_buf_c(b, "\",\"changed_at\":\"");
    trade_time_write(b, record->at);
    trade_buf_c(b, "\",");
    trade_stock_write(b, &stock);
    trade_buf_c(b, ",\"version\":");
    trade_buf_u64(b, record->version);
    trade_buf_c(b, "}");

    event->value = trade_event_since(b, start);
    event->key = stock.sku;

    trade_event_header(event, "ce_subject", stock.sku);

    return 0;
}


static void
trade_event_header(trade_event_t *event, const char *name, trade_str_t value)
{
    event->headers[event->nheaders].name = name;
    event->headers[event->nheaders++].value = value;
}


static trade_str_t
trade_event_since(const trade_buf_t *b, const char *start)
{
    return trade_str_of(start, b->pos - start);
}
