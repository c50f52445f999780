/*
 * Partitions are those of Kafka's own clients, and ids can be chosen for them.
 */

#include "trade_partition.h"
#include "unit.h"


/* from Kafka's UtilsTest.testMurmur2 */

static const struct {
    const char  *key;
    int32_t      hash;
} hashes[] = {
    { "21", -973932308 },
    { "foobar", -790332482 },
    { "a-little-bit-long-string", -985981536 },
    { "a-little-bit-longer-string", -1486304829 },
    { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
    { "abc", 479470107 }
};


static void
test_hashes(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(hashes); i++) {
        is_int((int32_t) trade_partition_murmur2(trade_str_c(hashes[i].key)),
               hashes[i].hash,
               "murmur2 of %s is as Kafka has it", hashes[i].key);
    }

    is_int(trade_partition_of(trade_str_c("21"), 1000),
           (-973932308 & 0x7fffffff) % 1000, "the sign of the hash is dropped");
    is_int(trade_partition_of(trade_str_c("foobar"), 1), 0,
           "one partition gets every key");
}


/* Ids that are chosen for a partition fall there, keep their slot, stay ids */

static void
test_choose_id(uint32_t n)
{
    int            i, k, wrong, failed;
    char           id[TRADE_ID_LEN] = "", was[TRADE_ID_LEN];
    unsigned char  random[TRADE_ID_RANDOM];
    uint32_t       partition;
    trade_str_t    s;

    wrong = failed = 0;
    s = trade_str_of(id, sizeof(id));

    for (i = 0; i < 5000; i++) {
        for (k = 0; k < TRADE_ID_RANDOM; k++) {
            random[k] = (unsigned char) unit_random();
        }

        trade_id_make(i % 4096, random, id);
        memcpy(was, id, sizeof(id));
        partition = i % n;

        if (trade_partition_choose_id(id, partition, n) != 0) {
            failed++;
            wrong += memcmp(was, id, sizeof(id)) != 0;
            continue;
        }

        wrong += trade_partition_of(s, n) != partition
                 || memcmp(was, id, sizeof(id) - 2) != 0
                 || trade_id_slot(s) != i % 4096;
    }

    is_int(wrong, 0, "%u partitions: no id is wrong", n);
    ok(n > 100 || failed == 0,
       "of %u partitions all but %d ids are found", n, failed);
}


int
main(void)
{
    test_hashes();

    test_choose_id(1);
    test_choose_id(2);
    test_choose_id(6);
    test_choose_id(100);
    test_choose_id(1000);

    return done_testing();
}
