/*
 * Compares a slot's history with Redis: finds the events that Redis has lost,
 * the versions that no event explains, and what each SKU's stock should be.
 *
 * docs/reconcile-internals.md has the rules and their reasons.
 */

#ifndef JUDGE_H
#define JUDGE_H

#include "participants.h"
#include "trade_duration.h"


/*
 * A change of stock includes the units that went back this long before it, in
 * ms.
 */
#define JUDGE_BACK        60000ULL

/* The clocks of two shards differ by less than this, in ms. */
#define JUDGE_SKEW        1000ULL

/* `open` adds this to a version. */
#define JUDGE_JUMP        1048576ULL


typedef struct {
    int            compare;         /* only compare: the slot sells
                                       meanwhile, and nothing is changed */
    uint64_t       starts;          /* events before this time may have left
                                       the start of the topic, ms; 0: none
                                       has */
} judge_t;


/* Gives the slots their entries.  Returns 0, or -1 when out of memory. */
int judge_collect(slots_t *slots, const book_t *book);

/*
 * Marks the slot's lost entries, and prints which versions are missing.
 * Returns 0, or -1 when out of memory.
 */
int judge_slot(slot_t *slot, const judge_t *judge);

/*
 * Computes the SKUs from the slot's state and entries.  Call it again after
 * each slot_state().  Returns 0, or -1 when out of memory.
 */
int judge_skus(slot_t *slot, const judge_t *judge);

/*
 * Whether the slot can be restored: nothing that this needs may have left the
 * topic.  If it can't, prints why.
 */
int judge_complete(slot_t *slot, const judge_t *judge);

/* Returns NULL if the slot has no such SKU. */
sku_t *judge_sku(const slot_t *slot, trade_str_t name);

/* judge_entry.c: the meaning of one entry. */

/* Whether an entry was made after the slot's state was read. */
int judge_entry_later(const slot_t *slot, const judge_t *judge,
    const entry_t *entry);

/*
 * By how much an event changes the units sold of its items: 1, 0 or -1 times
 * their quantities.
 */
int judge_entry_units(const entry_t *entry);

/* Whether a part counts as sold. */
int judge_entry_sold(const entry_t *entry);

/* Whether a part's units went back after the slot's state was read. */
int judge_entry_freed(const slot_t *slot, const judge_t *judge,
    const entry_t *entry);


#endif /* JUDGE_H */
