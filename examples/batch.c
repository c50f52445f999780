#include "batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define BATCH_RETRY  1000               /* ms */
#define BATCH_HELD   10000              /* records, at most */


static int batch_write_some(batch_t *batch, store_t *store, size_t from,
    size_t to, int64_t now);
static char *batch_text(const batch_t *batch, size_t from, size_t to,
    size_t *n);
static void batch_judge(batch_t *batch, const store_t *store, size_t from,
    size_t to, int64_t now);
static void batch_gap(batch_t *batch, batch_record_t *record,
    const char *verdict, int64_t now);
static rd_kafka_topic_partition_t *batch_end(
    rd_kafka_topic_partition_list_t *list, const rd_kafka_message_t *m);
static void batch_free(batch_record_t *record);


int
batch_add(batch_t *batch, rd_kafka_message_t *m)
{
    size_t                       size;
    batch_record_t              *record;
    rd_kafka_topic_partition_t  *end;

    if (batch->n == batch->size) {
        size = batch->size ? 2 * batch->size : 64;
        record = realloc(batch->records, size * sizeof(*record));

        if (record == NULL) {
            return -1;
        }

        batch->records = record;
        batch->size = size;
    }

    if (batch->ends == NULL) {
        batch->ends = rd_kafka_topic_partition_list_new(8);
    }

    end = batch_end(batch->ends, m);
    end->offset = m->offset + 1;

    record = &batch->records[batch->n++];
    record->m = m;
    record->copy = 0;
    record->held = 0;
    record->event = event_read(m, record->why);

    return 0;
}


int
batch_ready(const batch_t *batch, int64_t now)
{
    return batch->n > batch->nheld
           || (batch->n && now - batch->tried >= BATCH_RETRY);
}


int
batch_write(batch_t *batch, store_t *store, int64_t now)
{
    int     retry;
    size_t  i;

    retry = now - batch->tried >= BATCH_RETRY;

    if (retry) {
        batch->tried = now;
    }

    for (i = 0; i < batch->n; i++) {
        batch->records[i].turn = retry || i >= batch->nheld;
    }

    return batch_write_some(batch, store, 0, batch->n, now);
}


static int
batch_write_some(batch_t *batch, store_t *store, size_t from, size_t to,
    int64_t now)
{
    char    *text;
    size_t   n, middle;

    text = batch_text(batch, from, to, &n);

    if (text == NULL) {
        return -1;
    }

    if (n == 0) {
        free(text);
        return 0;
    }

    switch (store_take(store, text, n)) {

    case STORE_TAKEN:
        free(text);
        batch_judge(batch, store, from, to, now);
        return 0;

    case STORE_REFUSED:
        free(text);
        break;

    case STORE_DOWN:
        free(text);
        fprintf(stderr, "consumer: PostgreSQL: %s\n", store_why(store));
        return -1;
    }

    if (to - from == 1) {
        batch->records[from].held = 0;
        snprintf(batch->records[from].why, EVENT_WHY, "refused: %s",
                 store_why(store));
        return 0;
    }

    middle = from + (to - from) / 2;

    return batch_write_some(batch, store, from, middle, now)
           || batch_write_some(batch, store, middle, to, now) ? -1 : 0;
}


/* A JSON array of those records' events that have their turn, `n` of them. */

static char *
batch_text(const batch_t *batch, size_t from, size_t to, size_t *n)
{
    FILE    *f;
    char    *text;
    size_t   i, size;

    text = NULL;
    f = open_memstream(&text, &size);

    if (f == NULL) {
        return NULL;
    }

    *n = 0;

    for (i = from; i < to; i++) {
        if (batch->records[i].event && batch->records[i].turn) {
            fprintf(f, "%c%s", (*n)++ ? ',' : '[', batch->records[i].event);
        }
    }

    fprintf(f, "]");

    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


static void
batch_judge(batch_t *batch, const store_t *store, size_t from, size_t to,
    int64_t now)
{
    size_t           i, n;
    const char      *verdict;
    batch_record_t  *record;

    n = 0;

    for (i = from; i < to; i++) {
        record = &batch->records[i];

        if (record->event == NULL || !record->turn) {
            continue;
        }

        verdict = store_verdict(store, n++);
        record->copy = strcmp(verdict, "copy") == 0;

        if (strncmp(verdict, "gap", 3) == 0) {
            batch_gap(batch, record, verdict, now);

        } else {
            record->held = 0;
        }
    }
}


/* The missing event may be in another partition, or on its way. */

static void
batch_gap(batch_t *batch, batch_record_t *record, const char *verdict,
    int64_t now)
{
    if (record->held == 0 && batch->wait && batch->nheld < BATCH_HELD) {
        record->held = now;
    }

    if (record->held == 0 || now - record->held >= batch->wait) {
        record->held = 0;

        if (record->why[0] == '\0') {
            snprintf(record->why, EVENT_WHY, "%s", verdict);
        }
    }
}


int
batch_bury(const batch_t *batch, dead_t *dead)
{
    int     rc;
    size_t  i, n;

    rc = 0;
    n = 0;

    for (i = 0; i < batch->n; i++) {
        if (batch->records[i].why[0] && batch->records[i].held == 0) {
            rc |= dead_put(dead, batch->records[i].m, batch->records[i].why);
            n++;
        }
    }

    return (n && dead_flush(dead) != 0) || rc ? -1 : 0;
}


rd_kafka_topic_partition_list_t *
batch_offsets(const batch_t *batch)
{
    size_t                            i;
    rd_kafka_message_t               *m;
    rd_kafka_topic_partition_list_t  *list;

    list = rd_kafka_topic_partition_list_copy(batch->ends);

    for (i = batch->n; i-- > 0; /* void */ ) {
        if (batch->records[i].held) {
            m = batch->records[i].m;
            batch_end(list, m)->offset = m->offset;     /* the first is last */
        }
    }

    return list;
}


/* The partition of a record in a list, added if it was not there. */

static rd_kafka_topic_partition_t *
batch_end(rd_kafka_topic_partition_list_t *list, const rd_kafka_message_t *m)
{
    const char                  *topic;
    rd_kafka_topic_partition_t  *p;

    topic = rd_kafka_topic_name(m->rkt);
    p = rd_kafka_topic_partition_list_find(list, topic, m->partition);

    return p ? p : rd_kafka_topic_partition_list_add(list, topic, m->partition);
}


void
batch_clear(batch_t *batch)
{
    size_t  i;

    batch->nheld = 0;

    for (i = 0; i < batch->n; i++) {

        if (batch->records[i].held) {
            batch->records[batch->nheld++] = batch->records[i];

        } else {
            batch_free(&batch->records[i]);
        }
    }

    batch->n = batch->nheld;
}


void
batch_drop(batch_t *batch)
{
    size_t  i;

    for (i = 0; i < batch->n; i++) {
        batch_free(&batch->records[i]);
    }

    if (batch->ends) {
        rd_kafka_topic_partition_list_destroy(batch->ends);
    }

    batch->ends = NULL;
    batch->n = 0;
    batch->nheld = 0;
}


static void
batch_free(batch_record_t *record)
{
    rd_kafka_message_destroy(record->m);
    free(record->event);
}
