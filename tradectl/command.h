/*
 * The commands of tradectl.  Each gets its own arguments, with its name as
 * argv[0], and returns the exit code. ..._check runs first, before any file is
 * read and any server is asked.  It returns 0, or COMMAND_USAGE after printing
 * the error.
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
 * Prints one line on standard error that says what is wrong with the call.
 * Returns COMMAND_USAGE.
 */
int command_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));


/*
 * Does the same for an option that getopt() rejects; optstring[0] must be ':'.
 */
int command_option(int opt, char **argv);


#endif /* COMMAND_H */
