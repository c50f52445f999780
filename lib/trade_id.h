/*
 * Order ids, and identifiers in the configuration.
 *
 *      0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz
 *      |   `- 128 random bits, Crockford base32, lower case, 26 characters
 *      `- the slot, 3 hex digits
 *
 * An id names its slot, so that an order is found without an index, and it
 * can't be guessed.
 */

#ifndef TRADE_ID_H
#define TRADE_ID_H

#include "trade_str.h"


#define TRADE_ID_LEN      30
#define TRADE_ID_RANDOM   16            /* bytes */

#define TRADE_IDENT_MAX   64


/* Writes the id of a slot and random bits to `id`, without a NUL. */
void trade_id_make(unsigned slot, const unsigned char random[TRADE_ID_RANDOM],
    char id[TRADE_ID_LEN]);

/* The slot that an id names, or -1 if trade_id_make() writes no such id. */
int trade_id_slot(trade_str_t id);

/* Crockford's digits, in lower case, and the value of one of them, or -1. */
extern const char  trade_id_base32[];
int trade_id_digit(char c);

/* Whether `s` may name a block or a shard: 1 to 64 of [A-Za-z0-9_.:-]. */
int trade_ident_valid(trade_str_t s);


#endif /* TRADE_ID_H */
