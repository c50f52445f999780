/*
 * The scripts that make orders, and parts of carts, what they were.
 */

#ifndef REPAIR_ORDER_H
#define REPAIR_ORDER_H

#include "judge.h"
#include "options.h"
#include "trade_args.h"


typedef struct {
    slot_t            *slot;
    conn_t            *conn;
    const book_t      *book;
    const options_t   *options;
    size_t             orders;          /* made again, or gone on */
    size_t             changes;         /* of stock */
    size_t             again;           /* due again */
    size_t             parts;           /* of carts, made again */
    size_t             back;            /* and given back */
} repair_t;


/* All of these: 1: applied, 0: it was so, -1: an error that was said. */

/* Its latest event, and with it those before that were lost too; 0 or -1. */
int repair_order(repair_t *repair, const entry_t *entry);

/* Makes an event due again. */
int repair_again(repair_t *repair, const entry_t *entry);

/* Makes a part SOLD, or FREED. */
int repair_part(repair_t *repair, entry_t *entry,
    trade_hold_state_e state);

int repair_run(repair_t *repair, const trade_script_t *script,
    const trade_args_t *args, size_t nkeys);


#endif /* REPAIR_ORDER_H */
