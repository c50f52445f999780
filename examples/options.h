/*
 * The command line.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>


typedef struct {
    const char  *brokers;
    const char  *topic;
    const char  *group;
    const char  *database;
    size_t       batch;                 /* records, at most */
    long         wait;                  /* s, for what is missing in a gap */
    char       **properties;            /* name=value */
    size_t       nproperties;
} options_t;


/* 0; -1, and stderr says what is wrong; 1: help was asked for, and is given. */
int options_read(options_t *options, int argc, char **argv);

/*
 * The settings that the consumer and the producer of dead letters share.  NULL
 * on an error, and stderr says why.
 */
rd_kafka_conf_t *options_conf(const options_t *options);


#endif /* OPTIONS_H */
