/*
 * One claim of the sweeper: the due events that a slot has lent to this worker
 * for the length of a lease, what may be published of them, and what the slot
 * is told afterwards.  It decides and does nothing itself; it tells the shard's
 * trade_sweep what becomes of the events.
 *
 *      claim -- reply --> each event to the producer -- last report --> ack
 *                 |
 *                 '-- too late, or on too few replicas --> nothing
 *
 * An event that is not acknowledged stays due, and is claimed again.
 */

#ifndef TRADE_CLAIM_H
#define TRADE_CLAIM_H

#include "trade_call.h"
#include "trade_reply.h"
#include "trade_sweep.h"


typedef struct {
    unsigned        slot;
    uint64_t        sent;           /* ms, when the claim was sent */
    size_t          left;           /* events being published */
    size_t          declined;       /* events that the producer has refused */
    trade_due_t    *acked;          /* events that Kafka has; the caller's
                                       memory, with room for all */
    size_t          nacked;
    unsigned        more:1;         /* the slot has more */
} trade_claim_t;


/* The claim is sent.  `now` is ms of any steady clock, here and below. */
void trade_claim_start(trade_claim_t *claim, unsigned slot, uint64_t now);

/*
 * It is answered.  Returns how many events reply->text lists for publication,
 * or 0.  None may be published if a failover may undo the claim (`replicated`
 * is 0), or after `window` ms: another gateway may claim them before Kafka
 * answers.
 */
size_t trade_claim_reply(trade_claim_t *claim, const trade_reply_t *reply,
    int replicated, uint64_t now, uint64_t window);

/* There is no memory to publish any of them. */
void trade_claim_drop(trade_claim_t *claim);


typedef enum {
    TRADE_CLAIM_NONE = 0,           /* there is none left */
    TRADE_CLAIM_EVENT,
    TRADE_CLAIM_WRONG,              /* the record has had no such event */
    TRADE_CLAIM_MALFORMED           /* nor can any behind it be read */
} trade_claim_next_e;


/* Cuts the next event off `text`; *record is as of that event. */
trade_claim_next_e trade_claim_next(trade_str_t *text, trade_due_t *due,
    trade_record_t *record);

/* The producer has taken an event, or refused it. */
void trade_claim_produced(trade_claim_t *claim, int taken);

/*
 * All events were given to the producer, or none, for whatever reason.  1:
 * there will be no report, ack at once; 0.
 */
int trade_claim_begun(trade_claim_t *claim, trade_sweep_t *sweep,
    uint64_t now);

/*
 * The producer's report on an event.  With `large` the event is at fault, or
 * its partition, and Kafka is well.  1: it was the last one, ack; 0.
 */
int trade_claim_reported(trade_claim_t *claim, trade_sweep_t *sweep,
    const trade_due_t *due, int acked, int large, uint64_t now);

/*
 * Lays out the call that tells the slot of the acknowledged events, in
 * trade_call_ack_events_size(claim->nacked) bytes; `pay` is that of
 * trade_call_ack_effects().  1; 0: there are none, send nothing; -1: too little
 * memory.
 */
int trade_claim_ack(const trade_claim_t *claim, trade_call_t *call,
    void *mem, size_t size, const trade_slot_seen_t *seen, uint64_t pay);


#endif /* TRADE_CLAIM_H */
