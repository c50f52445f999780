#include "event.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define EVENT_HEADER      256
#define EVENT_SEQUENCE    18            /* digits */


typedef struct {
    char  type[EVENT_HEADER];
    char  id[EVENT_HEADER];
    char  subject[EVENT_HEADER];
    char  sequence[EVENT_HEADER];
    char  time[EVENT_HEADER];
} event_headers_t;


static int event_headers(const rd_kafka_message_t *m, event_headers_t *h,
    char *why);
static int event_header(const rd_kafka_headers_t *headers, const char *name,
    char *value, char *why);
static cJSON *event_make(const rd_kafka_message_t *m,
    const event_headers_t *h, char *why);
static const char *event_state(const char *type);
static int event_order(cJSON *event, cJSON *value, const event_headers_t *h);
static int event_stock(cJSON *event, cJSON *value, const event_headers_t *h);
static int event_is(const event_headers_t *h, const char *id);
static int event_move(cJSON *event, const char *name, cJSON *value,
    const char *from, cJSON_bool (*is)(const cJSON *const));
static cJSON *event_value(cJSON *event, const rd_kafka_message_t *m);
static void event_wrong(char *why, const char *what, const char *which);


char *
event_read(const rd_kafka_message_t *m, char *why)
{
    char             *text;
    cJSON            *event;
    event_headers_t   h;

    why[0] = '\0';

    if (event_headers(m, &h, why) != 0) {
        return NULL;
    }

    event = event_make(m, &h, why);

    if (event == NULL) {
        return NULL;
    }

    cJSON_AddStringToObject(event, "changed_at", h.time);
    cJSON_AddRawToObject(event, "sequence", h.sequence);

    text = cJSON_PrintUnformatted(event);
    cJSON_Delete(event);

    return text;
}


static int
event_headers(const rd_kafka_message_t *m, event_headers_t *h, char *why)
{
    size_t               digits;
    rd_kafka_headers_t  *headers;

    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        event_wrong(why, "no headers", "");
        return -1;
    }

    if (event_header(headers, "ce_type", h->type, why) != 0
        || event_header(headers, "ce_id", h->id, why) != 0
        || event_header(headers, "ce_subject", h->subject, why) != 0
        || event_header(headers, "ce_sequence", h->sequence, why) != 0
        || event_header(headers, "ce_time", h->time, why) != 0)
    {
        return -1;
    }

    digits = strspn(h->sequence, "0123456789");

    if (h->sequence[digits] != '\0' || digits > EVENT_SEQUENCE
        || h->sequence[0] == '0')
    {
        event_wrong(why, "malformed header ", "ce_sequence");
        return -1;
    }

    return 0;
}


static int
event_header(const rd_kafka_headers_t *headers, const char *name,
    char *value, char *why)
{
    size_t       size;
    const void  *data;

    if (rd_kafka_header_get_last(headers, name, &data, &size)
        != RD_KAFKA_RESP_ERR_NO_ERROR
        || data == NULL)
    {
        event_wrong(why, "no header ", name);
        return -1;
    }

    if (size == 0 || size >= EVENT_HEADER || memchr(data, '\0', size)) {
        event_wrong(why, "malformed header ", name);
        return -1;
    }

    memcpy(value, data, size);
    value[size] = '\0';

    return 0;
}


static cJSON *
event_make(const rd_kafka_message_t *m, const event_headers_t *h, char *why)
{
    int          rc;
    cJSON       *event, *value;
    const char  *state;

    state = event_state(h->type);
    event = cJSON_CreateObject();

    if (state == NULL) {
        event_wrong(why, "unknown type ", h->type);

        if (strncmp(h->type, "trade.order.", 12) == 0
            && event_is(h, h->subject))
        {
            cJSON_AddStringToObject(event, "id", h->subject);
            return event;
        }

        cJSON_Delete(event);
        return NULL;
    }

    value = event_value(event, m);

    if (value == NULL) {
        event_wrong(why, "the value is not JSON", "");

    } else {
        rc = state[0] ? event_order(event, value, h)
                      : event_stock(event, value, h);

        if (rc == 0 && state[0]) {
            cJSON_AddStringToObject(event, "state", state);

        } else if (rc != 0) {
            event_wrong(why, "the value is not what is expected of ", h->type);
        }
    }

    cJSON_Delete(value);

    if (why[0]) {
        cJSON_Delete(event);
        return NULL;
    }

    return event;
}


/* The state an order has after it; empty for stock; NULL if not known. */

static const char *
event_state(const char *type)
{
    size_t  i;

    static const char *const  types[][2] = {
        { "trade.order.placed.v1", "placed" },
        { "trade.order.paid.v1", "paid" },
        { "trade.order.delivered.v1", "delivered" },
        { "trade.order.cancelled.v1", "cancelled" },
        { "trade.order.expired.v1", "expired" },
        { "trade.stock.set.v1", "" }
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i][0]) == 0) {
            return types[i][1];
        }
    }

    return NULL;
}


static int
event_order(cJSON *event, cJSON *value, const event_headers_t *h)
{
    const char  *id;

    id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value,
                                                               "order_id"));

    if (id == NULL || strcmp(id, h->subject) != 0 || !event_is(h, id)) {
        return -1;
    }

    return event_move(event, "id", value, "order_id", cJSON_IsString)
           || event_move(event, "buyer", value, "buyer_id", cJSON_IsString)
           || event_move(event, "placed_at", value, "created_at",
                         cJSON_IsString)
           || event_move(event, "items", value, "items", cJSON_IsArray)
           || cJSON_GetArraySize(cJSON_GetObjectItem(event, "items")) == 0
           ? -1 : 0;
}


static int
event_stock(cJSON *event, cJSON *value, const event_headers_t *h)
{
    const char  *id, *sku;

    id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value,
                                                               "change_id"));
    sku = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value,
                                                                "sku"));

    if (id == NULL || !event_is(h, id)
        || sku == NULL || strcmp(sku, h->subject) != 0)
    {
        return -1;
    }

    return event_move(event, "id", value, "change_id", cJSON_IsString)
           || event_move(event, "sku", value, "sku", cJSON_IsString)
           || event_move(event, "total", value, "total", cJSON_IsNumber)
           || event_move(event, "version", value, "version", cJSON_IsNumber)
           ? -1 : 0;
}


/* Is ce_id that id, with the sequence? */

static int
event_is(const event_headers_t *h, const char *id)
{
    size_t  len;

    len = strlen(id);

    return strncmp(h->id, id, len) == 0 && h->id[len] == '.'
           && strcmp(h->id + len + 1, h->sequence) == 0;
}


static int
event_move(cJSON *event, const char *name, cJSON *value, const char *from,
    cJSON_bool (*is)(const cJSON *const))
{
    cJSON  *item;

    item = cJSON_DetachItemFromObjectCaseSensitive(value, from);

    if (!is(item)) {
        cJSON_Delete(item);
        return -1;
    }

    cJSON_AddItemToObject(event, name, item);

    return 0;
}


static cJSON *
event_value(cJSON *event, const rd_kafka_message_t *m)
{
    char   *body, *p;
    cJSON  *value;

    if (m->payload == NULL || memchr(m->payload, '\0', m->len)) {
        return NULL;
    }

    body = strndup(m->payload, m->len);

    if (body == NULL) {
        return NULL;
    }

    cJSON_AddStringToObject(event, "body", body);

    /* cJSON ends a string there, and what is no id would look like one */

    for (p = body; (p = strchr(p, '\\')) && p[1]; p += 2) {
        if (strncmp(p, "\\u0000", 6) == 0) {
            p[5] = '1';
        }
    }

    value = cJSON_Parse(body);
    free(body);

    return value;
}


static void
event_wrong(char *why, const char *what, const char *which)
{
    snprintf(why, EVENT_WHY, "%s%s", what, which);
}
