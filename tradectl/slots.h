/*
 * The slots that are reconciled: what Redis has of them, what is known of them
 * from everywhere, and what has been said about them.
 */

#ifndef SLOTS_H
#define SLOTS_H

#include "book.h"
#include "conn.h"
#include "trade_slot.h"


#define SLOT_REASON_MAX  128
#define SLOTS_BATCH      "1000"         /* keys or fields that are asked for */


typedef enum {
    SAY_NOTE,
    SAY_TROUBLE,                        /* somebody must look at it */
    SAY_WRONG,                          /* so wrong that it stays closed */
    SAY_UNDONE                          /* this could not be done */
} say_e;


typedef struct {
    trade_stock_t    stock;             /* as Redis has it */
    unsigned         here:1;            /* it has it */
    unsigned         whole:1;           /* all of it, from its first change on,
                                           is known */
    const entry_t   *first;             /* of its entries, by version */
    const entry_t   *change;            /* its latest change, or NULL */
    int64_t          sold;              /* by all orders known */
    int64_t          sold_since;        /* by those after its latest change */
    int64_t          since_more;        /* so much more, or less, may be */
    int64_t          since_less;        /* available, if told from that */
    int64_t          less;              /* went back since the state was read */
} sku_t;


/* What a buyer has bought of an SKU. */
typedef struct {
    trade_str_t      sku;
    trade_str_t      buyer;
    trade_str_t      id;                /* Redis's: the latest order */
    uint64_t         at;                /* of the topic: when, ms */
    int64_t          quantity;
} bought_t;


typedef struct {
    bought_t        *list;
    size_t           n;
    size_t           max;
} boughts_t;


typedef struct {
    unsigned         number;
    const shard_t   *shard;

    uint64_t         clock;             /* of the shard, at its state, ms */
    uint64_t         scanned;           /* and when its records were read */
    uint64_t         version;
    uint64_t         survived;          /* the version, when it was fenced */
    char             reason[SLOT_REASON_MAX];       /* empty: it is open */
    int              fenced;            /* still, when its state was read */
    redisReply      *state;
    boughts_t        bought;

    entry_t        **entries;           /* by version */
    size_t           n;
    sku_t           *skus;
    size_t           nskus;

    uint64_t         missing;           /* versions nobody knows */
    uint64_t         doubt;             /* orders up to this version may have
                                           left the topic, or 0 */
    size_t           applied;
    unsigned         forked:1;          /* versions were given out twice */
    unsigned         broken:1;          /* a record here can't be read */
    unsigned         said[SAY_UNDONE + 1];
} slot_t;


typedef struct {
    slot_t          *slot[TRADE_SLOTS];             /* NULL: not asked for */
    size_t           n;
    uint64_t         events;            /* of them, in the topic */
    const shards_t  *shards;
} slots_t;


/* What the words ask for: a slot, a shard's name, "all".  0, or -1: said. */
int slots_select(slots_t *slots, const shards_t *shards, char **words,
    int n);
void slots_free(slots_t *slots);

/* Whether a slot of this shard was asked for. */
int slots_of(const slots_t *slots, const shard_t *shard);

/* All of these: 0, or -1 after an error that was said. */

/* Closes the slot for all. */
int slot_fence(slot_t *slot, conn_t *conn);

/* Reads its state, at one moment, in place of what was read before. */
int slot_state(slot_t *slot, conn_t *conn);

/* Reads who has bought. */
int slot_bought(slot_t *slot, conn_t *conn);

/* Reads the records and holds of all slots of the shard into the book. */
int slots_records(slots_t *slots, book_t *book, conn_t *conn);

/* Takes an event into the book, if it, or a part of it, is these slots'. */
int slots_event(slots_t *slots, book_t *book, trade_digest_t *digest,
    const trade_event_t *event, int partition, int64_t offset);

/*
 * What is due and has no record, here or in the topic: `<id>.<seq>`, the first
 * at *i or behind it, which is moved on.  1, or 0: there is none any more.
 */
int slot_due_lost(const slot_t *slot, const book_t *book, size_t *i,
    trade_str_t *member);

/* Its key of this kind, written to `key`. */
trade_str_t slot_key(const slot_t *slot, const char *kind, trade_str_t name,
    char key[TRADE_SLOT_KEY_MAX]);

/* 0, or -1: out of memory. */
int bought_add(boughts_t *boughts, trade_str_t sku, trade_str_t buyer,
    trade_str_t id, int64_t quantity);
void bought_free(boughts_t *boughts);

/* Says it on standard output, behind the slot's number. */
void slot_say(slot_t *slot, say_e kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));


#endif /* SLOTS_H */
