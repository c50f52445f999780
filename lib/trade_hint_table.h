/*
 * A bounded table of hints in memory that processes share.
 *
 * It is set-associative: a key's hash names a set of TRADE_HINT_WAYS entries,
 * and a new key takes the place of the set's least recently used one.  No
 * process ever waits for another: each entry has a sequence lock (Lameter,
 * "Effective Synchronization on Linux/NUMA Systems", 2005).  A reader that
 * meets a writer finds no hint, and a writer that meets another drops its own.
 * A process that dies while it writes leaves that one entry unused.
 */

#ifndef TRADE_HINT_TABLE_H
#define TRADE_HINT_TABLE_H

#include "trade_hint.h"
#include "trade_name.h"


#define TRADE_HINT_WAYS  8
#define TRADE_HINT_LIVE  200            /* ms */

/* The longest line of stock: a SKU and six numbers. */
#define TRADE_HINT_TEXT  (TRADE_NAME_MAX + 6 * 21)


typedef struct {
    uint32_t         sequence;      /* odd: it is being written */
    uint32_t         hash;
    uint64_t         owner;         /* 0: the entry is empty */
    uint64_t         used;          /* ms of the steady clock */
    trade_hint_t     hint;
    uint16_t         sku;           /* bytes of text that are the SKU */
    uint16_t         len;           /* bytes of text */
    char             text[TRADE_HINT_TEXT];
} trade_hint_entry_t;


typedef struct {
    size_t               sets;      /* a power of two */
    trade_hint_entry_t   entries[];
} trade_hint_table_t;


/* The key of a hint: a SKU of the slots of `owner`, which is not 0. */
typedef struct {
    uint64_t         owner;
    trade_str_t      sku;
    int              stock;         /* the stock's line, or a refusal */
} trade_hint_key_t;


/* The bytes that a table of so many sets takes. */
size_t trade_hint_table_size(size_t sets);

/* Makes an empty table in memory that is zero. */
void trade_hint_table_init(trade_hint_table_t *table, size_t sets);

/*
 * Stores a hint.  `text` is the line of stock, which begins with the SKU; it is
 * not used for a refusal.  A hint that is older than the one that is there is
 * not stored, nor is one whose text is too long.  Returns 1 if a hint of
 * another key was overwritten that was used within TRADE_HINT_LIVE ms,
 * otherwise 0.
 */
int trade_hint_table_put(trade_hint_table_t *table,
    const trade_hint_key_t *key, const trade_hint_t *hint, trade_str_t text);

/*
 * Finds the hint of a key, and drops it if it may be wrong.  With
 * TRADE_HINT_GOOD it copies the hint, and for stock its line to `text`
 * (TRADE_HINT_TEXT bytes), with the length in *len.  TRADE_HINT_DROPPED:
 * this call has dropped it.
 */
trade_hint_state_e trade_hint_table_find(trade_hint_table_t *table,
    const trade_hint_key_t *key, const trade_hint_slot_t *slot,
    trade_hint_t *hint, char *text, size_t *len);

/* For tests: finds the hint of a key, in whatever state.  Returns 1, or 0. */
int trade_hint_table_get(trade_hint_table_t *table,
    const trade_hint_key_t *key, uint64_t now, trade_hint_t *hint, char *text,
    size_t *len);

/*
 * For tests: empties the entry of a key if it still holds this hint.  Returns 1
 * if so.
 */
int trade_hint_table_drop(trade_hint_table_t *table,
    const trade_hint_key_t *key, const trade_hint_t *hint);


#endif /* TRADE_HINT_TABLE_H */
