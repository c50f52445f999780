/*
 * What tradectl can be told to do.  Each gets its own words, argv[0] being its
 * name, and returns the exit code.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include "conn.h"


#define COMMAND_USAGE  2                /* the exit code */


int command_open(const conn_conf_t *conf, const shards_t *shards, int argc,
    char **argv);
int command_reconcile(const conn_conf_t *conf, const shards_t *shards,
    int argc, char **argv);

int command_usage(void);


#endif /* COMMAND_H */
