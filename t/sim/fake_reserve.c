/*
 * reserve.lua: a slot reserves its part of an order that has another home.
 */

#include "fake_redis.h"


static int fake_reserve_before(fake_call_t *call);
static void fake_reserve_make(fake_call_t *call,
    const fake_stock_check_t *check);
static void fake_reserve_hold(fake_call_t *call,
    const fake_stock_check_t *check);


void
fake_reserve(fake_call_t *call)
{
    fake_stock_check_t  check;

    if (fake_regressed(call)) {
        return;
    }

    fake_check_stock(call, &check);

    if (fake_reserve_before(call)) {
        return;
    }

    if (check.ok) {
        fake_reserve_make(call, &check);

    } else if (call->closed) {
        fake_closed_reply(call);

    } else {
        fake_check_stock_refuse(call, &check);
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
fake_reserve_make(fake_call_t *call, const fake_stock_check_t *check)
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
    trade_buf_c(reply, fake_arg(call, 4).len ? " " : "");
    trade_buf_str(reply, fake_arg(call, 4));
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));

    fake_store_set(call->store, fake_key(call, 4), trade_buf_done(reply), 0);
    fake_store_zadd(call->store, fake_asks_key(call, asks),
                    fake_arg(call, 3), call->now + fake_number(call, 8));
    fake_version(call, call->version + 1);
    fake_reserve_hold(call, check);

    reply->pos = reply->start + answer;
}


/* They are held, and the buyer has them */

static void
fake_reserve_hold(fake_call_t *call, const fake_stock_check_t *check)
{
    char                text[24];
    size_t              i;
    const fake_item_t  *item;

    fake_check_stock_reserve(call, check);

    for (i = 0; i < check->n; i++) {
        item = &check->items[i];

        fake_store_hset(call->store, fake_key(call, 1),
                        fake_arg(call, 15 + check->n + 5 * i),
                        fake_text(text, fake_integer(item->held)
                                        + item->quantity));
    }
}
