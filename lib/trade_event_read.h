/*
 * Makes a record of a Kafka message, the reverse of trade_event.h.
 *
 * The event is built again from the record and must be the same, byte for byte:
 * an event that somebody else wrote, or altered, is not accepted.
 */

#ifndef TRADE_EVENT_READ_H
#define TRADE_EVENT_READ_H

#include "trade_digest.h"
#include "trade_event.h"
#include "trade_order.h"
#include "trade_stock.h"


typedef struct {
    trade_str_t      id;
    unsigned         slot;
    trade_str_t      text;          /* the record, with this event only */
    trade_record_t   record;        /* views into it */
    trade_order_t    order;         /* except of a STOCK */
    trade_stock_t    stock;         /* of a STOCK; or empty */
    char            *mem;           /* holds id and text */
} trade_event_read_t;


/*
 * Finds the id, the sequence and the slot in ce_id.  Returns the slot, or -1 if
 * it is no event of a gateway.
 */
int trade_event_read_whose(const trade_event_t *event, trade_str_t *id,
    uint64_t *seq);

/*
 * Reads an event.  Returns 0, and trade_event_read_free() frees *read; or -1,
 * with the reason in *why, if it is no event that trade_event_build() makes, or
 * memory is out.  A change of stock has no fingerprint in its event: it becomes
 * `-`.  The record of an order's event gets event->partition.
 */
int trade_event_read(trade_event_read_t *read, const trade_event_t *event,
    trade_digest_t *digest, const char **why);

/*
 * Does the same with the record of one event, and the time of the order's first
 * event, which that record does not have.
 */
int trade_event_read_record(trade_event_read_t *read, trade_str_t id,
    trade_str_t text, uint64_t created, const char **why);

/* Appends the event that the record is at: its two lines; and its body. */
void trade_event_read_lines(trade_buf_t *b, const trade_record_t *record);
void trade_event_read_write(trade_buf_t *b, const trade_record_t *record);

/* The most bytes that the two lines have. */
#define trade_event_read_lines_size(record)                                   \
    (TRADE_STATE_NAME_MAX + (record)->fingerprint.len                         \
     + (record)->participants.len                                             \
     + 3 * 20 + 6 + trade_record_carried_size(record))

void trade_event_read_free(trade_event_read_t *read);

/* Whether both give the same event, apart from the trace. */
int trade_event_read_same(const trade_event_read_t *a,
    const trade_event_read_t *b);


#endif /* TRADE_EVENT_READ_H */
