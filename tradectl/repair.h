/*
 * Restores a fenced slot to what the topic says.
 */

#ifndef REPAIR_H
#define REPAIR_H

#include "diff.h"
#include "options.h"


/* These return 0, or -1 after printing an error. */

/*
 * Restores the lost events, makes events due that the topic has lost, and
 * removes due entries without a record.  `starts` is that of diff_t.
 */
int repair_slot(slot_t *slot, conn_t *conn, const history_t *history,
    const options_t *options, uint64_t starts);

/* Opens the slot. */
int repair_open(slot_t *slot, conn_t *conn);


#endif /* REPAIR_H */
