/*
 * The records in hand: read, but not yet written and committed.
 */

#ifndef BATCH_H
#define BATCH_H

#include "dead.h"
#include "event.h"
#include "store.h"


typedef struct {
    rd_kafka_message_t  *m;
    char                *event;         /* NULL: there is none in it */
    int                  copy;
    int                  turn;          /* is given to the database this time */
    int64_t              held;          /* behind a gap since then, ms; or 0 */
    char                 why[EVENT_WHY];    /* a dead letter, if not empty */
} batch_record_t;

/* Records that are held come first. */

typedef struct {
    batch_record_t      *records;
    size_t               n;
    size_t               nheld;
    size_t               size;
    int64_t              wait;          /* ms, for what is missing in a gap */
    int64_t              tried;         /* when held ones had their turn, ms */
    rd_kafka_topic_partition_list_t  *ends;     /* behind what was added */
} batch_t;


/* Takes over the record.  0, or -1: out of memory. */
int batch_add(batch_t *batch, rd_kafka_message_t *m);

/* Is there anything to be done at `now` (ms)? */
int batch_ready(const batch_t *batch, int64_t now);

/*
 * Writes all of it, in one transaction; if the database refuses it, in two
 * halves, and so on: an event that is refused alone becomes a dead letter.  An
 * event behind a gap is held, and tried again each second, until the gap is
 * filled or `wait` is over: then it is a dead letter too.  0: written; -1: the
 * database is down, and some of it may have been written.
 */
int batch_write(batch_t *batch, store_t *store, int64_t now);

/* 0: all letters of it are there.  -1: maybe not. */
int batch_bury(const batch_t *batch, dead_t *dead);

/*
 * Returns the offsets to commit when all is written: the end of what was
 * added, or the first that is held.  The caller destroys them.
 * The batch is not empty.
 */
rd_kafka_topic_partition_list_t *batch_offsets(const batch_t *batch);

/* Lets go of all but what is held; of all, and begins anew. */
void batch_clear(batch_t *batch);
void batch_drop(batch_t *batch);


#endif /* BATCH_H */
