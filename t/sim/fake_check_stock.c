/*
 * check_stock.lua and explain_refusal.lua: whether the items that are asked of
 * a slot may be sold, and why not.
 */

#include "fake_redis.h"

#include <stdlib.h>
#include <string.h>


static void fake_check_stock_item(fake_call_t *call, fake_stock_check_t *check,
    size_t i);
static void fake_check_stock_locked(const fake_call_t *call, fake_item_t *item,
    trade_str_t id, int locks);
static void fake_check_stock_bought(fake_call_t *call,
    const fake_stock_check_t *check, size_t i);
static const char *fake_check_stock_reason(const fake_call_t *call,
    const fake_item_t *item);
static void fake_check_stock_line(fake_call_t *call,
    const fake_stock_check_t *check, const char *reason);
static void fake_check_stock_values(trade_buf_t *reply,
    const fake_item_t *item);


void
fake_check_stock(fake_call_t *call, fake_stock_check_t *check)
{
    size_t  i;

    check->n = call->call->nkeys - 5;
    check->ok = !call->closed
                && (int64_t) call->now <= fake_number(call, 7)
                && fake_arg(call, 8).len;
    check->locked = 0;
    check->early = 0;

    if (check->n > FAKE_ITEMS_MAX) {
        abort();
    }

    for (i = 0; i < check->n; i++) {
        fake_check_stock_item(call, check, i);
    }
}


static void
fake_check_stock_item(fake_call_t *call, fake_stock_check_t *check, size_t i)
{
    size_t        f;
    int64_t       wait, deadline;
    trade_str_t   bought;
    fake_item_t  *item;

    item = &check->items[i];
    f = 11 + check->n + 5 * i;

    item->quantity = fake_number(call, 11 + i);
    item->had = 0;
    item->locked = NULL;
    item->available = fake_store_hget(call->store, fake_key(call, 1),
                                      fake_arg(call, f));
    item->limit = fake_store_hget(call->store, fake_key(call, 1),
                                  fake_arg(call, f + 1));
    item->opens = fake_store_hget(call->store, fake_key(call, 1),
                                  fake_arg(call, f + 2));
    item->closes = fake_store_hget(call->store, fake_key(call, 1),
                                   fake_arg(call, f + 3));
    item->held = fake_store_hget(call->store, fake_key(call, 1),
                                 fake_arg(call, f + 4));

    bought = fake_store_hget(call->store, fake_key(call, 6 + i),
                             fake_arg(call, 6));

    if (bought.data) {
        item->had = fake_integer(trade_str_cut(&bought, ' '));
        deadline = fake_integer(trade_str_cut(&bought, ' '));

        fake_check_stock_locked(call, item, bought,
                                (int64_t) call->now < deadline);
    }

    check->locked |= item->locked != NULL;

    if (item->opens.data) {
        wait = fake_integer(item->opens) - call->now;
        wait = wait > 99999999999999 ? 99999999999999 : wait;
        check->early = wait > check->early ? wait : check->early;
    }

    check->ok = check->ok && !check->locked && check->early == 0
                && item->available.data
                && fake_integer(item->available) >= item->quantity
                && !(item->limit.data
                     && item->had + item->quantity
                        > fake_integer(item->limit))
                && !(item->closes.data
                     && (int64_t) call->now >= fake_integer(item->closes));
}


/*
 * By an order whose event is due, or of which this slot is yet to be told what
 * becomes of it; it may be what is asked for.
 */

static void
fake_check_stock_locked(const fake_call_t *call, fake_item_t *item,
    trade_str_t id, int locks)
{
    int          held, sold;
    char         key[TRADE_SLOT_KEY_MAX], event[TRADE_SLOT_KEY_MAX];
    trade_str_t  hold, state;

    hold = fake_store_get(call->store,
                          fake_sibling(call, key, TRADE_KEY_HOLD, id),
                          call->now);
    hold = trade_str_cut(&hold, '\n');
    state = trade_str_cut(&hold, ' ');
    held = trade_str_eq(state, trade_str_c("HELD"));
    sold = trade_str_eq(state, trade_str_c("SOLD"));

    (void) trade_str_cut(&hold, ' ');
    (void) trade_str_cut(&hold, ' ');

    if (hold.len && trade_str_eq(hold, fake_arg(call, 4))
        && (held || (sold && locks)))
    {
        item->locked = "PENDING";

    } else if (locks
               && (held
                   || fake_store_zscore(call->store, fake_key(call, 2),
                                        fake_join(event, id, ".1",
                                                  trade_str_of(NULL, 0)),
                                        NULL)))
    {
        item->locked = "LOCKED";
    }
}


/* reserve_units.lua */

void
fake_check_stock_reserve(fake_call_t *call, const fake_stock_check_t *check)
{
    char                text[24];
    size_t              i;
    const fake_item_t  *item;

    for (i = 0; i < check->n; i++) {
        item = &check->items[i];

        fake_store_hset(call->store, fake_key(call, 1),
                        fake_arg(call, 11 + check->n + 5 * i),
                        fake_text(text, fake_integer(item->available)
                                        - item->quantity));

        fake_check_stock_bought(call, check, i);
    }
}


/* The buyer has it, until the deadline for this order */

static void
fake_check_stock_bought(fake_call_t *call, const fake_stock_check_t *check,
    size_t i)
{
    char                mem[TRADE_SLOT_KEY_MAX];
    trade_buf_t         line;
    const fake_item_t  *item;

    item = &check->items[i];

    trade_buf_init(&line, mem, sizeof(mem));
    trade_buf_u64(&line, item->had + item->quantity);
    trade_buf_c(&line, " ");
    trade_buf_str(&line, fake_arg(call, 7));
    trade_buf_c(&line, " ");
    trade_buf_str(&line, fake_arg(call, 3));

    fake_store_hset(call->store, fake_key(call, 6 + i), fake_arg(call, 6),
                    trade_buf_done(&line));
}


/* explain_refusal.lua: LATE, or a line for each reason; none: no answer */

void
fake_check_stock_refuse(fake_call_t *call, fake_stock_check_t *check)
{
    size_t  i;

    static const char *const  reasons[] = {
        "UNKNOWN", "EARLY", "OVER", "SOLDOUT", "PENDING", "LOCKED", "LIMIT",
        "BUSY"
    };

    if ((int64_t) call->now > fake_number(call, 7)) {
        trade_buf_c(&call->reply, "LATE ");
        trade_buf_u64(&call->reply, call->now);
        return;
    }

    for (i = 0; i < check->n; i++) {
        check->items[i].reason = fake_check_stock_reason(call,
                                                         &check->items[i]);
    }

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        fake_check_stock_line(call, check, reasons[i]);
    }
}


/* The first of the reasons */

static const char *
fake_check_stock_reason(const fake_call_t *call, const fake_item_t *item)
{
    int64_t  now, available;

    now = call->now;
    available = fake_integer(item->available);

    if (item->available.data == NULL) {
        return "UNKNOWN";
    }

    if (item->opens.data && now < fake_integer(item->opens)) {
        return "EARLY";
    }

    if (item->closes.data && now >= fake_integer(item->closes)) {
        return "OVER";
    }

    if (available + fake_integer(item->held) < item->quantity) {
        return "SOLDOUT";
    }

    if (item->locked) {
        return item->locked;
    }

    if (item->limit.data
        && item->had + item->quantity > fake_integer(item->limit))
    {
        return "LIMIT";
    }

    return available < item->quantity ? "BUSY" : NULL;
}


static void
fake_check_stock_line(fake_call_t *call, const fake_stock_check_t *check,
    const char *reason)
{
    size_t              i, n;
    trade_buf_t        *reply;
    const fake_item_t  *item;

    reply = &call->reply;

    for (n = 0, i = 0; i < check->n; i++) {
        item = &check->items[i];

        if (item->reason == NULL || strcmp(item->reason, reason) != 0) {
            continue;
        }

        if (reply->pos == reply->start) {
            trade_buf_c(reply, "UNSOLD ");
            trade_buf_u64(reply, call->version);
        }

        if (n++ == 0) {
            trade_buf_c(reply, "\n");
            trade_buf_c(reply, reason);

            if (strcmp(reason, "EARLY") == 0) {
                trade_buf_c(reply, " ");
                trade_buf_u64(reply, check->early);
            }
        }

        trade_buf_c(reply, " ");
        trade_buf_u64(reply, i + 1);
        fake_check_stock_values(reply, item);
    }
}


static void
fake_check_stock_values(trade_buf_t *reply, const fake_item_t *item)
{
    int64_t  left;

    if (strcmp(item->reason, "EARLY") == 0) {
        trade_buf_c(reply, "=");
        trade_buf_str(reply, item->opens);

    } else if (strcmp(item->reason, "OVER") == 0) {
        trade_buf_c(reply, "=");
        trade_buf_str(reply, item->closes);

    } else if (strcmp(item->reason, "LIMIT") == 0) {
        left = fake_integer(item->limit) - item->had;

        trade_buf_c(reply, "=");
        trade_buf_str(reply, item->limit);
        trade_buf_c(reply, ",");
        trade_buf_u64(reply, left > 0 ? left : 0);
    }
}
