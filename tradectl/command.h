/*
 * What tradectl can be told to do.  Each gets its own words, argv[0] being its
 * name, and returns the exit code.  ..._check comes first, before a file is
 * read or a server asked: 0, or COMMAND_USAGE and what is wrong has been said.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include "conn.h"


#define COMMAND_USAGE  2                /* the exit code */


int command_open_check(int argc, char **argv);
int command_open(const conn_conf_t *conf, const shards_t *shards, int argc,
    char **argv);
int command_reconcile_check(int argc, char **argv);
int command_reconcile(const conn_conf_t *conf, const shards_t *shards,
    int argc, char **argv);

/*
 * Prints the mistake in a call, in one line on standard error.  Returns
 * COMMAND_USAGE.
 */
int command_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));


/* The same of what getopt() does not take, with optstring[0] == ':'. */
int command_option(int opt, char **argv);


#endif /* COMMAND_H */
