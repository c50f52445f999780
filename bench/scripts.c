/*
 * Measures the cost of the Redis scripts: place + settle against the peers'
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

#include "bench.h"
#include "trade_call.h"
#include "trade_id.h"
#include "trade_slot.h"

#include <hiredis/hiredis.h>


#define DEPTH       16
#define SKUS        100
#define FILE_MAX    65536
#define CALL_MAX    4096


typedef struct {
    redisContext   *redis;
    long            pid;
    char            sha[2][41];         /* the peers' scripts */
    long            next;               /* order */
    char            last[SKUS][TRADE_ID_LEN];
    int             seen[SKUS];
} bench_t;


typedef void (*run_pt)(bench_t *bench, long orders);


static void
take(bench_t *bench, long replies, const char *want)
{
    redisReply  *reply;

    for ( /* void */ ; replies; replies--) {
        if (redisGetReply(bench->redis, (void **) &reply) != REDIS_OK) {
            bench_die(bench->redis->errstr);
        }

        if (reply->type == REDIS_REPLY_ERROR
            || (want && (reply->type != REDIS_REPLY_STRING
                         || strncmp(reply->str, want, strlen(want)) != 0)))
        {
            bench_die(reply->str ? reply->str : "unexpected reply");
        }

        freeReplyObject(reply);
    }
}


static void
send_call(bench_t *bench, const trade_call_t *call)
{
    char         nkeys[16];
    size_t       i, len[64];
    const char  *argv[64];

    snprintf(nkeys, sizeof(nkeys), "%zu", call->nkeys);

    argv[0] = "EVALSHA";
    len[0] = 7;
    argv[1] = call->script->sha1.data;
    len[1] = call->script->sha1.len;
    argv[2] = nkeys;
    len[2] = strlen(nkeys);

    for (i = 0; i < call->argc; i++) {
        argv[i + 3] = call->argv[i].data;
        len[i + 3] = call->argv[i].len;
    }

    redisAppendCommandArgv(bench->redis, (int) call->argc + 3, argv, len);
}


/* As a worker that has seen the order before made */

static void
know(bench_t *bench, long n, trade_slot_seen_t *seen)
{
    char  sku[32];

    snprintf(sku, sizeof(sku), "sku-%ld", n % SKUS);

    memset(seen, 0, sizeof(*seen));
    seen->slot = trade_slot_of(trade_str_c(sku));
    seen->version = 1;

    if (bench->seen[n % SKUS]) {
        seen->record = trade_str_of(bench->last[n % SKUS], TRADE_ID_LEN);
        seen->record_version = 1;
    }
}


/*
 * The call that places an order: views into `order`, which the caller frees,
 * and into `id`, which is made if it is empty
 */

static void
build_place(trade_call_t *call, void *mem, trade_order_t *order,
    const char *body, const char *hash, const char *key, uint64_t n,
    const trade_slot_seen_t *seen, char *id)
{
    trade_record_t       carried;
    trade_errors_t       errors;
    unsigned char        random[TRADE_ID_RANDOM];
    trade_write_args_t   write;
    trade_order_rules_t  rules = { 1000, 50, trade_null_str };

    errors.n = 0;

    if (trade_order_parse(order, trade_str_c(body), &rules, &errors)
        != TRADE_DONE)
    {
        bench_die("a bad order");
    }

    if (id[0] == '\0') {
        memset(random, 0, sizeof(random));
        memcpy(random, &n, sizeof(n));
        trade_id_make(order->slot, random, id);
    }

    memset(&carried, 0, sizeof(carried));
    carried.key = TRADE_RECORD_KEY_ORDER;

    memset(&write, 0, sizeof(write));
    write.seen = *seen;
    write.id = trade_str_of(id, TRADE_ID_LEN);
    write.fingerprint = trade_str_c(hash);
    write.key = trade_str_c(key);
    write.key_ms = TRADE_KEEP_KEY;
    write.deadline = 9000000000000;
    write.lease = 7000;
    write.keep = 604800000;
    write.carried = &carried;

    if (trade_call_place(call, mem, CALL_MAX, &write, order, 0) != 0) {
        bench_die("a call too long");
    }
}


static void
send_place(bench_t *bench, long n, char id[TRADE_ID_LEN])
{
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               body[160], hash[2][33];
    trade_call_t       call;
    trade_order_t      order;
    trade_slot_seen_t  seen;

    snprintf(body, sizeof(body), "{\"buyer_id\":\"u%ld\",\"items\":[{\"sku\":"
             "\"sku-%ld\",\"quantity\":1}]}", n * 2654435761L % 100000000,
             n % SKUS);
    snprintf(hash[0], sizeof(hash[0]), "%032lx", n * 40503L);
    snprintf(hash[1], sizeof(hash[1]), "%032lx", n);

    know(bench, n, &seen);
    id[0] = '\0';
    build_place(&call, mem, &order, body, hash[0], hash[1], n, &seen, id);
    send_call(bench, &call);
    trade_order_free(&order);
}


static void
print_place(const char *sku)
{
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               body[160], id[TRADE_ID_LEN + 1];
    size_t             i;
    trade_call_t       call;
    trade_order_t      order;
    trade_slot_seen_t  seen;

    static const char  number[] = "__rand_int__";

    snprintf(body, sizeof(body), "{\"buyer_id\":\"u%s\",\"items\":[{\"sku\":"
             "\"%s\",\"quantity\":1}]}", number, sku);

    memset(&seen, 0, sizeof(seen));
    seen.slot = trade_slot_of(trade_str_c(sku));
    seen.version = 1;

    memset(id, '0', sizeof(id));
    snprintf(id, sizeof(id), "%03x-", seen.slot);
    memset(id + 4, '0', TRADE_ID_LEN - 4);
    memcpy(id + TRADE_ID_LEN - strlen(number), number, strlen(number));

    build_place(&call, mem, &order, body, "ab12",
                "__rand_int____rand_int__", 0, &seen, id);

    printf("EVALSHA%c%s%c%zu%c", 0, call.script->sha1.data, 0, call.nkeys, 0);

    for (i = 0; i < call.argc; i++) {
        printf("%.*s%c", (int) call.argv[i].len, call.argv[i].data, 0);
    }

    trade_order_free(&order);
}


static void
run_ours(bench_t *bench, long orders)
{
    int                i;
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               id[DEPTH][TRADE_ID_LEN];
    long               n;
    trade_due_t        event;
    trade_call_t       call;
    trade_slot_seen_t  seen;

    for ( /* void */ ; orders > 0; orders -= DEPTH) {
        n = bench->next;
        bench->next += DEPTH;

        for (i = 0; i < DEPTH; i++) {
            send_place(bench, n + i, id[i]);
        }

        take(bench, DEPTH, "PLACED");

        for (i = 0; i < DEPTH; i++) {
            memcpy(bench->last[(n + i) % SKUS], id[i], TRADE_ID_LEN);
            bench->seen[(n + i) % SKUS] = 1;

            know(bench, n + i, &seen);
            event.id = trade_str_of(id[i], TRADE_ID_LEN);
            event.seq = 1;
            event.partition = 0;
            trade_call_ack_events(&call, mem, sizeof(mem), &seen, &event, 1);
            send_call(bench, &call);
        }

        take(bench, DEPTH, "SETTLED 1");
    }
}


static void
send_peer(bench_t *bench, long n, int confirm)
{
    int          sku;
    char         lock[64], idem[64], token[40], user[24];
    char         stock[32], bought[32], outbox[32], payload[241];
    const char  *argv[16];

    sku = (int) (n % SKUS);
    memset(payload, 'x', 240);
    payload[240] = '\0';

    snprintf(user, sizeof(user), "u%ld", n * 2654435761L % 100000000);
    snprintf(token, sizeof(token), "%032lx", n);
    snprintf(lock, sizeof(lock), "lock:{sku-%d}%s", sku, user);
    snprintf(idem, sizeof(idem), "idem:{sku-%d}%032lx", sku, n);
    snprintf(stock, sizeof(stock), "stock:{sku-%d}", sku);
    snprintf(bought, sizeof(bought), "bought:{sku-%d}", sku);
    snprintf(outbox, sizeof(outbox), "outbox:{sku-%d}", sku);

    if (confirm) {
        const char  *v[] = { "EVALSHA", bench->sha[1], "3", lock, idem, outbox,
                             token, token, "0badf00d", "86400" };

        redisAppendCommandArgv(bench->redis, 10, v, NULL);
        return;
    }

    argv[0] = "SET";
    argv[1] = lock;
    argv[2] = token;
    argv[3] = "NX";
    argv[4] = "PX";
    argv[5] = "5000";
    redisAppendCommandArgv(bench->redis, 6, argv, NULL);

    const char  *v[] = { "EVALSHA", bench->sha[0], "5", lock, idem, stock,
                         bought, outbox, token, user, "1", "1000000", token,
                         "0badf00d", "86400", payload };

    redisAppendCommandArgv(bench->redis, 16, v, NULL);
}


static void
run_peer(bench_t *bench, long orders)
{
    int   i;
    long  n;

    for ( /* void */ ; orders > 0; orders -= DEPTH) {
        n = bench->next;
        bench->next += DEPTH;

        for (i = 0; i < DEPTH; i++) {
            send_peer(bench, n + i, 0);
        }

        take(bench, 2 * DEPTH, NULL);

        for (i = 0; i < DEPTH; i++) {
            send_peer(bench, n + i, 1);
        }

        take(bench, DEPTH, NULL);
    }
}


static void
load_text(bench_t *bench, const char *text, size_t len, char sha[41])
{
    redisReply  *reply;

    reply = redisCommand(bench->redis, "SCRIPT LOAD %b", text, len);

    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        bench_die("a script is refused");
    }

    memcpy(sha, reply->str, 41);
    freeReplyObject(reply);
}


static void
load(bench_t *bench, const char *folder)
{
    int          i;
    char         name[512], text[FILE_MAX], sha[41];
    FILE        *f;
    size_t       n;

    static const char *const  names[] = { "reserve.lua", "confirm.lua" };

    for (i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, names[i]);

        f = fopen(name, "r");
        if (f == NULL) {
            bench_die(name);
        }

        n = fread(text, 1, sizeof(text), f);
        fclose(f);
        load_text(bench, text, n, bench->sha[i]);
    }

    load_text(bench, trade_script_place.body.data, trade_script_place.body.len,
              sha);
    load_text(bench, trade_script_ack.body.data,
              trade_script_ack.body.len, sha);
}


static void
seed(bench_t *bench)
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
cost(bench_t *bench, run_pt run, long orders)
{
    double  before;

    before = bench_cpu(bench->pid);
    run(bench, orders);

    return (bench_cpu(bench->pid) - before) * 1e6 / orders;
}


static int
cmp(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


int
main(int argc, char **argv)
{
    int       i, rounds;
    long      orders;
    double    ours[99], peer[99], ratio[99];
    bench_t   bench;

    if (argc == 3 && strcmp(argv[1], "place") == 0) {
        print_place(argv[2]);
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

    load(&bench, argv[5]);
    seed(&bench);
    run_ours(&bench, orders / 10);
    run_peer(&bench, orders / 10);

    for (i = 0; i < rounds; i++) {
        ours[i] = cost(&bench, run_ours, orders);
        peer[i] = cost(&bench, run_peer, orders);
        ratio[i] = ours[i] / peer[i];
    }

    qsort(ours, rounds, sizeof(double), cmp);
    qsort(peer, rounds, sizeof(double), cmp);
    qsort(ratio, rounds, sizeof(double), cmp);

    printf("redis scripts, pipeline of %d, AOF on, us of Redis an order: "
           "place + settle %.1f, peers' lock + reserve + confirm %.1f, ratio "
           "%.2f (%.2f to %.2f)\n", DEPTH, ours[rounds / 2], peer[rounds / 2],
           ratio[rounds / 2], ratio[0], ratio[rounds - 1]);

    redisFree(bench.redis);

    return 0;
}
