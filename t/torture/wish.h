/*
 * Wishes: the requests of a run's buyers, decided by the seed and the wish's
 * number alone, so that a repetition is the same request to the byte, and a
 * line of the history is all that the checker needs to know the body.
 *
 * An order's body is
 *
 *      {"buyer_id":"u-7","items":[{"sku":"S-1","quantity":2},...],
 *          "metadata":{"wish":12,"pad":"xx..."}}
 *
 * without the white space; "pad" is there if it has a length.  Now and then
 * a wish takes the key, buyer and goods of an earlier one, under a body that
 * differs.  One wish in WISH_RESTOCK adds to a SKU's stock.
 */

#ifndef WISH_H
#define WISH_H

#include <stddef.h>
#include <stdint.h>


#define WISH_RESTOCK  30
#define WISH_SKUS     3                 /* of an order */
#define WISH_GOODS    4096
#define WISH_TEXT     4096              /* of a request, or of a line */


/* SKUs that are sold together, in bytewise order: of one slot, or of a cart. */

typedef struct {
    int       n;
    char      sku[WISH_SKUS][32];
} wish_goods_t;


typedef struct {
    uint64_t       seed;
    uint64_t       first;               /* number of a wish */
    unsigned       buyers;
    unsigned       delta;               /* units of a restock */
    unsigned       ngoods;
    wish_goods_t   goods[WISH_GOODS];
} wish_conf_t;


typedef struct {
    uint64_t             number;
    int64_t              key;           /* -1: none */
    unsigned             buyer;
    int                  restock;
    unsigned             pad;
    unsigned             quantity[WISH_SKUS];
    const wish_goods_t  *goods;
} wish_t;


/* A line of `file` is what is sold together.  Returns 0, or -1. */
int wish_goods_read(wish_conf_t *conf, const char *file);

void wish_make(const wish_conf_t *conf, uint64_t number, wish_t *wish);

/* Wish *next, which then is the next one, or a recent one that has a key. */
void wish_choose(const wish_conf_t *conf, uint64_t *random, uint64_t *next,
    wish_t *wish);

/* The request as it is sent; returns its length. */
size_t wish_request(const wish_t *wish, int keep_alive, char out[WISH_TEXT]);

/* "<number> order|stock <key> <buyer> <sku>:<quantity>,... <pad>" */
void wish_line(const wish_t *wish, char out[WISH_TEXT]);

/* The next number of a sequence that *state is. */
uint64_t wish_random(uint64_t *state);


#endif /* WISH_H */
