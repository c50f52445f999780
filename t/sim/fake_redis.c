#include "fake_redis.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef void (*fake_rule_pt)(fake_call_t *call);


static void fake_settle(fake_call_t *call);
static void fake_order(fake_call_t *call);
static void fake_stock(fake_call_t *call);
static void fake_peek(fake_call_t *call);
static void fake_claim(fake_call_t *call);
static void fake_open(fake_call_t *call);
static void fake_open_lost(fake_call_t *call);
static trade_str_t fake_sibling(const fake_call_t *call, char *mem,
    const char *kind, trade_str_t event);


static const struct {
    const trade_script_t  *script;
    fake_rule_pt           run;
    int                    slotted;     /* KEYS[1] is a slot */
} fake_rules[] = {
    { &trade_script_place, fake_place, 1 },
    { &trade_script_change, fake_change, 1 },
    { &trade_script_settle, fake_settle, 1 },
    { &trade_script_order, fake_order, 1 },
    { &trade_script_stock, fake_stock, 1 },
    { &trade_script_claim, fake_claim, 1 },
    { &trade_script_open, fake_open, 1 },
    { &trade_script_peek, fake_peek, 0 }
};


trade_str_t
fake_redis_call(fake_store_t *store, const trade_call_t *call, uint64_t now,
    char *mem)
{
    size_t       i, room;
    fake_call_t  fake;

    for (room = 16384, i = 0; i < call->argc; i++) {
        room += 8 * call->argv[i].len;
    }

    fake_store_room(store, room);

    memset(&fake, 0, sizeof(fake));
    fake.store = store;
    fake.call = call;
    fake.now = now;
    trade_buf_init(&fake.reply, mem, FAKE_REPLY_MAX);

    for (i = 0; fake_rules[i].script != call->script; i++) { /* void */ }

    if (fake_rules[i].slotted) {
        fake.version = fake_integer(fake_store_hget(store, call->argv[0],
                                                    trade_str_c("v")));
        fake.closed = fake_store_hget(store, call->argv[0],
                                      trade_str_c("c")).data != NULL;
    }

    fake_rules[i].run(&fake);

    return fake.reply.pos == fake.reply.start
           ? trade_str_of(NULL, 0) : trade_buf_done(&fake.reply);
}


trade_str_t
fake_key(const fake_call_t *call, size_t i)
{
    return call->call->argv[i - 1];
}


trade_str_t
fake_arg(const fake_call_t *call, size_t i)
{
    return call->call->argv[call->call->nkeys + i - 1];
}


int64_t
fake_number(const fake_call_t *call, size_t i)
{
    return fake_integer(fake_arg(call, i));
}


int64_t
fake_integer(trade_str_t s)
{
    char  text[32];

    if (s.len >= sizeof(text)) {
        abort();
    }

    memcpy(text, s.len ? s.data : "", s.len);
    text[s.len] = '\0';

    return strtoll(text, NULL, 10);
}


trade_str_t
fake_text(char text[24], int64_t number)
{
    return trade_str_of(text, snprintf(text, 24, "%" PRId64, number));
}


trade_str_t
fake_join(char *mem, trade_str_t a, const char *b, trade_str_t c)
{
    trade_buf_t  buf;

    trade_buf_init(&buf, mem, TRADE_SLOT_KEY_MAX);
    trade_buf_str(&buf, a);
    trade_buf_c(&buf, b);
    trade_buf_str(&buf, c);

    return trade_buf_done(&buf);
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


/* regressed.lua */

int
fake_regressed(fake_call_t *call)
{
    int          vanished;
    char         text[64];
    trade_str_t  f;

    if (call->closed) {
        return 0;
    }

    f = fake_store_hget(call->store, fake_key(call, 1), trade_str_c("f"));

    vanished = fake_arg(call, 2).len
               && fake_store_get(call->store, fake_key(call, 3), call->now)
                  .data == NULL
               && fake_number(call, 2) > fake_integer(f);

    if (!vanished && (int64_t) call->version >= fake_number(call, 1)) {
        return 0;
    }

    fake_store_hset(call->store, fake_key(call, 1), trade_str_c("c"),
                    fake_join(text, trade_str_c("regressed "), "",
                              fake_arg(call, 1)));
    trade_buf_c(&call->reply, "REGRESSED");

    return 1;
}


static void
fake_settle(fake_call_t *call)
{
    size_t    i;
    uint64_t  n;

    if (fake_regressed(call)) {
        return;
    }

    for (n = 0, i = 3; i <= call->call->argc - call->call->nkeys; i++) {
        n += fake_store_zrem(call->store, fake_key(call, 2),
                             fake_arg(call, i));
    }

    trade_buf_c(&call->reply, "SETTLED ");
    trade_buf_u64(&call->reply, n);
}


static void
fake_closed_reply(fake_call_t *call)
{
    trade_buf_c(&call->reply, "CLOSED ");
    trade_buf_str(&call->reply, fake_store_hget(call->store,
                                                fake_key(call, 1),
                                                trade_str_c("c")));
}


static void
fake_order(fake_call_t *call)
{
    int          due;
    char         event[TRADE_SLOT_KEY_MAX];
    trade_str_t  record, line;

    if (fake_regressed(call)) {
        return;
    }

    record = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (record.data == NULL) {
        if (call->closed) {
            fake_closed_reply(call);

        } else {
            trade_buf_c(&call->reply, "ABSENT");
        }

        return;
    }

    line = record;
    trade_str_cut(&line, ' ');

    due = fake_store_zscore(call->store, fake_key(call, 2),
                            fake_join(event, fake_arg(call, 3), ".",
                                      trade_str_cut(&line, ' ')),
                            NULL);

    trade_buf_c(&call->reply, "RECORD ");
    trade_buf_str(&call->reply, fake_arg(call, 3));
    trade_buf_c(&call->reply, due ? " 0\n" : " 1\n");
    trade_buf_str(&call->reply, record);
}


static void
fake_stock(fake_call_t *call)
{
    char          field[TRADE_SLOT_KEY_MAX];
    size_t        i;
    trade_str_t   value;

    static const char *const  fields[] = {
        "total|", "available|", "held|", "limit|", "opens|", "closes|"
    };

    if (fake_regressed(call)) {
        return;
    }

    if (call->closed) {
        fake_closed_reply(call);
        return;
    }

    for (i = 0; i < 6; i++) {
        value = fake_store_hget(call->store, fake_key(call, 1),
                                fake_join(field, trade_str_c(fields[i]), "",
                                          fake_arg(call, 3)));

        if (i == 0) {
            if (value.data == NULL) {
                trade_buf_c(&call->reply, "UNKNOWN 1");
                return;
            }

            trade_buf_c(&call->reply, "VIEW ");
            trade_buf_str(&call->reply,
                          fake_store_hget(call->store, fake_key(call, 1),
                                          trade_str_c("v")));
            trade_buf_c(&call->reply, "\n");
            trade_buf_str(&call->reply, fake_arg(call, 3));
        }

        trade_buf_c(&call->reply, " ");
        trade_buf_str(&call->reply, value.data ? value
                                               : trade_str_c(i == 2 ? "0"
                                                                    : "-"));
    }
}


static void
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


static void
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


static void
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

    fake_store_hdel(call->store, fake_key(call, 1), trade_str_c("c"));
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
