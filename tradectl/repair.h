/*
 * Makes a fenced slot again what the topic says it was.
 */

#ifndef REPAIR_H
#define REPAIR_H

#include "judge.h"
#include "options.h"


/* All of these: 0, or -1 after an error that was said. */

/*
 * Applies what is lost; makes events due that the topic has lost, and what has
 * no record no longer due.  `starts` as in judge_t.
 */
int repair_slot(slot_t *slot, conn_t *conn, const book_t *book,
    const options_t *options, uint64_t starts);

/* Whether it was still fenced when its state was read. */
int repair_fenced(const slot_t *slot);

/* Opens it. */
int repair_open(slot_t *slot, conn_t *conn);


#endif /* REPAIR_H */
