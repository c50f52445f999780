/*
 * A Redis that runs the scripts' rules: takes the calls that lib/trade_call.c
 * lays out, and answers the text that the scripts answer.  One function a
 * script, and one for each file they include, in the order of the Lua that it
 * stands for; differential.t holds both equal.
 */

#ifndef FAKE_REDIS_H
#define FAKE_REDIS_H

#include "fake_store.h"
#include "trade_call.h"
#include "trade_duration.h"


#define FAKE_REPLY_MAX   65536
#define FAKE_CLAIM_MAX   256            /* events of a claim */
#define FAKE_ITEMS_MAX   64
#define FAKE_RECORD_MAX  4096
#define FAKE_UNPAID      "unpaid"       /* zset: orders, until when to pay */
#define FAKE_ASKS        "asks"         /* zset: carts in doubt, and when */


typedef struct {
    fake_store_t        *store;
    const trade_call_t  *call;
    uint64_t             now;           /* ms */
    trade_buf_t          reply;
    uint64_t             version;
    int                  closed;        /* slot[2] */
} fake_call_t;


/*
 * Runs a call at `now`, ms.  The reply is written to `mem`, of FAKE_REPLY_MAX
 * bytes; data is NULL for the null reply.  An integer is written as a text.
 */
trade_str_t fake_redis_call(fake_store_t *store, const trade_call_t *call,
    uint64_t now, char *mem);


/* For the rules: KEYS[i], ARGV[i] and ARGV[i] as a number. */
trade_str_t fake_key(const fake_call_t *call, size_t i);
trade_str_t fake_arg(const fake_call_t *call, size_t i);
int64_t fake_number(const fake_call_t *call, size_t i);

int64_t fake_integer(trade_str_t s);    /* 0 for none */
trade_str_t fake_text(char text[24], int64_t number);
trade_str_t fake_join(char *mem, trade_str_t a, const char *b, trade_str_t c);

/* 1: answered, the slot has lost writes. */
int fake_regressed(fake_call_t *call);

/* 1: answered, so it is, or the slot is closed. */
int fake_barred(fake_call_t *call);

int fake_before(fake_call_t *call);     /* 1: answered */

/* condition.lua: whether ARGV[at] and the two behind it hold. */
int fake_condition_met(fake_call_t *call, size_t at, trade_str_t tag,
    uint64_t changed);

/* An item that is asked for, and what the slot has of it. */
typedef struct {
    int64_t      quantity;
    int64_t      had;
    trade_str_t  available;
    trade_str_t  limit;
    trade_str_t  opens;
    trade_str_t  closes;
    trade_str_t  held;
    const char  *locked;                /* "PENDING", "LOCKED" or NULL */
    const char  *reason;                /* it is refused for, or NULL */
} fake_item_t;


typedef struct {
    size_t       n;
    int          ok;
    int          locked;                /* some item is */
    int64_t      early;
    fake_item_t  items[FAKE_ITEMS_MAX];
} fake_stock_check_t;


void fake_check_stock(fake_call_t *call, fake_stock_check_t *check);
void fake_check_stock_refuse(fake_call_t *call, fake_stock_check_t *check);
void fake_check_stock_reserve(fake_call_t *call,
    const fake_stock_check_t *check);

/* Whether it was made. */
int fake_record(fake_call_t *call, trade_str_t record);

/* move_units.lua: so many times each quantity of the order that ends `text`. */
typedef struct {
    int          available;
    int          held;
    int          bought;
} fake_move_t;

void fake_move(fake_call_t *call, trade_str_t text, fake_move_t by,
    trade_str_t id);

/* The order's record; data is NULL: answered, it is absent. */
trade_str_t fake_absent(fake_call_t *call);

void fake_closed_reply(fake_call_t *call);
void fake_found(fake_call_t *call, trade_str_t id, int due,
    trade_str_t record);

/* returned.lua */
void fake_returned(fake_call_t *call);

/* HSET of the slot's v. */
void fake_version(fake_call_t *call, uint64_t version);

/* trade:{s<slot>}:<kind><id> of an event `<id>.<seq>`, or of a name. */
trade_str_t fake_sibling(const fake_call_t *call, char *mem,
    const char *kind, trade_str_t event);
trade_str_t fake_asks_key(const fake_call_t *call, char *mem);

/* PEXPIRE GT: a record lives for a day from now at least. */
void fake_live_on(fake_call_t *call, trade_str_t key);

void fake_place(fake_call_t *call);
void fake_change(fake_call_t *call);
void fake_transition(fake_call_t *call);
void fake_ack_effects(fake_call_t *call);
void fake_expire(fake_call_t *call);
void fake_peek(fake_call_t *call);
void fake_claim(fake_call_t *call);
void fake_open(fake_call_t *call);
void fake_reserve(fake_call_t *call);
void fake_outcome(fake_call_t *call);
void fake_confirm(fake_call_t *call);
void fake_release(fake_call_t *call);
void fake_confirmed(fake_call_t *call);
void fake_indoubt(fake_call_t *call);
void fake_forget(fake_call_t *call);


#endif /* FAKE_REDIS_H */
