/*
 * offer.lua and refused.lua: what is asked of a slot's items, whether they may
 * be sold, and why not.
 */

#include "fake_redis.h"

#include <stdlib.h>


typedef int (*fake_refused_pt)(const fake_call_t *call,
    const fake_item_t *item);


static void fake_offer_item(fake_call_t *call, fake_offer_t *offer,
    size_t i);
static void fake_offer_locked(fake_call_t *call, fake_offer_t *offer,
    trade_str_t id, int locks);
static void fake_offer_bought(fake_call_t *call, const fake_offer_t *offer,
    size_t i);
static int fake_refused(fake_call_t *call, const fake_offer_t *offer,
    const char *verdict, fake_refused_pt rule);
static int fake_is_unknown(const fake_call_t *call, const fake_item_t *item);
static int fake_is_over(const fake_call_t *call, const fake_item_t *item);
static int fake_is_limit(const fake_call_t *call, const fake_item_t *item);
static int fake_is_sold_out(const fake_call_t *call,
    const fake_item_t *item);
static int fake_is_busy(const fake_call_t *call, const fake_item_t *item);
static void fake_verdict(fake_call_t *call, const char *word,
    int64_t value);


void
fake_offer(fake_call_t *call, fake_offer_t *offer)
{
    size_t  i;

    offer->n = call->call->nkeys - 5;
    offer->ok = !call->closed
                && (int64_t) call->now <= fake_number(call, 7)
                && fake_arg(call, 8).len;
    offer->locked = NULL;
    offer->early = 0;

    if (offer->n > FAKE_ITEMS_MAX) {
        abort();
    }

    for (i = 0; i < offer->n; i++) {
        fake_offer_item(call, offer, i);
    }
}


static void
fake_offer_item(fake_call_t *call, fake_offer_t *offer, size_t i)
{
    size_t        f;
    int64_t       wait, deadline;
    trade_str_t   bought;
    fake_item_t  *item;

    item = &offer->items[i];
    f = 11 + offer->n + 5 * i;

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
    item->held = fake_store_hget(call->store, fake_key(call, 1),
                                 fake_arg(call, f + 4));

    bought = fake_store_hget(call->store, fake_key(call, 6 + i),
                             fake_arg(call, 6));

    if (bought.data) {
        item->had = fake_integer(trade_str_cut(&bought, ' '));
        deadline = fake_integer(trade_str_cut(&bought, ' '));

        fake_offer_locked(call, offer, bought,
                          (int64_t) call->now < deadline);
    }

    if (item->opens.data) {
        wait = fake_integer(item->opens) - call->now;
        wait = wait > 99999999999999 ? 99999999999999 : wait;
        offer->early = wait > offer->early ? wait : offer->early;
    }

    offer->ok = offer->ok && !offer->locked && offer->early == 0
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
fake_offer_locked(fake_call_t *call, fake_offer_t *offer, trade_str_t id,
    int locks)
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
        offer->locked = "PENDING";

    } else if (locks && offer->locked == NULL
               && (held
                   || fake_store_zscore(call->store, fake_key(call, 2),
                                        fake_join(event, id, ".1",
                                                  trade_str_of(NULL, 0)),
                                        NULL)))
    {
        offer->locked = "LOCKED";
    }
}


/* take.lua */

void
fake_offer_take(fake_call_t *call, const fake_offer_t *offer)
{
    char                text[24];
    size_t              i;
    const fake_item_t  *item;

    for (i = 0; i < offer->n; i++) {
        item = &offer->items[i];

        fake_store_hset(call->store, fake_key(call, 1),
                        fake_arg(call, 11 + offer->n + 5 * i),
                        fake_text(text, fake_integer(item->available)
                                        - item->quantity));

        fake_offer_bought(call, offer, i);
    }
}


/* The buyer has it, until the deadline for this order */

static void
fake_offer_bought(fake_call_t *call, const fake_offer_t *offer, size_t i)
{
    char                mem[TRADE_SLOT_KEY_MAX];
    trade_buf_t         line;
    const fake_item_t  *item;

    item = &offer->items[i];

    trade_buf_init(&line, mem, sizeof(mem));
    trade_buf_u64(&line, item->had + item->quantity);
    trade_buf_c(&line, " ");
    trade_buf_str(&line, fake_arg(call, 7));
    trade_buf_c(&line, " ");
    trade_buf_str(&line, fake_arg(call, 3));

    fake_store_hset(call->store, fake_key(call, 6 + i), fake_arg(call, 6),
                    trade_buf_done(&line));
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


/* Units that carts hold may be free again soon */

static int
fake_is_sold_out(const fake_call_t *call, const fake_item_t *item)
{
    (void) call;

    return fake_integer(item->available) + fake_integer(item->held)
           < item->quantity;
}


static int
fake_is_busy(const fake_call_t *call, const fake_item_t *item)
{
    (void) call;

    return fake_integer(item->available) < item->quantity;
}


/* The first of the reasons; none: nothing is answered */

void
fake_offer_refuse(fake_call_t *call, const fake_offer_t *offer)
{
    if ((int64_t) call->now > fake_number(call, 7)) {
        fake_verdict(call, "LATE ", call->now);

    } else if (fake_refused(call, offer, "UNKNOWN", fake_is_unknown)) {
        return;

    } else if (offer->early > 0) {
        fake_verdict(call, "EARLY ", offer->early);

    } else if (fake_refused(call, offer, "OVER", fake_is_over)) {
        return;

    } else if (offer->locked) {
        trade_buf_c(&call->reply, offer->locked);

    } else if (!fake_refused(call, offer, "LIMIT", fake_is_limit)
               && !fake_refused(call, offer, "SOLDOUT", fake_is_sold_out))
    {
        (void) fake_refused(call, offer, "BUSY", fake_is_busy);
    }
}


static int
fake_refused(fake_call_t *call, const fake_offer_t *offer,
    const char *verdict, fake_refused_pt rule)
{
    size_t  i, n;

    for (n = 0, i = 0; i < offer->n; i++) {
        if (rule(call, &offer->items[i])) {
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
