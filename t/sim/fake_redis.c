#include "fake_redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef void (*fake_rule_pt)(fake_call_t *call);


static void fake_ack(fake_call_t *call);
static void fake_zrem(fake_call_t *call);
static void fake_order(fake_call_t *call);
static void fake_stock(fake_call_t *call);


static const struct {
    const trade_script_t  *script;
    fake_rule_pt           run;
    int                    slotted;     /* KEYS[1] is a slot */
} fake_rules[] = {
    { &trade_script_place, fake_place, 1 },
    { &trade_script_change, fake_change, 1 },
    { &trade_script_transition, fake_transition, 1 },
    { &trade_script_ack_effects, fake_ack_effects, 1 },
    { &trade_script_ack, fake_ack, 1 },
    { NULL, fake_zrem, 0 },
    { &trade_script_order, fake_order, 1 },
    { &trade_script_stock, fake_stock, 1 },
    { &trade_script_claim, fake_claim, 1 },
    { &trade_script_open, fake_open, 1 },
    { &trade_script_peek, fake_peek, 0 },
    { &trade_script_reserve, fake_reserve, 1 },
    { &trade_script_outcome, fake_outcome, 1 },
    { &trade_script_confirm, fake_confirm, 1 },
    { &trade_script_release, fake_release, 1 },
    { &trade_script_confirmed, fake_confirmed, 1 },
    { &trade_script_indoubt, fake_indoubt, 1 },
    { &trade_script_forget, fake_forget, 1 }
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
                                                    FAKE_VERSION));
        fake.closed = fake_store_hget(store, call->argv[0],
                                      FAKE_CLOSED).data != NULL;
    }

    store->published = 0;
    fake_rules[i].run(&fake);

    return fake.reply.pos == fake.reply.start
           ? trade_str_of(NULL, 0) : trade_buf_done(&fake.reply);
}


void
fake_returned(fake_call_t *call)
{
    call->store->published = 1;
    call->store->returned = call->version;
}


trade_str_t
fake_key(const fake_call_t *call, size_t i)
{
    return call->call->argv[i - 1];
}


trade_str_t
fake_arg(const fake_call_t *call, size_t i)
{
    return i <= call->call->argc - call->call->nkeys
           ? call->call->argv[call->call->nkeys + i - 1]
           : trade_str_of(NULL, 0);
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


/* regressed.lua */

int
fake_regressed(fake_call_t *call)
{
    int          vanished;
    char         text[64];
    trade_str_t  f, seen;

    if (call->closed) {
        return 0;
    }

    f = fake_store_hget(call->store, fake_key(call, 1), FAKE_OPENED);

    seen = fake_store_get(call->store, fake_key(call, 3), call->now);

    vanished = fake_arg(call, 2).len
               && (seen.data == NULL || seen.data[0] == 'R')
               && fake_number(call, 2) > fake_integer(f);

    if (!vanished && (int64_t) call->version >= fake_number(call, 1)) {
        return 0;
    }

    fake_store_hset(call->store, fake_key(call, 1), FAKE_CLOSED,
                    fake_join(text, trade_str_c("regressed "), "",
                              fake_arg(call, 1)));
    trade_buf_c(&call->reply, "REGRESSED");

    return 1;
}


static void
fake_ack(fake_call_t *call)
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

    trade_buf_c(&call->reply, "ACKED ");
    trade_buf_u64(&call->reply, n);
}


/* The command that trade_call_ack() lays out: ZREM, a key, a member */

static void
fake_zrem(fake_call_t *call)
{
    const trade_str_t  *argv;

    argv = call->call->argv;

    trade_buf_u64(&call->reply, fake_store_zrem(call->store, argv[1],
                                                argv[2]));
}


void
fake_closed_reply(fake_call_t *call)
{
    trade_buf_c(&call->reply, "CLOSED ");
    trade_buf_str(&call->reply, fake_store_hget(call->store,
                                                fake_key(call, 1),
                                                FAKE_CLOSED));
}


int
fake_barred(fake_call_t *call)
{
    if (fake_regressed(call)) {
        return 1;
    }

    if (call->closed) {
        fake_closed_reply(call);
    }

    return call->closed;
}


void
fake_found(fake_call_t *call, trade_str_t id, int due, trade_str_t record)
{
    trade_buf_c(&call->reply, "RECORD ");
    trade_buf_str(&call->reply, id);
    trade_buf_c(&call->reply, due ? " 0\n" : " 1\n");
    trade_buf_str(&call->reply, record);
}


void
fake_version(fake_call_t *call, uint64_t version)
{
    char  text[24];

    fake_store_hset(call->store, fake_key(call, 1), FAKE_VERSION,
                    fake_text(text, version));
}


trade_str_t
fake_sibling(const fake_call_t *call, char *mem, const char *kind,
    trade_str_t event)
{
    trade_str_t  prefix;

    prefix = fake_key(call, 1);
    prefix.len -= sizeof("slot") - 1;

    return fake_join(mem, prefix, kind, trade_str_cut(&event, '.'));
}


trade_str_t
fake_asks_key(const fake_call_t *call, char *mem)
{
    return fake_sibling(call, mem, FAKE_ASKS, trade_str_of(NULL, 0));
}


void
fake_live_on(fake_call_t *call, trade_str_t key)
{
    uint64_t  expires;

    expires = fake_store_expires(call->store, key);

    if (expires && expires < call->now + TRADE_DAY
        && fake_store_get(call->store, key, call->now).data)
    {
        fake_store_expire(call->store, key, call->now + TRADE_DAY);
    }
}


/* absent.lua */

trade_str_t
fake_absent(fake_call_t *call)
{
    trade_str_t  record;

    record = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (record.data == NULL) {
        if (call->closed) {
            fake_closed_reply(call);

        } else {
            trade_buf_c(&call->reply, "ABSENT");
        }
    }

    return record;
}


static void
fake_order(fake_call_t *call)
{
    int          due;
    char         event[TRADE_SLOT_KEY_MAX];
    trade_str_t  record, line, seq;

    if (fake_regressed(call)) {
        return;
    }

    record = fake_absent(call);

    if (record.data == NULL) {
        return;
    }

    line = record;
    trade_str_cut(&line, ' ');
    seq = trade_str_cut(&line, ' ');

    due = trade_str_eq(seq, trade_str_c("0"))
          || fake_store_zscore(call->store, fake_key(call, 2),
                               fake_join(event, fake_arg(call, 3), ".", seq),
                               NULL);

    fake_found(call, fake_arg(call, 3), due, record);
}


int
fake_condition_met(fake_call_t *call, size_t at, trade_str_t tag,
    uint64_t changed)
{
    trade_precondition_t  condition;

    condition.match = fake_arg(call, at);
    condition.none_match = fake_arg(call, at + 1);
    condition.unmodified = fake_arg(call, at + 2).len
                           ? (uint64_t) fake_number(call, at + 2)
                           : TRADE_PRECONDITION_UNSET;

    return trade_precondition_check(&condition, tag, changed)
           == TRADE_PRECONDITION_HOLDS;
}


static void
fake_stock(fake_call_t *call)
{
    char          field[TRADE_SLOT_KEY_MAX];
    size_t        i;
    trade_str_t   stock[7];

    static const char *const  fields[] = {
        "total|", "available|", "held|", "limit|", "opens|", "closes|",
        "changed|"
    };

    if (fake_barred(call)) {
        return;
    }

    for (i = 0; i < 7; i++) {
        stock[i] = fake_store_hget(call->store, fake_key(call, 1),
                                   fake_join(field, trade_str_c(fields[i]),
                                             "", fake_arg(call, 3)));
    }

    if (stock[0].data == NULL) {
        trade_buf_c(&call->reply, "UNKNOWN 1");
        return;
    }

    trade_buf_c(&call->reply, "VIEW ");
    trade_buf_str(&call->reply,
                  fake_store_hget(call->store, fake_key(call, 1),
                                  FAKE_VERSION));

    if (stock[6].data) {
        trade_buf_c(&call->reply, " ");
        trade_buf_str(&call->reply, stock[6]);
    }

    trade_buf_c(&call->reply, "\n");
    trade_buf_str(&call->reply, fake_arg(call, 3));

    for (i = 0; i < 6; i++) {
        trade_buf_c(&call->reply, " ");
        trade_buf_str(&call->reply, stock[i].data ? stock[i]
                                    : trade_str_c(i == 2 ? "0" : "-"));
    }
}
