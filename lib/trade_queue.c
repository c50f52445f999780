#include "trade_queue.h"


/* the weight of one reply is 1 / 16 */
#define TRADE_QUEUE_WEIGHT  16


void
trade_queue_init(trade_queue_t *queue, uint64_t target)
{
    queue->target = target;
    queue->calls = 0;
    queue->limit = TRADE_QUEUE_START;
    queue->slow_at = 0;
    queue->progress_at = 0;
}


void
trade_queue_enter(trade_queue_t *queue, trade_queue_call_t *call,
    uint64_t now)
{
    if (queue->calls++ == 0) {
        queue->progress_at = now;
    }

    call->at = now;
    call->place = queue->calls;
}


void
trade_queue_replied(trade_queue_t *queue, const trade_queue_call_t *call,
    uint64_t now)
{
    uint64_t  waited, room;

    trade_queue_left(queue, now);

    waited = now > call->at ? now - call->at : 1;

    if (waited > queue->target / 2) {
        queue->slow_at = now;
    }

    if (call->place < queue->limit / 2 && waited <= queue->target) {
        return;
    }

    /* a reply may double the limit, or take nearly all of it */

    room = call->place * queue->target / waited;
    room = room > 2 * queue->limit ? 2 * queue->limit : room;

    /* rounded away from the limit, so that it reaches the room in the end */

    if (waited > 2 * queue->target && room < queue->limit) {
        queue->limit = room;

    } else if (room > queue->limit) {
        queue->limit += (room - queue->limit + TRADE_QUEUE_WEIGHT - 1)
                        / TRADE_QUEUE_WEIGHT;

    } else {
        queue->limit -= (queue->limit - room + TRADE_QUEUE_WEIGHT - 1)
                        / TRADE_QUEUE_WEIGHT;
    }

    if (queue->limit < TRADE_QUEUE_FEW) {
        queue->limit = TRADE_QUEUE_FEW;
    }
}


void
trade_queue_left(trade_queue_t *queue, uint64_t now)
{
    queue->calls--;
    queue->progress_at = now;
}


int
trade_queue_full(trade_queue_t *queue, uint64_t now)
{
    if (queue->limit < TRADE_QUEUE_START
        && now - queue->slow_at > TRADE_QUEUE_FORGET_MS)
    {
        queue->limit = TRADE_QUEUE_START;
    }

    return queue->target && queue->calls >= queue->limit;
}


int
trade_queue_stalled(const trade_queue_t *queue, uint64_t now)
{
    return queue->target && queue->calls >= TRADE_QUEUE_FEW
           && now - queue->progress_at > queue->target;
}
