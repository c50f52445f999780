/*
 * Compares a slot's history with Redis: finds the events that Redis has lost,
 * the versions that no event explains, and what each SKU's stock should be.
 *
 * docs/reconcile-internals.md has the rules and their reasons.
 */

#ifndef DIFF_H
#define DIFF_H

#include "participants.h"
#include "trade_duration.h"


/*
 * A change of stock includes the units that went back this long before it, in
 * ms.
 */
#define DIFF_BACK        60000ULL

/* The clocks of two shards differ by less than this, in ms. */
#define DIFF_SKEW        1000ULL

/* `open` adds this to a version. */
#define DIFF_JUMP        1048576ULL


typedef struct {
    int            compare;         /* only compare: the slot sells
                                       meanwhile, and nothing is changed */
    uint64_t       starts;          /* events before this time may have left
                                       the start of the topic, ms; 0: none
                                       has */
} diff_t;


/* Gives the slots their entries.  Returns 0, or -1 when out of memory. */
int diff_collect(slots_t *slots, const history_t *history);

/*
 * Marks the slot's lost entries, and prints which versions are missing.
 * Returns 0, or -1 when out of memory.
 */
int diff_slot(slot_t *slot, const diff_t *diff);

/*
 * Computes the SKUs from the slot's state and entries.  Call it again after
 * each slot_state().  Returns 0, or -1 when out of memory.
 */
int diff_skus(slot_t *slot, const diff_t *diff);

/*
 * Whether the slot can be restored: nothing that this needs may have left the
 * topic.  If it can't, prints why.
 */
int diff_complete(slot_t *slot, const diff_t *diff);

/* Returns NULL if the slot has no such SKU. */
sku_t *diff_sku(const slot_t *slot, trade_str_t name);

/* diff_entry.c: the meaning of one entry. */

/* Whether an entry was made after the slot's state was read. */
int diff_entry_later(const slot_t *slot, const diff_t *diff,
    const entry_t *entry);

/*
 * By how much an event changes the units sold of its items: 1, 0 or -1 times
 * their quantities.
 */
int diff_entry_units(const entry_t *entry);

/* Whether a part counts as sold. */
int diff_entry_sold(const entry_t *entry);

/* Whether a part's units went back after the slot's state was read. */
int diff_entry_freed(const slot_t *slot, const diff_t *diff,
    const entry_t *entry);


#endif /* DIFF_H */
