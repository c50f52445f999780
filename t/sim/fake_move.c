/*
 * move_units.lua: units of an order's items, of those that lie in this slot.
 */

#include "fake_redis.h"
#include "trade_hold.h"


static trade_str_t fake_move_order(trade_str_t text);
static trade_str_t fake_move_name(char mem[TRADE_NAME_MAX],
    trade_str_t *json);
static void fake_move_item(fake_call_t *call, trade_str_t buyer,
    trade_str_t sku, int64_t quantity, const fake_move_t *by, trade_str_t id);
static void fake_move_add(fake_call_t *call, const char *name,
    trade_str_t sku, int64_t n);
static void fake_move_bought(fake_call_t *call, trade_str_t buyer,
    trade_str_t sku, int64_t n, trade_str_t id);


void
fake_move(fake_call_t *call, trade_str_t text, fake_move_t by, trade_str_t id)
{
    char         buyers[TRADE_NAME_MAX], skus[TRADE_NAME_MAX];
    trade_str_t  buyer, items, sku;

    /* {"buyer_id":"ann","items":[{"sku":"","quantity":1},{"sku":... */

    items = fake_move_order(text);
    buyer = fake_move_name(buyers, &items);
    (void) trade_str_cut(&items, '[');

    while (items.len && items.data[0] != ']') {
        sku = fake_move_name(skus, &items);
        (void) trade_str_cut(&items, ':');

        fake_move_item(call, buyer, sku,
                       fake_integer(trade_str_cut(&items, '}')), &by, id);
    }
}


/* That of a record or a hold, behind its other lines: body.lua */

static trade_str_t
fake_move_order(trade_str_t text)
{
    trade_hold_t    hold;
    trade_record_t  record;

    if (trade_record_read(&record, text) == 0) {
        return record.body;
    }

    return trade_hold_read(&hold, text) == 0 ? hold.items
                                             : trade_str_of(NULL, 0);
}


/* Cuts a member that is a name off: plain() of body.lua */

static trade_str_t
fake_move_name(char mem[TRADE_NAME_MAX], trade_str_t *json)
{
    trade_buf_t  b;

    (void) trade_str_cut(json, ':');
    (void) trade_str_cut(json, '"');

    trade_buf_init(&b, mem, TRADE_NAME_MAX);
    trade_name_unescape(&b, trade_str_cut(json, '"'));

    return trade_buf_done(&b);
}


static void
fake_move_item(fake_call_t *call, trade_str_t buyer, trade_str_t sku,
    int64_t quantity, const fake_move_t *by, trade_str_t id)
{
    char  field[TRADE_SLOT_KEY_MAX];

    if (fake_store_hget(call->store, fake_key(call, 1),
                        fake_join(field, trade_str_c("total|"), "", sku))
        .data == NULL)
    {
        return;
    }

    fake_move_add(call, "available|", sku, by->available * quantity);
    fake_move_add(call, "held|", sku, by->held * quantity);

    if (by->bought) {
        fake_move_bought(call, buyer, sku, by->bought * quantity, id);
    }
}


static void
fake_move_add(fake_call_t *call, const char *name, trade_str_t sku, int64_t n)
{
    char         field[TRADE_SLOT_KEY_MAX], text[24];
    int64_t      had;
    trade_str_t  key;

    if (n == 0) {
        return;
    }

    key = fake_join(field, trade_str_c(name), "", sku);
    had = fake_integer(fake_store_hget(call->store, fake_key(call, 1), key));

    fake_store_hset(call->store, fake_key(call, 1), key,
                    fake_text(text, had + n));
}


static void
fake_move_bought(fake_call_t *call, trade_str_t buyer, trade_str_t sku,
    int64_t n, trade_str_t id)
{
    char         mem[FAKE_RECORD_MAX], key[TRADE_SLOT_KEY_MAX];
    int64_t      left;
    trade_buf_t  line;
    trade_str_t  name, last, deadline;

    name = fake_sibling(call, key, TRADE_KEY_BOUGHT, sku);
    last = fake_store_hget(call->store, name, buyer);

    if (last.data == NULL) {
        return;
    }

    left = fake_integer(trade_str_cut(&last, ' ')) + n;
    deadline = trade_str_cut(&last, ' ');
    left = left > 0 ? left : 0;

    if (left == 0 && trade_str_eq(last, id)) {
        fake_store_hdel(call->store, name, buyer);
        return;
    }

    trade_buf_init(&line, mem, sizeof(mem));
    trade_buf_u64(&line, left);
    trade_buf_c(&line, " ");
    trade_buf_str(&line, deadline);
    trade_buf_c(&line, " ");
    trade_buf_str(&line, last);

    fake_store_hset(call->store, name, buyer, trade_buf_done(&line));
}
