/*
 * Whether Kafka makes progress, as one producer sees it, and what that means
 * for new events.
 *
 * An outage begins when events have waited for `limit` and none was
 * acknowledged meanwhile; or for 3/10 of it, if the client library says that
 * all brokers are down.  It ends with the next acknowledgement.  While it
 * lasts, one event in TRADE_OUTAGE_PROBE_MS is published to find its end; the
 * others are left to the sweeper, and no request waits for Kafka.
 */

#ifndef TRADE_OUTAGE_H
#define TRADE_OUTAGE_H

#include <stddef.h>
#include <stdint.h>


#define TRADE_OUTAGE_PROBE_MS  1000

/* A client waits this long for an event that was published as a probe. */
#define TRADE_OUTAGE_WAIT_MS   200


/*
 * Begins with zeros except the limit: nothing was published yet.  `now` is ms
 * of any steady clock.
 */
typedef struct {
    uint64_t      limit;            /* ms */
    size_t        waiting;          /* events published, not reported */
    uint64_t      since;            /* ms: since then events wait, and none
                                       was acknowledged; 0: none waits */
    uint64_t      began;            /* ms; 0: there is no outage */
    uint64_t      probed;           /* ms, the last probe */
    unsigned      down:1;           /* all brokers are down */
} trade_outage_t;


typedef enum {
    TRADE_OUTAGE_PUBLISH = 0,
    TRADE_OUTAGE_PROBE,             /* publish, and wait a moment only */
    TRADE_OUTAGE_DEFER              /* leave it to the sweeper */
} trade_outage_advice_e;


/* Decides what to do with a new event.  On PROBE the caller publishes it. */
trade_outage_advice_e trade_outage_advise(trade_outage_t *outage,
    uint64_t now);

/* An event was handed to the producer. */
void trade_outage_published(trade_outage_t *outage, uint64_t now);

/*
 * An event's report.  Returns the ms that the outage lasted if this ends one,
 * at least 1; else 0.
 */
uint64_t trade_outage_reported(trade_outage_t *outage, int acked,
    uint64_t now);

/* The client library says that all brokers are down. */
void trade_outage_down(trade_outage_t *outage);

/* Whether an outage begins now.  Returns 1 once. */
int trade_outage_begins(trade_outage_t *outage, uint64_t now);

/* In how many ms to call trade_outage_begins() again; 0: no need to. */
uint64_t trade_outage_wake(const trade_outage_t *outage, uint64_t now);


#endif /* TRADE_OUTAGE_H */
