/*
 * differential PORT SEED CALLS: runs random calls against the scripts in a
 * Redis server, which it empties, and against the rules of fake_redis.c: every
 * reply, and all that is there afterwards, must be the same; and where the
 * rules have written, so has the server.
 *
 * The server's time is asked for before and after each call, in one write with
 * it, and the fake is tried with each millisecond between: with one of them
 * all must be the same.  When a string expires is taken over from the server
 * if it is nearly the same, and may be a little earlier or later: a script sees
 * the clock of its start, and TIME.
 */

#include "differential.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static void diff_run(diff_t *diff, const trade_call_t *call);
static uint64_t diff_moment(diff_t *diff, const trade_call_t *call,
    const redisReply *reply, uint64_t before);
static void diff_keys(diff_t *diff, const trade_call_t *call);
static const char *diff_text(const redisReply *reply, char text[24]);
static void diff_add(diff_t *diff, char *mem, trade_str_t slot,
    const char *kind, trade_str_t name);
static void diff_send(diff_t *diff, const trade_call_t *call, int body);
static int diff_try(diff_t *diff, const trade_call_t *call,
    const redisReply *reply, uint64_t now, int64_t lag);
static void diff_lose(diff_t *diff);
static trade_str_t diff_key(diff_t *diff, const char *kind,
    trade_str_t name);
static void diff_failed(diff_t *diff, const trade_call_t *call,
    const redisReply *reply);


uint32_t
diff_random(diff_t *diff, uint32_t n)
{
    diff->random ^= diff->random << 13;
    diff->random ^= diff->random >> 7;
    diff->random ^= diff->random << 17;

    return (diff->random >> 16) % n;
}


redisReply *
diff_reply(diff_t *diff)
{
    void  *reply;

    if (redisGetReply(diff->redis, &reply) != REDIS_OK) {
        fprintf(stderr, "differential: %s\n", diff->redis->errstr);
        exit(2);
    }

    return reply;
}


uint64_t
diff_time(diff_t *diff)
{
    uint64_t     ms;
    redisReply  *reply;

    reply = diff_reply(diff);
    ms = strtoull(reply->element[0]->str, NULL, 10) * 1000
         + strtoull(reply->element[1]->str, NULL, 10) / 1000;
    freeReplyObject(reply);

    return ms;
}


static void
diff_send(diff_t *diff, const trade_call_t *call, int body)
{
    size_t       i, n, len[64];
    char         nkeys[16];
    trade_str_t  name;
    const char  *argv[64];

    n = 0;

    if (call->script) {
        name = body ? call->script->body : call->script->sha1;

        argv[0] = body ? "EVAL" : "EVALSHA";
        len[0] = strlen(argv[0]);
        argv[1] = name.data;
        len[1] = name.len;
        argv[2] = nkeys;
        len[2] = snprintf(nkeys, sizeof(nkeys), "%zu", call->nkeys);
        n = 3;
    }

    for (i = 0; i < call->argc; i++, n++) {
        argv[n] = call->argv[i].data ? call->argv[i].data : "";
        len[n] = call->argv[i].len;
    }

    redisAppendCommandArgv(diff->redis, n, argv, len);
}


static void
diff_run(diff_t *diff, const trade_call_t *call)
{
    char         text[24];
    size_t       i;
    uint64_t     before, now;
    redisReply  *reply;

    diff_keys(diff, call);

    redisAppendCommand(diff->redis, "TIME");
    diff_send(diff, call, 0);
    redisAppendCommand(diff->redis, "TIME");
    redisAppendCommand(diff->redis, "INFO persistence");

    for (i = 0; i < diff->nkeys; i++) {
        diff_ask(diff, diff->keys[i]);
    }

    redisAppendCommand(diff->redis, "TIME");

    before = diff_time(diff);
    reply = diff_reply(diff);
    diff->after = diff_time(diff);
    diff_writes(diff);

    for (i = 0; i < diff->nkeys; i++) {
        diff->state[i] = diff_reply(diff);
    }

    diff->asked = diff_time(diff);

    now = diff_moment(diff, call, reply, before);

    for (i = 0; i < diff->nkeys; i++) {
        freeReplyObject(diff->state[i]);
    }

    diff->now = now;
    diff_seen(diff, call, diff_text(reply, text));
    freeReplyObject(reply);
}


/* An integer is a text, as the fake writes it */

static const char *
diff_text(const redisReply *reply, char text[24])
{
    if (reply->type == REDIS_REPLY_INTEGER) {
        return fake_text(text, reply->integer).data;
    }

    return reply->str ? reply->str : "";
}


/* When it ran */

static uint64_t
diff_moment(diff_t *diff, const trade_call_t *call, const redisReply *reply,
    uint64_t before)
{
    int64_t   lag;
    uint64_t  now;

    for (now = before; now <= diff->after; now++) {
        for (lag = now - before; lag >= -DIFF_EARLY; lag--) {
            if (diff_try(diff, call, reply, now, lag)) {
                diff->fake.lag = 0;
                return now;
            }
        }
    }

    diff_failed(diff, call, reply);

    return now;
}


/* The keys that the call names, and the keys that the scripts name */

static void
diff_keys(diff_t *diff, const trade_call_t *call)
{
    size_t       i, slot;
    trade_str_t  key;

    diff->nkeys = call->nkeys;
    memcpy(diff->keys, call->argv, call->nkeys * sizeof(trade_str_t));

    if (call->script == NULL) {
        diff->keys[diff->nkeys++] = call->argv[1];
        return;
    }

    if (call->script == &trade_script_peek) {
        return;
    }

    key = call->argv[0];
    slot = strncmp(key.data, "trade:{s2616}", 13) != 0;
    key.len -= sizeof(TRADE_KEY_SLOT) - 1;

    diff_add(diff, diff->names[0], key, FAKE_UNPAID, trade_str_of(NULL, 0));
    diff_add(diff, diff->names[1], key, FAKE_ASKS, trade_str_of(NULL, 0));

    for (i = 0; i < DIFF_SKUS; i++) {
        diff_add(diff, diff->names[i + 2], key, TRADE_KEY_BOUGHT,
                 trade_str_c(diff_skus[slot][i]));
    }
}


/* The key is one of `slot`, which is the begin of it */

static void
diff_add(diff_t *diff, char *mem, trade_str_t slot, const char *kind,
    trade_str_t name)
{
    diff->keys[diff->nkeys++] = fake_join(mem, slot, kind, name);
}


/* 1: with this time, the fake is in the same state, and says the same */

static int
diff_try(diff_t *diff, const trade_call_t *call, const redisReply *reply,
    uint64_t now, int64_t lag)
{
    char          mem[24];
    size_t        i;
    trade_str_t   text;
    fake_store_t  swap;

    fake_store_copy(&diff->tried, &diff->fake);
    diff->tried.lag = lag;

    text = fake_redis_call(&diff->tried, call, now, diff->text);

    diff->says = text;
    diff->why = trade_str_c("the reply");

    if (reply->type == REDIS_REPLY_NIL
        ? text.data != NULL
        : reply->type == REDIS_REPLY_ERROR
          || !trade_str_eq(text, trade_str_c(diff_text(reply, mem))))
    {
        return 0;
    }

    for (i = 0; i < diff->nkeys; i++) {
        if (!diff_same(diff, diff->keys[i], diff->state[i])) {
            diff->why = diff->keys[i];
            return 0;
        }
    }

    diff->why = trade_str_c("what it wrote");

    if (diff->tried.offset != diff->fake.offset && !diff->wrote) {
        return 0;
    }

    swap = diff->fake;
    diff->fake = diff->tried;
    diff->tried = swap;

    return 1;
}


static void
diff_failed(diff_t *diff, const trade_call_t *call, const redisReply *reply)
{
    size_t       i;
    trade_str_t  name;

    name = call->script ? call->script->name : call->argv[0];

    fprintf(stderr, "differential: seed %" PRIu64 ", call %zu, %.*s: %.*s "
            "differs\n", diff->seed, diff->ncalls, (int) name.len, name.data,
            (int) diff->why.len, diff->why.data);

    for (i = 0; i < call->argc; i++) {
        fprintf(stderr, "  %s %zu: %.*s\n", i < call->nkeys ? "KEYS" : "ARGV",
                i < call->nkeys ? i + 1 : i - call->nkeys + 1,
                (int) call->argv[i].len, call->argv[i].data);
    }

    fprintf(stderr, "the server: %s\nthe rules: %.*s\n",
            reply->str ? reply->str : "(null)", (int) diff->says.len,
            diff->says.data);

    _exit(1);
}


/*
 * A record vanishes, or everything; an operator closes a slot; an order is said
 * to be unpaid, whatever it is
 */

static void
diff_lose(diff_t *diff)
{
    uint64_t     seq;
    trade_str_t  key, id;

    if (diff->nids == 0 || diff_random(diff, 4) == 0) {
        freeReplyObject(redisCommand(diff->redis, "FLUSHALL"));
        fake_store_flush(&diff->fake);
        return;
    }

    fake_store_room(&diff->fake, 1024);
    id = diff_made(diff, 0, &seq);

    switch (diff_random(diff, 3)) {

    case 0:
        key = diff_key(diff, TRADE_KEY_SLOT, trade_str_of(NULL, 0));
        freeReplyObject(redisCommand(diff->redis, "HSET %b c reconcile r 7",
                                     key.data, key.len));
        fake_store_hset(&diff->fake, key, FAKE_CLOSED,
                        trade_str_c("reconcile"));
        fake_store_hset(&diff->fake, key, FAKE_SURVIVED,
                        trade_str_c("7"));
        break;

    case 1:
        key = diff_key(diff, TRADE_KEY_ORDER, id);
        freeReplyObject(redisCommand(diff->redis, "DEL %b", key.data,
                                     key.len));
        fake_store_del(&diff->fake, key);
        break;

    default:
        key = diff_key(diff, FAKE_UNPAID, trade_str_of(NULL, 0));
        freeReplyObject(redisCommand(diff->redis, "ZADD %b 1 %b", key.data,
                                     key.len, id.data, id.len));
        fake_store_zadd(&diff->fake, key, id, 1);
        break;
    }
}


/* Of the first slot */

static trade_str_t
diff_key(diff_t *diff, const char *kind, trade_str_t name)
{
    trade_buf_t  b;

    trade_buf_init(&b, diff->names[0], TRADE_SLOT_KEY_MAX);

    return trade_slot_key(&b, diff_slots[0], kind, name);
}


int
main(int argc, char **argv)
{
    size_t                        i, calls;
    trade_call_t                  call;
    static diff_t                 diff;
    static const trade_script_t  *scripts[] = {
        &trade_script_place, &trade_script_ack, &trade_script_order,
        &trade_script_stock, &trade_script_change, &trade_script_peek,
        &trade_script_claim, &trade_script_open, &trade_script_transition,
        &trade_script_ack_effects, &trade_script_reserve, &trade_script_outcome,
        &trade_script_confirm,
        &trade_script_release, &trade_script_confirmed, &trade_script_indoubt,
        &trade_script_forget
    };

    if (argc != 4) {
        fprintf(stderr, "usage: differential PORT SEED CALLS\n");
        return 2;
    }

    diff.seed = strtoull(argv[2], NULL, 10);
    diff.random = diff.seed * 0x9e3779b97f4a7c15 + 1;
    calls = strtoul(argv[3], NULL, 10);
    diff.redis = redisConnect("127.0.0.1", atoi(argv[1]));

    if (diff.redis == NULL || diff.redis->err) {
        fprintf(stderr, "differential: no server\n");
        return 2;
    }

    freeReplyObject(redisCommand(diff.redis, "FLUSHALL"));

    for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        freeReplyObject(redisCommand(diff.redis, "SCRIPT LOAD %b",
                                     scripts[i]->body.data,
                                     scripts[i]->body.len));
    }

    redisAppendCommand(diff.redis, "TIME");
    diff.now = diff_time(&diff);

    fake_store_init(&diff.fake);
    fake_store_init(&diff.tried);

    for (diff.ncalls = 0; diff.ncalls < calls; diff.ncalls++) {

        if (diff_random(&diff, 16) == 0) {
            usleep(diff_random(&diff, 3000));
        }

        if (diff_random(&diff, 150) == 0) {
            diff_all(&diff);
            diff_lose(&diff);
        }

        diff_make(&diff, &call);
        diff_run(&diff, &call);
    }

    diff_all(&diff);
    diff_print(&diff);

    fake_store_free(&diff.fake);
    fake_store_free(&diff.tried);
    redisFree(diff.redis);

    return 0;
}
