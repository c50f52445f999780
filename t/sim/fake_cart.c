/*
 * An order whose items lie in several slots, until it is placed: begin.lua,
 * reserve.lua, commit.lua.
 */

#include "fake_redis.h"


static int fake_begin_make(fake_call_t *call, const fake_offer_t *offer);
static int fake_reserve_before(fake_call_t *call);
static void fake_reserve_make(fake_call_t *call, const fake_offer_t *offer);
static void fake_commit_make(fake_call_t *call, trade_str_t fingerprint,
    trade_str_t rest);


void
fake_begin(fake_call_t *call)
{
    fake_offer_t  offer;

    if (fake_regressed(call)) {
        return;
    }

    fake_offer(call, &offer);

    if ((offer.ok && fake_begin_make(call, &offer)) || fake_before(call)) {
        return;
    }

    if (call->closed) {
        fake_closed_reply(call);

    } else {
        fake_offer_refuse(call, &offer);
    }
}


static int
fake_begin_make(fake_call_t *call, const fake_offer_t *offer)
{
    char          asks[TRADE_SLOT_KEY_MAX], member[TRADE_SLOT_KEY_MAX];
    size_t        i, header, first;
    trade_str_t   queue;
    trade_buf_t  *reply;

    reply = &call->reply;
    trade_buf_c(reply, "PREPARING 0 ");
    trade_buf_str(reply, fake_arg(call, 4));
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->version);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->now);
    trade_buf_c(reply, " ");
    trade_buf_str(reply, fake_arg(call, 7));

    header = reply->pos - reply->start;
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));

    first = 11 + 5 * offer->n;
    queue = fake_asks_key(call, asks);

    if (fake_record(call, trade_buf_done(reply), queue,
                    fake_join(member, fake_arg(call, 3), ".",
                              fake_arg(call, first)))
        != FAKE_MADE)
    {
        reply->pos = reply->start;
        return 0;
    }

    reply->pos = reply->start + header;

    for (i = first + 1; i <= call->call->argc - call->call->nkeys; i++) {
        fake_store_zadd(call->store, queue,
                        fake_join(member, fake_arg(call, 3), ".",
                                  fake_arg(call, i)),
                        call->now + fake_number(call, 8));
    }

    fake_offer_hold(call, offer);

    return 1;
}


void
fake_reserve(fake_call_t *call)
{
    fake_offer_t  offer;

    if (fake_regressed(call)) {
        return;
    }

    fake_offer(call, &offer);

    if (fake_reserve_before(call)) {
        return;
    }

    if (offer.ok) {
        fake_reserve_make(call, &offer);

    } else if (call->closed) {
        fake_closed_reply(call);

    } else {
        fake_offer_refuse(call, &offer);

        if (call->reply.pos == call->reply.start) {
            trade_buf_c(&call->reply, "NONE");
        }
    }
}


/* 1: answered, there is a hold */

static int
fake_reserve_before(fake_call_t *call)
{
    trade_str_t  hold, state;

    hold = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (hold.data == NULL) {
        return 0;
    }

    state = trade_str_cut(&hold, ' ');

    if (trade_str_eq(state, trade_str_c("FREED"))) {
        trade_buf_c(&call->reply, "FREED");

    } else if (call->closed) {
        fake_closed_reply(call);

    } else {
        fake_version(call, call->version);
        trade_buf_c(&call->reply, "HELD ");
        trade_buf_str(&call->reply, trade_str_cut(&hold, ' '));
    }

    return 1;
}


static void
fake_reserve_make(fake_call_t *call, const fake_offer_t *offer)
{
    char          asks[TRADE_SLOT_KEY_MAX];
    size_t        answer;
    trade_buf_t  *reply;

    reply = &call->reply;
    trade_buf_c(reply, "HELD ");
    trade_buf_u64(reply, call->version + 1);

    answer = reply->pos - reply->start;
    trade_buf_c(reply, " ");
    trade_buf_str(reply, fake_arg(call, 7));
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(reply), 0);
    fake_store_zadd(call->store, fake_asks_key(call, asks),
                    fake_arg(call, 3), call->now + fake_number(call, 8));
    fake_version(call, call->version + 1);
    fake_offer_hold(call, offer);

    reply->pos = reply->start + answer;
}


void
fake_commit(fake_call_t *call)
{
    trade_str_t  record, rest, line, state;

    if (fake_barred(call)) {
        return;
    }

    record = fake_store_get(call->store, fake_key(call, 4), call->now);
    rest = record;
    line = trade_str_cut(&rest, '\n');
    state = trade_str_cut(&line, ' ');

    if (record.data == NULL || trade_str_eq(state, trade_str_c("REFUSED"))) {
        trade_buf_c(&call->reply, "GONE");

    } else if (trade_str_eq(state, trade_str_c("PREPARING"))) {
        (void) trade_str_cut(&line, ' ');
        fake_commit_make(call, trade_str_cut(&line, ' '), rest);

    } else {
        fake_version(call, call->version);
        trade_buf_str(&call->reply, record);
    }
}


/* `rest` is all below the first line; the newline before it is still there */

static void
fake_commit_make(fake_call_t *call, trade_str_t fingerprint, trade_str_t rest)
{
    char          key[TRADE_SLOT_KEY_MAX], member[TRADE_SLOT_KEY_MAX];
    size_t        header;
    trade_str_t   id, asks, others, other;
    trade_buf_t  *reply;

    id = fake_arg(call, 3);
    reply = &call->reply;

    fake_store_zadd(call->store, fake_key(call, 2),
                    fake_join(member, id, ".1", trade_str_of(NULL, 0)),
                    call->now + fake_number(call, 4));

    trade_buf_c(reply, "PLACED 1 ");
    trade_buf_str(reply, fingerprint);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->version + 1);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->now);
    trade_buf_c(reply, " ");
    trade_buf_str(reply, fake_arg(call, 5));

    header = reply->pos - reply->start;
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, rest);

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(reply),
                   fake_arg(call, 6).len ? call->now + fake_number(call, 6)
                                         : 0);

    fake_move(call, trade_buf_done(reply), (fake_move_t) { 0, -1, 0 }, id);
    fake_version(call, call->version + 1);

    reply->pos = reply->start + header;
    asks = fake_asks_key(call, key);

    for (others = fake_arg(call, 5); others.len; ) {
        other = trade_str_cut(&others, ',');
        other = fake_join(member, id, ".", trade_str_cut(&other, '='));

        if (fake_store_zscore(call->store, asks, other, NULL)) {
            fake_store_zadd(call->store, asks, other,
                            call->now + fake_number(call, 4));
        }
    }
}
