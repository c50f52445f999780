/*
 * All orders and changes of stock that are known of, from the topic, from
 * Redis, or from both: one entry an id and sequence.
 */

#ifndef BOOK_H
#define BOOK_H

#include "trade_event_read.h"


typedef struct entry_s  entry_t;

struct entry_s {
    trade_event_read_t   read;
    unsigned             in_topic:1;
    unsigned             in_redis:1;
    unsigned             due:1;         /* not yet acknowledged */
    unsigned             lost:1;        /* to be made again */
    entry_t             *next;          /* of the same hash */
};


typedef struct {
    entry_t            **buckets;
    size_t               nbuckets;
    size_t               n;
} book_t;


int book_init(book_t *book);            /* 0, or -1: out of memory */
void book_free(book_t *book);

entry_t *book_find(const book_t *book, trade_str_t id, uint64_t seq);

/*
 * Adds what was read, which is the book's from then on.  NULL: out of memory,
 * and then it is still the caller's.
 */
entry_t *book_add(book_t *book, const trade_event_read_t *read);

/* Calls `visit` with each entry, in no order. */
void book_each(const book_t *book, void (*visit)(void *data, entry_t *entry),
    void *data);


#endif /* BOOK_H */
