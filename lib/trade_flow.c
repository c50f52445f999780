#include "trade_flow.h"
#include "trade_bits.h"

#include <string.h>


typedef void (*trade_flow_pt)(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);


static void trade_flow_sending(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);
static void trade_flow_finding(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);
static void trade_flow_pausing(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);
static void trade_flow_publishing(trade_flow_t *flow,
    trade_flow_event_e event, trade_result_e result, uint64_t now);
static void trade_flow_acking(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);
static void trade_flow_ended(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now);
static void trade_flow_unsent(trade_flow_t *flow);
static void trade_flow_lost(trade_flow_t *flow);
static void trade_flow_pause(trade_flow_t *flow, trade_result_e at_deadline);
static trade_result_e trade_flow_silence(trade_flow_t *flow);
static trade_result_e trade_flow_final(trade_flow_t *flow,
    trade_result_e result);
static void trade_flow_do(trade_flow_t *flow, trade_flow_action_e action);
static void trade_flow_answer(trade_flow_t *flow, trade_result_e result);
static void trade_flow_end(trade_flow_t *flow, trade_result_e result);


static const trade_flow_pt  trade_flow_states[] = {
    [TRADE_FLOW_SENDING] = trade_flow_sending,
    [TRADE_FLOW_FINDING] = trade_flow_finding,
    [TRADE_FLOW_PAUSING] = trade_flow_pausing,
    [TRADE_FLOW_PUBLISHING] = trade_flow_publishing,
    [TRADE_FLOW_ACKING] = trade_flow_acking,
    [TRADE_FLOW_ENDED] = trade_flow_ended
};


void
trade_flow_start(trade_flow_t *flow, int changes, trade_result_e success,
    uint64_t window, uint64_t now)
{
    memset(flow, 0, sizeof(*flow));

    flow->changes = !!changes;
    flow->success = success;
    flow->window = window;
    flow->sent_at = now;

    trade_flow_do(flow, TRADE_FLOW_SEND);
}


void
trade_flow_dry_run(trade_flow_t *flow)
{
    flow->changes = 0;
}


void
trade_flow_find(trade_flow_t *flow)
{
    flow->state = TRADE_FLOW_FINDING;
    flow->todo = 0;
    trade_flow_do(flow, TRADE_FLOW_FIND);
}


trade_flow_event_e
trade_flow_timer(int pausing, int64_t left)
{
    return pausing && left > 0 ? TRADE_FLOW_PAUSED : TRADE_FLOW_DEADLINE;
}


void
trade_flow_refuse(trade_flow_t *flow, trade_result_e result)
{
    memset(flow, 0, sizeof(*flow));
    trade_flow_end(flow, result);
}


void
trade_flow_event(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    trade_flow_states[flow->state](flow, event, result, now);

    if (event == TRADE_FLOW_DEADLINE) {
        flow->expired = 1;
    }
}


trade_flow_action_e
trade_flow_next(trade_flow_t *flow)
{
    /* in the order of their numbers: ACK comes before ANSWER */

    return trade_bits_next(&flow->todo);
}


static void
trade_flow_sending(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    switch (event) {

    case TRADE_FLOW_UNSENT:
        trade_flow_unsent(flow);
        break;

    case TRADE_FLOW_LOST:
        trade_flow_lost(flow);
        break;

    case TRADE_FLOW_MADE:
        if (now - flow->sent_at > flow->window) {
            trade_flow_end(flow, TRADE_ACCEPTED);
            break;
        }

        flow->state = TRADE_FLOW_PUBLISHING;
        trade_flow_do(flow, TRADE_FLOW_PUBLISH);
        break;

    case TRADE_FLOW_UNDURABLE:
        trade_flow_end(flow, TRADE_NOT_REPLICATED);
        break;

    case TRADE_FLOW_RETRY:
        if (!flow->paused && !flow->expired) {
            flow->paused = 1;
            flow->accepted = result == TRADE_ACCEPTED;
            trade_flow_pause(flow, trade_flow_final(flow, result));
            break;
        }

        /* fall through */

    case TRADE_FLOW_FINAL:
        trade_flow_end(flow, trade_flow_final(flow, result));
        break;

    case TRADE_FLOW_DEADLINE:
        trade_flow_answer(flow, trade_flow_silence(flow));
        break;

    default:
        break;
    }
}


/*
 * Nothing ran.  But if a copy sent before may have run it is asked for again
 * and again: the answer is worth waiting for until the deadline.
 */

static void
trade_flow_unsent(trade_flow_t *flow)
{
    if (!flow->ambiguous && !flow->accepted) {
        trade_flow_end(flow, TRADE_SHARD_DOWN);

    } else if (flow->expired) {
        trade_flow_end(flow, trade_flow_silence(flow));

    } else {
        trade_flow_pause(flow, trade_flow_silence(flow));
    }
}


/* Sent once more, on another connection: all commands are safe to repeat */

static void
trade_flow_lost(trade_flow_t *flow)
{
    flow->ambiguous |= flow->changes;

    if (!flow->resent && !flow->expired) {
        flow->resent = 1;
        trade_flow_do(flow, TRADE_FLOW_SEND);
        return;
    }

    trade_flow_end(flow, trade_flow_silence(flow));
}


static void
trade_flow_pause(trade_flow_t *flow, trade_result_e at_deadline)
{
    flow->result = at_deadline;
    flow->state = TRADE_FLOW_PAUSING;
    trade_flow_do(flow, TRADE_FLOW_PAUSE);
}


/* The result when no reply will come */

static trade_result_e
trade_flow_silence(trade_flow_t *flow)
{
    if (flow->accepted) {
        return TRADE_ACCEPTED;
    }

    return flow->changes ? TRADE_NO_ANSWER : TRADE_SHARD_DOWN;
}


/* A refusal is not the whole truth once there was, or may be, an order */

static trade_result_e
trade_flow_final(trade_flow_t *flow, trade_result_e result)
{
    if (trade_result_status(result) < 300) {
        return result;
    }

    if (flow->accepted && result != TRADE_SLOT_CLOSED) {
        return TRADE_ACCEPTED;
    }

    return flow->accepted || flow->ambiguous ? TRADE_NO_ANSWER : result;
}


/* Nothing was sent that could make an order */

static void
trade_flow_finding(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    (void) now;

    switch (event) {

    case TRADE_FLOW_ABSENT:
        trade_flow_end(flow, result);
        break;

    case TRADE_FLOW_PRESENT:
        if (flow->expired) {
            trade_flow_end(flow, TRADE_SHARD_DOWN);
            break;
        }

        flow->state = TRADE_FLOW_SENDING;
        trade_flow_do(flow, TRADE_FLOW_SEND);
        break;

    case TRADE_FLOW_DEADLINE:
        trade_flow_answer(flow, TRADE_SHARD_DOWN);
        break;

    default:
        break;
    }
}


static void
trade_flow_pausing(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    (void) result;
    (void) now;

    if (event == TRADE_FLOW_PAUSED) {
        flow->state = TRADE_FLOW_SENDING;
        trade_flow_do(flow, TRADE_FLOW_SEND);

    } else if (event == TRADE_FLOW_DEADLINE) {
        trade_flow_end(flow, flow->result);
    }
}


static void
trade_flow_publishing(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    (void) result;
    (void) now;

    switch (event) {

    case TRADE_FLOW_ACKED:
        flow->state = TRADE_FLOW_ACKING;
        trade_flow_do(flow, TRADE_FLOW_ACK);
        trade_flow_answer(flow, flow->success);
        break;

    case TRADE_FLOW_NOT_ACKED:
        trade_flow_end(flow, TRADE_ACCEPTED);
        break;

    case TRADE_FLOW_STALLED:
    case TRADE_FLOW_DEADLINE:
        trade_flow_answer(flow, TRADE_ACCEPTED);
        break;

    default:
        break;
    }
}


static void
trade_flow_acking(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    (void) result;
    (void) now;

    if (event == TRADE_FLOW_ACK_DONE) {
        flow->state = TRADE_FLOW_ENDED;
        trade_flow_do(flow, TRADE_FLOW_FREE);
    }
}


static void
trade_flow_ended(trade_flow_t *flow, trade_flow_event_e event,
    trade_result_e result, uint64_t now)
{
    (void) flow;
    (void) event;
    (void) result;
    (void) now;
}


static void
trade_flow_do(trade_flow_t *flow, trade_flow_action_e action)
{
    trade_bits_add(&flow->todo, action);
}


static void
trade_flow_answer(trade_flow_t *flow, trade_result_e result)
{
    if (!flow->answered) {
        flow->answered = 1;
        flow->result = result;
        trade_flow_do(flow, TRADE_FLOW_ANSWER);
    }
}


static void
trade_flow_end(trade_flow_t *flow, trade_result_e result)
{
    trade_flow_answer(flow, result);

    flow->state = TRADE_FLOW_ENDED;
    trade_flow_do(flow, TRADE_FLOW_FREE);
}


const char *
trade_flow_event_name(trade_flow_event_e event)
{
    static const char *const  names[] = {
        [TRADE_FLOW_UNSENT] = "unsent",
        [TRADE_FLOW_LOST] = "lost",
        [TRADE_FLOW_MADE] = "made",
        [TRADE_FLOW_UNDURABLE] = "undurable",
        [TRADE_FLOW_FINAL] = "final",
        [TRADE_FLOW_RETRY] = "retry",
        [TRADE_FLOW_ABSENT] = "absent",
        [TRADE_FLOW_PRESENT] = "present",
        [TRADE_FLOW_PAUSED] = "paused",
        [TRADE_FLOW_ACKED] = "acked",
        [TRADE_FLOW_NOT_ACKED] = "not acked",
        [TRADE_FLOW_STALLED] = "stalled",
        [TRADE_FLOW_DEADLINE] = "deadline",
        [TRADE_FLOW_ACK_DONE] = "ack done"
    };

    return names[event];
}
