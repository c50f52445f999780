/*
 * place.lua and change.lua, with record.lua and replay.lua.
 */

#include "fake_redis.h"

#include <stdlib.h>


typedef struct {
    int64_t      quantity;
    int64_t      had;
    trade_str_t  available;
    trade_str_t  limit;
    trade_str_t  opens;
    trade_str_t  closes;
} fake_item_t;


typedef struct {
    size_t       n;
    int          ok;
    int          locked;
    int64_t      early;
    fake_item_t  items[FAKE_ITEMS_MAX];
} fake_order_t;


typedef int (*fake_refused_pt)(const fake_call_t *call,
    const fake_item_t *item);


static int fake_replay(fake_call_t *call, trade_str_t id);
static void fake_place_read(fake_call_t *call, fake_order_t *order);
static void fake_place_item(fake_call_t *call, fake_order_t *order,
    size_t i);
static int fake_place_make(fake_call_t *call, fake_order_t *order);
static void fake_place_refuse(fake_call_t *call, fake_order_t *order);
static int fake_refused(fake_call_t *call, const fake_order_t *order,
    const char *verdict, fake_refused_pt rule);
static int fake_is_unknown(const fake_call_t *call, const fake_item_t *item);
static int fake_is_over(const fake_call_t *call, const fake_item_t *item);
static int fake_is_limit(const fake_call_t *call, const fake_item_t *item);
static int fake_is_sold_out(const fake_call_t *call,
    const fake_item_t *item);
static void fake_verdict(fake_call_t *call, const char *word,
    int64_t value);


/* record.lua; with its key, the record's order: SET NX, PX */

fake_made_e
fake_record(fake_call_t *call, trade_str_t record)
{
    char         mem[TRADE_SLOT_KEY_MAX], text[24];
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
            return FAKE_NOT_MADE;
        }

        fake_store_set(call->store, fake_key(call, 5), fake_arg(call, 3),
                       call->now + fake_number(call, 5));
    }

    if (fake_store_get(call->store, fake_key(call, 4), call->now).data) {
        return FAKE_NOT_MADE;
    }

    fake_store_set(call->store, fake_key(call, 4), record,
                   fake_arg(call, 9).len ? call->now + fake_number(call, 9)
                                         : 0);

    fake_store_zadd(call->store, fake_key(call, 2),
                    fake_join(mem, fake_arg(call, 3), ".1",
                              trade_str_of(text, 0)),
                    call->now + fake_number(call, 8));

    return FAKE_MADE;
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
    char         text[24];
    trade_str_t  record, id;

    record = fake_store_get(call->store, fake_key(call, 4), call->now);

    if (record.data) {
        if (call->closed) {
            return 0;
        }

        fake_store_hset(call->store, fake_key(call, 1), trade_str_c("v"),
                        fake_text(text, call->version));
        trade_buf_str(&call->reply, record);
        return 1;
    }

    if (fake_arg(call, 5).len == 0) {
        return 0;
    }

    id = fake_store_get(call->store, fake_key(call, 5), call->now);

    return id.data && fake_replay(call, id);
}


void
fake_place(fake_call_t *call)
{
    fake_order_t  order;

    if (fake_regressed(call)) {
        return;
    }

    fake_place_read(call, &order);

    if (order.ok && fake_place_make(call, &order)) {
        return;
    }

    if (fake_before(call)) {
        return;
    }

    fake_place_refuse(call, &order);
}


static void
fake_place_read(fake_call_t *call, fake_order_t *order)
{
    size_t  i;

    order->n = call->call->nkeys - 5;
    order->ok = !call->closed
                && (int64_t) call->now <= fake_number(call, 7)
                && fake_arg(call, 8).len;
    order->locked = 0;
    order->early = 0;

    if (order->n > FAKE_ITEMS_MAX) {
        abort();
    }

    for (i = 0; i < order->n; i++) {
        fake_place_item(call, order, i);
    }
}


static void
fake_place_item(fake_call_t *call, fake_order_t *order, size_t i)
{
    char          event[TRADE_SLOT_KEY_MAX];
    size_t        f;
    int64_t       wait, deadline;
    trade_str_t   bought;
    fake_item_t  *item;

    item = &order->items[i];
    f = 11 + order->n + 4 * i;

    item->quantity = fake_number(call, 11 + i);
    item->had = 0;
    item->available = fake_store_hget(call->store, fake_key(call, 1),
                                      fake_arg(call, f));
    item->limit = fake_store_hget(call->store, fake_key(call, 1),
                                  fake_arg(call, f + 1));
    item->opens = fake_store_hget(call->store, fake_key(call, 1),
                                  fake_arg(call, f + 2));
    item->closes = fake_store_hget(call->store, fake_key(call, 1),
                                   fake_arg(call, f + 3));

    bought = fake_store_hget(call->store, fake_key(call, 6 + i),
                             fake_arg(call, 6));

    if (bought.data) {
        item->had = fake_integer(trade_str_cut(&bought, ' '));
        deadline = fake_integer(trade_str_cut(&bought, ' '));

        if ((int64_t) call->now < deadline
            && fake_store_zscore(call->store, fake_key(call, 2),
                                 fake_join(event, bought, ".1",
                                           trade_str_of(NULL, 0)),
                                 NULL))
        {
            order->locked = 1;
        }
    }

    if (item->opens.data) {
        wait = fake_integer(item->opens) - call->now;
        wait = wait > 99999999999999 ? 99999999999999 : wait;
        order->early = wait > order->early ? wait : order->early;
    }

    order->ok = order->ok && !order->locked && order->early == 0
                && item->available.data
                && fake_integer(item->available) >= item->quantity
                && !(item->limit.data
                     && item->had + item->quantity
                        > fake_integer(item->limit))
                && !(item->closes.data
                     && (int64_t) call->now >= fake_integer(item->closes));
}


static int
fake_place_make(fake_call_t *call, fake_order_t *order)
{
    char          text[24], mem[TRADE_SLOT_KEY_MAX];
    size_t        i, header;
    trade_buf_t  *reply, line;
    fake_item_t  *item;

    /* the record is written where the reply, its first line, goes */

    reply = &call->reply;
    trade_buf_c(reply, "PLACED 1 ");
    trade_buf_str(reply, fake_arg(call, 4));
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->version + 1);
    trade_buf_c(reply, " ");
    trade_buf_u64(reply, call->now);

    header = reply->pos - reply->start;
    trade_buf_c(reply, "\n");
    trade_buf_str(reply, fake_arg(call, 10));

    if (fake_record(call, trade_buf_done(reply)) != FAKE_MADE) {
        reply->pos = reply->start;
        return 0;
    }

    reply->pos = reply->start + header;

    fake_store_hset(call->store, fake_key(call, 1), trade_str_c("v"),
                    fake_text(text, call->version + 1));

    for (i = 0; i < order->n; i++) {
        item = &order->items[i];

        fake_store_hset(call->store, fake_key(call, 1),
                        fake_arg(call, 11 + order->n + 4 * i),
                        fake_text(text, fake_integer(item->available)
                                        - item->quantity));

        trade_buf_init(&line, mem, sizeof(mem));
        trade_buf_u64(&line, item->had + item->quantity);
        trade_buf_c(&line, " ");
        trade_buf_str(&line, fake_arg(call, 7));
        trade_buf_c(&line, " ");
        trade_buf_str(&line, fake_arg(call, 3));

        fake_store_hset(call->store, fake_key(call, 6 + i),
                        fake_arg(call, 6), trade_buf_done(&line));
    }

    return 1;
}


static int
fake_is_unknown(const fake_call_t *call, const fake_item_t *item)
{
    (void) call;

    return item->available.data == NULL;
}


static int
fake_is_over(const fake_call_t *call, const fake_item_t *item)
{
    return item->closes.data
           && (int64_t) call->now >= fake_integer(item->closes);
}


static int
fake_is_limit(const fake_call_t *call, const fake_item_t *item)
{
    (void) call;

    return item->limit.data
           && item->had + item->quantity > fake_integer(item->limit);
}


static int
fake_is_sold_out(const fake_call_t *call, const fake_item_t *item)
{
    (void) call;

    return fake_integer(item->available) < item->quantity;
}


static void
fake_place_refuse(fake_call_t *call, fake_order_t *order)
{
    if (call->closed) {
        trade_buf_c(&call->reply, "CLOSED ");
        trade_buf_str(&call->reply, fake_store_hget(call->store,
                                                    fake_key(call, 1),
                                                    trade_str_c("c")));

    } else if (fake_arg(call, 8).len == 0) {
        trade_buf_c(&call->reply, "NONE");

    } else if ((int64_t) call->now > fake_number(call, 7)) {
        fake_verdict(call, "LATE ", call->now);

    } else if (fake_refused(call, order, "UNKNOWN", fake_is_unknown)) {
        return;

    } else if (order->early > 0) {
        fake_verdict(call, "EARLY ", order->early);

    } else if (fake_refused(call, order, "OVER", fake_is_over)) {
        return;

    } else if (order->locked) {
        trade_buf_c(&call->reply, "LOCKED");

    } else if (!fake_refused(call, order, "LIMIT", fake_is_limit)) {
        (void) fake_refused(call, order, "SOLDOUT", fake_is_sold_out);
    }
}


static int
fake_refused(fake_call_t *call, const fake_order_t *order,
    const char *verdict, fake_refused_pt rule)
{
    size_t  i, n;

    for (n = 0, i = 0; i < order->n; i++) {
        if (rule(call, &order->items[i])) {
            trade_buf_c(&call->reply, n++ ? "" : verdict);
            trade_buf_c(&call->reply, " ");
            trade_buf_u64(&call->reply, i + 1);
        }
    }

    return n > 0;
}


static void
fake_verdict(fake_call_t *call, const char *word, int64_t value)
{
    char  text[24];

    trade_buf_c(&call->reply, word);
    trade_buf_str(&call->reply, fake_text(text, value));
}
