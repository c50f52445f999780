/*
 * What is known of a slot, put in order: which events were lost in Redis,
 * which versions nobody knows, and what each SKU's stock should be.
 *
 * docs/reconcile-internals.md has the rules and their reasons.
 */

#ifndef JUDGE_H
#define JUDGE_H

#include "parts.h"
#include "trade_duration.h"


/* What has gone back so long before a change of stock is in what it says. */
#define JUDGE_BACK        60000ULL

/* Clocks of two shards differ by less. */
#define JUDGE_SKEW        1000ULL

/* What `open` adds to a version. */
#define JUDGE_JUMP        1048576ULL


typedef struct {
    int            compare;         /* the slot sells; nothing is changed */
    uint64_t       starts;          /* what is older may have left the topic's
                                       start, ms; 0: nothing has */
} judge_t;


/* Gives the slots their entries.  0, or -1: out of memory. */
int judge_collect(slots_t *slots, const book_t *book);

/*
 * Marks the slot's lost entries, says which versions are missing.  0, or -1:
 * out of memory.
 */
int judge_slot(slot_t *slot, const judge_t *judge);

/* Adds its SKUs up, from its state and entries; again after each state. */
int judge_skus(slot_t *slot, const judge_t *judge);

/*
 * Whether the slot can be made as it was: nothing that it needs may have left
 * the topic.  If it can't, why is said.
 */
int judge_complete(slot_t *slot, const judge_t *judge);

/* An entry that came after the slot's state was read. */
int judge_later(const slot_t *slot, const judge_t *judge,
    const entry_t *entry);

/* The version that a gateway is known to have known, by the reason. */
uint64_t judge_known(const slot_t *slot);

/* What an event does to what is sold of its items: 1, 0, -1 times them. */
int judge_units(const entry_t *entry);

/* Whether a part has been sold, for all that is known. */
int judge_part_sold(const entry_t *entry);

/* Whether it went back after the slot's state was read. */
int judge_part_freed(const slot_t *slot, const judge_t *judge,
    const entry_t *entry);

/* Of an order's items, whether the slot has it. */
int judge_item(const slot_t *slot, const trade_item_t *item);

/* NULL if the slot has no such SKU. */
sku_t *judge_sku(const slot_t *slot, trade_str_t name);


#endif /* JUDGE_H */
