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
    char                 why[EVENT_WHY];    /* a dead letter, if not empty */
} batch_record_t;

typedef struct {
    batch_record_t      *records;
    size_t               n;
    size_t               size;
} batch_t;


/* Takes over the record.  0, or -1: out of memory. */
int batch_add(batch_t *batch, rd_kafka_message_t *m);

/*
 * Writes all of it, in one transaction; if the database refuses it, in two
 * halves, and so on: what is refused alone becomes a dead letter, as does what
 * comes after a gap.  0: written; -1: the database is down, and some of it may
 * have been written.
 */
int batch_write(batch_t *batch, store_t *store);

/* 0: all letters of it are there.  -1: maybe not. */
int batch_bury(const batch_t *batch, dead_t *dead);

/* What is to be committed; to be destroyed.  The batch is not empty. */
rd_kafka_topic_partition_list_t *batch_offsets(const batch_t *batch);

void batch_clear(batch_t *batch);


#endif /* BATCH_H */
