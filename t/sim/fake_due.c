/*
 * The scripts that read and move due events: peek.lua, claim.lua, open.lua.
 */

#include "fake_redis.h"

#include <math.h>


static int64_t fake_horizon(const fake_call_t *call, size_t arg);
static int fake_ready(const fake_call_t *call, trade_str_t key,
    int64_t until);
static int fake_late(const fake_call_t *call, trade_str_t due,
    const char *kind);
static int fake_claim_event(fake_call_t *call, trade_buf_t *out,
    trade_str_t event, trade_str_t record);
static int fake_claim_waits(const fake_call_t *call, trade_str_t event,
    double *lease);
static double fake_claim_lease(const fake_call_t *call, trade_str_t text);
static void fake_open_lost(fake_call_t *call);
static void fake_open_hold(fake_call_t *call, trade_str_t reason);


void
fake_peek(fake_call_t *call)
{
    size_t       i, all;
    char         items[4096];
    int64_t      horizon;
    trade_buf_t  due;
    trade_str_t  key;

    horizon = fake_horizon(call, 1);
    trade_buf_init(&due, items, sizeof(items));

    for (all = 0, i = 1; i <= call->call->nkeys; i++) {
        key = fake_key(call, i);
        all += fake_store_zcard(call->store, key);

        if (fake_ready(call, key, horizon)
            || (fake_arg(call, 2).len && fake_late(call, key, FAKE_UNPAID)))
        {
            trade_buf_c(&due, " ");
            trade_buf_u64(&due, i);
        }

        if (fake_late(call, key, FAKE_ASKS)) {
            trade_buf_c(&due, " ");
            trade_buf_u64(&due, call->call->nkeys + i);
        }
    }

    trade_buf_c(&call->reply, "PEEKED ");
    trade_buf_u64(&call->reply, all);
    trade_buf_str(&call->reply, trade_buf_done(&due));
}


static int64_t
fake_horizon(const fake_call_t *call, size_t arg)
{
    return fake_number(call, arg) < (int64_t) call->now
           ? (int64_t) call->now : fake_number(call, arg);
}


static int
fake_ready(const fake_call_t *call, trade_str_t key, int64_t until)
{
    int64_t      score;
    trade_str_t  first;

    return fake_store_zrange(call->store, key, until, &first, &score, 1) == 1;
}


/* Something of that kind is overdue in the slot whose `due` this is */

static int
fake_late(const fake_call_t *call, trade_str_t due, const char *kind)
{
    char  key[TRADE_SLOT_KEY_MAX];

    due.len -= sizeof(TRADE_KEY_DUE) - 1;

    return fake_ready(call, fake_join(key, due, kind, trade_str_of(NULL, 0)),
                      call->now);
}


void
fake_claim(fake_call_t *call)
{
    int          more;
    size_t       i, n, taken, bytes;
    int64_t      scores[FAKE_CLAIM_MAX];
    char         key[TRADE_SLOT_KEY_MAX], text[TRADE_SLOT_KEY_MAX];
    char         mem[FAKE_REPLY_MAX];
    trade_buf_t  out;
    trade_str_t  due[FAKE_CLAIM_MAX], record;

    if (fake_barred(call)) {
        return;
    }

    fake_expire(call);

    n = fake_store_zrange(call->store, fake_key(call, 2),
                          fake_horizon(call, 3), due, scores,
                          fake_number(call, 5));
    more = n == (size_t) fake_number(call, 5);

    trade_buf_init(&out, mem, sizeof(mem));

    for (taken = 0, bytes = 0, i = 0; i < n; i++) {
        record = fake_store_get(call->store,
                                fake_sibling(call, key, TRADE_KEY_ORDER,
                                             due[i]),
                                call->now);

        if (record.data == NULL) {
            fake_store_hset(call->store, fake_key(call, 1), FAKE_CLOSED,
                            fake_join(text, trade_str_c("lost "), "",
                                      due[i]));
            trade_buf_c(&call->reply, "REGRESSED");
            return;
        }

        bytes += record.len;

        if (i > 0 && bytes > (size_t) fake_number(call, 6)) {
            more = 1;
            break;
        }

        taken += fake_claim_event(call, &out, due[i], record);
    }

    if (taken) {
        fake_version(call, call->version);
    }

    trade_buf_c(&call->reply, "CLAIMED ");
    trade_buf_u64(&call->reply, taken);
    trade_buf_c(&call->reply, more ? " 1" : " 0");
    trade_buf_str(&call->reply, trade_buf_done(&out));
}


/* 1: it is claimed; 0: it waits for the one before it */

static int
fake_claim_event(fake_call_t *call, trade_buf_t *out, trade_str_t event,
    trade_str_t record)
{
    int          waits;
    char         key[TRADE_SLOT_KEY_MAX];
    double       lease;

    waits = fake_claim_waits(call, event, &lease);

    if (!waits) {
        lease = fake_claim_lease(call, record);

        trade_buf_c(out, "\n");
        trade_buf_str(out, event);
        trade_buf_c(out, " ");
        trade_buf_u64(out, record.len);
        trade_buf_c(out, "\n");
        trade_buf_str(out, record);
    }

    fake_store_zadd(call->store, fake_key(call, 2), event,
                    llrint(call->now + lease));

    fake_live_on(call, fake_sibling(call, key, TRADE_KEY_ORDER, event));

    return !waits;
}


/* Is the event before this one due too?  Then so long */

static int
fake_claim_waits(const fake_call_t *call, trade_str_t event, double *lease)
{
    char         mem[TRADE_SLOT_KEY_MAX], text[24];
    int64_t      seq, before;
    trade_str_t  id;

    id = trade_str_cut(&event, '.');
    seq = fake_integer(event);

    if (seq == 1
        || !fake_store_zscore(call->store, fake_key(call, 2),
                              fake_join(mem, id, ".",
                                        fake_text(text, seq - 1)),
                              &before))
    {
        return 0;
    }

    before = before - (int64_t) call->now + 1;
    *lease = before < 1000 ? 1000 : before;

    return 1;
}


static double
fake_claim_lease(const fake_call_t *call, trade_str_t text)
{
    double          lease;
    trade_record_t  record;

    (void) trade_record_read_header(&record, trade_str_cut(&text, '\n'));

    lease = ((double) call->now - record.at) / 2;
    lease = lease > 30000 ? 30000 : lease;

    return lease < fake_number(call, 4) ? fake_number(call, 4) : lease;
}


void
fake_open(fake_call_t *call)
{
    char         text[24];
    int64_t      known;
    trade_str_t  reason, word, version;

    reason = fake_store_hget(call->store, fake_key(call, 1),
                             FAKE_CLOSED);

    if (reason.data == NULL) {
        trade_buf_c(&call->reply, "OPEN");
        return;
    }

    fake_store_hdel(call->store, fake_key(call, 1), FAKE_CLOSED);
    fake_store_hdel(call->store, fake_key(call, 1), FAKE_SURVIVED);

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
        fake_open_hold(call, reason);
    }

    trade_buf_c(&call->reply, "OPENED ");
    trade_buf_str(&call->reply, version);
    trade_buf_c(&call->reply, " ");
    trade_buf_str(&call->reply, reason);

    fake_store_hset(call->store, fake_key(call, 1), FAKE_VERSION,
                    version);
    fake_store_hset(call->store, fake_key(call, 1), FAKE_OPENED,
                    version);
}


/* `lost hold <id>` */

static void
fake_open_hold(fake_call_t *call, trade_str_t reason)
{
    char  key[TRADE_SLOT_KEY_MAX];

    (void) trade_str_cut(&reason, ' ');

    if (trade_str_eq(trade_str_cut(&reason, ' '), trade_str_c("hold"))) {
        fake_store_set(call->store, fake_sibling(call, key, TRADE_KEY_HOLD,
                                                 reason),
                       trade_str_c("FREED 0 0\n"), call->now + TRADE_DAY);
    }
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
