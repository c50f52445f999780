/*
 * The end of holds: outcome.lua at home; confirm.lua and
 * release.lua at the other; confirmed.lua at home again; and indoubt.lua at
 * both.
 */

#include "fake_redis.h"


static void fake_decide_absent(fake_call_t *call);
static void fake_hold_is(fake_call_t *call, const char *state,
    trade_str_t hold, uint64_t expires);
static void fake_hold_done(fake_call_t *call);
static int fake_confirmed_ended(const fake_call_t *call, trade_str_t ask);


void
fake_outcome(fake_call_t *call)
{
    char            event[TRADE_SLOT_KEY_MAX], text[24];
    int64_t         age;
    trade_str_t     record;
    trade_record_t  had;

    if (fake_barred(call)) {
        return;
    }

    record = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (record.data == NULL) {
        fake_decide_absent(call);
        return;
    }

    (void) trade_record_read(&had, record);

    if (trade_record_ended(&had)
        && fake_store_zscore(call->store, fake_key(call, 2),
                             fake_join(event, fake_arg(call, 3), ".",
                                       fake_text(text, had.seq)),
                             NULL))
    {
        trade_buf_c(&call->reply, "LATER");
        return;
    }

    /* written again, so that a WAIT waits for it */

    fake_version(call, call->version);

    if (had.state == TRADE_STATE_REFUSED) {
        trade_buf_c(&call->reply, "FREE");

    } else if (trade_record_ended(&had)) {
        trade_buf_c(&call->reply, "BACK");

    } else {
        (void) trade_record_as_of(&had, 1);
        age = (int64_t) call->now - had.at;

        trade_buf_c(&call->reply, "SELL ");
        trade_buf_u64(&call->reply, age > 0 ? age : 0);
    }
}


/* A later call that would place the order finds this record */

static void
fake_decide_absent(fake_call_t *call)
{
    char         mem[128];
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, "REFUSED 0 0 ");
    trade_buf_u64(&b, call->version);
    trade_buf_c(&b, " ");
    trade_buf_u64(&b, call->now);
    trade_buf_c(&b, "\no - -\n{}");

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(&b),
                   call->now + TRADE_DAY);
    trade_buf_c(&call->reply, "FREE");
}


void
fake_confirm(fake_call_t *call)
{
    char         text[TRADE_SLOT_KEY_MAX];
    trade_str_t  hold, rest;

    if (fake_barred(call)) {
        return;
    }

    hold = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (hold.data == NULL && fake_arg(call, 5).len == 0) {
        fake_store_hset(call->store, fake_key(call, 1), FAKE_CLOSED,
                        fake_join(text, trade_str_c("lost hold "), "",
                                  fake_arg(call, 3)));
        trade_buf_c(&call->reply, "REGRESSED");
        return;
    }

    rest = hold;

    if (trade_str_eq(trade_str_cut(&rest, ' '), trade_str_c("HELD"))) {
        fake_move(call, hold, (fake_move_t) { 0, -1, 0 }, fake_arg(call, 3));
        fake_hold_is(call, "SOLD ", rest,
                     fake_arg(call, 4).len ? call->now + fake_number(call, 4)
                                           : 0);
    }

    fake_hold_done(call);
}


void
fake_release(fake_call_t *call)
{
    int          freed;
    trade_str_t  hold, rest, state;

    if (fake_barred(call)) {
        return;
    }

    hold = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (hold.data == NULL) {
        hold = trade_str_c("FREED 0 0\n");
    }

    rest = hold;
    state = trade_str_cut(&rest, ' ');
    freed = 1;

    if (trade_str_eq(state, trade_str_c("HELD"))) {
        fake_move(call, hold, (fake_move_t) { 1, -1, -1 },
                  fake_arg(call, 3));

    } else if (trade_str_eq(state, trade_str_c("SOLD"))) {
        freed = fake_arg(call, 4).len != 0;

        if (freed) {
            fake_move(call, hold, (fake_move_t) { 1, 0, -1 },
                      fake_arg(call, 3));
        }
    }

    if (freed) {
        fake_hold_is(call, "FREED ", rest, call->now + TRADE_DAY);
        fake_returned(call);
    }

    fake_hold_done(call);
}


static void
fake_hold_is(fake_call_t *call, const char *state, trade_str_t hold,
    uint64_t expires)
{
    char         mem[FAKE_RECORD_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, state);
    trade_buf_str(&b, hold);

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(&b),
                   expires);
}


static void
fake_hold_done(fake_call_t *call)
{
    char  asks[TRADE_SLOT_KEY_MAX];

    fake_store_zrem(call->store, fake_asks_key(call, asks),
                    fake_arg(call, 3));
    trade_buf_c(&call->reply, "DONE");
}


void
fake_confirmed(fake_call_t *call)
{
    char      asks[TRADE_SLOT_KEY_MAX];
    uint64_t  n;

    if (fake_regressed(call)) {
        return;
    }

    n = 0;

    if (fake_arg(call, 3).len
        || !fake_confirmed_ended(call, fake_arg(call, 4)))
    {
        n = fake_store_zrem(call->store, fake_asks_key(call, asks),
                            fake_arg(call, 4));
    }

    trade_buf_c(&call->reply, "ACKED ");
    trade_buf_u64(&call->reply, n);
}


static int
fake_confirmed_ended(const fake_call_t *call, trade_str_t ask)
{
    char         key[TRADE_SLOT_KEY_MAX];
    trade_str_t  record, state;

    record = fake_store_get(call->store, fake_sibling(call, key,
                                                      TRADE_KEY_ORDER, ask),
                            call->now);
    state = trade_str_cut(&record, ' ');

    return trade_str_eq(state, trade_str_c("CANCELLED"))
           || trade_str_eq(state, trade_str_c("EXPIRED"));
}


void
fake_indoubt(fake_call_t *call)
{
    char         mem[TRADE_SLOT_KEY_MAX], order[TRADE_SLOT_KEY_MAX];
    size_t       i, n;
    int64_t      scores[FAKE_CLAIM_MAX];
    trade_str_t  key, members[FAKE_CLAIM_MAX];

    if (fake_barred(call)) {
        return;
    }

    key = fake_asks_key(call, mem);
    n = fake_store_zrange(call->store, key, call->now, members, scores,
                          fake_number(call, 4));

    trade_buf_c(&call->reply, "INDOUBT ");
    trade_buf_u64(&call->reply, n);
    trade_buf_c(&call->reply,
                n == (size_t) fake_number(call, 4) ? " 1" : " 0");

    for (i = 0; i < n; i++) {
        trade_buf_c(&call->reply, "\n");
        trade_buf_str(&call->reply, members[i]);

        fake_store_zadd(call->store, key, members[i],
                        call->now + fake_number(call, 3));
        fake_live_on(call, fake_sibling(call, order, TRADE_KEY_ORDER,
                                        members[i]));
    }
}
