/*
 * How long a queue may get, so that a call waits in it for about as long as a
 * target says, and no longer.
 *
 * By Little's law (J. D. C. Little, "A proof for the queuing formula: L = λW",
 * Operations Research 9, 1961), a server that answers a call after a time W,
 * when L calls waited, answers L / W calls a second.  So target * L / W calls
 * may wait.  A reply tells this only if the queue was long, or if the reply
 * took too long: a call that waits alone takes the time of the way there.
 *
 * One worker has one of them for each shard and for each Kafka producer.
 */

#ifndef TRADE_QUEUE_H
#define TRADE_QUEUE_H

#include <stdint.h>


#define TRADE_QUEUE_DELAY_MS  500       /* the target, if none is set */
#define TRADE_QUEUE_FEW       16        /* so many calls may always wait */
#define TRADE_QUEUE_START     2048      /* until replies tell more */
#define TRADE_QUEUE_FORGET_MS 1000      /* without a slow reply, the queue is
                                           as good as new */


typedef struct {
    uint64_t      target;           /* ms; 0: the queue is never full */
    uint64_t      calls;            /* that wait */
    uint64_t      limit;            /* so many may */
    uint64_t      slow_at;          /* ms, the last reply that took more than
                                       half of the target */
    uint64_t      progress_at;      /* ms, the last end of a call, or since
                                       then calls wait */
} trade_queue_t;


/* Of a call that waits. */
typedef struct {
    uint64_t      at;               /* ms, when it came */
    uint64_t      place;            /* calls that waited then, with itself */
} trade_queue_call_t;


/* `now` is ms of any steady clock. */
void trade_queue_init(trade_queue_t *queue, uint64_t target);

void trade_queue_enter(trade_queue_t *queue, trade_queue_call_t *call,
    uint64_t now);

/* A call has its reply, and the queue learns from it how fast the server is. */
void trade_queue_replied(trade_queue_t *queue, const trade_queue_call_t *call,
    uint64_t now);

/* A call has ended, and that tells nothing of the server's speed. */
void trade_queue_left(trade_queue_t *queue, uint64_t now);

/* Whether one more call would wait for longer than the target. */
int trade_queue_full(trade_queue_t *queue, uint64_t now);

/* Whether calls wait, and none has ended for as long as the target. */
int trade_queue_stalled(const trade_queue_t *queue, uint64_t now);


#endif /* TRADE_QUEUE_H */
