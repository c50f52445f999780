/*
 * The calls of scripts/lock_*.lua, and their replies.
 *
 * A lock has a name, which names its slot, and so its shard, as that of a SKU
 * does: crc32(name) mod 4096.
 */

#ifndef TRADE_LOCK_CALL_H
#define TRADE_LOCK_CALL_H

#include "trade_call.h"
#include "trade_id.h"
#include "trade_lock.h"


#define TRADE_LOCK_NAME_MAX    128      /* bytes of a name, and of an owner */

#define TRADE_LOCK_WORKER_LEN  26       /* of Crockford's base32 */
#define TRADE_LOCK_ID_MAX      (TRADE_LOCK_WORKER_LEN + 21)

/* The channel of a worker's waiters; the worker's id stands behind it. */
#define TRADE_LOCK_CHANNEL     "trade:lock:"


typedef struct {
    trade_str_t   name;
    trade_str_t   id;                   /* of the request */
    trade_str_t   owner;
    uint64_t      ttl;                  /* ms */
    uint64_t      max;                  /* waiters; 0: any number */
} trade_lock_who_t;


typedef struct {
    trade_lock_event_e   event;
    uint64_t             value;         /* token; ms until it may be free */
    unsigned             newly_queued:1;    /* it had no entry before */
} trade_lock_reply_t;


/*
 * Writes `<worker>.<number>` to `id`; reads the number from a published id, or
 * returns 0 if it is not that worker's.
 */
trade_str_t trade_lock_call_id(char id[TRADE_LOCK_ID_MAX], trade_str_t worker,
    uint64_t number);
uint64_t trade_lock_call_id_number(trade_str_t id, trade_str_t worker);


/*
 * As in trade_call.h, each writes a call to `mem`, which is aligned for
 * pointers and has at least as many bytes as its size says.  The strings that
 * are passed are copied.
 */

#define trade_lock_call_size(who)                                             \
    (640 + 3 * (who)->name.len + (who)->owner.len)

int trade_lock_call_take(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int waits);
int trade_lock_call_renew(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, uint64_t token);

/* With `late` a copy of a TAKE may still come, and must take nothing. */
int trade_lock_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int late);


/* Reads a script's reply.  Returns -1 if the script has no such reply. */
int trade_lock_call_reply(trade_str_t text, trade_lock_reply_t *reply);


/* A place of a worker's waiters lives this long, */
#define TRADE_LOCK_LEASE  8000          /* ms */

/* the first of the waiters asks this often, */
#define TRADE_LOCK_POLL   2000

/* and a waiter has this long to take the lock when it is its turn. */
#define TRADE_LOCK_YOURS  3000

/* A release is remembered this long if a copy of a TAKE may still come. */
#define TRADE_LOCK_LATE   60000


#endif /* TRADE_LOCK_CALL_H */
