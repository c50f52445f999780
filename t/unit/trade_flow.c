/* Shows what every schedule of replies, losses and deadlines leads to. */

#include "trade_flow.h"
#include "play.h"


#define WINDOW  1000                    /* ms */
#define DEPTH   7                       /* events of the walk */
#define FINDS   2
#define EVENTS  (TRADE_FLOW_ACK_DONE + 1)


/*
 * The events, and the actions that follow: "event: actions", from "start" on.
 * An event may have a result or the ms it comes at, ANSWER has its result.
 */
static const struct {
    const char  *name;
    int          changes;           /* FINDS: it begins with FIND */
    const char  *play;
} plays[] = {
    { "an order that is published", 1,
      "start: send; made: publish; acked: ack, answer created; "
      "ack done: free" },
    { "the last moment to publish", 1,
      "start: send; made at 1000: publish; acked: ack, answer created; "
      "ack done: free" },
    { "too late to publish: the sweeper has it", 1,
      "start: send; made at 1001: answer accepted, free" },
    { "a refusal", 1,
      "start: send; final sold-out: answer sold-out, free" },
    { "a replay", 1,
      "start: send; final created: answer created, free" },
    { "a look-up", 0,
      "start: send; final done: answer done, free" },
    { "a look-up of nothing", 0,
      "start: send; final unknown-order: answer unknown-order, free" },

    /* the order of an Idempotency-Key is asked for first */

    { "a hint refuses an order whose key has led to none", FINDS,
      "start: find; absent sold-out: answer sold-out, free" },
    { "an order whose key may have led to one is sent", FINDS,
      "start: find; present: send; made: publish; "
      "acked: ack, answer created; ack done: free" },
    { "an order that was sent after FIND is lost and sent again", FINDS,
      "start: find; present: send; lost: send; "
      "final created: answer created, free" },
    { "the deadline passes before FIND tells that the order is refused", FINDS,
      "start: find; deadline: answer shard-down; absent sold-out: free" },
    { "no order is sent after the deadline", FINDS,
      "start: find; deadline: answer shard-down; present: free" },
    { "other events do not end FIND", FINDS,
      "start: find; unsent: nothing; lost: nothing; made: nothing; "
      "undurable: nothing; final sold-out: nothing; retry busy: nothing; "
      "paused: nothing; acked: nothing; not acked: nothing; "
      "stalled: nothing; ack done: nothing; present: send; "
      "present: nothing; absent sold-out: nothing; "
      "final created: answer created, free" },

    /* a result that may soon be another */

    { "busy, then free", 1,
      "start: send; retry buyer-busy: pause; paused: send; made: publish; "
      "acked: ack, answer created; ack done: free" },
    { "busy twice", 1,
      "start: send; retry buyer-busy: pause; paused: send; "
      "retry buyer-busy: answer buyer-busy, free" },
    { "a replay, then published", 1,
      "start: send; retry accepted: pause; paused: send; "
      "final created: answer created, free" },
    { "the deadline in the pause", 1,
      "start: send; retry buyer-busy: pause; "
      "deadline: answer buyer-busy, free" },
    { "a replay, and the deadline in the pause", 1,
      "start: send; retry accepted: pause; "
      "deadline: answer accepted, free" },
    { "unsent after the pause", 1,
      "start: send; retry buyer-busy: pause; paused: send; "
      "unsent: answer shard-down, free" },
    { "busy past the deadline", 1,
      "start: send; deadline: answer no-answer; retry buyer-busy: free" },
    { "lost after the pause", 1,
      "start: send; retry buyer-busy: pause; paused: send; lost: send; "
      "retry buyer-busy: answer no-answer, free" },
    { "lost before the pause, and the deadline in it", 1,
      "start: send; lost: send; retry buyer-busy: pause; "
      "deadline: answer no-answer, free" },

    /* Redis goes away: before it was sent; sent, and no reply */

    { "nothing was sent", 1,
      "start: send; unsent: answer shard-down, free" },
    { "a look-up could not be sent", 0,
      "start: send; unsent: answer shard-down, free" },
    { "lost once, and made", 1,
      "start: send; lost: send; made: publish; acked: ack, "
      "answer created; ack done: free" },
    { "lost once, and made too late", 1,
      "start: send; lost: send; made at 1001: answer accepted, free" },
    { "lost once, and found", 1,
      "start: send; lost: send; final created: answer created, free" },
    { "lost once, and then refused", 1,
      "start: send; lost: send; final sold-out: answer no-answer, free" },
    { "lost once, and then its key was used", 1,
      "start: send; lost: send; final idempotency-key-reused: "
      "answer no-answer, free" },
    { "lost once, then not sent until there is a connection", 1,
      "start: send; lost: send; unsent: pause; paused: send; unsent: pause; "
      "paused: send; made: publish; acked: ack, answer created; "
      "ack done: free" },
    { "lost once, then not sent in time", 1,
      "start: send; lost: send; unsent: pause; "
      "deadline: answer no-answer, free" },
    { "lost once, not answered in time, then not sent", 1,
      "start: send; lost: send; deadline: answer no-answer; unsent: free" },
    { "found, then not sent in time", 1,
      "start: send; retry accepted: pause; paused: send; unsent: pause; "
      "deadline: answer accepted, free" },
    { "found, then lost twice", 1,
      "start: send; retry accepted: pause; paused: send; lost: send; "
      "lost: answer accepted, free" },
    { "found, then no reply in time", 1,
      "start: send; retry accepted: pause; paused: send; "
      "deadline: answer accepted; final created: free" },
    { "found, then refused by a shard that can't do more", 1,
      "start: send; retry accepted: pause; paused: send; "
      "final shard-refused: answer accepted, free" },
    { "found, then its slot is closed", 1,
      "start: send; retry accepted: pause; paused: send; "
      "final slot-closed: answer no-answer, free" },
    { "lost twice", 1,
      "start: send; lost: send; lost: answer no-answer, free" },
    { "a look-up lost once", 0,
      "start: send; lost: send; final unknown-order: "
      "answer unknown-order, free" },
    { "a look-up lost twice", 0,
      "start: send; lost: send; lost: answer shard-down, free" },
    { "no reply in time, and made after it", 1,
      "start: send; deadline: answer no-answer; made: publish; "
      "acked: ack; ack done: free" },
    { "no reply in time, and refused after it", 1,
      "start: send; deadline: answer no-answer; final sold-out: free" },
    { "no reply in time, and lost: not sent again", 1,
      "start: send; deadline: answer no-answer; lost: free" },
    { "a look-up has no reply in time", 0,
      "start: send; deadline: answer shard-down; final done: free" },
    { "on too few replicas", 1,
      "start: send; undurable: answer not-replicated, free" },
    { "on too few replicas, too late to say so", 1,
      "start: send; deadline: answer no-answer; undurable: free" },

    /* Kafka: no report in time, not persisted, possibly persisted */

    { "no report in time", 1,
      "start: send; made: publish; deadline: answer accepted; "
      "acked: ack; ack done: free" },
    { "never a report of an ack", 1,
      "start: send; made: publish; deadline: answer accepted; "
      "not acked: free" },
    { "not persisted, or possibly", 1,
      "start: send; made: publish; not acked: answer accepted, free" },

    /* acking: replied, lost or unsent, it was tried */

    { "the deadline while it is acked", 1,
      "start: send; made: publish; acked: ack, answer created; "
      "deadline: nothing; ack done: free" },

    /* events that come when the flow does not wait for them */

    { "acks before the record is made", 1,
      "start: send; acked: nothing; not acked: nothing; ack done: nothing; "
      "paused: nothing; made: publish; not acked: answer accepted, free" },
    { "replies while it is published", 1,
      "start: send; made: publish; made: nothing; lost: nothing; "
      "unsent: nothing; final sold-out: nothing; retry busy: nothing; "
      "undurable: nothing; paused: nothing; ack done: nothing; "
      "acked: ack, answer created; acked: nothing; not acked: nothing; "
      "ack done: free" },
    { "an outage of Kafka, which ends", 1,
      "start: send; made: publish; stalled: answer accepted; "
      "stalled: nothing; deadline: nothing; acked: ack; ack done: free" },
    { "an outage of Kafka, and the record fails", 1,
      "start: send; stalled: nothing; made: publish; "
      "stalled: answer accepted; not acked: free" },
    { "events after the end", 1,
      "start: send; final sold-out: answer sold-out, free; made: nothing; "
      "lost: nothing; deadline: nothing; acked: nothing; ack done: nothing" }
};


static const char *const  actions[] = {
    "nothing", "find", "send", "pause", "publish", "ack", "answer", "free"
};


/* the events of the walk, each with the results and times that differ */

typedef struct {
    trade_flow_event_e   event;
    trade_result_e       result;
    uint64_t             now;
} step_t;


static const step_t  steps[] = {
    { TRADE_FLOW_UNSENT, TRADE_DONE, 0 },
    { TRADE_FLOW_LOST, TRADE_DONE, 0 },
    { TRADE_FLOW_MADE, TRADE_DONE, 0 },
    { TRADE_FLOW_MADE, TRADE_DONE, WINDOW + 1 },
    { TRADE_FLOW_UNDURABLE, TRADE_DONE, 0 },
    { TRADE_FLOW_FINAL, TRADE_SOLD_OUT, 0 },
    { TRADE_FLOW_FINAL, TRADE_CREATED, 0 },
    { TRADE_FLOW_RETRY, TRADE_BUYER_BUSY, 0 },
    { TRADE_FLOW_RETRY, TRADE_ACCEPTED, 0 },
    { TRADE_FLOW_PAUSED, TRADE_DONE, 0 },
    { TRADE_FLOW_ACKED, TRADE_DONE, 0 },
    { TRADE_FLOW_NOT_ACKED, TRADE_DONE, 0 },
    { TRADE_FLOW_STALLED, TRADE_DONE, 0 },
    { TRADE_FLOW_DEADLINE, TRADE_DONE, 0 },
    { TRADE_FLOW_ACK_DONE, TRADE_DONE, 0 },

    /* of a walk that begins with FIND */

    { TRADE_FLOW_ABSENT, TRADE_SOLD_OUT, 0 },
    { TRADE_FLOW_PRESENT, TRADE_DONE, 0 }
};

static size_t  nsteps;                  /* that the walk takes */


/* an end of any schedule: no reply comes any more */

static const step_t  ending[] = {
    { TRADE_FLOW_DEADLINE, TRADE_DONE, 0 },
    { TRADE_FLOW_PRESENT, TRADE_DONE, 0 },
    { TRADE_FLOW_LOST, TRADE_DONE, 0 },
    { TRADE_FLOW_NOT_ACKED, TRADE_DONE, 0 },
    { TRADE_FLOW_ACK_DONE, TRADE_DONE, 0 }
};


/* One schedule, and what was done in it */

typedef struct {
    trade_flow_t   flow;
    step_t         step;                    /* the last */
    unsigned       count[TRADE_FLOW_FREE + 1];
    unsigned       lost:1;                  /* a command, in it */
    unsigned       made:1;                  /* the record, in it */
    unsigned       answered:1;              /* since the last step */
    unsigned       retried:1;               /* paused for another reply */
} schedule_t;


enum {
    ONE_ANSWER, ONE_FREE, NOTHING_AFTER, ANSWERED, ONE_PUBLISH, PUBLISHED,
    ONE_ACK, ACKED, ACKED_FIRST, LOST, MADE, FIRST, SENT, PAUSED, IDLE,
    ENDS,
    RULES
};

static const char *const  rules[] = {
    [ONE_ANSWER] = "an answer is given once at most",
    [ONE_FREE] = "FREE comes once at most",
    [NOTHING_AFTER] = "there is nothing after FREE",
    [ANSWERED] = "there is an answer before FREE",
    [ONE_PUBLISH] = "PUBLISH comes once at most",
    [PUBLISHED] = "PUBLISH comes when the record is made, in its window",
    [ONE_ACK] = "ACK comes once at most",
    [ACKED] = "ACK comes when a publication is acked",
    [ACKED_FIRST] = "ACK comes before the answer",
    [LOST] = "a change that was lost is not refused",
    [MADE] = "a change that was made is answered with a success",
    [FIRST] = "FIND comes once at most, and before all else",
    [SENT] = "SEND comes for the start, one loss and each pause only",
    [PAUSED] = "PAUSE comes before the deadline; twice only if not sent",
    [IDLE] = "AWAIT leaves nothing to do",
    [ENDS] = "losses and the deadline end it, with an answer"
};

static size_t  broken[RULES], schedules;
static step_t  path[DEPTH];


static void
start(trade_flow_t *flow, int changes)
{
    trade_flow_start(flow, changes, TRADE_CREATED, WINDOW, 0);

    if (changes == FINDS) {
        trade_flow_find(flow);
    }
}


/* Counts what breaks a rule, and tells of the first schedule that does */

static void
rule(int number, int kept)
{
    size_t  i;

    if (kept || broken[number]++) {
        return;
    }

    (void) printf("# %s:", rules[number]);

    for (i = 0; i < DEPTH; i++) {
        (void) printf(" %s", trade_flow_event_name(path[i].event));
    }

    (void) printf("\n");
}


static void
check_action(schedule_t *s, trade_flow_action_e action)
{
    unsigned  n, status;

    rule(NOTHING_AFTER, s->count[TRADE_FLOW_FREE] == 0);
    n = ++s->count[action];

    switch (action) {

    case TRADE_FLOW_FIND:
        rule(FIRST, n == 1 && s->count[TRADE_FLOW_SEND] == 0);
        break;

    case TRADE_FLOW_SEND:
        rule(SENT, n <= 2 + s->count[TRADE_FLOW_PAUSE]
                   && !(s->lost && s->flow.expired));
        break;

    case TRADE_FLOW_PAUSE:
        rule(PAUSED, !s->flow.expired
                     && (n == 1 || s->step.event == TRADE_FLOW_UNSENT
                         || !s->retried));
        s->retried |= s->step.event == TRADE_FLOW_RETRY;
        break;

    case TRADE_FLOW_PUBLISH:
        rule(ONE_PUBLISH, n == 1);
        rule(PUBLISHED, s->step.event == TRADE_FLOW_MADE
                        && s->step.now <= WINDOW);
        break;

    case TRADE_FLOW_ACK:
        rule(ONE_ACK, n == 1);
        rule(ACKED, s->step.event == TRADE_FLOW_ACKED
                    && s->count[TRADE_FLOW_PUBLISH] == 1);
        rule(ACKED_FIRST, !s->answered);
        break;

    case TRADE_FLOW_ANSWER:
        status = trade_result_status(s->flow.result);
        s->answered = 1;
        rule(ONE_ANSWER, n == 1);
        rule(LOST, !s->lost || status < 400
                   || trade_result_unknown(s->flow.result));
        rule(MADE, !s->made || status < 400);
        break;

    default:
        rule(ONE_FREE, n == 1);
        rule(ANSWERED, s->count[TRADE_FLOW_ANSWER] == 1);
    }
}


static void
feed(schedule_t *s, const step_t *step)
{
    trade_flow_action_e  action;

    s->step = *step;
    s->answered = 0;

    if (s->flow.state == TRADE_FLOW_SENDING) {
        s->lost |= step->event == TRADE_FLOW_LOST && s->flow.changes;
        s->made |= step->event == TRADE_FLOW_MADE;
    }

    trade_flow_event(&s->flow, step->event, step->result, step->now);

    while ((action = trade_flow_next(&s->flow)) != TRADE_FLOW_AWAIT) {
        check_action(s, action);
    }

    rule(IDLE, trade_flow_next(&s->flow) == TRADE_FLOW_AWAIT
               && s->flow.todo == 0);
}


/* From schedule `from`, each step, and from there on; after FREE one step */

static void
walk(const schedule_t *from, int depth)
{
    size_t      i;
    schedule_t  s;

    for (i = 0; i < nsteps; i++) {
        s = *from;
        path[depth] = steps[i];

        feed(&s, &steps[i]);
        schedules++;

        if (depth + 1 < DEPTH && from->count[TRADE_FLOW_FREE] == 0) {
            walk(&s, depth + 1);
        }
    }

    if (depth + 1 == DEPTH) {
        for (s = *from, i = 0; i < UNIT_ROWS(ending); i++) {
            feed(&s, &ending[i]);
        }

        rule(ENDS, s.count[TRADE_FLOW_FREE] == 1);
    }
}


static void
test_walk(void)
{
    int                  changes, number;
    schedule_t           s;
    trade_flow_action_e  first;

    for (changes = 0; changes <= FINDS; changes++) {
        memset(&s, 0, sizeof(s));
        start(&s.flow, changes);

        first = changes == FINDS ? TRADE_FLOW_FIND : TRADE_FLOW_SEND;
        nsteps = UNIT_ROWS(steps) - (changes == FINDS ? 0 : 2);

        s.count[first]++;
        is_int(trade_flow_next(&s.flow), first, "the flow starts with %s",
               actions[first]);

        walk(&s, changes == FINDS);
    }

    ok(schedules > 1000000,
       "%zu schedules of up to %d events keep the rules", schedules,
       DEPTH);

    for (number = 0; number < RULES; number++) {
        is_int(broken[number], 0, "%s", rules[number]);
    }
}


static const char *
play_event_name(unsigned event)
{
    return trade_flow_event_name(event);
}


static unsigned
play_next(void *machine)
{
    return trade_flow_next(machine);
}


static trade_result_e
play_result(const void *machine)
{
    const trade_flow_t *flow = machine;

    return flow->result;
}


/* "event", "event result" or "event at ms" */

static void
play_feed(void *machine, unsigned event, trade_str_t with)
{
    uint64_t          now;
    trade_result_e    result;

    now = 0;
    result = TRADE_DONE;

    if (with.len > 3 && memcmp(with.data, "at ", 3) == 0) {
        now = strtoul(with.data + 3, NULL, 10);

    } else if (with.len) {
        while (!trade_str_eq(trade_result_name(result), with)) {
            result++;
        }
    }

    trade_flow_event(machine, event, result, now);
}


static void
test_plays(void)
{
    size_t        i;
    trade_flow_t  flow;

    static const play_t  play = {
        play_event_name, EVENTS, actions, TRADE_FLOW_ANSWER, play_next,
        play_result, play_feed
    };

    for (i = 0; i < UNIT_ROWS(plays); i++) {
        start(&flow, plays[i].changes);
        play_run(&play, &flow, plays[i].name, trade_str_c(plays[i].play));
    }
}


/* The window is counted from the start, by a clock that starts anywhere */

static void
test_window(void)
{
    trade_flow_t  flow;

    trade_flow_start(&flow, 1, TRADE_DONE, WINDOW, UINT64_MAX - 10);
    (void) trade_flow_next(&flow);
    trade_flow_event(&flow, TRADE_FLOW_MADE, TRADE_DONE, WINDOW - 11);
    is_int(trade_flow_next(&flow), TRADE_FLOW_PUBLISH,
           "a record made just in time is published");

    trade_flow_start(&flow, 1, TRADE_DONE, WINDOW, UINT64_MAX - 10);
    (void) trade_flow_next(&flow);
    trade_flow_event(&flow, TRADE_FLOW_MADE, TRADE_DONE, WINDOW - 10);
    is_int(trade_flow_next(&flow), TRADE_FLOW_ANSWER,
           "a record made just too late is answered");

    trade_flow_start(&flow, 1, TRADE_DONE, WINDOW, 5);
    (void) trade_flow_next(&flow);
    trade_flow_event(&flow, TRADE_FLOW_MADE, TRADE_DONE, 5);
    (void) trade_flow_next(&flow);
    trade_flow_event(&flow, TRADE_FLOW_ACKED, TRADE_DONE, 5);
    (void) trade_flow_next(&flow);
    (void) trade_flow_next(&flow);
    is_int(flow.result, TRADE_DONE,
           "an acked record is answered with the success that was given");
}


static void
test_refuse(void)
{
    trade_flow_t  flow;

    memset(&flow, 0xff, sizeof(flow));
    trade_flow_refuse(&flow, TRADE_BACKLOG_FULL);

    is_int(trade_flow_next(&flow), TRADE_FLOW_ANSWER,
           "a refused operation is answered before a SEND");
    is_int(flow.result, TRADE_BACKLOG_FULL,
           "a refused operation has the result that was given");
    is_int(trade_flow_next(&flow), TRADE_FLOW_FREE,
           "a refused operation is freed once it is answered");

    trade_flow_event(&flow, TRADE_FLOW_MADE, TRADE_DONE, 0);
    is_int(trade_flow_next(&flow), TRADE_FLOW_AWAIT,
           "a refused operation that was freed does nothing more");
}


static void
test_timer(void)
{
    is_int(trade_flow_timer(0, 0), TRADE_FLOW_DEADLINE,
           "the timer fires at the deadline");
    is_int(trade_flow_timer(1, 1), TRADE_FLOW_PAUSED,
           "the timer of a pause fires before the deadline");
    is_int(trade_flow_timer(1, 0), TRADE_FLOW_DEADLINE,
           "a pause that lasts to the deadline ends in the deadline");
    is_int(trade_flow_timer(1, -5), TRADE_FLOW_DEADLINE,
           "a pause that lasts past the deadline ends in the deadline");
}


int
main(void)
{
    test_plays();
    test_timer();
    test_window();
    test_refuse();
    test_walk();

    return done_testing();
}
