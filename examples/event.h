/*
 * From a record of the topic to an event that schema.sql's take() knows.
 */

#ifndef EVENT_H
#define EVENT_H

#include <librdkafka/rdkafka.h>


#define EVENT_WHY  512


/*
 * The event as JSON, to be freed; NULL if there is nothing in the record that
 * take() could be given.  `why` has EVENT_WHY bytes and is empty, or says why
 * the record is a dead letter: it can't be read, or its type is not known.
 * The latter is an event all the same, for its sequence counts.
 */
char *event_read(const rd_kafka_message_t *m, char *why);


#endif /* EVENT_H */
