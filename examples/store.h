/*
 * The database: hands batches of events to schema.sql's take().
 */

#ifndef STORE_H
#define STORE_H

#include <stddef.h>


typedef enum {
    STORE_TAKEN,                        /* committed */
    STORE_REFUSED,                      /* for what is in the batch */
    STORE_DOWN                          /* or not to be used: try again */
} store_rc_t;

typedef struct store_s store_t;


/* Connects when there is something to write.  NULL: out of memory. */
store_t *store_open(const char *conninfo);

/* `batch`: a JSON array of `n` events, committed as a whole or not at all. */
store_rc_t store_take(store_t *store, const char *batch, size_t n);

/* The verdict on the i-th event of the batch that was taken last. */
const char *store_verdict(const store_t *store, size_t i);

/* Why the last batch was not taken, a line. */
const char *store_why(const store_t *store);

void store_close(store_t *store);


#endif /* STORE_H */
