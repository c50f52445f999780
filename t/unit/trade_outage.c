/*
 * Shows when an outage of Kafka begins and ends, and what is published while it
 * lasts.
 */

#include "trade_outage.h"
#include "unit.h"


static trade_outage_t  outage;


static void
fresh(void)
{
    memset(&outage, 0, sizeof(outage));
    outage.limit = 1000;
}


static void
test_none(void)
{
    fresh();

    is_int(trade_outage_begins(&outage, 5000), 0,
           "no outage begins if nothing was published");
    is_int(trade_outage_wake(&outage, 5000), 0,
           "if nothing was published there is nothing to time");
    is_int(trade_outage_advise(&outage, 5000), TRADE_OUTAGE_PUBLISH,
           "without an outage a record is published");

    trade_outage_published(&outage, 5000);
    is_int(trade_outage_wake(&outage, 5400), 600,
           "one second after a record it is time to look");
    is_int(trade_outage_begins(&outage, 5999), 0,
           "no outage begins before that second is over");
    is_int(trade_outage_reported(&outage, 1, 5999), 0,
           "an acknowledgement ends no outage that has not begun");
    is_int(trade_outage_begins(&outage, 9000), 0,
           "no outage begins when all is acknowledged");
}


static void
test_progress(void)
{
    uint64_t  now;

    fresh();
    trade_outage_published(&outage, 1000);

    for (now = 1000; now < 9000; now += 900) {
        trade_outage_published(&outage, now);
        is_int(trade_outage_begins(&outage, now + 899), 0,
               "no outage begins while acknowledgements come, at %d",
               (int) now);
        (void) trade_outage_reported(&outage, 1, now + 899);
    }

    is_int(trade_outage_begins(&outage, now + 1000), 1,
           "an outage begins one second after the last acknowledgement");
}


static void
test_outage(void)
{
    fresh();
    trade_outage_published(&outage, 1000);
    trade_outage_published(&outage, 1990);

    is_int(trade_outage_begins(&outage, 2000), 1,
           "an outage begins when the oldest record has waited for a second");
    is_int(trade_outage_begins(&outage, 2000), 0, "an outage begins once");
    is_int(trade_outage_wake(&outage, 2000), 0,
           "an outage that has begun is not timed again");

    is_int(trade_outage_advise(&outage, 2000), TRADE_OUTAGE_DEFER,
           "a record is left to the sweeper when the outage begins");
    is_int(trade_outage_advise(&outage, 2999), TRADE_OUTAGE_DEFER,
           "other records in that second are left to the sweeper");
    is_int(trade_outage_advise(&outage, 3000), TRADE_OUTAGE_PROBE,
           "one record a second is a probe");
    is_int(trade_outage_advise(&outage, 3001), TRADE_OUTAGE_DEFER,
           "a second record in that second is no probe");
    trade_outage_published(&outage, 3000);

    (void) trade_outage_reported(&outage, 0, 3500);
    (void) trade_outage_reported(&outage, 0, 3500);
    is_int(trade_outage_reported(&outage, 0, 3600), 0,
           "failures do not end the outage");
    is_int(trade_outage_advise(&outage, 3700), TRADE_OUTAGE_DEFER,
           "an outage does not end when nothing waits any more");

    is_int(trade_outage_advise(&outage, 60000), TRADE_OUTAGE_PROBE,
           "the first record after a long silence is a probe");
    trade_outage_published(&outage, 60000);
    is_int(trade_outage_reported(&outage, 1, 60010), 58010,
           "an acknowledgement ends it and tells how long it took");
    is_int(trade_outage_advise(&outage, 60011), TRADE_OUTAGE_PUBLISH,
           "records are published after the outage");
    is_int(trade_outage_begins(&outage, 90000), 0,
           "nothing of the outage is left");

    trade_outage_published(&outage, 100000);
    is_int(trade_outage_begins(&outage, 101000), 1, "another outage may begin");
    is_int(trade_outage_reported(&outage, 1, 101000), 1,
           "an outage has taken at least a millisecond");
}


static void
test_failures(void)
{
    fresh();
    trade_outage_published(&outage, 1000);
    (void) trade_outage_reported(&outage, 0, 1010);
    is_int(trade_outage_begins(&outage, 9000), 0,
           "no outage begins for a record that was refused at once");

    trade_outage_published(&outage, 9000);
    trade_outage_published(&outage, 9100);
    (void) trade_outage_reported(&outage, 0, 9200);
    is_int(trade_outage_begins(&outage, 10000), 1,
           "an outage begins for one that waits beside one that was refused");

    fresh();
    trade_outage_published(&outage, 1000);
    (void) trade_outage_reported(&outage, 0, 2500);
    is_int(trade_outage_begins(&outage, 2500), 1,
           "an outage begins if the only record has failed after a second");
}


static void
test_down(void)
{
    fresh();
    trade_outage_down(&outage);
    is_int(trade_outage_begins(&outage, 5000), 0,
           "brokers that are down are no outage while nothing waits");

    trade_outage_published(&outage, 5000);
    is_int(trade_outage_wake(&outage, 5000), 300,
           "with brokers down it is looked at sooner");
    is_int(trade_outage_begins(&outage, 5000 + 300), 1,
           "with brokers down the outage begins sooner");

    (void) trade_outage_reported(&outage, 1, 6000);
    trade_outage_published(&outage, 7000);
    is_int(trade_outage_wake(&outage, 7000), 1000,
           "after an acknowledgement brokers are not taken to be down");
}


int
main(void)
{
    test_none();
    test_progress();
    test_outage();
    test_failures();
    test_down();

    return done_testing();
}
