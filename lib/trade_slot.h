/*
 * Slots, the unit of ownership, and the names of all keys in Redis.
 *
 *      slot(sku) = crc32(sku) mod 4096         (zlib's crc32)
 *
 * Every key of slot s begins with "trade:{s<slot>}:", so that one script may
 * touch them all, under Redis Cluster too; the ring maps the string
 * "s<slot>" to the shard that owns it.
 */

#ifndef TRADE_SLOT_H
#define TRADE_SLOT_H

#include "trade_name.h"
#include "trade_str.h"


#define TRADE_SLOTS          4096

#define TRADE_SLOT_NAME_MAX  sizeof("s4095")        /* with its NUL */
#define TRADE_SLOT_ID_KEY_MAX  64                   /* a key by an id or a
                                                       hash, or one a slot, */
#define TRADE_SLOT_KEY_MAX   (TRADE_SLOT_ID_KEY_MAX + TRADE_NAME_MAX)
                                                    /* by a SKU; not locks' */


unsigned trade_slot_of(trade_str_t sku);

/* Writes "s<slot>", the slot's key in the ring, to `name`. */
trade_str_t trade_slot_name(unsigned slot, char name[TRADE_SLOT_NAME_MAX]);

/*
 * Writes "trade:{s<slot>}:<kind><name>" to `b`.  `kind` is one of those below;
 * `name` is empty for a kind of which a slot has one key only.
 */
trade_str_t trade_slot_key(trade_buf_t *b, unsigned slot, const char *kind,
    trade_str_t name);

#define TRADE_KEY_SLOT    "slot"        /* hash: version, closed, stock */
#define TRADE_KEY_DUE     "due"         /* zset: unacknowledged events */
#define TRADE_KEY_ORDER   "order:"      /* string: the record of <id> */
#define TRADE_KEY_HOLD    "hold:"       /* string: the part of cart <id> */
#define TRADE_KEY_KEY     "key:"        /* string: the id of <key hash> */
#define TRADE_KEY_BOUGHT  "bought:"     /* hash: the buyers of <sku> */
#define TRADE_KEY_LOCK    "lock:"       /* hash: owner and token of a lock */
#define TRADE_KEY_HOLDERS "holders:"    /* zset: the holders of a lock */
#define TRADE_KEY_QUEUE   "queue:"      /* zset: the waiters for a lock */
#define TRADE_KEY_LATE    "late:"       /* string: <request> has released */
#define TRADE_KEY_FENCE   "fence"       /* string: the last fencing token */

/* The fields of a slot that belong to no SKU, as slot_fields.lua has them. */
#define TRADE_SLOT_FIELD_VERSION   "v"
#define TRADE_SLOT_FIELD_CLOSED    "c"  /* why; not there: it is open */
#define TRADE_SLOT_FIELD_OPENED    "f"  /* the version that it got then */
#define TRADE_SLOT_FIELD_SURVIVED  "r"  /* the version that had survived, while
                                           it is reconciled */

/* The identity of a shard; the one key that belongs to no slot. */
#define TRADE_KEY_SHARD   "trade:shard"


#endif /* TRADE_SLOT_H */
