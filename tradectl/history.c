#include "history.h"

#include <stdlib.h>


#define HISTORY_START  1024             /* buckets; a power of 2 */


static size_t history_hash(trade_str_t id);
static int history_grow(history_t *history);


int
history_init(history_t *history)
{
    history->n = 0;
    history->nbuckets = HISTORY_START;
    history->buckets = calloc(history->nbuckets, sizeof(*history->buckets));

    return history->buckets ? 0 : -1;
}


void
history_free(history_t *history)
{
    size_t    i;
    entry_t  *e, *next;

    for (i = 0; i < history->nbuckets; i++) {
        for (e = history->buckets[i]; e; e = next) {
            next = e->next;
            trade_event_read_free(&e->read);
            free(e);
        }
    }

    free(history->buckets);
}


/* FNV-1a.  Ids are random.  All entries of an order have the same hash. */

static size_t
history_hash(trade_str_t id)
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
history_find(const history_t *history, trade_str_t id, uint64_t seq,
    unsigned slot)
{
    entry_t  *e;

    e = history->buckets[history_hash(id) & (history->nbuckets - 1)];

    while (e && (e->read.record.seq != seq || e->read.slot != slot
                 || !trade_str_eq(e->read.id, id)))
    {
        e = e->next;
    }

    return e;
}


entry_t *
history_latest(const history_t *history, trade_str_t id)
{
    entry_t  *e, *latest;

    e = history->buckets[history_hash(id) & (history->nbuckets - 1)];

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
history_add(history_t *history, const trade_event_read_t *read)
{
    entry_t  *e, **bucket;

    if (history->n >= history->nbuckets && history_grow(history) != 0) {
        return NULL;
    }

    e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }

    bucket = &history->buckets[history_hash(read->id)
                               & (history->nbuckets - 1)];
    e->read = *read;
    e->next = *bucket;
    *bucket = e;
    history->n++;

    return e;
}


static int
history_grow(history_t *history)
{
    size_t    i, n;
    entry_t  *e, *next, **grown, **bucket;

    n = history->nbuckets * 2;

    grown = calloc(n, sizeof(*grown));
    if (grown == NULL) {
        return -1;
    }

    for (i = 0; i < history->nbuckets; i++) {
        for (e = history->buckets[i]; e; e = next) {
            next = e->next;
            bucket = &grown[history_hash(e->read.id) & (n - 1)];
            e->next = *bucket;
            *bucket = e;
        }
    }

    free(history->buckets);
    history->buckets = grown;
    history->nbuckets = n;

    return 0;
}


void
history_each(const history_t *history, void (*visit)(void *data,
    entry_t *entry),
    void *data)
{
    size_t    i;
    entry_t  *e;

    for (i = 0; i < history->nbuckets; i++) {
        for (e = history->buckets[i]; e; e = e->next) {
            visit(data, e);
        }
    }
}
