/*
 * The topic, read whole: every partition from where its log starts to the end
 * it had when reading began.
 */

#ifndef TOPIC_H
#define TOPIC_H

#include "trade_event.h"


typedef struct topic_s  topic_t;

/* An event; 0, or -1 to stop. */
typedef int (*topic_event_pt)(void *data, const trade_event_t *event,
    int partition, int64_t offset);


/*
 * Connects; NULL after an error, which is said on standard error: no broker,
 * no such topic, a property that there is not.  `properties` are n strings
 * "name=value".
 */
topic_t *topic_open(const char *brokers, const char *name, char **properties,
    size_t n);
void topic_close(topic_t *topic);

/*
 * Reads all of it.  0 or -1, which is said unless the handler stopped it.
 * Records without a ce_id are left out.
 */
int topic_read(topic_t *topic, topic_event_pt handler, void *data);

/*
 * What was published before this time, in ms, may have been taken off the
 * log's start since, and what was published later was not.  0: nothing was;
 * UINT64_MAX: of a partition nothing is left.
 */
uint64_t topic_starts(const topic_t *topic);


#endif /* TOPIC_H */
