/*
 * The dead letters: records nobody can do anything with, in a topic of their
 * own, under their key and with their headers, and with headers that say why,
 * where from, and whose.
 */

#ifndef DEAD_H
#define DEAD_H

#include <librdkafka/rdkafka.h>


typedef struct dead_s dead_t;


/* Takes over `conf`.  Letters go to `topic`.dead.  NULL, and stderr why. */
dead_t *dead_open(rd_kafka_conf_t *conf, const char *topic,
    const char *group);

/* The record is copied.  0, or -1. */
int dead_put(dead_t *dead, const rd_kafka_message_t *m, const char *why);

/* 0 if all that was put since the last call is there, or -1. */
int dead_flush(dead_t *dead);

void dead_close(dead_t *dead);


#endif /* DEAD_H */
