/*
 * Shows when the sweeper looks, what it claims, and that it goes easy on a
 * Kafka that takes nothing.
 */

#include "trade_sweep.h"
#include "unit.h"


static const trade_sweep_conf_t  conf = {
    .period = 1000,
    .pause = 250,
    .pause_max = 2000,
    .claims = 2,
    .batch = 10,
    .window = 25
};


static trade_sweep_t  sweep;


static void
next_is(uint64_t now, trade_sweep_action_e type, uint64_t value,
    const char *name)
{
    trade_sweep_action_t  action;

    trade_sweep_next(&sweep, now, &action);

    is_int(action.type, type, "%s", name);

    is_int(type == TRADE_SWEEP_AWAIT ? action.at
           : type == TRADE_SWEEP_CLAIM ? action.slot * 1000 + action.most
           : action.death,
           value, "%s: when, which, or how far", name);
}


static void
look(uint64_t now, unsigned from, unsigned to)
{
    next_is(now, TRADE_SWEEP_LOOK, 0, "it looks");

    for (/* void */ ; from < to; from++) {
        trade_sweep_due(&sweep, from);
    }

    trade_sweep_looked(&sweep);
}


static void
test_period(void)
{
    trade_sweep_init(&sweep, &conf, 5000);

    next_is(5000, TRADE_SWEEP_LOOK, 0, "it looks at once");
    next_is(5000, TRADE_SWEEP_AWAIT, 6000, "and does nothing meanwhile");
    next_is(9000, TRADE_SWEEP_AWAIT, 6000, "however long that takes");
    trade_sweep_looked(&sweep);
    next_is(5999, TRADE_SWEEP_AWAIT, 6000, "nothing is due");
    look(9999, 0, 0);
    next_is(9999, TRADE_SWEEP_AWAIT, 10999, "a period later");

    trade_sweep_died(&sweep, 10900);
    next_is(10950, TRADE_SWEEP_AWAIT, 10999, "after a death too");
    look(10999, 0, 0);
    next_is(11399, TRADE_SWEEP_AWAIT, 11400, "the living get their acks");
    next_is(11400, TRADE_SWEEP_LOOK, 10900, "then the dead one's are due");
    trade_sweep_due(&sweep, 7);
    trade_sweep_looked(&sweep);
    next_is(11400, TRADE_SWEEP_CLAIM, 7010, "and claimed");
    trade_sweep_claimed(&sweep, 7, 0, 0);
    look(12400, 0, 0);
}


static void
test_claims(void)
{
    size_t  i;

    trade_sweep_init(&sweep, &conf, 0);
    look(0, 3, 8);

    next_is(1, TRADE_SWEEP_CLAIM, 3010, "a first claim");
    next_is(1, TRADE_SWEEP_CLAIM, 4010, "a second");
    next_is(1, TRADE_SWEEP_AWAIT, 1000, "no more at a time");
    trade_sweep_claimed(&sweep, 3, 10, 1);
    next_is(1, TRADE_SWEEP_AWAIT, 1000, "nor more than can be published");
    trade_sweep_claimed(&sweep, 4, 0, 0);
    next_is(1, TRADE_SWEEP_CLAIM, 5010, "the next");
    trade_sweep_claimed(&sweep, 5, 5, 0);
    next_is(1, TRADE_SWEEP_CLAIM, 6010, "and the next");
    next_is(1, TRADE_SWEEP_AWAIT, 1000, "up to the window");

    for (i = 0; i < 15; i++) {
        trade_sweep_published(&sweep, 1, 2);
    }

    next_is(2, TRADE_SWEEP_CLAIM, 7010, "it goes on");
    trade_sweep_due(&sweep, 3);
    trade_sweep_claimed(&sweep, 6, 0, 0);
    next_is(2, TRADE_SWEEP_CLAIM, 3010, "a slot that had more comes again");
    next_is(2, TRADE_SWEEP_AWAIT, 1000, "once");
    trade_sweep_due(&sweep, 9);
    trade_sweep_claimed(&sweep, 7, 0, 0);
    next_is(2000, TRADE_SWEEP_AWAIT, 1000, "a look waits for claims");
    trade_sweep_claimed(&sweep, 3, 0, 0);
    next_is(2000, TRADE_SWEEP_LOOK, 0, "and they for it");
    trade_sweep_looked(&sweep);
    next_is(2000, TRADE_SWEEP_CLAIM, 9010, "what was found before stays");
}


static void
test_outage(void)
{
    trade_sweep_init(&sweep, &conf, 0);
    look(0, 0, 9);

    next_is(1, TRADE_SWEEP_CLAIM, 10, "a claim");
    trade_sweep_claimed(&sweep, 0, 3, 0);
    trade_sweep_published(&sweep, 0, 100);
    trade_sweep_published(&sweep, 0, 101);
    next_is(102, TRADE_SWEEP_AWAIT, 350, "Kafka takes none: a pause");
    next_is(350, TRADE_SWEEP_AWAIT, 1000, "while reports are to come");
    trade_sweep_published(&sweep, 0, 102);
    next_is(350, TRADE_SWEEP_CLAIM, 1001, "then one event");
    next_is(350, TRADE_SWEEP_AWAIT, 1000, "no more");
    trade_sweep_claimed(&sweep, 1, 1, 1);
    next_is(400, TRADE_SWEEP_AWAIT, 1000, "until its report");
    trade_sweep_published(&sweep, 0, 450);
    next_is(1000, TRADE_SWEEP_LOOK, 0, "looks go on");
}


static void
test_pauses(void)
{
    size_t    i;
    uint64_t  now;

    static const uint64_t  pauses[] = { 250, 500, 1000, 2000, 2000, 2000 };

    trade_sweep_init(&sweep, &conf, 0);
    look(0, 0, 100);
    sweep.look_at = 1000000;

    for (now = 10, i = 0; i < UNIT_ROWS(pauses); i++) {
        next_is(now, TRADE_SWEEP_CLAIM, i * 1000 + (i ? 1 : 10), "a try");
        trade_sweep_claimed(&sweep, i, 1, 0);
        trade_sweep_published(&sweep, 0, now);
        next_is(now, TRADE_SWEEP_AWAIT, now + pauses[i], "a longer pause");
        now += pauses[i];
    }

    next_is(now, TRADE_SWEEP_CLAIM, 6001, "a last try");
    trade_sweep_claimed(&sweep, 6, 1, 0);
    trade_sweep_published(&sweep, 1, now);
    next_is(now, TRADE_SWEEP_CLAIM, 7010, "it is back");
    next_is(now, TRADE_SWEEP_CLAIM, 8010, "in full");
}


static void
test_ring(void)
{
    unsigned  slot;

    trade_sweep_init(&sweep, &conf, 0);
    look(0, 0, TRADE_SLOTS);
    sweep.look_at = 1000000;

    for (slot = 0; slot < 3 * TRADE_SLOTS; slot++) {
        trade_sweep_action_t  action;

        trade_sweep_next(&sweep, 1, &action);

        if (action.type != TRADE_SWEEP_CLAIM
            || action.slot != slot % TRADE_SLOTS)
        {
            break;
        }

        trade_sweep_due(&sweep, (slot + 1) % TRADE_SLOTS);
        trade_sweep_claimed(&sweep, action.slot, 0, 1);
    }

    is_int(slot, 3 * TRADE_SLOTS, "all slots can have more, again and again");
}


int
main(void)
{
    test_period();
    test_claims();
    test_outage();
    test_pauses();
    test_ring();

    return done_testing();
}
