/*
 * Whether Kafka makes progress, as one producer sees it, and what that means
 * for new records.
 *
 * An outage begins when records have waited for `limit` and none has been
 * acknowledged meanwhile, or for 3/10 of it if the client library says that all
 * brokers are down.  It ends with the next
 * acknowledgement.  While it lasts one record in TRADE_OUTAGE_PROBE_MS is
 * published to find its end; the others are left to the sweeper, and nobody
 * waits for Kafka.
 */

#ifndef TRADE_OUTAGE_H
#define TRADE_OUTAGE_H

#include <stddef.h>
#include <stdint.h>


#define TRADE_OUTAGE_PROBE_MS  1000

/* So long a client waits for the record that it has published as a probe. */
#define TRADE_OUTAGE_WAIT_MS   200


/*
 * Begins with zeros, but for the limit: nothing was published yet.  `now` is ms
 * of any steady clock.
 */
typedef struct {
    uint64_t      limit;            /* ms */
    size_t        waiting;          /* records published, not reported */
    uint64_t      since;            /* ms: they wait since then, and nothing was
                                       acknowledged; 0: none waits */
    uint64_t      began;            /* ms; 0: there is no outage */
    uint64_t      probed;           /* ms, the last probe */
    unsigned      down:1;           /* all brokers are */
} trade_outage_t;


typedef enum {
    TRADE_OUTAGE_PUBLISH = 0,
    TRADE_OUTAGE_PROBE,             /* publish, and wait a moment only */
    TRADE_OUTAGE_DEFER              /* leave it to the sweeper */
} trade_outage_advice_e;


/* Decides what to do with a new record.  On PROBE the caller sends it. */
trade_outage_advice_e trade_outage_advise(trade_outage_t *outage,
    uint64_t now);

/* A record was handed to the producer. */
void trade_outage_published(trade_outage_t *outage, uint64_t now);

/*
 * Its report.  Returns the ms that an outage has lasted which it ends, at
 * least 1; 0: it ends none.
 */
uint64_t trade_outage_reported(trade_outage_t *outage, int acked,
    uint64_t now);

/* The client library says that all brokers are down. */
void trade_outage_down(trade_outage_t *outage);

/* Whether an outage begins now.  It is said once. */
int trade_outage_begins(trade_outage_t *outage, uint64_t now);

/* In how many ms to ask trade_outage_begins() again; 0: no need to. */
uint64_t trade_outage_wake(const trade_outage_t *outage, uint64_t now);


#endif /* TRADE_OUTAGE_H */
