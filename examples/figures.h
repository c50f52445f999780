/*
 * What is told each second: the lag, the speed, and what there was.
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
} figures_t;


void figures_count(figures_t *figures, const batch_t *batch);

/*
 * A line to stdout.  `statistics` is librdkafka's JSON; the lag is what is in
 * the topic and not committed, "?" if that is not known of some partition.
 */
void figures_tell(figures_t *figures, const char *statistics);


#endif /* FIGURES_H */
