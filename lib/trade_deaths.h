/*
 * The deaths of a host's workers, as the sweeper of that host follows them.
 *
 * After each new death the sweeper looks at all events.  The death counts as
 * swept when that look has surely ended.  A sweeper that dies before leaves it
 * to its successor, which looks again.
 */

#ifndef TRADE_DEATHS_H
#define TRADE_DEATHS_H

#include <stdint.h>


/* ms from a death to the end of its look, at most. */
#define TRADE_DEATHS_SWEPT_MS  5000


/* All zero: a worker that begins to sweep. */
typedef struct {
    uint64_t  seen;                     /* the count at the last look */
    uint64_t  at;                       /* ms, when that look began */
} trade_deaths_t;


typedef enum {
    TRADE_DEATHS_NONE = 0,              /* nothing is to be done */
    TRADE_DEATHS_LOOK,                  /* tell all sweeps of a death */
    TRADE_DEATHS_SWEPT                  /* `count` deaths are swept */
} trade_deaths_action_e;


/*
 * `count`: the deaths so far; `swept`: how many of them are swept; `now`: ms of
 * any steady clock.
 */
trade_deaths_action_e trade_deaths_next(trade_deaths_t *deaths,
    uint64_t count, uint64_t swept, uint64_t now);


#endif /* TRADE_DEATHS_H */
