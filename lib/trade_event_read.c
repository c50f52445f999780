#include "trade_event_read.h"
#include "trade_body.h"
#include "trade_cart.h"
#include "trade_id.h"
#include "trade_slot.h"
#include "trade_time.h"

#include <stdlib.h>
#include <string.h>


static trade_str_t trade_event_find(const trade_event_t *event,
    const char *name);
static const char *trade_event_read_headers(trade_record_t *record,
    const trade_event_t *event, unsigned slot);
static const char *trade_event_read_body(trade_record_t *record,
    const trade_event_t *event, trade_digest_t *digest, trade_str_t id,
    trade_buf_t *b);
static const char *trade_event_read_order(trade_event_read_t *read);
static const char *trade_event_read_stock(trade_record_t *record,
    const trade_event_t *event, trade_buf_t *b);
static const char *trade_event_read_again(const trade_event_read_t *read,
    const trade_event_t *event, trade_buf_t *b);


int
trade_event_read_whose(const trade_event_t *event, trade_str_t *id,
    uint64_t *seq)
{
    trade_str_t  name;

    name = trade_event_find(event, "ce_id");
    *id = trade_str_cut(&name, '.');

    if (trade_str_u64(name, UINT64_MAX, seq) != 0 || *seq == 0) {
        return -1;
    }

    return trade_id_slot(*id);
}


static trade_str_t
trade_event_find(const trade_event_t *event, const char *name)
{
    size_t  i;

    for (i = 0; i < event->nheaders; i++) {
        if (strcmp(event->headers[i].name, name) == 0) {
            return event->headers[i].value;
        }
    }

    return trade_str_of(NULL, 0);
}


int
trade_event_read(trade_event_read_t *read, const trade_event_t *event,
    trade_digest_t *digest, const char **why)
{
    int              slot, rc;
    char            *mem;
    size_t           half;
    trade_str_t      id;
    trade_buf_t      body, text;
    trade_record_t   record;

    memset(read, 0, sizeof(*read));

    slot = trade_event_read_whose(event, &id, &record.seq);

    *why = slot < 0 ? "its ce_id is none"
                    : trade_event_read_headers(&record, event, slot);
    if (*why) {
        return -1;
    }

    half = trade_event_size(event->value.len) + record.participants.len
           + trade_record_carried_size(&record);

    mem = malloc(2 * half);
    if (mem == NULL) {
        *why = "out of memory";
        return -1;
    }

    trade_buf_init(&body, mem, half);
    trade_buf_init(&text, mem + half, half);

    *why = trade_event_read_body(&record, event, digest, id, &body);

    if (*why == NULL) {
        trade_event_read_write(&text, &record);
        rc = text.overflow ? -1
             : trade_event_read_record(read, id, trade_buf_done(&text),
                                       record.created, why);
        if (rc == 0) {
            trade_buf_init(&body, mem, half);
            *why = trade_event_read_again(read, event, &body);
        }
    }

    free(mem);

    if (*why) {
        trade_event_read_free(read);
        return -1;
    }

    return 0;
}


static const char *
trade_event_read_headers(trade_record_t *record, const trade_event_t *event,
    unsigned slot)
{
    uint64_t     number;
    trade_str_t  versions;

    versions = trade_event_find(event, "trade_versions");

    if (trade_str_u64(trade_str_cut(&versions, '='), UINT64_MAX, &number) != 0
        || number != slot
        || trade_str_u64(trade_str_cut(&versions, ','), UINT64_MAX,
                         &record->version)
           != 0)
    {
        return "its trade_versions is none";
    }

    record->participants = versions;
    record->partition = 0;

    if (trade_time_read(trade_event_find(event, "ce_time"), &record->at) != 0) {
        return "its ce_time is none";
    }

    record->traceparent = trade_event_find(event, "traceparent");
    record->tracestate = trade_event_find(event, "tracestate");

    return NULL;
}


static const char *
trade_event_read_body(trade_record_t *record, const trade_event_t *event,
    trade_digest_t *digest, trade_str_t id, trade_buf_t *b)
{
    char         *p;
    size_t        begin, time;
    trade_str_t   type;

    type = trade_event_find(event, "ce_type");
    record->created = record->at;

    record->state = trade_event_state(type);

    if (record->state == TRADE_STATE_STOCK) {
        record->key = TRADE_RECORD_KEY_SKU;
        record->fingerprint = trade_str_c("-");

        return trade_event_read_stock(record, event, b);
    }

    if (record->state == TRADE_STATE_NONE) {
        return "its ce_type is not known";
    }

    /* the first event of an order is placed, and no other one is */

    if ((record->state == TRADE_STATE_PLACED) != (record->seq == 1)) {
        return "its sequence is not one of its ce_type";
    }

    record->partition = event->partition;
    record->key = trade_str_eq(event->key, id) ? TRADE_RECORD_KEY_ORDER
                                               : TRADE_RECORD_KEY_BUYER;

    time = sizeof("{\"order_id\":\"\",\"created_at\":\"") - 1 + TRADE_ID_LEN;
    begin = time + TRADE_TIME_LEN + sizeof("\",") - 1;

    if (event->value.len <= begin
        || trade_time_read(trade_str_of(event->value.data + time,
                                        TRADE_TIME_LEN),
                           &record->created)
           != 0)
    {
        return "its value is no order";
    }

    if (record->seq == 1 && record->created != record->at) {
        return "its value is not written as it should be";
    }

    trade_buf_c(b, "{");
    trade_buf_put(b, event->value.data + begin, event->value.len - begin);
    record->body = trade_buf_done(b);

    p = b->pos;
    b->pos += TRADE_DIGEST_LEN;
    record->fingerprint = trade_str_of(p, TRADE_DIGEST_LEN);

    if (b->pos > b->end
        || trade_digest_hex(digest, &record->body, 1, p) != 0)
    {
        return "out of memory";
    }

    return NULL;
}


void
trade_event_read_write(trade_buf_t *b, const trade_record_t *record)
{
    trade_event_read_lines(b, record);
    trade_buf_str(b, record->body);
}


void
trade_event_read_lines(trade_buf_t *b, const trade_record_t *record)
{
    trade_buf_str(b, trade_state_name(record->state));
    trade_buf_c(b, " ");
    trade_buf_u64(b, record->seq);
    trade_buf_c(b, " ");
    trade_buf_str(b, record->fingerprint);
    trade_buf_c(b, " ");
    trade_buf_u64(b, record->version);
    trade_buf_c(b, " ");
    trade_buf_u64(b, record->at);
    trade_buf_c(b, record->participants.len ? " " : "");
    trade_buf_str(b, record->participants);
    trade_buf_c(b, "\n");
    trade_record_write_carried(b, record);
    trade_buf_c(b, "\n");
}


/* The body of a record must be the canonical form exactly */

static const char *
trade_event_read_order(trade_event_read_t *read)
{
    trade_errors_t       errors;
    trade_order_rules_t  rules = { TRADE_QUANTITY_LIMIT, TRADE_ITEMS_LIMIT,
                                   trade_null_str, trade_null_str };

    errors.n = 0;

    if (trade_order_parse(&read->order, read->record.body, &rules, &errors)
        != TRADE_DONE
        || !trade_str_eq(read->order.json, read->record.body))
    {
        return "its value is no order in canonical form";
    }

    if (read->order.slot != read->slot) {
        return "its items lie in another slot";
    }

    /* later events have no versions */

    if (read->record.state == TRADE_STATE_PLACED
        ? !trade_cart_participants(&read->order, read->record.participants)
        : read->record.participants.len != 0)
    {
        return "its versions are not those of its items' slots";
    }

    return NULL;
}


static const char *
trade_event_read_stock(trade_record_t *record, const trade_event_t *event,
    trade_buf_t *b)
{
    int              rc;
    trade_json_t     json;
    trade_stock_t    stock;
    trade_errors_t   errors;

    errors.n = 0;

    if (trade_body_parse(&json, event->value, &errors) != TRADE_DONE) {
        return "its value is no JSON";
    }

    rc = trade_stock_read_json(&stock, &json);

    if (rc == 0) {
        trade_stock_write_line(b, &stock);
    }

    trade_json_free(&json);

    record->body = trade_buf_done(b);

    return rc == 0 ? NULL : "its value is no stock";
}


static const char *
trade_event_read_again(const trade_event_read_t *read,
    const trade_event_t *event, trade_buf_t *b)
{
    size_t         i;
    trade_str_t    had;
    trade_event_t  again;

    if (trade_event_build(&again, b, read->id, read->slot, &read->record,
                          trade_event_find(event, "ce_source"))
        != 0)
    {
        return "it can't be built again";
    }

    if (!trade_str_eq(again.key, event->key)) {
        return "its key is not the one it should have";
    }

    if (!trade_str_eq(again.value, event->value)) {
        return "its value is not written as it should be";
    }

    for (i = 0; i < again.nheaders; i++) {
        had = trade_event_find(event, again.headers[i].name);

        if (!trade_str_eq(again.headers[i].value, had)) {
            return "its headers are not those it should have";
        }
    }

    return NULL;
}


int
trade_event_read_record(trade_event_read_t *read, trade_str_t id,
    trade_str_t text, uint64_t created, const char **why)
{
    int              slot;
    trade_record_t  *record;

    memset(read, 0, sizeof(*read));

    *why = "out of memory";
    slot = trade_id_slot(id);
    record = &read->record;
    read->mem = malloc(id.len + text.len + 1);

    if (read->mem) {
        memcpy(read->mem, id.data, id.len);
        memcpy(read->mem + id.len, text.data, text.len);

        read->slot = slot;
        read->id = trade_str_of(read->mem, id.len);
        read->text = trade_str_of(read->mem + id.len, text.len);

        *why = "it is no record";

        if (slot >= 0 && trade_record_read(record, read->text) == 0
            && record->older.len == 0 && (record->seq == 1) ==
               (record->state == TRADE_STATE_PLACED
                || record->state == TRADE_STATE_STOCK))
        {
            record->created = created;

            if (trade_event_type(record).len
                && record->state != TRADE_STATE_STOCK)
            {
                *why = trade_event_read_order(read);

            } else if (record->state == TRADE_STATE_STOCK
                       && record->participants.len == 0
                       && trade_stock_read(&read->stock, record->body) == 0
                       && trade_slot_of(read->stock.sku) == read->slot)
            {
                *why = NULL;
            }
        }
    }

    if (*why) {
        trade_event_read_free(read);
        return -1;
    }

    return 0;
}


void
trade_event_read_free(trade_event_read_t *read)
{
    trade_order_free(&read->order);
    free(read->mem);
    read->mem = NULL;
}


/* A fingerprint of `-` is not known */

int
trade_event_read_same(const trade_event_read_t *a,
    const trade_event_read_t *b)
{
    const trade_record_t  *one = &a->record, *two = &b->record;

    return trade_str_eq(a->id, b->id)
           && one->state == two->state
           && one->seq == two->seq
           && one->version == two->version
           && one->at == two->at
           && one->created == two->created
           && one->key == two->key
           && trade_str_eq(one->participants, two->participants)
           && trade_str_eq(one->body, two->body)
           && (one->fingerprint.len == 1 || two->fingerprint.len == 1
               || trade_str_eq(one->fingerprint, two->fingerprint));
}
