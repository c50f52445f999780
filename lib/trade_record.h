/*
 * The record of an order, or of a change of stock, as Redis keeps it.
 *
 *      PAID 2 <fingerprint> <version> <paid at, ms>
 *      <key kind><partition> <traceparent> <tracestate>
 *      PLACED 1 <fingerprint> <version> <placed at, ms>
 *      <key kind><partition> <traceparent> <tracestate>
 *      {"buyer_id":"u-1","items":[{"sku":"A-1","quantity":2}]}
 *
 * Each event has two lines, the latest event comes first.  Its first line is
 * the state it came with, its sequence, the fingerprint, the version of the
 * slot after it, and the time.  If items lie in other slots too,
 * `<slot>=<version>,...` of these ends it.  The second line holds what the
 * event carries besides, `-` for what is missing.  All events of an order go to
 * the partition of its first event, which is recorded, because the key leads to
 * another one when partitions are added; without a number Kafka's producer
 * chooses by the key.  The last line is the order (trade_order.h) or the stock
 * (trade_stock.h) and never changes; a change of stock has one event.  From
 * these lines each event is built the same, byte for byte, however often.
 */

#ifndef TRADE_RECORD_H
#define TRADE_RECORD_H

#include "trade_slot.h"
#include "trade_state.h"


/* Kafka's key of an order's events; recorded, so that it stays. */
typedef enum {
    TRADE_RECORD_KEY_ORDER = 'o',
    TRADE_RECORD_KEY_BUYER = 'b',
    TRADE_RECORD_KEY_SKU = 's'
} trade_record_key_e;


typedef struct {
    trade_state_e        state;
    uint64_t             seq;
    trade_str_t          fingerprint;
    uint64_t             version;
    uint64_t             at;            /* ms of the shard's clock */
    trade_str_t          participants;  /* participants and their versions;
                                           may be empty */

    trade_record_key_e   key;
    trade_str_t          traceparent;   /* these two may be empty */
    trade_str_t          tracestate;
    uint32_t             partition;     /* plus 1; 0: none is recorded */

    trade_str_t          older;         /* the lines of the events before */
    uint64_t             created;       /* ms: `at` of the first */
    trade_str_t          body;
} trade_record_t;


/* An event, as a member of `due`: `<id>.<seq>`. */
typedef struct {
    trade_str_t          id;
    uint64_t             seq;
    uint32_t             partition;     /* ack_effects records it; as in
                                           trade_record_t */
} trade_due_t;


/* The most bytes of the second line, with its newline. */
#define trade_record_carried_size(record)                                     \
    ((record)->traceparent.len + (record)->tracestate.len + 18)

#define TRADE_RECORD_PARTITION_MAX  INT32_MAX


/*
 * Reads the first line only, or all of them, at the latest event; views into
 * `text`.  Returns 0, or -1 if it is no record.
 */
int trade_record_read_header(trade_record_t *record, trade_str_t line);
int trade_record_read(trade_record_t *record, trade_str_t text);

/* Moves the record to the event before.  Returns 1, or 0 if there is none. */
int trade_record_older(trade_record_t *record);

/* Moves the record to that event.  Returns 0, or -1 if it has no such event. */
int trade_record_as_of(trade_record_t *record, uint64_t seq);

/*
 * Cuts the first one off `participants`.  Returns 1, or 0 if there is none,
 * or it is malformed.
 */
int trade_record_participant(trade_str_t *participants, unsigned *slot,
    uint64_t *version);

/* Whether it has no partition, and is to get that of its event. */
int trade_record_unplaced(const trade_record_t *record);

/* Whether its units have gone back, or will when its event is published. */
int trade_record_ended(const trade_record_t *record);

/*
 * Completes *record, which a call was sent to make, from the reply.  Returns 1
 * if the caller must copy the older lines and the body, which only the reply
 * holds; 0 if the body was known before.
 */
int trade_record_complete(trade_record_t *record, const trade_record_t *reply);

/* Appends an event's second line, without a newline. */
void trade_record_write_carried(trade_buf_t *b, const trade_record_t *record);

/*
 * The buyer of an order as in its body, where quotes and backslashes are
 * escaped (trade_name.h); empty if it names none.
 */
trade_str_t trade_record_buyer(const trade_record_t *record);


#endif /* TRADE_RECORD_H */
