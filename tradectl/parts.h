/*
 * What a slot has of a cart, an order whose items lie in several slots, besides
 * its events: an entry with sequence 0, and the items of that slot.
 *
 *      PREPARING, REFUSED      at home: not decided yet, given up
 *      HELD, SOLD, FREED       elsewhere: its hold (trade_hold.h)
 *      ABSENT                  elsewhere: an event says that there was one
 *
 * `version` is 0 where the slot took none for it, `at` is when the order was
 * begun or placed, or else a hold's deadline.
 */

#ifndef PARTS_H
#define PARTS_H

#include "slots.h"


/* All of these: 0, or -1: out of memory, which is said. */

/* A record at home that is no event's. */
int parts_record(slot_t *slot, book_t *book, trade_str_t id,
    const trade_record_t *record);

/* A hold of Redis; what is none is said. */
int parts_hold(slot_t *slot, book_t *book, trade_str_t id, trade_str_t text);

/* What an event says of other slots, of those that were asked for. */
int parts_event(const slots_t *slots, book_t *book, const entry_t *event);

/* The first slot of the order's items that was asked for, or NULL. */
slot_t *parts_slot(const slots_t *slots, const trade_order_t *order);

/* Whether an entry is of a slot that is not its order's home. */
int part_away(const entry_t *entry);

int part_is(const entry_t *entry, const char *state);
void part_becomes(entry_t *entry, const char *state);

/*
 * Of a part that is away, whether its order stands, or has ended and Kafka
 * knows; neither: nothing is known of it.
 */
int part_stands(const entry_t *entry);
int part_ended(const entry_t *entry);


#endif /* PARTS_H */
