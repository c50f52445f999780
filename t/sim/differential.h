/*
 * The differential test: differential.c runs it, differential_call.c makes the
 * calls, differential_state.c compares what is there.
 */

#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H

#include "fake_redis.h"

#include <hiredis/hiredis.h>


#define DIFF_KEYS   32                  /* of a call */
#define DIFF_IDS    24                  /* remembered */
#define DIFF_WORDS  24
#define DIFF_SLACK  20                  /* ms: TIME and PEXPIRE of a script
                                           may see different clocks */


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
    redisReply   **state;               /* of the call's keys, in the server */
    trade_str_t    says;                /* the fake */
    const char    *why;

    diff_id_t      ids[DIFF_IDS];       /* made lately */
    size_t         nids;
    uint64_t       version[2];          /* of the slots, the highest seen */

    struct {
        char       word[16];
        size_t     n;
    }              words[DIFF_WORDS];   /* answered so far, and how often */

    char           text[FAKE_REPLY_MAX];
    char           mem[16384];          /* of the call */
    char           strings[2048];
    trade_record_t carried;
} diff_t;


extern const unsigned  diff_slots[2];

uint32_t diff_random(diff_t *diff, uint32_t n);
redisReply *diff_reply(diff_t *diff);
uint64_t diff_time(diff_t *diff);

/* A call, laid out in diff->mem. */
void diff_make(diff_t *diff, trade_call_t *call);

/* Learns from its reply. */
void diff_seen(diff_t *diff, const trade_call_t *call, const char *reply);

/* How often each word was answered. */
void diff_print(const diff_t *diff);

/* An id of that slot: made lately, or a new one. */
trade_str_t diff_id(diff_t *diff, unsigned slot);

/* Asks for all that is in a key; is it what the fake has in diff->tried? */
void diff_ask(diff_t *diff, trade_str_t key);
int diff_same(diff_t *diff, trade_str_t key, const redisReply *reply);

/* Keys the fake has that can't have expired. */
size_t diff_lasting(const diff_t *diff);


#endif /* DIFFERENTIAL_H */
