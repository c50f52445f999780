#include "differential.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static int diff_same_hash(diff_t *diff, trade_str_t key,
    const redisReply *reply);
static int diff_same_zset(diff_t *diff, trade_str_t key,
    const redisReply *reply);
static int diff_same_string(diff_t *diff, trade_str_t key,
    const redisReply *reply);
static const char *diff_kind(trade_str_t key);
static int diff_is_zset(const char *kind);
static int diff_is(trade_str_t s, const redisReply *reply);


static const char *
diff_kind(trade_str_t key)
{
    trade_str_cut(&key, '}');

    return key.len ? key.data + 1 : "";
}


static int
diff_is_zset(const char *kind)
{
    return strncmp(kind, "due", 3) == 0 || strncmp(kind, "unpaid", 6) == 0
           || strncmp(kind, "asks", 4) == 0;
}


/* A string comes with the time it expires at */

void
diff_ask(diff_t *diff, trade_str_t key)
{
    const char  *kind;

    static const char  string[] =
        "return {redis.call('GET', KEYS[1]),"
        " redis.call('PEXPIRETIME', KEYS[1])}";

    kind = diff_kind(key);

    if (strncmp(kind, "slot", 4) == 0 || strncmp(kind, "bought:", 7) == 0) {
        redisAppendCommand(diff->redis, "HGETALL %b", key.data, key.len);

    } else if (diff_is_zset(kind)) {
        redisAppendCommand(diff->redis, "ZRANGE %b 0 -1 WITHSCORES",
                           key.data, key.len);

    } else {
        redisAppendCommand(diff->redis, "EVAL %s 1 %b", string, key.data,
                           key.len);
    }
}


int
diff_same(diff_t *diff, trade_str_t key, const redisReply *reply)
{
    const char  *kind;

    kind = diff_kind(key);

    if (strncmp(kind, "slot", 4) == 0 || strncmp(kind, "bought:", 7) == 0) {
        return diff_same_hash(diff, key, reply);
    }

    return diff_is_zset(kind)
           ? diff_same_zset(diff, key, reply)
           : diff_same_string(diff, key, reply);
}


static int
diff_is(trade_str_t s, const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING && s.data && s.len == reply->len
           && memcmp(s.data, reply->str, s.len) == 0;
}


static int
diff_same_hash(diff_t *diff, trade_str_t key, const redisReply *reply)
{
    size_t              i, n;
    trade_str_t         field;
    const fake_cell_t  *cell;

    for (i = 0; i < reply->elements; i += 2) {
        field = trade_str_of(reply->element[i]->str, reply->element[i]->len);

        if (!diff_is(fake_store_hget(&diff->tried, key, field),
                     reply->element[i + 1]))
        {
            return 0;
        }
    }

    for (n = 0, i = 0; i < diff->tried.ncells; i++) {
        cell = &diff->tried.cells[i];
        n += cell->live
             && trade_str_eq(fake_store_view(&diff->tried, cell->key), key);
    }

    return n == reply->elements / 2;
}


static int
diff_same_zset(diff_t *diff, trade_str_t key, const redisReply *reply)
{
    size_t       i;
    int64_t      score;
    trade_str_t  member;

    for (i = 0; i < reply->elements; i += 2) {
        member = trade_str_of(reply->element[i]->str, reply->element[i]->len);

        if (!fake_store_zscore(&diff->tried, key, member, &score)
            || score != strtoll(reply->element[i + 1]->str, NULL, 10))
        {
            return 0;
        }
    }

    return fake_store_zcard(&diff->tried, key) == reply->elements / 2;
}


static int
diff_same_string(diff_t *diff, trade_str_t key, const redisReply *reply)
{
    uint64_t  ours, theirs, offset;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return 0;
    }

    ours = fake_store_expires(&diff->tried, key);

    if (reply->element[0]->type == REDIS_REPLY_NIL) {
        return (ours && ours <= diff->asked)
               || fake_store_get(&diff->tried, key, diff->asked).data == NULL;
    }

    if (!diff_is(fake_store_get(&diff->tried, key, 0), reply->element[0])) {
        return 0;
    }

    theirs = reply->element[1]->integer < 0 ? 0
                                            : reply->element[1]->integer;

    if (ours == theirs) {
        return 1;
    }

    if (theirs + DIFF_SLACK < ours || theirs > ours + DIFF_SLACK) {
        return 0;
    }

    offset = diff->tried.offset;
    fake_store_expire(&diff->tried, key, theirs);
    diff->tried.offset = offset;

    return 1;
}


size_t
diff_lasting(const diff_t *diff)
{
    size_t               i, j, n;
    trade_str_t          key;
    const fake_store_t  *store;

    store = &diff->fake;

    for (n = 0, i = 0; i < store->ncells + store->nscores; i++) {
        key = fake_store_view(store, i < store->ncells
                                     ? store->cells[i].key
                                     : store->scores[i - store->ncells].key);

        if (i < store->ncells
            && (!store->cells[i].live
                || (store->cells[i].expires
                    && store->cells[i].expires <= diff->asked)))
        {
            continue;
        }

        for (j = 0; j < i; j++) {
            if (trade_str_eq(key, fake_store_view(store,
                                      j < store->ncells
                                      ? store->cells[j].key
                                      : store->scores[j - store->ncells].key))
                && (j >= store->ncells || store->cells[j].live))
            {
                break;
            }
        }

        n += j == i;
    }

    return n;
}


/* Not only the keys of a call: all that the server has */

void
diff_all(diff_t *diff)
{
    size_t       i;
    redisReply  *keys, *state;
    trade_str_t  key;

    redisAppendCommand(diff->redis, "KEYS *");
    redisAppendCommand(diff->redis, "TIME");
    keys = diff_reply(diff);
    diff->asked = diff_time(diff);

    fake_store_copy(&diff->tried, &diff->fake);

    for (i = 0; i < keys->elements; i++) {
        key = trade_str_of(keys->element[i]->str, keys->element[i]->len);

        diff_ask(diff, key);
        redisAppendCommand(diff->redis, "TIME");
        state = diff_reply(diff);
        diff->asked = diff_time(diff);

        if (!diff_same(diff, key, state)) {
            fprintf(stderr, "differential: seed %" PRIu64 ", after %zu calls,"
                    " key %s differs\n", diff->seed, diff->ncalls, key.data);
            _exit(1);
        }

        freeReplyObject(state);
    }

    i = diff_lasting(diff);
    if (i > keys->elements) {
        fprintf(stderr, "differential: seed %" PRIu64 ", after %zu calls, "
                "the server has %zu keys, not %zu\n", diff->seed,
                diff->ncalls, keys->elements, i);
        _exit(1);
    }

    freeReplyObject(keys);
}


/* Whether the server has written, if only what was there: a WAIT waits then */

void
diff_writes(diff_t *diff)
{
    uint64_t     writes;
    redisReply  *reply;
    const char  *field = "rdb_changes_since_last_save:";

    reply = diff_reply(diff);
    writes = strtoull(strstr(reply->str, field) + strlen(field), NULL, 10);
    freeReplyObject(reply);

    diff->wrote = writes != diff->writes;
    diff->writes = writes;
}
