/*
 * Reads the whole topic: every partition from the start of its log to the end
 * that it had when reading began.
 */

#ifndef TOPIC_H
#define TOPIC_H

#include "trade_event.h"


typedef struct topic_s  topic_t;

/* Takes an event.  Returns 0, or -1 to stop. */
typedef int (*topic_event_pt)(void *data, const trade_event_t *event,
    int partition, int64_t offset);


/*
 * Connects.  Returns NULL after printing an error on standard error: no broker
 * answers, the topic or a property does not exist.  `properties` are n strings
 * "name=value".
 */
topic_t *topic_open(const char *brokers, const char *name, char **properties,
    size_t n);
void topic_close(topic_t *topic);

/*
 * Reads every event.  Returns 0, or -1; it prints the error unless the handler
 * stopped it.  Records without a ce_id are left out.
 */
int topic_read(topic_t *topic, topic_event_pt handler, void *data);

/*
 * The time, in ms, from which on the topic is complete: an event that was
 * published before it may have been deleted from the start of the log.  0:
 * nothing was deleted; UINT64_MAX: a partition is empty.
 */
uint64_t topic_starts(const topic_t *topic);


#endif /* TOPIC_H */
