/*
 * The options of `tradectl reconcile`.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>


typedef struct {
    int              compare;
    const char      *brokers;
    const char      *topic;
    char           **properties;        /* "name=value" */
    size_t           nproperties;
    char           **logs;
    size_t           nlogs;
    uint64_t         wait;              /* s */
    uint64_t         keep;              /* s; 0: for ever */
    uint64_t         payment;           /* s, to pay an order; 0: no end */
    char           **words;             /* slots, shards or "all" */
    int              nwords;
} options_t;


/*
 * Returns 0, or -1 after printing an error.  The strings are views into argv.
 */
int options_read(options_t *options, int argc, char **argv);
void options_free(options_t *options);


#endif /* OPTIONS_H */
