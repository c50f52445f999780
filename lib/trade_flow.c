#include "trade_flow.h"

#include <string.h>


typedef void (*trade_flow_pt)(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now);


static void trade_flow_sending(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now);
static void trade_flow_pausing(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now);
static void trade_flow_publishing(trade_flow_t *flow,
    trade_flow_event_e event, trade_verdict_e verdict, uint64_t now);
static void trade_flow_settling(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now);
static void trade_flow_ended(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now);
static void trade_flow_lost(trade_flow_t *flow);
static void trade_flow_do(trade_flow_t *flow, trade_flow_action_e action);
static void trade_flow_answer(trade_flow_t *flow, trade_verdict_e verdict);
static void trade_flow_end(trade_flow_t *flow, trade_verdict_e verdict);


static const trade_flow_pt  trade_flow_states[] = {
    [TRADE_FLOW_SENDING] = trade_flow_sending,
    [TRADE_FLOW_PAUSING] = trade_flow_pausing,
    [TRADE_FLOW_PUBLISHING] = trade_flow_publishing,
    [TRADE_FLOW_SETTLING] = trade_flow_settling,
    [TRADE_FLOW_ENDED] = trade_flow_ended
};


void
trade_flow_start(trade_flow_t *flow, int changes, trade_verdict_e success,
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
trade_flow_refuse(trade_flow_t *flow, trade_verdict_e verdict)
{
    memset(flow, 0, sizeof(*flow));
    trade_flow_end(flow, verdict);
}


void
trade_flow_event(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    trade_flow_states[flow->state](flow, event, verdict, now);

    if (event == TRADE_FLOW_DEADLINE) {
        flow->expired = 1;
    }
}


trade_flow_action_e
trade_flow_next(trade_flow_t *flow)
{
    trade_flow_action_e  action;

    /* in the order of their numbers: an ack is settled, then answered */

    for (action = TRADE_FLOW_SEND; action <= TRADE_FLOW_FREE; action++) {
        if (flow->todo & (1u << action)) {
            flow->todo &= ~(1u << action);
            return action;
        }
    }

    return TRADE_FLOW_AWAIT;
}


static void
trade_flow_sending(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    switch (event) {

    case TRADE_FLOW_UNSENT:
        trade_flow_end(flow, flow->ambiguous ? TRADE_NO_ANSWER
                                             : TRADE_SHARD_DOWN);
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
            flow->verdict = verdict;
            flow->state = TRADE_FLOW_PAUSING;
            trade_flow_do(flow, TRADE_FLOW_PAUSE);
            break;
        }

        /* fall through */

    case TRADE_FLOW_FINAL:
        if (flow->ambiguous && trade_verdict_status(verdict) >= 300) {
            verdict = TRADE_NO_ANSWER;
        }

        trade_flow_end(flow, verdict);
        break;

    case TRADE_FLOW_DEADLINE:
        trade_flow_answer(flow, flow->changes ? TRADE_NO_ANSWER
                                              : TRADE_SHARD_DOWN);
        break;

    default:
        break;
    }
}


/* Sent once more, on another connection: all commands are safe to repeat */

static void
trade_flow_lost(trade_flow_t *flow)
{
    flow->ambiguous = flow->changes;

    if (!flow->resent && !flow->expired) {
        flow->resent = 1;
        trade_flow_do(flow, TRADE_FLOW_SEND);
        return;
    }

    trade_flow_end(flow, flow->changes ? TRADE_NO_ANSWER : TRADE_SHARD_DOWN);
}


static void
trade_flow_pausing(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    (void) verdict;
    (void) now;

    if (event == TRADE_FLOW_PAUSED) {
        flow->state = TRADE_FLOW_SENDING;
        trade_flow_do(flow, TRADE_FLOW_SEND);

    } else if (event == TRADE_FLOW_DEADLINE) {
        trade_flow_sending(flow, TRADE_FLOW_FINAL, flow->verdict, now);
    }
}


static void
trade_flow_publishing(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    (void) verdict;
    (void) now;

    switch (event) {

    case TRADE_FLOW_ACKED:
        flow->state = TRADE_FLOW_SETTLING;
        trade_flow_do(flow, TRADE_FLOW_SETTLE);
        trade_flow_answer(flow, flow->success);
        break;

    case TRADE_FLOW_NOT_ACKED:
        trade_flow_end(flow, TRADE_ACCEPTED);
        break;

    case TRADE_FLOW_DEADLINE:
        trade_flow_answer(flow, TRADE_ACCEPTED);
        break;

    default:
        break;
    }
}


static void
trade_flow_settling(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    (void) verdict;
    (void) now;

    if (event == TRADE_FLOW_SETTLED) {
        flow->state = TRADE_FLOW_ENDED;
        trade_flow_do(flow, TRADE_FLOW_FREE);
    }
}


static void
trade_flow_ended(trade_flow_t *flow, trade_flow_event_e event,
    trade_verdict_e verdict, uint64_t now)
{
    (void) flow;
    (void) event;
    (void) verdict;
    (void) now;
}


static void
trade_flow_do(trade_flow_t *flow, trade_flow_action_e action)
{
    flow->todo |= 1u << action;
}


static void
trade_flow_answer(trade_flow_t *flow, trade_verdict_e verdict)
{
    if (!flow->answered) {
        flow->answered = 1;
        flow->verdict = verdict;
        trade_flow_do(flow, TRADE_FLOW_ANSWER);
    }
}


static void
trade_flow_end(trade_flow_t *flow, trade_verdict_e verdict)
{
    trade_flow_answer(flow, verdict);

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
        [TRADE_FLOW_PAUSED] = "paused",
        [TRADE_FLOW_ACKED] = "acked",
        [TRADE_FLOW_NOT_ACKED] = "not acked",
        [TRADE_FLOW_DEADLINE] = "deadline",
        [TRADE_FLOW_SETTLED] = "settled"
    };

    return names[event];
}
