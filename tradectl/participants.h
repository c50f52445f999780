/*
 * The part of a cart in a slot that is not its home: an entry with sequence 0
 * and the items that lie in that slot.  Its state is one of these:
 *
 *      HELD, SOLD, FREED       the slot has its hold (trade_hold.h)
 *      ABSENT                  an event names it, and the slot has no hold
 *
 * `at` is the time at which the order was placed, or, if that is not known, the
 * deadline of the hold.
 */

#ifndef PARTICIPANTS_H
#define PARTICIPANTS_H

#include "slots.h"


/* These return 0, or -1 after printing that there is no memory. */

/* Adds a hold of Redis.  Prints an alarm if the text is not a hold. */
int participants_hold(slot_t *slot, history_t *history, trade_str_t id,
    trade_str_t text);

/* Adds the parts that an event names, in the slots being reconciled. */
int participants_event(const slots_t *slots, history_t *history,
    const entry_t *event);

/* The first slot of the order's items that is being reconciled, or NULL. */
slot_t *participants_slot(const slots_t *slots, const trade_order_t *order);

/* Whether an entry is a part, not an event. */
int participant_entry(const entry_t *entry);

int participant_is(const entry_t *entry, trade_hold_state_e state);

/*
 * Whether the order of a part stands, or has ended and Kafka has acknowledged
 * that.  Both are 0 if the history has no order.
 */
int participant_stands(const entry_t *entry);
int participant_ended(const entry_t *entry);


#endif /* PARTICIPANTS_H */
