/*
 * The line of each second: the lag, the speed, and the counts of events.
 *
 * The lag is what is in the topic and not committed: of each partition that is
 * ours, its end less our position.  It is unknown, "?", until we have
 * partitions, while the end of one can't be asked for, and while nothing is
 * read because the database is down.
 */

#ifndef FIGURES_H
#define FIGURES_H

#include "batch.h"

#include <stdint.h>


typedef struct {
    uint64_t  done;                     /* records written and committed, */
    uint64_t  copies;                   /* of these seen before, */
    uint64_t  dead;                     /* of these dead letters */
    uint64_t  told;                     /* of `done`, when it was told last */
    int64_t   at;                       /* and when that was, us */
    rd_kafka_topic_partition_list_t  *positions;    /* NULL: none are ours */
} figures_t;


void figures_count(figures_t *figures, const batch_t *batch);

/* Takes the positions of the partitions that are ours from now on; or NULL. */
void figures_assign(figures_t *figures,
    const rd_kafka_topic_partition_list_t *positions);

/* Some of these were committed. */
void figures_commit(figures_t *figures,
    const rd_kafka_topic_partition_list_t *offsets);

/* A line to stdout.  `statistics` is librdkafka's JSON. */
void figures_tell(figures_t *figures, const char *statistics, int paused);


#endif /* FIGURES_H */
