/*
 * The events, orders and changes of stock alike, that the topic, Redis or both
 * have: one entry for each id, sequence and slot.
 *
 * An entry with sequence 0 is no event: it is a part, the items of a cart in a
 * slot that is not the cart's home (participants.h).
 */

#ifndef HISTORY_H
#define HISTORY_H

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
} history_t;


int history_init(history_t *history);   /* 0, or -1: out of memory */
void history_free(history_t *history);

entry_t *history_find(const history_t *history, trade_str_t id, uint64_t seq,
    unsigned slot);

/* The latest event of an order that the history has, or NULL. */
entry_t *history_latest(const history_t *history, trade_str_t id);

/*
 * Adds a copy of `read`; the history owns what it points to from then on.
 * Returns NULL when out of memory; then the caller still owns it.
 */
entry_t *history_add(history_t *history, const trade_event_read_t *read);

/* Calls `visit` with each entry, in no order. */
void history_each(const history_t *history, void (*visit)(void *data,
    entry_t *entry),
    void *data);


#endif /* HISTORY_H */
