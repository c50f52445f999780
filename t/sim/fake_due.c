/*
 * What is due: peek.lua, claim.lua, and open.lua.
 */

#include "fake_redis.h"

#include <math.h>


static void fake_open_lost(fake_call_t *call);
static trade_str_t fake_sibling(const fake_call_t *call, char *mem,
    const char *kind, trade_str_t event);


void
fake_peek(fake_call_t *call)
{
    size_t       i, all;
    char         items[4096];
    int64_t      score, horizon;
    trade_buf_t  due;
    trade_str_t  first;

    horizon = fake_number(call, 1);

    if (horizon < (int64_t) call->now) {
        horizon = call->now;
    }

    trade_buf_init(&due, items, sizeof(items));

    for (all = 0, i = 1; i <= call->call->nkeys; i++) {
        if (fake_store_zrange(call->store, fake_key(call, i), INT64_MAX,
                              &first, &score, 1))
        {
            all += fake_store_zcard(call->store, fake_key(call, i));

            if (score <= horizon) {
                trade_buf_c(&due, " ");
                trade_buf_u64(&due, i);
            }
        }
    }

    trade_buf_c(&call->reply, "PEEKED ");
    trade_buf_u64(&call->reply, all);
    trade_buf_str(&call->reply, trade_buf_done(&due));
}


void
fake_claim(fake_call_t *call)
{
    size_t       i, n, nrecords, bytes;
    double       lease;
    int64_t      horizon, scores[FAKE_CLAIM_MAX];
    char         key[TRADE_SLOT_KEY_MAX], text[TRADE_SLOT_KEY_MAX];
    trade_str_t  due[FAKE_CLAIM_MAX], records[FAKE_CLAIM_MAX], id;
    trade_record_t  record;

    if (fake_regressed(call)) {
        return;
    }

    if (call->closed) {
        fake_closed_reply(call);
        return;
    }

    horizon = fake_number(call, 3);

    if (horizon < (int64_t) call->now) {
        horizon = call->now;
    }

    n = fake_store_zrange(call->store, fake_key(call, 2), horizon, due,
                          scores, fake_number(call, 5));

    for (nrecords = 0, bytes = 0, i = 0; i < n; i++) {
        id = fake_sibling(call, key, TRADE_KEY_ORDER, due[i]);
        records[i] = fake_store_get(call->store, id, call->now);

        if (records[i].data == NULL) {
            fake_store_hset(call->store, fake_key(call, 1), trade_str_c("c"),
                            fake_join(text, trade_str_c("lost "), "",
                                      due[i]));
            trade_buf_c(&call->reply, "REGRESSED");
            return;
        }

        bytes += records[i].len;

        if (i > 0 && bytes > (size_t) fake_number(call, 6)) {
            break;
        }

        nrecords++;
    }

    trade_buf_c(&call->reply, "CLAIMED ");
    trade_buf_u64(&call->reply, nrecords);
    trade_buf_c(&call->reply, nrecords < n
                              || n == (size_t) fake_number(call, 5)
                              ? " 1" : " 0");

    for (i = 0; i < nrecords; i++) {
        (void) trade_record_read_header(&record,
                         trade_str_cut(&(trade_str_t) { records[i].len,
                                                        records[i].data },
                                       '\n'));

        lease = ((double) call->now - record.at) / 2;
        lease = lease > 30000 ? 30000 : lease;

        if (lease < fake_number(call, 4)) {
            lease = fake_number(call, 4);
        }

        fake_store_zadd(call->store, fake_key(call, 2), due[i],
                        llrint(call->now + lease));

        id = fake_sibling(call, key, TRADE_KEY_ORDER, due[i]);

        if (fake_store_expires(call->store, id)
            && fake_store_expires(call->store, id) < call->now + 86400000)
        {
            fake_store_expire(call->store, id, call->now + 86400000);
        }

        trade_buf_c(&call->reply, "\n");
        trade_buf_str(&call->reply, due[i]);
        trade_buf_c(&call->reply, " ");
        trade_buf_u64(&call->reply, records[i].len);
        trade_buf_c(&call->reply, "\n");
        trade_buf_str(&call->reply, records[i]);
    }
}


void
fake_open(fake_call_t *call)
{
    char         text[24];
    int64_t      known;
    trade_str_t  reason, word, version;

    reason = fake_store_hget(call->store, fake_key(call, 1),
                             trade_str_c("c"));

    if (reason.data == NULL) {
        trade_buf_c(&call->reply, "OPEN");
        return;
    }

    fake_store_hdel(call->store, fake_key(call, 1), trade_str_c("c"));
    fake_store_hdel(call->store, fake_key(call, 1), trade_str_c("r"));

    if (call->call->argc > 1
        && trade_str_eq(fake_arg(call, 1), trade_str_c("keep"))
        && trade_str_eq(reason, trade_str_c("reconcile")))
    {
        trade_buf_c(&call->reply, "OPENED ");
        trade_buf_u64(&call->reply, call->version);
        trade_buf_c(&call->reply, " reconcile");
        return;
    }

    known = 0;
    version = reason;
    word = trade_str_cut(&version, ' ');

    if (trade_str_eq(word, trade_str_c("regressed"))) {
        known = fake_integer(version);
    }

    if (known < (int64_t) call->version) {
        known = call->version;
    }

    version = fake_text(text, known + 1048576);

    if (trade_str_eq(word, trade_str_c("lost"))) {
        fake_open_lost(call);
    }

    trade_buf_c(&call->reply, "OPENED ");
    trade_buf_str(&call->reply, version);
    trade_buf_c(&call->reply, " ");
    trade_buf_str(&call->reply, reason);

    fake_store_hset(call->store, fake_key(call, 1), trade_str_c("v"),
                    version);
    fake_store_hset(call->store, fake_key(call, 1), trade_str_c("f"),
                    version);
}


static void
fake_open_lost(fake_call_t *call)
{
    char         due[TRADE_SLOT_KEY_MAX], key[TRADE_SLOT_KEY_MAX];
    size_t       i, n;
    int64_t      scores[FAKE_CLAIM_MAX];
    trade_str_t  zset, events[FAKE_CLAIM_MAX];

    zset = fake_sibling(call, due, TRADE_KEY_DUE, trade_str_of(NULL, 0));
    n = fake_store_zrange(call->store, zset, INT64_MAX, events, scores,
                          FAKE_CLAIM_MAX);

    for (i = 0; i < n; i++) {
        if (fake_store_get(call->store, fake_sibling(call, key,
                                                     TRADE_KEY_ORDER,
                                                     events[i]),
                           call->now).data == NULL)
        {
            fake_store_zrem(call->store, zset, events[i]);
        }
    }
}


/* trade:{s<slot>}:<kind><id> of an event `<id>.<seq>`, or of a key */

static trade_str_t
fake_sibling(const fake_call_t *call, char *mem, const char *kind,
    trade_str_t event)
{
    trade_str_t  prefix;

    prefix = fake_key(call, 1);
    prefix.len -= sizeof("slot") - 1;

    return fake_join(mem, prefix, kind, trade_str_cut(&event, '.'));
}
