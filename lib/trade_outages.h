/*
 * Outages of Kafka as one producer sees them: of all brokers, and of single
 * partitions, whose broker is silent or lacks replicas while the others go on
 * (trade_outage.h).
 *
 * A partition's outage counts only while Kafka is not out as a whole, and ends
 * with that.  Events that wait for a partition that is out are no sign that
 * Kafka is out as a whole.
 */

#ifndef TRADE_OUTAGES_H
#define TRADE_OUTAGES_H

#include "trade_outage.h"


/* Partitions above share what is known of lower ones. */
#define TRADE_OUTAGES_MAX  256


/*
 * A partition is its number plus 1, or 0 if it is not known.  `now` is ms of
 * any steady clock.
 */
typedef struct {
    trade_outage_t    all;              /* counts no event of those that are
                                           out */
    trade_outage_t    parts[TRADE_OUTAGES_MAX];
    size_t            nparts;           /* that were ever published to, and
                                           those below them */
    size_t            nout;             /* of these, those that are out */
} trade_outages_t;


/* Begins with zeros and the limit, in ms. */
void trade_outages_init(trade_outages_t *outages, uint64_t limit);

/* As trade_outage_advise(), for an event of that partition. */
trade_outage_advice_e trade_outages_advise(trade_outages_t *outages,
    uint32_t partition, uint64_t now);

/* Whether that partition is out, and Kafka as a whole is not. */
int trade_outages_alone(const trade_outages_t *outages, uint32_t partition);

/* An event was handed to the producer. */
void trade_outages_published(trade_outages_t *outages, uint32_t partition,
    uint64_t now);

/*
 * The event's report.  Returns 1 if it ends the outage of the last partition
 * that was out while Kafka as a whole was not.
 */
int trade_outages_reported(trade_outages_t *outages, uint32_t partition,
    int acked, uint64_t now);

/* The client library says that all brokers are down. */
void trade_outages_down(trade_outages_t *outages);

/*
 * Returns 1 for each outage that begins now, and 0 when there are no more.
 * *partition is 0 if Kafka is out as a whole.
 */
int trade_outages_begins(trade_outages_t *outages, uint32_t *partition,
    uint64_t now);

/* Whether Kafka, or a partition of it, is out. */
int trade_outages_any(const trade_outages_t *outages);

/* Whether the outage of a partition, or of Kafka for 0, holds up that event. */
int trade_outages_concerns(uint32_t out, uint32_t partition);

/* In how many ms to call trade_outages_begins() again; 0: no need to. */
uint64_t trade_outages_wake(const trade_outages_t *outages, uint64_t now);


#endif /* TRADE_OUTAGES_H */
