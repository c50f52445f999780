/*
 * Compares what each buyer has bought, in Redis and by the topic.
 */

#include "compare.h"
#include "trade_call_forget.h"


static int64_t compare_kept(const slot_t *slot, const sku_t *sku,
    const bought_t *list, size_t n);
static int64_t compare_sum(const boughts_t *list, size_t *i);
static int compare_moving(const boughts_t *wants, size_t from, size_t to);
static int compare_moved(const slot_t *slot, size_t from, size_t to,
    const diff_t *diff, const history_t *history);


void
compare_bought(slot_t *slot, const boughts_t *wants, const diff_t *diff,
    const history_t *history, say_e kind)
{
    int               order, from_first_change, moving;
    size_t            i, j, from, first;
    int64_t           want, has;
    const sku_t      *sku;
    const bought_t   *one;
    const boughts_t  *is = &slot->bought;

    for (i = 0, j = 0; i < wants->n || j < is->n; /* void */ ) {

        order = i == wants->n ? 1
                : j == is->n ? -1
                : compare_bought_cmp(&wants->list[i], &is->list[j]);

        one = order <= 0 ? &wants->list[i] : &is->list[j];
        first = from = i;
        want = order <= 0 ? compare_sum(wants, &i) : 0;
        moving = compare_moving(wants, from, i);
        has = 0;
        from = j;

        if (order >= 0) {
            has = is->list[j].quantity;
            (void) compare_sum(is, &j);

            moving |= compare_moved(slot, from, j, diff, history);
        }

        if (moving) {
            continue;
        }

        sku = diff_sku(slot, one->sku);
        from_first_change = sku && sku->from_first_change;

        if (want > has
            && has >= compare_kept(slot, sku, &wants->list[first], i - first))
        {
            continue;
        }

        if (want > has || (from_first_change && want < has)) {
            slot_say(slot, kind, "%.*s: buyer %.*s has bought %lld, but should "
                     "have %lld", (int) one->sku.len, one->sku.data,
                     (int) one->buyer.len, one->buyer.data, (long long) has,
                     (long long) want);
        }
    }
}


/*
 * The units of these orders that Redis must still have.  It forgets buyers
 * (forget.lua) a day after the end of a sale; for a sale without an end, a day
 * after they bought.
 */

static int64_t
compare_kept(const slot_t *slot, const sku_t *sku, const bought_t *list,
    size_t n)
{
    size_t    i;
    int64_t   sum;
    uint64_t  closes;

    closes = sku ? sku->stock.closes : TRADE_STOCK_UNSET;
    sum = 0;

    for (i = 0; i < n; i++) {
        if (slot->clock < (closes == TRADE_STOCK_UNSET ? list[i].at : closes)
                          + TRADE_FORGET_OVER)
        {
            sum += list[i].quantity;
        }
    }

    return sum;
}


/* Adds up the entries that have one SKU and buyer, and passes over them */

static int64_t
compare_sum(const boughts_t *list, size_t *i)
{
    int64_t          sum;
    const bought_t  *one;

    one = &list->list[*i];
    sum = 0;

    do {
        sum += list->list[(*i)++].quantity;
    } while (*i < list->n && compare_bought_cmp(one, &list->list[*i]) == 0);

    return sum;
}


/* Whether some of the units may have gone back meanwhile */

static int
compare_moving(const boughts_t *wants, size_t from, size_t to)
{
    size_t  i;

    for (i = from; i < to; i++) {
        if (wants->list[i].id.len) {
            return 1;
        }
    }

    return 0;
}


/* Whether the buyer has bought more since the slot's state was read */

static int
compare_moved(const slot_t *slot, size_t from, size_t to,
    const diff_t *diff, const history_t *history)
{
    size_t           i;
    entry_t         *entry;
    const bought_t  *list = slot->bought.list;

    for (i = from; i < to; i++) {
        entry = history_find(history, list[i].id, 1, slot->number);

        if (entry == NULL) {
            entry = history_find(history, list[i].id, 0, slot->number);
        }

        if (list[i].quantity != list[from].quantity
            || (entry && diff_entry_later(slot, diff, entry)))
        {
            return 1;
        }
    }

    return 0;
}


int
compare_bought_cmp(const void *one, const void *two)
{
    int              rc;
    const bought_t  *a = one, *b = two;

    rc = trade_str_cmp(a->sku, b->sku);

    return rc ? rc : trade_str_cmp(a->buyer, b->buyer);
}
