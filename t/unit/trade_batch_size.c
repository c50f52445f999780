/* Shows how the bound of a batch falls and grows. */

#include "trade_batch_size.h"
#include "unit.h"


static void
test_refusals(void)
{
    size_t              most;
    uint64_t            now;
    trade_batch_size_t  size = { 0 };

    is_int(trade_batch_size_grow(&size, 5000), 0,
           "without a refusal there is no bound that could grow");
    is_int(size.most, 0, "without a refusal batches have no bound");

    now = 1000;
    trade_batch_size_refused(&size, now);
    is_int(size.most, 1, "after a refusal a batch has one record");
    is_int(trade_batch_size_grow(&size, now + TRADE_BATCH_SIZE_GROW_MS - 1), 0,
           "the bound does not grow at once");

    for (most = 2; most <= TRADE_BATCH_SIZE_MAX; most *= 2) {
        now += TRADE_BATCH_SIZE_GROW_MS;
        is_int(trade_batch_size_grow(&size, now), 1,
               "the bound grows after some time");
        is_int(size.most, most, "the bound grows to twice as many records");

        if (most == 8) {
            trade_batch_size_refused(&size, now);
            is_int(size.most, 4, "the next refusal halves the bound");
            now += TRADE_BATCH_SIZE_GROW_MS;
            is_int(trade_batch_size_grow(&size, now), 1,
                   "the bound grows again after the next refusal");
        }
    }

    now += TRADE_BATCH_SIZE_GROW_MS;
    is_int(trade_batch_size_grow(&size, now), 1, "the last growth is told");
    is_int(size.most, 0, "the last growth removes the bound");

    size.most = 1;
    trade_batch_size_refused(&size, now);
    is_int(size.most, 1, "a batch of one record can't become smaller");
}


static void
test_bytes(void)
{
    is_int(trade_batch_size_bytes(1000000, 0), 1000000,
           "an unknown limit changes nothing");
    is_int(trade_batch_size_bytes(1000000, 1048588), 1000000,
           "Kafka's own default changes nothing");
    is_int(trade_batch_size_bytes(1000000, 4096), 4096 - 64 - 128,
           "a batch stays below the topic's limit");
    is_int(trade_batch_size_bytes(500, 4096), 500,
           "a smaller batch that was asked for stays as it is");
    is_int(trade_batch_size_bytes(1000000, 100), 1,
           "a tiny limit leaves one record a batch");
}


int
main(void)
{
    test_refusals();
    test_bytes();

    return done_testing();
}
