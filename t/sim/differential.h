/*
 * The differential test: differential.c runs it, differential_call.c makes the
 * calls, differential_life.c those of orders that were placed,
 * differential_cart.c those of orders that lie in both slots, and
 * differential_state.c compares what is there.
 */

#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H

#include "fake_redis.h"

#include <hiredis/hiredis.h>


#define DIFF_KEYS   32                  /* of a call */
#define DIFF_IDS    24                  /* remembered */
#define DIFF_MADE   6                   /* of a slot */
#define DIFF_CARTS  4                   /* of a slot */
#define DIFF_SKUS   3                   /* of a slot */
#define DIFF_WORDS  48
#define DIFF_SLACK  50                  /* ms: TIME and PEXPIRE of a script
                                           may see different clocks */
#define DIFF_EARLY  2                   /* ms: and what expires at once */


typedef struct {
    char           id[TRADE_ID_LEN];
    unsigned       slot;
} diff_id_t;


typedef struct {
    redisContext  *redis;
    fake_store_t   fake;
    fake_store_t   tried;
    uint64_t       seed;
    uint64_t       random;
    size_t         ncalls;
    uint64_t       now;                 /* ms, of the last call */
    uint64_t       after;               /* the server's time when it ran, */
    uint64_t       asked;               /* and when all keys had been asked */
    uint64_t       writes;              /* of the server, so far, */
    int            wrote;               /* and the call was one of them */
    trade_str_t    keys[DIFF_KEYS];     /* that the call may change, */
    size_t         nkeys;
    redisReply    *state[DIFF_KEYS];    /* and as they are in the server */
    char           names[DIFF_SKUS + 2][TRADE_SLOT_KEY_MAX];
    trade_str_t    says;                /* the fake */
    trade_str_t    why;                 /* it differs */

    diff_id_t      ids[DIFF_IDS];       /* named lately */
    size_t         nids;
    char           made[2][DIFF_MADE][TRADE_ID_LEN];    /* orders placed, */
    size_t         nmade[2];                            /* */
    char           carts[2][DIFF_CARTS][TRADE_ID_LEN];  /* of that home */
    uint64_t       version[2];          /* of the slots, the highest seen */

    struct {
        char       word[16];
        size_t     n;
    }              words[DIFF_WORDS];   /* answered so far, and how often */

    char           text[FAKE_REPLY_MAX];
    char           mem[16384];          /* of the call */
    char           strings[2048];
    char           participants[64];    /* of a cart */
    trade_item_t   items[8];            /* of a cart, */
    char           cart[4096]           /* and its parts */
        __attribute__((aligned(16)));
    trade_record_t carried;
    trade_precondition_t condition;
} diff_t;


extern const unsigned  diff_slots[2];
extern const char *const  diff_skus[2][DIFF_SKUS];
extern const char *const  diff_buyers[3];

uint32_t diff_random(diff_t *diff, uint32_t n);
redisReply *diff_reply(diff_t *diff);
uint64_t diff_time(diff_t *diff);

/* A call, laid out in diff->mem. */
void diff_make(diff_t *diff, trade_call_t *call);

/* Calls of an order's life, in the first or second slot. */
void diff_transition(diff_t *diff, trade_call_t *call, size_t slot);
void diff_ack(diff_t *diff, trade_call_t *call, size_t slot);
void diff_ack_first(diff_t *diff, trade_call_t *call, size_t slot);
void diff_ack_effects(diff_t *diff, trade_call_t *call, size_t slot);

/* Of stock. */
void diff_change(diff_t *diff, trade_call_t *call, size_t slot);
void diff_forget(diff_t *diff, trade_call_t *call, size_t slot);

/* Calls of orders that lie in both slots; `home` is one of these. */
void diff_cart(diff_t *diff, trade_call_t *call, size_t home);

/* Parts that several calls share. */
void diff_slot_seen(diff_t *diff, trade_slot_seen_t *seen, size_t slot);
void diff_write_args(diff_t *diff, trade_write_args_t *write, size_t slot);
void diff_condition(diff_t *diff, trade_write_args_t *write);
const char *diff_sku(diff_t *diff, size_t slot);

trade_str_t diff_json(diff_t *diff, const trade_order_t *order);

/* Learns from its reply. */
void diff_seen(diff_t *diff, const trade_call_t *call, const char *reply);

/* How often each word was answered. */
void diff_print(const diff_t *diff);

/* An id of that slot: made lately, or a new one. */
trade_str_t diff_id(diff_t *diff, unsigned slot);

/* Mostly that of an order; *seq is that of its latest event. */
trade_str_t diff_made(diff_t *diff, size_t slot, uint64_t *seq);

/* Asks for all that is in a key; is it what the fake has in diff->tried? */
void diff_ask(diff_t *diff, trade_str_t key);
int diff_same(diff_t *diff, trade_str_t key, const redisReply *reply);
void diff_all(diff_t *diff);
void diff_writes(diff_t *diff);

/* Keys the fake has that can't have expired. */
size_t diff_lasting(const diff_t *diff);


#endif /* DIFFERENTIAL_H */
