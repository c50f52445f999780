#include "book.h"

#include <stdlib.h>


#define BOOK_START  1024                /* buckets; a power of 2 */


static size_t book_hash(trade_str_t id);
static int book_grow(book_t *book);


int
book_init(book_t *book)
{
    book->n = 0;
    book->nbuckets = BOOK_START;
    book->buckets = calloc(book->nbuckets, sizeof(*book->buckets));

    return book->buckets ? 0 : -1;
}


void
book_free(book_t *book)
{
    size_t    i;
    entry_t  *e, *next;

    for (i = 0; i < book->nbuckets; i++) {
        for (e = book->buckets[i]; e; e = next) {
            next = e->next;
            trade_event_read_free(&e->read);
            free(e);
        }
    }

    free(book->buckets);
}


/* FNV-1a.  Ids are random.  All entries of an order have the same hash. */

static size_t
book_hash(trade_str_t id)
{
    size_t    i;
    uint64_t  hash;

    hash = 14695981039346656037ULL;

    for (i = 0; i < id.len; i++) {
        hash = (hash ^ (unsigned char) id.data[i]) * 1099511628211ULL;
    }

    return hash;
}


entry_t *
book_find(const book_t *book, trade_str_t id, uint64_t seq, unsigned slot)
{
    entry_t  *e;

    e = book->buckets[book_hash(id) & (book->nbuckets - 1)];

    while (e && (e->read.record.seq != seq || e->read.slot != slot
                 || !trade_str_eq(e->read.id, id)))
    {
        e = e->next;
    }

    return e;
}


entry_t *
book_latest(const book_t *book, trade_str_t id)
{
    entry_t  *e, *latest;

    e = book->buckets[book_hash(id) & (book->nbuckets - 1)];

    for (latest = NULL; e; e = e->next) {
        if (e->read.record.seq > (latest ? latest->read.record.seq : 0)
            && trade_str_eq(e->read.id, id))
        {
            latest = e;
        }
    }

    return latest;
}


entry_t *
book_add(book_t *book, const trade_event_read_t *read)
{
    entry_t  *e, **bucket;

    if (book->n >= book->nbuckets && book_grow(book) != 0) {
        return NULL;
    }

    e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }

    bucket = &book->buckets[book_hash(read->id) & (book->nbuckets - 1)];
    e->read = *read;
    e->next = *bucket;
    *bucket = e;
    book->n++;

    return e;
}


static int
book_grow(book_t *book)
{
    size_t    i, n;
    entry_t  *e, *next, **grown, **bucket;

    n = book->nbuckets * 2;

    grown = calloc(n, sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }

    for (i = 0; i < book->nbuckets; i++) {
        for (e = book->buckets[i]; e; e = next) {
            next = e->next;
            bucket = &grown[book_hash(e->read.id) & (n - 1)];
            e->next = *bucket;
            *bucket = e;
        }
    }

    free(book->buckets);
    book->buckets = grown;
    book->nbuckets = n;

    return 0;
}


void
book_each(const book_t *book, void (*visit)(void *data, entry_t *entry),
    void *data)
{
    size_t    i;
    entry_t  *e;

    for (i = 0; i < book->nbuckets; i++) {
        for (e = book->buckets[i]; e; e = e->next) {
            visit(data, e);
        }
    }
}
