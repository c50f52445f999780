/*
 * One request's way to a lock and back, as a state machine: events in, actions
 * out.  It decides and does nothing itself, so that every schedule of replies,
 * losses and deadlines can be played to it on a fake clock.
 *
 *     start
 *       | TAKE       queued: WAIT            taken: GO
 *       v       ------------------> WAITING
 *     ASKING <-- its turn: TAKE --- |  |        HELD -- timer: RENEW
 *       | | `------------- taken: GO --|------> |  `--- not ours: LOSE
 *       | | busy, full, down           | too    |
 *       | `-> REFUSE, FREE             | long:  | over
 *       | over                         | REFUSE v
 *       v                              `----> RELEASING -- released: FREE
 *     LEAVING ---- its reply: RELEASE -------->  |  ^
 *                                        not: PAUSED, for a while
 *
 * The caller feeds an event, then takes actions from trade_lock_next() until it
 * returns AWAIT.  After FREE there is nothing more.  The request is told once,
 * GO or REFUSE; it sends OVER when it ends, at any time.
 *
 * TAKE and RELEASE may be sent again, because both carry the request's id.  If
 * a TAKE may still run, the release says so (`ambiguous`), so that a late copy
 * takes nothing.
 */

#ifndef TRADE_LOCK_H
#define TRADE_LOCK_H

#include "trade_result.h"


typedef enum {
    TRADE_LOCK_TAKEN = 0,       /* TAKE: it is held; `value` is its token */
    TRADE_LOCK_QUEUED,          /* TAKE: another has it; it got a place */
    TRADE_LOCK_BUSY,            /* TAKE: it is taken, and the request won't
                                   wait */
    TRADE_LOCK_FULL,            /* TAKE: too many wait */
    TRADE_LOCK_REFUSED,         /* TAKE: an error, nothing was taken */
    TRADE_LOCK_UNSENT,          /* TAKE: the command did not run */
    TRADE_LOCK_UNANSWERED,      /* TAKE: it may have run, or may yet */
    TRADE_LOCK_TURN,            /* it may be taken now */
    TRADE_LOCK_RENEWED,         /* RENEW: it is held on */
    TRADE_LOCK_NOT_RENEWED,     /* RENEW: no reply that tells */
    TRADE_LOCK_GONE,            /* RENEW: it is not held any more */
    TRADE_LOCK_RELEASED,        /* RELEASE: it was held until now */
    TRADE_LOCK_NOTHING,         /* RELEASE: it was not held any more */
    TRADE_LOCK_NOT_RELEASED,    /* RELEASE: no reply that tells */
    TRADE_LOCK_TIMER,           /* lock->timer is reached */
    TRADE_LOCK_OVER             /* the request has ended */
} trade_lock_event_e;


typedef enum {
    TRADE_LOCK_AWAIT = 0,       /* nothing, until the next event */
    TRADE_LOCK_TAKE,
    TRADE_LOCK_WAIT,            /* join the waiters of this worker */
    TRADE_LOCK_GO,              /* the request goes on */
    TRADE_LOCK_REFUSE,          /* the request gets lock->result */
    TRADE_LOCK_RENEW,
    TRADE_LOCK_LOSE,            /* note that it was lost */
    TRADE_LOCK_RELEASE,
    TRADE_LOCK_FREE
} trade_lock_action_e;


typedef enum {
    TRADE_LOCK_ASKING = 0,
    TRADE_LOCK_WAITING,
    TRADE_LOCK_HELD,
    TRADE_LOCK_LEAVING,         /* OVER, and a TAKE is still under way */
    TRADE_LOCK_RELEASING,
    TRADE_LOCK_PAUSED,          /* until the release is sent again */
    TRADE_LOCK_ENDED
} trade_lock_state_e;


typedef struct {
    trade_lock_state_e   state;
    unsigned             todo;          /* bit set of actions */
    trade_result_e       result;        /* of REFUSE */
    uint64_t             token;
    uint64_t             ttl;           /* ms; all times of one steady clock */
    uint64_t             deadline;      /* of waiting */
    uint64_t             asked;         /* when the last TAKE or RENEW was
                                           sent */
    uint64_t             until;         /* it is held for sure until then */
    uint64_t             timer;         /* when TIMER is due */
    uint64_t             give_up;       /* it will have lapsed by then */
    unsigned             waits:1;       /* else it is refused if taken */
    unsigned             queued:1;      /* waits, or has waited */
    unsigned             may_be_queued:1;   /* or may have the lock */
    unsigned             next_in_line:1;    /* TURN came while a TAKE was under
                                               way */
    unsigned             expired:1;     /* the deadline came likewise */
    unsigned             shard_unreachable:1;   /* just now */
    unsigned             resent:1;
    unsigned             ambiguous:1;   /* a TAKE was never answered */
    unsigned             renewing:1;    /* a RENEW is under way */
    unsigned             renew_attempted:1; /* RENEW was sent since it was
                                               owned last */
    unsigned             lock_owned:1;  /* was taken */
    unsigned             lost:1;
} trade_lock_t;


/*
 * Starts with TAKE.  The lock is held for `ttl` ms at a time; the request waits
 * for `wait` ms, or not if that is 0.
 */
void trade_lock_start(trade_lock_t *lock, uint64_t ttl, uint64_t wait,
    uint64_t now);

/* `value` goes with TAKEN. */
void trade_lock_event(trade_lock_t *lock, trade_lock_event_e event,
    uint64_t value, uint64_t now);

trade_lock_action_e trade_lock_next(trade_lock_t *lock);

/* Whether the holder must take the lock for lost. */
int trade_lock_lost(const trade_lock_t *lock, uint64_t now);


#endif /* TRADE_LOCK_H */
