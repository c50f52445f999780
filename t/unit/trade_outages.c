/*
 * Shows that a partition that takes nothing is found while the others go on,
 * and that it is forgotten when Kafka comes back as a whole.
 */

#include "trade_outages.h"
#include "unit.h"


static trade_outages_t  outages;
static uint32_t         out;


static void
fresh(void)
{
    trade_outages_init(&outages, 1000);
    out = 99;
}


/* An event of that partition is published and acknowledged */

static int
acked(uint32_t partition, uint64_t now)
{
    trade_outages_published(&outages, partition, now);

    return trade_outages_reported(&outages, partition, 1, now);
}


static void
test_partition(void)
{
    uint64_t  now;

    fresh();
    trade_outages_published(&outages, 3, 1000);
    is_int(trade_outages_wake(&outages, 1000), 1000,
           "one second after a record it is time to look");

    for (now = 1100; now < 2000; now += 100) {
        (void) acked(1, now);
        is_int(trade_outages_begins(&outages, &out, now), 0,
               "no outage begins before a second is over, at %d", (int) now);
    }

    is_int(trade_outages_wake(&outages, 1990), 10,
           "the time to look is that of the partition that waits longest");
    is_int(trade_outages_begins(&outages, &out, 2000), 1,
           "an outage begins though another partition takes records");
    is_int(out, 3, "it is that of the partition that takes none");
    ok(trade_outages_alone(&outages, 3), "that partition is out alone");
    ok(!trade_outages_alone(&outages, 1), "a partition with progress is not");
    ok(!trade_outages_alone(&outages, 0),
       "a partition that is not known is not out");
    is_int(trade_outages_begins(&outages, &out, 2000), 0,
           "the outage of a partition begins once");
    is_int(trade_outages_wake(&outages, 2000), 0,
           "nothing else waits to be timed");

    is_int(trade_outages_advise(&outages, 3, 2500), TRADE_OUTAGE_DEFER,
           "its records are left to the sweeper");
    is_int(trade_outages_advise(&outages, 1, 2500), TRADE_OUTAGE_PUBLISH,
           "records of another partition are published");
    is_int(trade_outages_advise(&outages, 0, 2500), TRADE_OUTAGE_PUBLISH,
           "a record whose partition is not known is published");
    is_int(trade_outages_advise(&outages, 3, 3000), TRADE_OUTAGE_PROBE,
           "one of its records in a second is a probe");

    trade_outages_published(&outages, 3, 3000);
    is_int(acked(1, 3001), 0, "records of another partition do not end it");
    is_int(trade_outages_reported(&outages, 3, 0, 3002), 0,
           "a failure does not end it");
    is_int(trade_outages_reported(&outages, 3, 1, 3003), 1,
           "an acknowledgement of its own ends it");
    is_int(trade_outages_advise(&outages, 3, 3004), TRADE_OUTAGE_PUBLISH,
           "its records are published afterwards");
    is_int(trade_outages_begins(&outages, &out, 9000), 0,
           "nothing of the outage is left");
}


static void
test_quiet(void)
{
    fresh();
    trade_outages_published(&outages, 1, 1000);
    trade_outages_published(&outages, 1, 1000);
    (void) acked(2, 1999);
    is_int(trade_outages_begins(&outages, &out, 2000), 1, "an outage begins");
    trade_outages_published(&outages, 1, 3000);
    is_int(trade_outages_begins(&outages, &out, 9000), 0,
           "records that wait for it are no outage of Kafka");
    is_int(trade_outages_reported(&outages, 1, 0, 9000), 0,
           "one of its records fails");
    trade_outages_published(&outages, 2, 9500);
    is_int(trade_outages_begins(&outages, &out, 10499), 0,
           "a record of another partition has its own second");
    is_int(trade_outages_begins(&outages, &out, 10500), 1,
           "after that Kafka is out as a whole");
    is_int(out, 0, "it is that of Kafka as a whole");

    is_int(trade_outages_reported(&outages, 1, 1, 11000), 0,
           "a record of the partition is acknowledged, and ends both");
    is_int(trade_outages_advise(&outages, 2, 11000), TRADE_OUTAGE_PUBLISH,
           "Kafka is not out any more");
    is_int(outages.all.waiting, 2, "all records that wait are counted again");
    (void) trade_outages_reported(&outages, 1, 1, 11100);
    is_int(trade_outages_reported(&outages, 2, 1, 11100), 0,
           "they are acknowledged");
    is_int(trade_outages_wake(&outages, 11100), 0, "nothing waits any more");

    fresh();
    trade_outages_published(&outages, 1, 1000);
    trade_outages_published(&outages, 1, 1000);
    (void) acked(2, 1999);
    (void) trade_outages_begins(&outages, &out, 2000);
    is_int(trade_outages_reported(&outages, 1, 1, 2500), 1,
           "an acknowledgement ends the outage of a partition alone");
    is_int(trade_outages_begins(&outages, &out, 3499), 0,
           "what still waits for it has a second from then on");
    is_int(trade_outages_begins(&outages, &out, 3500), 1,
           "after that Kafka is out, since nothing was acknowledged");
    is_int(out, 0, "it is that of Kafka as a whole");
}


static void
test_several(void)
{
    fresh();
    trade_outages_published(&outages, 1, 1000);
    trade_outages_published(&outages, 2, 1000);
    (void) acked(3, 1900);

    is_int(trade_outages_begins(&outages, &out, 2000), 1,
           "of two partitions one outage begins");
    is_int(out, 1, "the lower one is told first");
    is_int(trade_outages_begins(&outages, &out, 2000), 1,
           "then the other one begins");
    is_int(out, 2, "the higher one is told next");
    is_int(trade_outages_begins(&outages, &out, 2000), 0, "there is no third");

    is_int(trade_outages_reported(&outages, 1, 1, 2100), 0,
           "the end of the first is not the end of all");
    is_int(trade_outages_reported(&outages, 2, 1, 2200), 1,
           "the end of the last one is");
}


static void
test_whole(void)
{
    fresh();
    trade_outages_published(&outages, 1, 1000);
    trade_outages_published(&outages, 2, 1500);
    trade_outages_published(&outages, 0, 1500);

    is_int(trade_outages_begins(&outages, &out, 2000), 1,
           "an outage begins if no record at all was acknowledged");
    is_int(out, 0, "it is that of Kafka as a whole");
    is_int(trade_outages_begins(&outages, &out, 9000), 0,
           "while Kafka is out no partition is");
    is_int(trade_outages_advise(&outages, 7, 2100), TRADE_OUTAGE_DEFER,
           "records of any partition are left to the sweeper");
    is_int(trade_outages_wake(&outages, 2100), 0,
           "no partition is timed while Kafka is out");

    is_int(trade_outages_reported(&outages, 2, 1, 9000), 0,
           "the end of an outage of Kafka is no end of one of partitions");
    is_int(trade_outages_advise(&outages, 1, 9000), TRADE_OUTAGE_PUBLISH,
           "records of another partition are published then, too");
    is_int(trade_outages_begins(&outages, &out, 9999), 0,
           "a partition that still waits has a second anew");
    (void) acked(2, 9999);
    is_int(trade_outages_begins(&outages, &out, 10000), 1,
           "then its outage begins");
    is_int(out, 1, "it is that of the partition that has waited");

    fresh();
    trade_outages_published(&outages, 1, 1000);
    (void) acked(2, 1999);
    (void) trade_outages_begins(&outages, &out, 2000);
    trade_outages_published(&outages, 2, 2000);
    is_int(trade_outages_begins(&outages, &out, 3000), 1,
           "an outage of Kafka may follow that of a partition");
    is_int(out, 0, "it is that of Kafka as a whole then");
    ok(!trade_outages_alone(&outages, 1),
       "no partition is out alone while Kafka is out");
    is_int(trade_outages_reported(&outages, 1, 1, 4000), 0,
           "the acknowledgement that ends both is told as the end of Kafka's");
    is_int(trade_outages_advise(&outages, 1, 4000), TRADE_OUTAGE_PUBLISH,
           "the partition is not out any more");
    is_int(outages.nout, 0, "no partition is out any more");
}


static void
test_down(void)
{
    fresh();
    trade_outages_down(&outages);
    trade_outages_published(&outages, 1, 1000);
    is_int(trade_outages_wake(&outages, 1000), 300,
           "with brokers down it is looked at sooner");
    is_int(trade_outages_begins(&outages, &out, 1300), 1,
           "with brokers down an outage begins sooner");
    is_int(out, 0, "with brokers down it is that of Kafka as a whole");
}


static void
test_many(void)
{
    fresh();
    trade_outages_published(&outages, 5 + TRADE_OUTAGES_MAX, 1000);
    (void) acked(6, 1999);
    is_int(trade_outages_begins(&outages, &out, 2000), 1,
           "a partition above the bound is found, too");
    ok(trade_outages_concerns(out, 5 + TRADE_OUTAGES_MAX),
       "its records are concerned");
    ok(!trade_outages_concerns(out, 6), "records of others are not");
    ok(!trade_outages_concerns(out, 0),
       "a record whose partition is not known is not");
    ok(trade_outages_concerns(0, 6) && trade_outages_concerns(0, 0),
       "an outage of Kafka as a whole concerns all records");
}


int
main(void)
{
    test_partition();
    test_quiet();
    test_several();
    test_whole();
    test_down();
    test_many();

    return done_testing();
}
