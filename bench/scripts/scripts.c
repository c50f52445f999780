/*
 * Measures the cost of the Redis scripts: place + ack against the peers'
 * lock + reserve + confirm, on the same server, in turn, 16 orders in a
 * pipeline.
 *
 *      scripts PORT PID ROUNDS ORDERS PEERS_FOLDER
 *
 * Prints the CPU of the Redis process in microseconds an order, the median of
 * the rounds, and the ratio.
 *
 *      scripts place SKU
 *
 * Prints the command that places an order of the SKU, each word with a NUL
 * behind it, for redis-benchmark: it puts numbers into the id, the key and the
 * buyer.
 */

#include "scripts.h"


static void
scripts_stock(scripts_t *bench)
{
    int          i;
    char         sku[32];
    redisReply  *reply;

    for (i = 0; i < SKUS; i++) {
        snprintf(sku, sizeof(sku), "sku-%d", i);

        reply = redisCommand(bench->redis, "HSET trade:{s%u}:slot v 1 "
                             "available|%s 1000000000 total|%s 1000000000",
                             trade_slot_of(trade_str_c(sku)), sku, sku);
        freeReplyObject(reply);

        reply = redisCommand(bench->redis, "SET stock:{%s} 1000000000", sku);
        freeReplyObject(reply);
    }
}


static double
scripts_cost(scripts_t *bench, scripts_run_pt run, long orders)
{
    double  before;

    before = bench_cpu(bench->pid);
    run(bench, orders);

    return (bench_cpu(bench->pid) - before) * 1e6 / orders;
}


static int
scripts_cmp(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


int
main(int argc, char **argv)
{
    int        i, rounds;
    long       orders;
    double     ours[99], peer[99], ratio[99];
    scripts_t  bench;

    if (argc == 3 && strcmp(argv[1], "place") == 0) {
        scripts_print(argv[2]);
        return 0;
    }

    if (argc != 6) {
        bench_die("usage: scripts PORT PID ROUNDS ORDERS PEERS_FOLDER, or "
                  "scripts place SKU");
    }

    memset(&bench, 0, sizeof(bench));
    bench.redis = redisConnect("127.0.0.1", atoi(argv[1]));
    bench.pid = atol(argv[2]);
    rounds = atoi(argv[3]);
    orders = atol(argv[4]) / DEPTH * DEPTH;

    if (bench.redis == NULL || bench.redis->err || rounds < 1 || rounds > 99) {
        bench_die("no Redis there, or a bad number of rounds");
    }

    scripts_ours_load(&bench);
    scripts_peer_load(&bench, argv[5]);
    scripts_stock(&bench);
    scripts_ours(&bench, orders / 10);
    scripts_peer(&bench, orders / 10);

    for (i = 0; i < rounds; i++) {
        ours[i] = scripts_cost(&bench, scripts_ours, orders);
        peer[i] = scripts_cost(&bench, scripts_peer, orders);
        ratio[i] = ours[i] / peer[i];
    }

    qsort(ours, rounds, sizeof(double), scripts_cmp);
    qsort(peer, rounds, sizeof(double), scripts_cmp);
    qsort(ratio, rounds, sizeof(double), scripts_cmp);

    printf("redis scripts, pipeline of %d, AOF on, us of Redis an order: "
           "place + ack %.1f, peers' lock + reserve + confirm %.1f, ratio "
           "%.2f (%.2f to %.2f)\n", DEPTH, ours[rounds / 2], peer[rounds / 2],
           ratio[rounds / 2], ratio[0], ratio[rounds - 1]);

    redisFree(bench.redis);

    return 0;
}
