/*
 * Makes a fenced slot again what the topic says it was.
 */

#ifndef REPAIR_H
#define REPAIR_H

#include "judge.h"


/* All of these: 0, or -1 after an error that was said. */

/*
 * Applies what is lost; makes records due that the topic has lost, and what
 * has no record no longer due.  `keep` is how long an order's record lives, in
 * ms; 0: for ever.
 */
int repair_slot(slot_t *slot, conn_t *conn, const book_t *book,
    uint64_t keep, uint64_t starts);

/* Whether it was still fenced when its state was read. */
int repair_fenced(const slot_t *slot);

/* Opens it. */
int repair_open(slot_t *slot, conn_t *conn);


#endif /* REPAIR_H */
