/*
 * Intents: the requests of a run's buyers, decided by the seed and the intent's
 * number alone, so that a repetition is the same request to the byte, and a
 * line of the history is all that the checker needs to know the body.
 *
 * An order's body is
 *
 *      {"buyer_id":"u-7","items":[{"sku":"S-1","quantity":2},...],
 *          "metadata":{"intent":12,"pad":"xx..."}}
 *
 * without the white space; "pad" is there if it has a length.  Now and then
 * an intent takes the key, buyer and goods of an earlier one, under a body that
 * differs.  One intent in INTENT_RESTOCK adds to a SKU's stock.
 */

#ifndef INTENT_H
#define INTENT_H

#include <stddef.h>
#include <stdint.h>


#define INTENT_RESTOCK  30
#define INTENT_SKUS     3               /* of an order */
#define INTENT_GOODS    4096
#define INTENT_TEXT     4096            /* of a request, or of a line */


/* SKUs that are sold together, in bytewise order: of one slot, or of a cart. */

typedef struct {
    int       n;
    char      sku[INTENT_SKUS][32];
} intent_goods_t;


typedef struct {
    uint64_t        seed;
    uint64_t        first;              /* number of an intent */
    unsigned        buyers;
    unsigned        delta;              /* units of a restock */
    unsigned        ngoods;
    intent_goods_t  goods[INTENT_GOODS];
} intent_conf_t;


typedef struct {
    uint64_t               number;
    int64_t                key;         /* -1: none */
    unsigned               buyer;
    int                    restock;
    unsigned               pad;
    unsigned               quantity[INTENT_SKUS];
    const intent_goods_t  *goods;
} intent_t;


/* A line of `file` is what is sold together.  Returns 0, or -1. */
int intent_goods_read(intent_conf_t *conf, const char *file);

void intent_make(const intent_conf_t *conf, uint64_t number, intent_t *intent);

/* Intent *next, which then is the next one, or a recent one that has a key. */
void intent_choose(const intent_conf_t *conf, uint64_t *random, uint64_t *next,
    intent_t *intent);

/* The request as it is sent; returns its length. */
size_t intent_request(const intent_t *intent, int keep_alive,
    char out[INTENT_TEXT]);

/* "<number> order|stock <key> <buyer> <sku>:<quantity>,... <pad>" */
void intent_line(const intent_t *intent, char out[INTENT_TEXT]);

/* The next number of a sequence that *state is. */
uint64_t intent_random(uint64_t *state);


#endif /* INTENT_H */
