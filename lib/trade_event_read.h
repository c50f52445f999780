/*
 * The other way round: from a Kafka record to the record in Redis that it was
 * built of.
 *
 * What is read is built again and must be the same, byte for byte: an event
 * that somebody else wrote, or altered, is not taken for one of ours.
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
    trade_order_t    order;         /* not of STOCK */
    trade_stock_t    stock;         /* STOCK; or empty */
    char            *mem;           /* holds id and text */
} trade_event_read_t;


/*
 * Whose event it is, by its ce_id.  The slot, or -1: not one of this gateway's.
 */
int trade_event_whose(const trade_event_t *event, trade_str_t *id,
    uint64_t *seq);

/*
 * 0, to be freed with trade_event_read_free(); or -1: not an event as
 * trade_event_build() makes it, or out of memory, and *why says which.  The
 * fingerprint of a change of stock is not in its event: it becomes `-`.  The
 * record of an order's event has the partition that event->partition says.
 */
int trade_event_read(trade_event_read_t *read, const trade_event_t *event,
    trade_digest_t *digest, const char **why);

/*
 * The same, of the record of one event, and of when its first event was, which
 * is not in it.
 */
int trade_event_read_record(trade_event_read_t *read, trade_str_t id,
    trade_str_t text, uint64_t created, const char **why);

/* Appends the event that the record is as of: its two lines; and its body. */
void trade_event_read_lines(trade_buf_t *b, const trade_record_t *record);
void trade_event_read_write(trade_buf_t *b, const trade_record_t *record);

/* Bytes of the two lines, at most. */
#define trade_event_read_lines_size(record)                                   \
    (TRADE_STATE_NAME_MAX + (record)->fingerprint.len + (record)->others.len  \
     + 3 * 20 + 6 + trade_record_carried_size(record))

void trade_event_read_free(trade_event_read_t *read);

/* Whether both lead to the same event, but for its trace. */
int trade_event_read_same(const trade_event_read_t *a,
    const trade_event_read_t *b);


#endif /* TRADE_EVENT_READ_H */
