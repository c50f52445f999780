/*
 * What a slot has of a cart whose home is another: an entry with sequence 0,
 * and the items of that slot.
 *
 *      HELD, SOLD, FREED       its hold (trade_hold.h)
 *      ABSENT                  an event says that there was one
 *
 * `at` is when the order was placed, or else a hold's deadline.
 */

#ifndef PARTS_H
#define PARTS_H

#include "slots.h"


/* All of these: 0, or -1: out of memory, which is said. */

/* A hold of Redis; what is none is said. */
int parts_hold(slot_t *slot, book_t *book, trade_str_t id, trade_str_t text);

/* What an event says of other slots, of those that were asked for. */
int parts_event(const slots_t *slots, book_t *book, const entry_t *event);

/* The first slot of the order's items that was asked for, or NULL. */
slot_t *parts_slot(const slots_t *slots, const trade_order_t *order);

/* Whether an entry is a part, and no event. */
int part_entry(const entry_t *entry);

int part_is(const entry_t *entry, trade_hold_state_e state);

/*
 * Of a part, whether its order stands, or has ended and Kafka knows; neither:
 * nothing is known of it.
 */
int part_stands(const entry_t *entry);
int part_ended(const entry_t *entry);


#endif /* PARTS_H */
