#include "batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int batch_write_some(batch_t *batch, store_t *store, size_t from,
    size_t to);
static char *batch_text(const batch_t *batch, size_t from, size_t to,
    size_t *n);
static void batch_judge(batch_t *batch, const store_t *store, size_t from,
    size_t to);


int
batch_add(batch_t *batch, rd_kafka_message_t *m)
{
    size_t           size;
    batch_record_t  *record;

    if (batch->n == batch->size) {
        size = batch->size ? 2 * batch->size : 64;
        record = realloc(batch->records, size * sizeof(*record));

        if (record == NULL) {
            return -1;
        }

        batch->records = record;
        batch->size = size;
    }

    record = &batch->records[batch->n++];
    record->m = m;
    record->copy = 0;
    record->event = event_read(m, record->why);

    return 0;
}


int
batch_write(batch_t *batch, store_t *store)
{
    return batch_write_some(batch, store, 0, batch->n);
}


static int
batch_write_some(batch_t *batch, store_t *store, size_t from, size_t to)
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
        batch_judge(batch, store, from, to);
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
        snprintf(batch->records[from].why, EVENT_WHY, "refused: %s",
                 store_why(store));
        return 0;
    }

    middle = from + (to - from) / 2;

    return batch_write_some(batch, store, from, middle)
           || batch_write_some(batch, store, middle, to) ? -1 : 0;
}


/* A JSON array of what events there are in those records, `n` of them. */

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
        if (batch->records[i].event) {
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
batch_judge(batch_t *batch, const store_t *store, size_t from, size_t to)
{
    size_t           i, n;
    const char      *verdict;
    batch_record_t  *record;

    n = 0;

    for (i = from; i < to; i++) {
        record = &batch->records[i];

        if (record->event == NULL) {
            continue;
        }

        verdict = store_verdict(store, n++);
        record->copy = strcmp(verdict, "copy") == 0;

        if (strncmp(verdict, "gap", 3) == 0 && record->why[0] == '\0') {
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
        if (batch->records[i].why[0]) {
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
    const char                       *topic;
    rd_kafka_message_t               *m;
    rd_kafka_topic_partition_t       *p;
    rd_kafka_topic_partition_list_t  *list;

    list = rd_kafka_topic_partition_list_new(8);

    for (i = 0; i < batch->n; i++) {
        m = batch->records[i].m;
        topic = rd_kafka_topic_name(m->rkt);
        p = rd_kafka_topic_partition_list_find(list, topic, m->partition);

        if (p == NULL) {
            p = rd_kafka_topic_partition_list_add(list, topic, m->partition);
        }

        p->offset = m->offset + 1;
    }

    return list;
}


void
batch_clear(batch_t *batch)
{
    size_t  i;

    for (i = 0; i < batch->n; i++) {
        rd_kafka_message_destroy(batch->records[i].m);
        free(batch->records[i].event);
    }

    batch->n = 0;
}
