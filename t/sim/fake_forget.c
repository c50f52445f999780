/*
 * forget.lua
 */

#include "fake_redis.h"

#include <string.h>


static int fake_forget_buyer(fake_call_t *call, trade_str_t closes,
    trade_str_t buyer, trade_str_t value);
static int fake_forget_over(fake_call_t *call, trade_str_t closes,
    int64_t deadline);
static int fake_forget_locked(fake_call_t *call, int64_t deadline,
    trade_str_t id);


void
fake_forget(fake_call_t *call)
{
    int                 n;
    char                field[TRADE_SLOT_KEY_MAX];
    size_t              i, cells;
    trade_str_t         closes;
    const fake_cell_t  *cell;

    if (fake_barred(call)) {
        return;
    }

    closes = fake_store_hget(call->store, fake_key(call, 1),
                             fake_join(field, trade_str_c("closes|"), "",
                                       fake_arg(call, 3)));

    /* cells that are written meanwhile stand behind these */

    cells = call->store->ncells;

    for (n = 0, i = 0; i < cells; i++) {
        cell = &call->store->cells[i];

        if (cell->live
            && trade_str_eq(fake_store_view(call->store, cell->key),
                            fake_key(call, 4)))
        {
            n += fake_forget_buyer(call, closes,
                                   fake_store_view(call->store, cell->field),
                                   fake_store_view(call->store, cell->value));
        }
    }

    trade_buf_c(&call->reply, "FORGOT ");
    trade_buf_u64(&call->reply, n);
    trade_buf_c(&call->reply, " 0");
}


static int
fake_forget_buyer(fake_call_t *call, trade_str_t closes, trade_str_t buyer,
    trade_str_t value)
{
    char         mem[FAKE_RECORD_MAX];
    int64_t      deadline;
    trade_buf_t  b;
    trade_str_t  id, had;

    id = value;
    had = trade_str_cut(&id, ' ');
    deadline = fake_integer(trade_str_cut(&id, ' '));

    if (deadline == 0 && closes.data == NULL && fake_arg(call, 5).len) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_str(&b, had);
        trade_buf_c(&b, " ");
        trade_buf_u64(&b, call->now);
        trade_buf_c(&b, " ");
        trade_buf_str(&b, id);
        fake_store_hset(call->store, fake_key(call, 4), buyer,
                        trade_buf_done(&b));
        return 0;
    }

    if (!fake_forget_over(call, closes, deadline)
        || fake_forget_locked(call, deadline, id))
    {
        return 0;
    }

    fake_store_hdel(call->store, fake_key(call, 4), buyer);

    return 1;
}


static int
fake_forget_over(fake_call_t *call, trade_str_t closes, int64_t deadline)
{
    if (closes.data) {
        return (int64_t) call->now >= fake_integer(closes)
                                      + fake_number(call, 4);
    }

    return fake_arg(call, 5).len
           && (int64_t) call->now >= deadline + fake_number(call, 5);
}


static int
fake_forget_locked(fake_call_t *call, int64_t deadline, trade_str_t id)
{
    char         event[TRADE_SLOT_KEY_MAX], key[TRADE_SLOT_KEY_MAX];
    trade_str_t  hold;

    if ((int64_t) call->now < deadline
        || fake_store_zscore(call->store, fake_key(call, 2),
                             fake_join(event, id, ".", trade_str_c("1")),
                             NULL))
    {
        return 1;
    }

    hold = fake_store_get(call->store,
                          fake_sibling(call, key, TRADE_KEY_HOLD, id),
                          call->now);

    return hold.len > 5 && memcmp(hold.data, "HELD ", 5) == 0;
}
