/*
 * The one worker of a host that sweeps.  It stands in shared memory, with the
 * time at which it last said that it lives.  Another worker takes its place
 * when its process has gone, or when it has said nothing for a while.
 */

#ifndef TRADE_LEADER_H
#define TRADE_LEADER_H

#include <stdint.h>


#define TRADE_LEADER_SILENT_MS  1000


typedef enum {
    TRADE_LEADER_OTHER = 0,             /* another worker sweeps */
    TRADE_LEADER_TAKE,                  /* take its place, unless a third worker
                                           has done so meanwhile */
    TRADE_LEADER_SELF                   /* this worker sweeps already */
} trade_leader_e;


/*
 * `self`: this worker stands there; `alive`: the process of the worker that
 * stands there runs (0: none stands there); `said`: when that worker last said
 * that it lives, in ms of the host's clock, as `now` is.
 */
trade_leader_e trade_leader_next(int self, int alive, uint64_t said,
    uint64_t now);


#endif /* TRADE_LEADER_H */
