/* Shows what every schedule of replies, losses and deadlines leads to. */

#include "trade_lock.h"
#include "play.h"


#define TTL     1200                    /* ms */
#define WAIT    2000
#define DEPTH   8                       /* events of the walk */
#define EVENTS  (TRADE_LOCK_OVER + 1)


/*
 * The events, and the actions that follow: "event: actions", from "start" on.
 * An event may have the ms it comes at; the clock then stays there.
 */
static const struct {
    const char  *name;
    int          wait;
    const char  *play;
} plays[] = {
    { "free: taken and released", 0,
      "start: take; taken: go; over: release; released: free" },
    { "held: refused at once", 0,
      "start: take; busy: refuse locked, free" },
    { "held: waits for its turn", WAIT,
      "start: take; queued: wait; turn: take; taken: go; over: release; "
      "released: free" },
    { "a turn that is none", WAIT,
      "start: take; queued: wait; turn: take; queued: nothing; turn: take; "
      "taken: go" },
    { "its turn while it asks", WAIT,
      "start: take; turn: nothing; queued: take, wait; taken: go" },
    { "too many wait", WAIT,
      "start: take; full: refuse lock-queue-full, free" },
    { "waits too long", WAIT,
      "start: take; queued: wait; timer 2000: refuse locked, release; "
      "released: free" },
    { "the deadline while it asks, and then it is taken", WAIT,
      "start: take; queued: wait; turn 1500: take; timer 2000: nothing; "
      "taken: go" },
    { "the deadline while it asks, and it is not", WAIT,
      "start: take; queued: wait; turn: take; timer 2000: nothing; "
      "queued: refuse locked, release; nothing: free" },
    { "no wait knows no deadline", 0,
      "start: take; timer 10000: nothing; timer 20000: nothing; taken: take; "
      "taken: go" },

    /* the client goes */

    { "gone while it waits", WAIT,
      "start: take; queued: wait; over: release; nothing: free" },
    { "gone while it asks, and taken", WAIT,
      "start: take; over: nothing; taken: release; released: free" },
    { "gone while it asks, and queued", WAIT,
      "start: take; over: nothing; queued: release; nothing: free" },
    { "gone while it asks, and busy", 0,
      "start: take; over: nothing; busy: free" },
    { "gone while it asks again, and the place is full", WAIT,
      "start: take; queued: wait; turn: take; over: nothing; full: release; "
      "nothing: free" },
    { "gone while it asks, and no answer", 0,
      "start: take; over: nothing; timer 10000: nothing; "
      "unanswered: release; released: free" },
    { "gone when it was refused", 0,
      "start: take; busy: refuse locked, free; over: nothing" },

    /* the shard does not answer */

    { "no connection", 0,
      "start: take; unsent: refuse lock-down, free" },
    { "an error", WAIT,
      "start: take; refused: refuse shard-refused, free" },
    { "asked once more", 0,
      "start: take; unanswered: take; taken: go" },
    { "asked twice in vain", 0,
      "start: take; unanswered: take; unanswered: refuse lock-down, release; "
      "released: free" },
    { "asked twice, and no connection", 0,
      "start: take; unanswered: take; unsent: refuse lock-down, release; "
      "not released: nothing; timer 100: release; released: free" },
    { "asked twice, and busy: a copy may still come", 0,
      "start: take; unanswered: take; busy: refuse locked, release; "
      "nothing: free" },
    { "a request that has an entry in the queue waits on", WAIT,
      "start: take; queued: wait; turn: take; unsent: nothing; turn: take; "
      "taken: go" },
    { "and is told the truth when it was too long", WAIT,
      "start: take; queued: wait; turn: take; unanswered: take; "
      "unanswered: nothing; timer 2000: refuse lock-down, release; "
      "not released: nothing; timer 2100: release; not released: nothing; "
      "timer 3200: free" },

    { "taken, but the answer came too late", 0,
      "start: take; taken 1200: take; taken: go" },
    { "twice too late: it goes on, and asks at once", 0,
      "start: take; taken 1200: take; taken 2400: go; timer 2401: renew" },
    { "too late, and then another has it", WAIT,
      "start: take; taken 1200: take; queued: wait; over: release; "
      "nothing: free" },

    /* held */

    { "renewed", 0,
      "start: take; taken: go; timer 400: renew; renewed: nothing; "
      "timer 800: renew; renewed: nothing; over: release; released: free" },
    { "renewed at the second try", 0,
      "start: take; taken: go; timer 400: renew; not renewed: nothing; "
      "timer 501: renew; renewed: nothing; timer 901: renew" },
    { "not renewed in time", 0,
      "start: take; taken: go; timer 400: renew; not renewed: nothing; "
      "timer 501: renew; not renewed: nothing; timer 1200: lose; "
      "timer 11200: nothing; over: release; nothing: free" },
    { "no answer in time", 0,
      "start: take; taken: go; timer 400: renew; timer 1200: lose; "
      "renewed: nothing; timer 1600: nothing; over: release; released: free" },
    { "not held any more", 0,
      "start: take; taken: go; timer 400: renew; gone: lose; "
      "over: release; nothing: free" },
    { "slept too long, and nobody wanted it", 0,
      "start: take; taken: go; timer 9000: renew; renewed: nothing; "
      "timer 9400: renew" },
    { "slept too long, and somebody did", 0,
      "start: take; taken: go; timer 9000: renew; gone: lose" },
    { "slept too long, and no answer", 0,
      "start: take; taken: go; timer 9000: renew; timer 9401: lose" },
    { "its loss is seen when it is released", 0,
      "start: take; taken: go; over: release; nothing: lose, free" },
    { "or not, when it was released twice", 0,
      "start: take; taken: go; over: release; not released: nothing; "
      "timer 100: release; nothing: free" },
    { "released while it is renewed", 0,
      "start: take; taken: go; timer 400: renew; over: release; "
      "renewed: nothing; released: free; gone: nothing" },
    { "given up when it has lapsed", 0,
      "start: take; taken: go; over: release; timer 10000: nothing; "
      "not released: nothing; timer 10100: free" }
};


static const char *const  events[] = {
    [TRADE_LOCK_TAKEN] = "taken",
    [TRADE_LOCK_QUEUED] = "queued",
    [TRADE_LOCK_BUSY] = "busy",
    [TRADE_LOCK_FULL] = "full",
    [TRADE_LOCK_REFUSED] = "refused",
    [TRADE_LOCK_UNSENT] = "unsent",
    [TRADE_LOCK_UNANSWERED] = "unanswered",
    [TRADE_LOCK_TURN] = "turn",
    [TRADE_LOCK_RENEWED] = "renewed",
    [TRADE_LOCK_NOT_RENEWED] = "not renewed",
    [TRADE_LOCK_GONE] = "gone",
    [TRADE_LOCK_RELEASED] = "released",
    [TRADE_LOCK_NOTHING] = "nothing",
    [TRADE_LOCK_NOT_RELEASED] = "not released",
    [TRADE_LOCK_TIMER] = "timer",
    [TRADE_LOCK_OVER] = "over"
};

static const char *const  actions[] = {
    "nothing", "take", "wait", "go", "refuse", "renew", "lose", "release",
    "free"
};


/* One schedule, and what was done in it */

typedef struct {
    trade_lock_t  lock;
    uint64_t      now;
    unsigned      count[TRADE_LOCK_FREE + 1];
    unsigned      taking:1;                 /* under way */
    unsigned      renewing:1;
    unsigned      releasing:1;
    unsigned      over:1;
    unsigned      may_be_queued:1;          /* there may be something of it */
} schedule_t;


enum {
    ONE_TELL, ONE_WAIT, ONE_LOSE, ONE_FREE, NOTHING_AFTER, ONE_TAKE, ONE_RENEW,
    ONE_RELEASE, NOT_OVER, RELEASED, TOLD, TIMED, TRUTH, IDLE, ENDS, RULES
};

static const char *const  rules[] = {
    [ONE_TELL] = "GO or REFUSE come once at most, and not when it is over",
    [ONE_WAIT] = "WAIT comes once at most",
    [ONE_LOSE] = "LOSE comes once at most",
    [ONE_FREE] = "FREE comes once at most",
    [NOTHING_AFTER] = "there is nothing after FREE",
    [ONE_TAKE] = "one TAKE is under way, and none with a RELEASE",
    [ONE_RENEW] = "one RENEW is under way",
    [ONE_RELEASE] = "one RELEASE is under way",
    [NOT_OVER] = "nothing is taken or renewed when it is over",
    [RELEASED] = "nothing is left behind that could be released",
    [TOLD] = "a request that is not over is told before FREE",
    [TIMED] = "there is always a time at which something happens",
    [TRUTH] = "a lock that may be held by another is not said to be ours",
    [IDLE] = "AWAIT leaves nothing to do",
    [ENDS] = "it ends when its request does, whatever is answered"
};

static size_t              broken[RULES], schedules;
static trade_lock_event_e  path[DEPTH];


static void
rule(int number, int kept)
{
    size_t  i;

    if (kept || broken[number]++) {
        return;
    }

    (void) printf("# %s:", rules[number]);

    for (i = 0; i < DEPTH; i++) {
        (void) printf(" %s,", events[path[i]]);
    }

    (void) printf("\n");
}


static void
check_action(schedule_t *s, trade_lock_action_e action)
{
    rule(NOTHING_AFTER, s->count[TRADE_LOCK_FREE] == 0);
    s->count[action]++;

    switch (action) {

    case TRADE_LOCK_TAKE:
        rule(ONE_TAKE, !s->taking && !s->releasing);
        rule(NOT_OVER, !s->over);
        s->taking = 1;
        break;

    case TRADE_LOCK_RENEW:
        rule(ONE_RENEW, !s->renewing);
        rule(NOT_OVER, !s->over);
        s->renewing = 1;
        break;

    case TRADE_LOCK_RELEASE:
        rule(ONE_RELEASE, !s->releasing && !s->taking);
        s->releasing = 1;
        break;

    case TRADE_LOCK_WAIT:
        rule(ONE_WAIT, s->count[action] == 1);
        break;

    case TRADE_LOCK_GO:
    case TRADE_LOCK_REFUSE:
        rule(ONE_TELL, !s->over && s->count[TRADE_LOCK_GO]
                                   + s->count[TRADE_LOCK_REFUSE] == 1);
        break;

    case TRADE_LOCK_LOSE:
        rule(ONE_LOSE, s->count[action] == 1);
        break;

    default:
        rule(ONE_FREE, s->count[action] == 1);
        rule(RELEASED, !s->may_be_queued || s->now >= s->lock.give_up);
        rule(TOLD, s->over || s->count[TRADE_LOCK_GO]
                              + s->count[TRADE_LOCK_REFUSE] == 1);
    }
}


/* Whether the event can come at all: a reply needs its command */

static int
possible(const schedule_t *s, trade_lock_event_e event)
{
    if (event <= TRADE_LOCK_UNANSWERED) {
        return s->taking;
    }

    if (event >= TRADE_LOCK_RENEWED && event <= TRADE_LOCK_GONE) {
        return s->renewing;
    }

    if (event >= TRADE_LOCK_RELEASED && event <= TRADE_LOCK_NOT_RELEASED) {
        return s->releasing;
    }

    return event != TRADE_LOCK_OVER || !s->over;
}


static void
feed(schedule_t *s, trade_lock_event_e event)
{
    trade_lock_action_e  action;

    if (event <= TRADE_LOCK_UNANSWERED) {
        s->taking = 0;
        s->may_be_queued |= event == TRADE_LOCK_TAKEN
                            || event == TRADE_LOCK_QUEUED
                            || event == TRADE_LOCK_UNANSWERED;

    } else if (event >= TRADE_LOCK_RENEWED && event <= TRADE_LOCK_GONE) {
        s->renewing = 0;

    } else if (event >= TRADE_LOCK_RELEASED
               && event <= TRADE_LOCK_NOT_RELEASED)
    {
        s->releasing = 0;
        s->may_be_queued &= event == TRADE_LOCK_NOT_RELEASED;

    } else if (event == TRADE_LOCK_TIMER) {
        s->now = s->lock.timer;

    } else if (event == TRADE_LOCK_OVER) {
        s->over = 1;
    }

    trade_lock_event(&s->lock, event, 7, s->now);

    while ((action = trade_lock_next(&s->lock)) != TRADE_LOCK_AWAIT) {
        check_action(s, action);
    }

    rule(IDLE, s->lock.todo == 0);

    if (s->count[TRADE_LOCK_FREE] == 0) {
        rule(TIMED, s->lock.timer > s->now
                    || (event != TRADE_LOCK_TIMER
                        && s->lock.timer == s->now));
        rule(TRUTH, s->lock.state != TRADE_LOCK_HELD
                    || s->lock.until > s->now
                    || trade_lock_lost(&s->lock, s->now));
    }
}


/* Its request ends, nobody answers any more, and time passes */

static void
end(schedule_t s)
{
    int  i;

    if (!s.over) {
        feed(&s, TRADE_LOCK_OVER);
    }

    for (i = 0; i < 200 && s.count[TRADE_LOCK_FREE] == 0; i++) {
        if (s.taking) {
            feed(&s, TRADE_LOCK_UNANSWERED);

        } else if (s.releasing) {
            feed(&s, TRADE_LOCK_NOT_RELEASED);

        } else {
            feed(&s, TRADE_LOCK_TIMER);
        }
    }

    rule(ENDS, s.count[TRADE_LOCK_FREE] == 1);
}


static void
walk(const schedule_t *from, int depth)
{
    schedule_t          s;
    trade_lock_event_e  event;

    for (event = 0; event < EVENTS; event++) {
        if (!possible(from, event)) {
            continue;
        }

        s = *from;
        path[depth] = event;

        feed(&s, event);
        schedules++;

        if (depth + 1 < DEPTH) {
            walk(&s, depth + 1);

        } else {
            end(s);
        }
    }
}


static void
test_walk(void)
{
    int         number;
    uint64_t    wait;
    schedule_t  s;

    for (wait = 0; wait <= WAIT; wait += WAIT) {
        memset(&s, 0, sizeof(s));
        trade_lock_start(&s.lock, TTL, wait, 0);

        is_int(trade_lock_next(&s.lock), TRADE_LOCK_TAKE, "starts with TAKE");
        check_action(&s, TRADE_LOCK_TAKE);

        walk(&s, 0);
    }

    ok(schedules > 100000,
       "%zu schedules of up to %d events keep the rules", schedules,
       DEPTH);

    for (number = 0; number < RULES; number++) {
        is_int(broken[number], 0, "%s", rules[number]);
    }
}


/* A lock, and the time: an event that names none comes at the last one named */

typedef struct {
    trade_lock_t  lock;
    uint64_t      now;
} timed_t;


static const char *
play_event_name(unsigned event)
{
    return events[event];
}


static unsigned
play_next(void *machine)
{
    timed_t *timed = machine;

    return trade_lock_next(&timed->lock);
}


static trade_result_e
play_result(const void *machine)
{
    const timed_t *timed = machine;

    return timed->lock.result;
}


/* "event" or "event ms" */

static void
play_feed(void *machine, unsigned event, trade_str_t with)
{
    timed_t *timed = machine;

    if (with.len) {
        timed->now = strtoul(with.data, NULL, 10);
    }

    trade_lock_event(&timed->lock, event, 7, timed->now);
}


static void
test_plays(void)
{
    size_t   i;
    timed_t  timed;

    static const play_t  play = {
        play_event_name, EVENTS, actions, TRADE_LOCK_REFUSE, play_next,
        play_result, play_feed
    };

    for (i = 0; i < UNIT_ROWS(plays); i++) {
        timed.now = 0;
        trade_lock_start(&timed.lock, TTL, plays[i].wait, timed.now);
        play_run(&play, &timed, plays[i].name, trade_str_c(plays[i].play));
    }
}


static void
test_token(void)
{
    trade_lock_t  lock;

    trade_lock_start(&lock, TTL, 0, 0);
    trade_lock_event(&lock, TRADE_LOCK_TAKEN, UINT64_MAX, 5);

    is_int(lock.token == UINT64_MAX, 1, "the token is that of the reply");
    is_int(lock.until, TTL, "the lock is held from the time of the question");
    is_int(trade_lock_lost(&lock, TTL - 1), 0,
           "the lock is not lost before its ttl is over");
    is_int(trade_lock_lost(&lock, TTL), 1,
           "the lock may be lost when its ttl is over");
}


int
main(void)
{
    test_plays();
    test_token();
    test_walk();

    return done_testing();
}
