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
           value, "the time, slot or number is right: %s", name);
}


static void
look(uint64_t now, unsigned from, unsigned to)
{
    next_is(now, TRADE_SWEEP_LOOK, 0, "the sweep looks");

    for (/* void */ ; from < to; from++) {
        trade_sweep_due(&sweep, from);
    }

    trade_sweep_looked(&sweep);
}


static void
test_period(void)
{
    trade_sweep_init(&sweep, &conf, 5000);

    next_is(5000, TRADE_SWEEP_LOOK, 0, "a new sweep looks at once");
    next_is(5000, TRADE_SWEEP_AWAIT, 6000,
            "a sweep does nothing while it looks");
    next_is(9000, TRADE_SWEEP_AWAIT, 6000,
            "a sweep does nothing however long it looks");
    trade_sweep_looked(&sweep);
    next_is(5999, TRADE_SWEEP_AWAIT, 6000, "a look finds nothing due");
    look(9999, 0, 0);
    next_is(9999, TRADE_SWEEP_AWAIT, 10999,
            "a sweep looks again a period later");

    trade_sweep_died(&sweep, 10900);
    next_is(10950, TRADE_SWEEP_AWAIT, 10999,
            "a sweep looks again after a death");
    look(10999, 0, 0);
    next_is(11399, TRADE_SWEEP_AWAIT, 11400,
            "events of living workers get their acks");
    next_is(11400, TRADE_SWEEP_LOOK, 10900,
            "then the events of the dead worker are due");
    trade_sweep_due(&sweep, 7);
    trade_sweep_looked(&sweep);
    next_is(11400, TRADE_SWEEP_CLAIM, 7010,
            "the events of the dead worker are claimed");
    trade_sweep_claimed(&sweep, 7, 0, 0);
    look(12400, 0, 0);
}


static void
test_claims(void)
{
    size_t  i;

    trade_sweep_init(&sweep, &conf, 0);
    look(0, 3, 8);

    next_is(1, TRADE_SWEEP_CLAIM, 3010, "a first slot is claimed");
    next_is(1, TRADE_SWEEP_CLAIM, 4010, "a second slot is claimed");
    next_is(1, TRADE_SWEEP_AWAIT, 1000, "no more slots are claimed at a time");
    trade_sweep_claimed(&sweep, 3, 10, 1);
    next_is(1, TRADE_SWEEP_AWAIT, 1000,
            "no more is claimed than can be published");
    trade_sweep_claimed(&sweep, 4, 0, 0);
    next_is(1, TRADE_SWEEP_CLAIM, 5010, "the next slot is claimed");
    trade_sweep_claimed(&sweep, 5, 5, 0);
    next_is(1, TRADE_SWEEP_CLAIM, 6010, "the slot behind it is claimed");
    next_is(1, TRADE_SWEEP_AWAIT, 1000, "slots are claimed up to the window");

    for (i = 0; i < 15; i++) {
        trade_sweep_published(&sweep, 1, 2);
    }

    next_is(2, TRADE_SWEEP_CLAIM, 7010, "the sweep goes on");
    trade_sweep_due(&sweep, 3);
    trade_sweep_claimed(&sweep, 6, 0, 0);
    next_is(2, TRADE_SWEEP_CLAIM, 3010,
            "a slot that had more events is claimed again");
    next_is(2, TRADE_SWEEP_AWAIT, 1000,
            "a slot that had more events is claimed once");
    trade_sweep_due(&sweep, 9);
    trade_sweep_claimed(&sweep, 7, 0, 0);
    next_is(2000, TRADE_SWEEP_AWAIT, 1000, "a look waits for claims");
    trade_sweep_claimed(&sweep, 3, 0, 0);
    next_is(2000, TRADE_SWEEP_LOOK, 0, "claims wait for the look");
    trade_sweep_looked(&sweep);
    next_is(2000, TRADE_SWEEP_CLAIM, 9010,
            "slots that an earlier look found stay");
}


static void
test_outage(void)
{
    trade_sweep_init(&sweep, &conf, 0);
    look(0, 0, 9);

    next_is(1, TRADE_SWEEP_CLAIM, 10, "a slot is claimed");
    trade_sweep_claimed(&sweep, 0, 3, 0);
    trade_sweep_published(&sweep, 0, 100);
    trade_sweep_published(&sweep, 0, 101);
    next_is(102, TRADE_SWEEP_AWAIT, 350,
            "a sweep pauses when Kafka takes no event");
    next_is(350, TRADE_SWEEP_AWAIT, 1000,
            "a sweep pauses while reports are to come");
    trade_sweep_published(&sweep, 0, 102);
    next_is(350, TRADE_SWEEP_CLAIM, 1001,
            "a sweep claims one event after the pause");
    next_is(350, TRADE_SWEEP_AWAIT, 1000,
            "a sweep claims no second event after the pause");
    trade_sweep_claimed(&sweep, 1, 1, 1);
    next_is(400, TRADE_SWEEP_AWAIT, 1000,
            "a sweep claims no event before the report");
    trade_sweep_published(&sweep, 0, 450);
    next_is(1000, TRADE_SWEEP_LOOK, 0, "looks go on during the pause");
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
        next_is(now, TRADE_SWEEP_CLAIM, i * 1000 + (i ? 1 : 10),
                "a sweep tries one event");
        trade_sweep_claimed(&sweep, i, 1, 0);
        trade_sweep_published(&sweep, 0, now);
        next_is(now, TRADE_SWEEP_AWAIT, now + pauses[i],
                "a sweep tries one event after a longer pause");
        now += pauses[i];
    }

    next_is(now, TRADE_SWEEP_CLAIM, 6001,
            "a sweep tries one event for the last time");
    trade_sweep_claimed(&sweep, 6, 1, 0);
    trade_sweep_published(&sweep, 1, now);
    next_is(now, TRADE_SWEEP_CLAIM, 7010, "the tried event is acknowledged");
    next_is(now, TRADE_SWEEP_CLAIM, 8010, "a sweep claims all events again");
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


static void
test_horizon(void)
{
    is_int(trade_sweep_horizon(0, 5000, 70000, 600), 0,
           "a look without a death finds what is due now");
    is_int(trade_sweep_horizon(5000, 5000, 70000, 600), 70600,
           "a look at a death finds what was leased until then");
    is_int(trade_sweep_horizon(4500, 5000, 70000, 600), 70100,
           "a later look finds no leases that began after the death");
}


int
main(void)
{
    test_period();
    test_claims();
    test_outage();
    test_pauses();
    test_ring();
    test_horizon();

    return done_testing();
}
