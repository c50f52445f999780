#include "trade_status.h"
#include "unit.h"


static unsigned char  closed[TRADE_SLOTS];
static uint16_t       owner[TRADE_SLOTS];
static char           mem[64 * 1024];

static trade_status_shard_t  shard = {
    trade_str("stock"), trade_str("a"), trade_str("unix:/run/\"a\".sock"),
              "up", "", "", 0, 3, 7, closed, owner, 1
};


static void
test_shape(void)
{
    trade_buf_t  b;

    owner[4] = owner[17] = owner[4095] = 1;
    closed[3] = closed[4] = closed[17] = 1;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_status_shard(&b, &shard);

    is_str(trade_buf_done(&b), trade_str_c(
           "{\"redis\":\"stock\",\"name\":\"a\","
           "\"address\":\"unix:/run/\\u0022a\\u0022.sock\",\"weight\":3,"
           "\"state\":\"up\",\"reason\":\"\",\"due\":7,\"closed\":[4,17]}"),
           "a shard names its own closed slots, and quotes are escaped");

    shard.state = "down";
    shard.reason = "command";
    shard.command = "HSET";
    shard.since = 1795766400123;
    trade_buf_init(&b, mem, sizeof(mem));
    trade_status_shard(&b, &shard);

    is_str(trade_buf_done(&b), trade_str_c(
           "{\"redis\":\"stock\",\"name\":\"a\","
           "\"address\":\"unix:/run/\\u0022a\\u0022.sock\",\"weight\":3,"
           "\"state\":\"down\",\"reason\":\"command\",\"command\":\"HSET\","
           "\"since\":\"2026-11-27T08:00:00.123Z\",\"due\":7,"
           "\"closed\":[4,17]}"),
           "a shard that is down has a reason, a command and a time");

    trade_buf_init(&b, mem, sizeof(mem));
    trade_status_count(&b, "late", UINT64_MAX);
    is_str(trade_buf_done(&b), trade_str_c(",\"late\":18446744073709551615"),
           "the largest count is written whole");
}


/* Between the look at the size and the write all slots were closed */

static void
test_grown(void)
{
    size_t       size, i;
    trade_buf_t  b;

    for (i = 0; i < TRADE_SLOTS; i++) {
        owner[i] = 1;
        closed[i] = 0;
    }

    trade_buf_init(&b, mem, sizeof(mem));
    trade_status_shard(&b, &shard);
    size = trade_buf_done(&b).len;

    memset(closed, 1, sizeof(closed));
    memset(mem, '#', sizeof(mem));
    trade_buf_init(&b, mem, size);
    trade_status_shard(&b, &shard);

    ok(b.overflow, "a buffer that has become too small is noticed");

    for (i = size; i < sizeof(mem) && mem[i] == '#'; i++) { /* void */ }

    is_int(i, sizeof(mem), "no byte is written behind its end");

    trade_buf_init(&b, mem, sizeof(mem));
    trade_status_shard(&b, &shard);
    ok(!b.overflow, "in a larger buffer all 4,096 closed slots are listed");
}


int
main(void)
{
    test_shape();
    test_grown();

    return done_testing();
}
