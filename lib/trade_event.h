/*
 * The Kafka message of an event: CloudEvents 1.0, binary mode.
 *
 * It is built from a record of Redis and the configured source only, so every
 * publisher, however late, publishes the same bytes.
 */

#ifndef TRADE_EVENT_H
#define TRADE_EVENT_H

#include "trade_name.h"
#include "trade_record.h"


#define TRADE_EVENT_HEADERS_MAX  12


typedef struct {
    const char      *name;
    trade_str_t      value;
} trade_event_header_t;


typedef struct {
    trade_str_t           key;
    trade_str_t           value;
    uint32_t              partition;    /* as in trade_record_t */
    trade_event_header_t  headers[TRADE_EVENT_HEADERS_MAX];
    size_t                nheaders;
} trade_event_t;


/* The bytes of memory that the event of a record with such a body needs. */
#define trade_event_size(body_len)                                            \
    (2 * (body_len) + 1024 + TRADE_NAME_JSON_MAX)

/* The most bytes that the event of a placed order has, headers included. */
#define trade_event_placed_size(json_len, nitems)                             \
    ((json_len) + (nitems) * sizeof("4095=18446744073709551615,")             \
     + 2048 + TRADE_NAME_MAX)

/*
 * Builds in `b` the event that the record is at; the event has views into `b`,
 * `id`, `source` and the record.  Returns 0, or -1 if the state has no event,
 * the body does not fit the state, or `b` is too small.
 */
int trade_event_build(trade_event_t *event, trade_buf_t *b, trade_str_t id,
    unsigned slot, const trade_record_t *record, trade_str_t source);

/*
 * ce_type of the event that the record is as of, empty if its state has no
 * event; and the state that a type stands for, TRADE_STATE_NONE for no type.
 */
trade_str_t trade_event_type(const trade_record_t *record);
trade_state_e trade_event_state(trade_str_t type);


#endif /* TRADE_EVENT_H */
