/*
 * The calls of scripts/lock_*.lua, and what they answer.
 *
 * A lock is known by its name, which names its slot, and so its shard, as a SKU
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

/* Where a worker's waiters are told; its id stands behind it. */
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
    unsigned             fresh:1;       /* it had no place until now */
} trade_lock_reply_t;


/*
 * `<worker>.<number>` into `id`; the number from what was published, or 0 when
 * it is none of that worker's.
 */
trade_str_t trade_lock_id(char id[TRADE_LOCK_ID_MAX], trade_str_t worker,
    uint64_t number);
uint64_t trade_lock_id_number(trade_str_t id, trade_str_t worker);


/*
 * As those of trade_call.h: each lays a call out in `mem`, of at least the
 * bytes that its size says, aligned for pointers, and copies what it is given
 * into it.
 */

#define trade_lock_call_size(who)                                             \
    (640 + 3 * (who)->name.len + (who)->owner.len)

int trade_lock_call_take(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int waits);
int trade_lock_call_renew(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, uint64_t token);

/* With `late` a copy of a TAKE may still come, and is to take nothing. */
int trade_lock_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_lock_who_t *who, int late);


/* What a script has answered; -1: nothing that it would. */
int trade_lock_reply(trade_str_t text, trade_lock_reply_t *reply);


/* A worker's waiters for a lock are there for so long, */
#define TRADE_LOCK_LEASE  8000          /* ms */

/* so often the first of them asks, */
#define TRADE_LOCK_POLL   2000

/* and so long who is told that it is its turn may take to take it. */
#define TRADE_LOCK_YOURS  3000

/* A release is remembered for so long, where a copy may still come. */
#define TRADE_LOCK_LATE   60000


#endif /* TRADE_LOCK_CALL_H */
