/*
 * The parts of Redis that the scripts use: strings that expire, hashes, and
 * sorted sets, by the few commands that the scripts call.  All of it lies in
 * four arrays, so that a snapshot is a copy of them.
 *
 * Strings that are returned are views, good until the next fake_store_room().
 */

#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "trade_slot.h"
#include "trade_str.h"


#define FAKE_STORE_HEADS  256


typedef struct {
    uint32_t         at;                /* in fake_store_t.bytes */
    uint32_t         len;
} fake_view_t;


typedef struct {
    fake_view_t      key;
    fake_view_t      field;             /* of a hash; empty: a string */
    fake_view_t      value;
    uint64_t         expires;           /* ms, 0: never */
    uint32_t         hash;              /* of key and field */
    uint32_t         next;              /* of its chain, from 1 */
    int              live;
} fake_cell_t;


typedef struct {
    fake_view_t      key;
    fake_view_t      member;
    int64_t          score;
} fake_score_t;


typedef struct {
    char            *bytes;
    size_t           used;
    size_t           size;
    fake_cell_t     *cells;
    size_t           ncells;
    size_t           max_cells;
    fake_score_t    *scores;
    size_t           nscores;
    size_t           max_scores;
    uint32_t         heads[FAKE_STORE_HEADS];
    uint64_t         offset;            /* of replication: writes so far */
    int64_t          lag;               /* ms: keys expire so much later */
    int              published;         /* returned.lua, by the last call, */
    uint64_t         returned;          /* with this version */
} fake_store_t;


void fake_store_init(fake_store_t *store);
void fake_store_free(fake_store_t *store);

/* FLUSHALL; a write. */
void fake_store_flush(fake_store_t *store);

/* `to` becomes what `from` is. */
void fake_store_copy(fake_store_t *to, const fake_store_t *from);

/* Makes room for so many bytes, so that views stay good meanwhile. */
void fake_store_room(fake_store_t *store, size_t bytes);


/* the one-letter fields of a slot's hash */
#define FAKE_VERSION   trade_str_c(TRADE_SLOT_FIELD_VERSION)
#define FAKE_CLOSED    trade_str_c(TRADE_SLOT_FIELD_CLOSED)
#define FAKE_OPENED    trade_str_c(TRADE_SLOT_FIELD_OPENED)
#define FAKE_SURVIVED  trade_str_c(TRADE_SLOT_FIELD_SURVIVED)

/* data is NULL where there is nothing */
trade_str_t fake_store_get(const fake_store_t *store, trade_str_t key,
    uint64_t now);
trade_str_t fake_store_hget(const fake_store_t *store, trade_str_t key,
    trade_str_t field);

void fake_store_set(fake_store_t *store, trade_str_t key, trade_str_t value,
    uint64_t expires);
void fake_store_del(fake_store_t *store, trade_str_t key);
void fake_store_hset(fake_store_t *store, trade_str_t key, trade_str_t field,
    trade_str_t value);
void fake_store_hdel(fake_store_t *store, trade_str_t key, trade_str_t field);

/* When a string expires, 0: never; and a write of that. */
uint64_t fake_store_expires(const fake_store_t *store, trade_str_t key);
void fake_store_expire(fake_store_t *store, trade_str_t key,
    uint64_t expires);


/* 1 and *score, or 0. */
int fake_store_zscore(const fake_store_t *store, trade_str_t key,
    trade_str_t member, int64_t *score);
void fake_store_zadd(fake_store_t *store, trade_str_t key, trade_str_t member,
    int64_t score);
int fake_store_zrem(fake_store_t *store, trade_str_t key, trade_str_t member);

/* The first members up to `max` by score, at most n; how many there are. */
size_t fake_store_zrange(const fake_store_t *store, trade_str_t key,
    int64_t max, trade_str_t *members, int64_t *scores, size_t n);
size_t fake_store_zcard(const fake_store_t *store, trade_str_t key);

trade_str_t fake_store_view(const fake_store_t *store, fake_view_t view);


#endif /* FAKE_STORE_H */
