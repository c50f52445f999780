/*
 * The slots being reconciled: their state in Redis, their entries from
 * everywhere, and the number of messages about each.
 */

#ifndef SLOTS_H
#define SLOTS_H

#include "history.h"
#include "bought.h"
#include "conn.h"
#include "trade_slot.h"


#define SLOT_REASON_MAX  128
#define SLOTS_BATCH      "1000"         /* keys or fields asked for at once */


typedef enum {
    SAY_NOTE,
    SAY_TROUBLE,                        /* an operator must look at it */
    SAY_WRONG,                          /* the data contradict: the slot
                                           stays closed */
    SAY_UNDONE                          /* something could not be done */
} say_e;


typedef struct {
    trade_stock_t    stock;             /* as Redis has it */
    unsigned         in_redis:1;
    unsigned         from_first_change:1;   /* the whole history, from the
                                               first change on, is known */
    const entry_t   *first;             /* the first of its entries, by
                                           version */
    const entry_t   *change;            /* its latest change of stock, or
                                           NULL */
    int64_t          sold;              /* units, by all its entries */
    int64_t          sold_since;        /* units, by entries after that
                                           change */
    int64_t          since_more;        /* available, if computed from that
                                           change, may be so much more, */
    int64_t          since_less;        /* or so much less */
    int64_t          less;              /* units that went back since the
                                           state was read */
} sku_t;


typedef struct {
    unsigned         number;
    const shard_t   *shard;

    uint64_t         clock;             /* of the shard, when the state was
                                           read, ms */
    uint64_t         scanned;           /* when the records were read, ms */
    uint64_t         version;
    uint64_t         survived;          /* the version when the slot was
                                           fenced */
    char             reason[SLOT_REASON_MAX];       /* why it is closed;
                                                       empty: it is open */
    int              fenced;            /* it was still fenced when its state
                                           was read */
    redisReply      *state;
    boughts_t        bought;

    entry_t        **entries;           /* by version */
    size_t           n;
    sku_t           *skus;
    size_t           nskus;

    uint64_t         missing;           /* versions that no event explains */
    uint64_t         gap_up_to;         /* orders up to this version may have
                                           left the topic, or 0 */
    size_t           applied;
    unsigned         branched:1;        /* two events have the same version */
    unsigned         broken:1;          /* a record or a hold can't be read */
    unsigned         said[SAY_UNDONE + 1];
} slot_t;


typedef struct {
    slot_t          *slot[TRADE_SLOTS];             /* NULL: it is not
                                                       reconciled */
    size_t           n;
    uint64_t         events;            /* of these slots, in the topic */
    const shards_t  *shards;
} slots_t;


/*
 * Selects slots by words: a slot's number, a shard's name, or "all".  Returns
 * 0, or -1 after printing an error.
 */
int slots_select(slots_t *slots, const shards_t *shards, char **words,
    int n);
void slots_free(slots_t *slots);

/* Whether a slot of this shard is selected. */
int slots_of(const slots_t *slots, const shard_t *shard);

/* Whether an item lies in the slot. */
int slot_has(const slot_t *slot, const trade_item_t *item);

/* These return 0, or -1 after printing an error. */

/* Closes the slot for all gateways. */
int slot_fence(slot_t *slot, conn_t *conn);

/* Reads the state in one script call, and replaces the earlier one. */
int slot_state(slot_t *slot, conn_t *conn);

/* Returns 0 if the slot was still fenced when its state was read. */
int slot_fenced(const slot_t *slot);

/* Reads the slot's buyers. */
int slot_bought(slot_t *slot, conn_t *conn);

/* Reads the records and holds of all selected slots of the shard. */
int slots_read_records(slots_t *slots, history_t *history, conn_t *conn);

/* Adds an event if it, or a part of it, lies in a selected slot. */
int slots_event(slots_t *slots, history_t *history, trade_digest_t *digest,
    const trade_event_t *event, int partition, int64_t offset);

/*
 * Finds the next due entry that has no record, in Redis or in the topic, at *i
 * or behind it, and moves *i behind it.  `member` becomes the entry,
 * `<id>.<seq>`.  Returns 1, or 0 if there is none.
 */
int slot_due_lost(const slot_t *slot, const history_t *history, size_t *i,
    trade_str_t *member);

/* Writes the slot's key of this kind to `key`. */
trade_str_t slot_key(const slot_t *slot, const char *kind, trade_str_t name,
    char key[TRADE_SLOT_KEY_MAX]);

/* Prints a line that begins with the slot's number on standard output. */
void slot_say(slot_t *slot, say_e kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));


#endif /* SLOTS_H */
