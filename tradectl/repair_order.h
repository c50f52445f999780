/*
 * The scripts that restore orders, and parts of carts.
 */

#ifndef REPAIR_ORDER_H
#define REPAIR_ORDER_H

#include "diff.h"
#include "options.h"
#include "trade_args.h"


typedef struct {
    slot_t            *slot;
    conn_t            *conn;
    const history_t   *history;
    const options_t   *options;
    size_t             orders;          /* restored, or brought up to date */
    size_t             changes;         /* of stock, restored */
    size_t             again;           /* events made due once more */
    size_t             participants;    /* parts of carts, restored */
    size_t             back;            /* parts of carts whose units went
                                             back */
} repair_t;


/*
 * These return 1 if the script changed something, 0 if there was nothing to
 * change, -1 after printing an error.
 */

/*
 * Restores an order up to this event, which must be its latest.  Returns 0 or
 * -1.
 */
int repair_order(repair_t *repair, const entry_t *entry);

/* Makes an event due once more. */
int repair_order_again(repair_t *repair, const entry_t *entry);

/* Makes a part SOLD or FREED. */
int repair_order_participant(repair_t *repair, entry_t *entry,
    trade_hold_state_e state);

int repair_order_run(repair_t *repair, const trade_script_t *script,
    const trade_args_t *args, size_t nkeys);


#endif /* REPAIR_ORDER_H */
