/*
 * The events, orders and changes of stock alike, that the topic, Redis or both
 * have: one entry for each id, sequence and slot.
 *
 * An entry with sequence 0 is no event: it is a part, the items of a cart in a
 * slot that is not the cart's home (participants.h).
 */

#ifndef BOOK_H
#define BOOK_H

#include "trade_event_read.h"
#include "trade_hold.h"


typedef struct entry_s  entry_t;

struct entry_s {
    trade_event_read_t   read;
    trade_hold_state_e   hold;          /* a part: its hold's, as known */
    unsigned             in_topic:1;
    unsigned             in_redis:1;
    unsigned             due:1;         /* Kafka has not acknowledged it */
    unsigned             lost:1;        /* Redis lost it: it is to be
                                           restored */
    unsigned             held:1;        /* a part: HELD, when the slot's
                                           state was read */
    unsigned             home_has_no_order:1;   /* a part: its home was read */
    unsigned             ended:1;       /* a part: its order has ended, and
                                           Kafka had acknowledged that when
                                           the order was read */
    uint64_t             freed;         /* a part: when, at the latest, ms */
    const entry_t       *order;         /* a part: its order's latest event */
    entry_t             *next;          /* the next entry of the bucket */
};


typedef struct {
    entry_t            **buckets;
    size_t               nbuckets;
    size_t               n;
} book_t;


int book_init(book_t *book);            /* 0, or -1: out of memory */
void book_free(book_t *book);

entry_t *book_find(const book_t *book, trade_str_t id, uint64_t seq,
    unsigned slot);

/* The latest event of an order that the book has, or NULL. */
entry_t *book_latest(const book_t *book, trade_str_t id);

/*
 * Adds a copy of `read`; the book owns what it points to from then on.  Returns
 * NULL when out of memory; then the caller still owns it.
 */
entry_t *book_add(book_t *book, const trade_event_read_t *read);

/* Calls `visit` with each entry, in no order. */
void book_each(const book_t *book, void (*visit)(void *data, entry_t *entry),
    void *data);


#endif /* BOOK_H */
