#include "trade_lock.h"
#include "trade_bits.h"


#define TRADE_LOCK_GUARD    10000       /* ms: longer than any reply takes */
#define TRADE_LOCK_AGAIN    100         /* ms until it is released again */


typedef void (*trade_lock_step_pt)(trade_lock_t *lock,
    trade_lock_event_e event, uint64_t now);


static void
trade_lock_do(trade_lock_t *lock, trade_lock_action_e action)
{
    trade_bits_add(&lock->todo, action);
}


static void
trade_lock_take(trade_lock_t *lock, uint64_t now)
{
    lock->state = TRADE_LOCK_ASKING;
    lock->next_in_line = 0;
    lock->asked = now;
    trade_lock_do(lock, TRADE_LOCK_TAKE);
}


static void
trade_lock_lose(trade_lock_t *lock, uint64_t now)
{
    lock->lost = 1;
    lock->timer = now + TRADE_LOCK_GUARD;
    trade_lock_do(lock, TRADE_LOCK_LOSE);
}


/* The time is counted from the question, because the shard's began after it */

static void
trade_lock_holds(trade_lock_t *lock, uint64_t now)
{
    lock->until = lock->asked + lock->ttl;
    lock->timer = lock->asked + lock->ttl / 3;
    lock->timer = lock->timer > now ? lock->timer : now + 1;
}


static void
trade_lock_release(trade_lock_t *lock, uint64_t now)
{
    lock->state = TRADE_LOCK_RELEASING;
    lock->resent = 0;
    lock->timer = now + TRADE_LOCK_GUARD;
    lock->give_up = now + (lock->ttl < TRADE_LOCK_GUARD ? lock->ttl
                                                        : TRADE_LOCK_GUARD);
    trade_lock_do(lock, TRADE_LOCK_RELEASE);
}


static void
trade_lock_free(trade_lock_t *lock)
{
    lock->state = TRADE_LOCK_ENDED;
    trade_lock_do(lock, TRADE_LOCK_FREE);
}


/* Whether the shard may have a place or a lock of this request */

static void
trade_lock_leave(trade_lock_t *lock, uint64_t now)
{
    if (lock->may_be_queued || lock->ambiguous) {
        trade_lock_release(lock, now);

    } else {
        trade_lock_free(lock);
    }
}


static void
trade_lock_refuse(trade_lock_t *lock, trade_result_e result, uint64_t now)
{
    lock->result = result;
    trade_lock_do(lock, TRADE_LOCK_REFUSE);
    trade_lock_leave(lock, now);
}


/*
 * The shard can't be asked.  A request with a place waits on: it may come back
 */

static void
trade_lock_dark(trade_lock_t *lock, trade_result_e result, uint64_t now)
{
    if (!lock->queued || lock->expired) {
        trade_lock_refuse(lock, result, now);
        return;
    }

    lock->shard_unreachable = 1;
    lock->state = TRADE_LOCK_WAITING;
}


static void
trade_lock_taken(trade_lock_t *lock, uint64_t now)
{
    /* a reply that has come too late may not be true any more */

    if (now - lock->asked >= lock->ttl && !lock->resent) {
        lock->resent = 1;
        lock->may_be_queued = 1;
        trade_lock_take(lock, now);
        return;
    }

    lock->state = TRADE_LOCK_HELD;
    lock->lock_owned = 1;
    trade_lock_holds(lock, now);
    trade_lock_do(lock, TRADE_LOCK_GO);
}


static void
trade_lock_queued(trade_lock_t *lock, uint64_t now)
{
    lock->shard_unreachable = 0;
    lock->resent = 0;
    lock->may_be_queued = 1;

    if (!lock->queued) {
        lock->queued = 1;
        trade_lock_do(lock, TRADE_LOCK_WAIT);
    }

    if (lock->expired) {
        trade_lock_refuse(lock, TRADE_LOCKED, now);

    } else if (lock->next_in_line) {
        trade_lock_take(lock, now);

    } else {
        lock->state = TRADE_LOCK_WAITING;
    }
}


static void
trade_lock_asking(trade_lock_t *lock, trade_lock_event_e event, uint64_t now)
{
    switch (event) {

    case TRADE_LOCK_TAKEN:
        trade_lock_taken(lock, now);
        break;

    case TRADE_LOCK_QUEUED:
        trade_lock_queued(lock, now);
        break;

    case TRADE_LOCK_BUSY:
        trade_lock_refuse(lock, TRADE_LOCKED, now);
        break;

    case TRADE_LOCK_FULL:
        trade_lock_refuse(lock, TRADE_LOCK_QUEUE_FULL, now);
        break;

    case TRADE_LOCK_REFUSED:
        trade_lock_dark(lock, TRADE_REDIS_REFUSED, now);
        break;

    case TRADE_LOCK_UNANSWERED:
        lock->ambiguous = 1;

        if (!lock->resent) {
            lock->resent = 1;
            trade_lock_take(lock, now);
            break;
        }

        /* fall through */

    case TRADE_LOCK_UNSENT:
        trade_lock_dark(lock, TRADE_LOCK_DOWN, now);
        break;

    case TRADE_LOCK_TURN:
        lock->next_in_line = 1;
        break;

    case TRADE_LOCK_TIMER:
        lock->expired = lock->waits && now >= lock->deadline;
        lock->timer = now + TRADE_LOCK_GUARD;
        break;

    case TRADE_LOCK_OVER:
        lock->state = TRADE_LOCK_LEAVING;
        lock->timer = now + TRADE_LOCK_GUARD;
        break;

    default:
        break;
    }
}


static void
trade_lock_waiting(trade_lock_t *lock, trade_lock_event_e event, uint64_t now)
{
    switch (event) {

    case TRADE_LOCK_TURN:
        trade_lock_take(lock, now);
        break;

    case TRADE_LOCK_TIMER:
        trade_lock_refuse(lock, lock->shard_unreachable ? TRADE_LOCK_DOWN
                                                        : TRADE_LOCKED,
                          now);
        break;

    case TRADE_LOCK_OVER:
        trade_lock_release(lock, now);
        break;

    default:
        break;
    }
}


/*
 * Time to renew.  A worker that slept for longer than the lock lives asks once
 * before the lock is lost: perhaps nobody has wanted it.
 */

static void
trade_lock_due(trade_lock_t *lock, uint64_t now)
{
    if (lock->lost) {
        lock->timer = now + TRADE_LOCK_GUARD;
        return;
    }

    if (lock->renew_attempted && now >= lock->until) {
        trade_lock_lose(lock, now);
        return;
    }

    lock->timer = lock->until > now ? lock->until : now + lock->ttl / 3 + 1;

    if (!lock->renewing) {
        lock->renewing = 1;
        lock->renew_attempted = 1;
        lock->asked = now;
        trade_lock_do(lock, TRADE_LOCK_RENEW);
    }
}


static void
trade_lock_held(trade_lock_t *lock, trade_lock_event_e event, uint64_t now)
{
    uint64_t  pause;

    switch (event) {

    case TRADE_LOCK_RENEWED:
        lock->renewing = 0;

        if (!lock->lost) {
            lock->renew_attempted = 0;
            trade_lock_holds(lock, now);
        }
        break;

    case TRADE_LOCK_NOT_RENEWED:
        lock->renewing = 0;

        if (lock->lost) {
            break;
        }

        pause = lock->ttl / 12 + 1;
        lock->timer = now + pause < lock->until ? now + pause : lock->until;
        lock->timer = lock->timer > now ? lock->timer : now + 1;
        break;

    case TRADE_LOCK_GONE:
        lock->renewing = 0;

        if (!lock->lost) {
            trade_lock_lose(lock, now);
        }
        break;

    case TRADE_LOCK_TIMER:
        trade_lock_due(lock, now);
        break;

    case TRADE_LOCK_OVER:
        trade_lock_release(lock, now);
        break;

    default:
        break;
    }
}


/* The reply of the last TAKE, before the lock is let go */

static void
trade_lock_leaving(trade_lock_t *lock, trade_lock_event_e event, uint64_t now)
{
    switch (event) {

    case TRADE_LOCK_TAKEN:
    case TRADE_LOCK_QUEUED:
        trade_lock_release(lock, now);
        break;

    case TRADE_LOCK_UNANSWERED:
        lock->ambiguous = 1;
        trade_lock_release(lock, now);
        break;

    case TRADE_LOCK_BUSY:
    case TRADE_LOCK_FULL:
    case TRADE_LOCK_REFUSED:
    case TRADE_LOCK_UNSENT:
        trade_lock_leave(lock, now);
        break;

    case TRADE_LOCK_TIMER:
        lock->timer = now + TRADE_LOCK_GUARD;
        break;

    default:
        break;
    }
}


static void
trade_lock_releasing(trade_lock_t *lock, trade_lock_event_e event, uint64_t now)
{
    switch (event) {

    case TRADE_LOCK_NOTHING:
        if (lock->lock_owned && !lock->lost && !lock->resent) {
            lock->lost = 1;
            trade_lock_do(lock, TRADE_LOCK_LOSE);
        }

        /* fall through */

    case TRADE_LOCK_RELEASED:
        trade_lock_free(lock);
        break;

    case TRADE_LOCK_NOT_RELEASED:
        lock->resent = 1;
        lock->state = TRADE_LOCK_PAUSED;
        lock->timer = now + TRADE_LOCK_AGAIN;
        break;

    case TRADE_LOCK_TIMER:
        if (lock->state == TRADE_LOCK_RELEASING) {
            lock->timer = now + TRADE_LOCK_GUARD;

        } else if (now >= lock->give_up) {
            trade_lock_free(lock);

        } else {
            lock->state = TRADE_LOCK_RELEASING;
            lock->timer = now + TRADE_LOCK_GUARD;
            trade_lock_do(lock, TRADE_LOCK_RELEASE);
        }
        break;

    default:
        break;
    }
}


static const trade_lock_step_pt  trade_lock_steps[] = {
    [TRADE_LOCK_ASKING] = trade_lock_asking,
    [TRADE_LOCK_WAITING] = trade_lock_waiting,
    [TRADE_LOCK_HELD] = trade_lock_held,
    [TRADE_LOCK_LEAVING] = trade_lock_leaving,
    [TRADE_LOCK_RELEASING] = trade_lock_releasing,
    [TRADE_LOCK_PAUSED] = trade_lock_releasing
};


void
trade_lock_start(trade_lock_t *lock, uint64_t ttl, uint64_t wait,
    uint64_t now)
{
    *lock = (trade_lock_t) { .ttl = ttl, .waits = wait != 0 };

    lock->deadline = now + wait;
    lock->timer = now + (wait ? wait : TRADE_LOCK_GUARD);

    trade_lock_take(lock, now);
}


void
trade_lock_event(trade_lock_t *lock, trade_lock_event_e event, uint64_t value,
    uint64_t now)
{
    if (event == TRADE_LOCK_TAKEN) {
        lock->token = value;
    }

    if (lock->state != TRADE_LOCK_ENDED) {
        trade_lock_steps[lock->state](lock, event, now);
    }
}


/* In the order of their numbers: a request is told before a release is sent */

trade_lock_action_e
trade_lock_next(trade_lock_t *lock)
{
    return trade_bits_next(&lock->todo);
}


int
trade_lock_lost(const trade_lock_t *lock, uint64_t now)
{
    return lock->lost || (lock->state == TRADE_LOCK_HELD
                          && now >= lock->until);
}
