/*
 * place.lua, with record.lua and replay.lua.
 */

#include "fake_redis.h"


static int fake_replay(fake_call_t *call, trade_str_t id);
static int fake_place_make(fake_call_t *call, fake_stock_check_t *check);


/* record.lua; with its key, the record's order: SET NX, PX */

int
fake_record(fake_call_t *call, trade_str_t record)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    trade_str_t  taken, other, prefix;

    taken = trade_str_of(NULL, 0);

    if (fake_arg(call, 5).len) {
        taken = fake_store_get(call->store, fake_key(call, 5), call->now);

        if (taken.data && !trade_str_eq(taken, fake_arg(call, 3))) {
            prefix = fake_key(call, 4);
            prefix.len -= TRADE_ID_LEN;

            other = fake_store_get(call->store,
                                   fake_join(mem, prefix, "", taken),
                                   call->now);

            if (other.data == NULL
                || trade_str_eq(trade_str_cut(&other, ' '),
                                trade_str_c("REFUSED")))
            {
                taken.data = NULL;
            }
        }

        if (taken.data) {
            return 0;
        }

        fake_store_set(call->store, fake_key(call, 5), fake_arg(call, 3),
                       call->now + fake_number(call, 5));
    }

    if (fake_store_get(call->store, fake_key(call, 4), call->now).data) {
        return 0;
    }

    fake_store_set(call->store, fake_key(call, 4), record,
                   fake_arg(call, 9).len ? call->now + fake_number(call, 9)
                                         : 0);

    fake_store_zadd(call->store, fake_key(call, 2),
                    fake_join(mem, fake_arg(call, 3), ".1",
                              trade_str_of(NULL, 0)),
                    call->now + fake_number(call, 8));

    return 1;
}


/* replay.lua */

static int
fake_replay(fake_call_t *call, trade_str_t id)
{
    int          due;
    char         mem[TRADE_SLOT_KEY_MAX], event[TRADE_SLOT_KEY_MAX];
    trade_str_t  prefix, record, line, state, seq;

    prefix = fake_key(call, 4);
    prefix.len -= TRADE_ID_LEN;

    record = fake_store_get(call->store, fake_join(mem, prefix, "", id),
                            call->now);
    if (record.data == NULL) {
        return 0;
    }

    line = record;
    state = trade_str_cut(&line, ' ');
    seq = trade_str_cut(&line, ' ');

    if (trade_str_eq(state, trade_str_c("REFUSED"))) {
        return 0;
    }

    if (!trade_str_eq(trade_str_cut(&line, ' '), fake_arg(call, 4))) {
        trade_buf_c(&call->reply, "REUSED ");
        trade_buf_str(&call->reply, id);
        return 1;
    }

    due = fake_store_zscore(call->store, fake_key(call, 2),
                            fake_join(event, id, ".", seq), NULL);
    if (due) {
        fake_store_expire(call->store, fake_key(call, 5),
                          call->now + fake_number(call, 5));
    }

    fake_found(call, id, due, record);

    return 1;
}


int
fake_before(fake_call_t *call)
{
    int          freed;
    char         text[24];
    trade_str_t  record, id;

    record = fake_store_get(call->store, fake_key(call, 4), call->now);

    freed = record.data && record.data[0] == 'R';

    if (record.data && !freed) {
        if (call->closed) {
            return 0;
        }

        fake_store_hset(call->store, fake_key(call, 1), FAKE_VERSION,
                        fake_text(text, call->version));
        trade_buf_str(&call->reply, record);
        return 1;
    }

    if (fake_arg(call, 5).len) {
        id = fake_store_get(call->store, fake_key(call, 5), call->now);

        if (id.data && fake_replay(call, id)) {
            return 1;
        }
    }

    if (freed && !call->closed) {
        trade_buf_c(&call->reply, "FREED");
        return 1;
    }

    return 0;
}


void
fake_place(fake_call_t *call)
{
    fake_stock_check_t  check;

    if (fake_regressed(call)) {
        return;
    }

    fake_check_stock(call, &check);

    if (check.ok && fake_place_make(call, &check)) {
        return;
    }

    if (fake_before(call)) {
        return;
    }

    if (call->closed) {
        fake_closed_reply(call);

    } else {
        fake_check_stock_refuse(call, &check);
        trade_buf_c(&call->reply,
                    call->reply.pos == call->reply.start ? "NONE" : "");
    }
}


static int
fake_place_make(fake_call_t *call, fake_stock_check_t *check)
{
    size_t        header;
    trade_str_t   participants;
    trade_buf_t  *reply;

    /* the record is written where the reply, its first line, goes */

    reply = &call->reply;
    trade_buf_c(reply, "PLACED 1 ");
    trade_buf_str(reply, fake_arg(call, 4));
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->version + 1);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->now);

    participants = fake_arg(call, 11 + 6 * check->n);
    trade_buf_c(reply, participants.len ? " " : "");
    trade_buf_str(reply, participants);

    header = reply->pos - reply->start;
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));

    if (!fake_record(call, trade_buf_done(reply))) {
        reply->pos = reply->start;
        return 0;
    }

    reply->pos = reply->start + header;

    fake_version(call, call->version + 1);
    fake_check_stock_reserve(call, check);

    return 1;
}
