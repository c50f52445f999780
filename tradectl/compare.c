#include "compare.h"

#include <stdio.h>
#include <stdlib.h>


#define COMPARE_IDS_SAID  10


static void compare_order(slot_t *slot, const entry_t *entry, size_t *said,
    const char *what);
static void compare_sku(slot_t *slot, const sku_t *sku, say_e kind);
static int compare_terms(const trade_stock_t *a, const trade_stock_t *b);
static void compare_participant(slot_t *slot, const diff_t *diff,
    const entry_t *entry, size_t *said);
static int compare_wants(const slot_t *slot, boughts_t *wants,
    const diff_t *diff);
static int compare_want(const slot_t *slot, const diff_t *diff,
    const entry_t *entry, int *moving);


void
compare_orders(slot_t *slot, const diff_t *diff)
{
    size_t          i, lost, gone, left;
    uint64_t        version;
    const entry_t  *entry;

    lost = gone = left = 0;
    version = 0;

    for (i = 0; i < slot->n; i++) {
        entry = slot->entries[i];

        if (diff_entry_later(slot, diff, entry)) {
            continue;
        }

        version = entry->read.record.version;

        if (entry->read.record.seq == 0) {
            compare_participant(slot, diff, entry, &lost);

        } else if (entry->lost) {
            /* compare_stock() sees a lost change of stock */
            if (entry->read.record.state == TRADE_STATE_STOCK) {
                continue;
            }

            compare_order(slot, entry, &lost,
                          "is in the topic but not in Redis");

        } else if (entry->in_redis && !entry->due && !entry->in_topic) {

            if (entry->read.record.at < diff->starts) {
                left++;

            } else {
                compare_order(slot, entry, &gone, "is not in the topic");
            }
        }
    }

    if (lost > COMPARE_IDS_SAID || gone > COMPARE_IDS_SAID) {
        slot_say(slot, SAY_TROUBLE, "in total %zu are in the topic but not "
                 "in Redis, and %zu are not in the topic", lost, gone);
    }

    if (version > slot->version) {
        slot_say(slot, SAY_TROUBLE, "its version is %llu, but has been %llu",
                 (unsigned long long) slot->version,
                 (unsigned long long) version);
    }

    if (left) {
        slot_say(slot, SAY_NOTE, "%zu records are older than the start of "
                 "the topic", left);
    }
}


/* The home of a cart that has ended may not have told this slot yet */

static void
compare_participant(slot_t *slot, const diff_t *diff, const entry_t *entry,
    size_t *said)
{
    if (entry->lost) {
        compare_order(slot, entry, said, participant_is(entry, TRADE_HOLD_FREED)
                      ? "was freed here, but stands in the topic"
                      : "is in the topic but not in Redis");

    } else if (participant_is(entry, TRADE_HOLD_SOLD)
               && participant_ended(entry)
               && entry->order->in_topic
               && entry->order->read.record.at + DIFF_BACK < slot->scanned)
    {
        compare_order(slot, entry, said, "has ended, but is still sold here");

    } else if (participant_is(entry, TRADE_HOLD_SOLD) && entry->order == NULL
               && entry->home_has_no_order
               && entry->read.record.at >= diff->starts
               && entry->read.record.at + DIFF_BACK < slot->scanned)
    {
        compare_order(slot, entry, said, "is sold here, but neither its "
                      "home nor the topic has the order");
    }
}


static void
compare_order(slot_t *slot, const entry_t *entry, size_t *said,
    const char *what)
{
    if (++*said <= COMPARE_IDS_SAID) {
        slot_say(slot, SAY_TROUBLE, "%.*s, version %llu, %s",
                 (int) entry->read.id.len, entry->read.id.data,
                 (unsigned long long) entry->read.record.version, what);
    }
}


int
compare_stock(slot_t *slot, const diff_t *diff, const history_t *history,
    say_e kind)
{
    int        rc;
    size_t     i;
    boughts_t  wants = { NULL, 0, 0 };

    for (i = 0; i < slot->nskus; i++) {
        compare_sku(slot, &slot->skus[i], kind);
    }

    rc = compare_wants(slot, &wants, diff);

    if (rc == 0) {
        if (slot->bought.n) {
            qsort(slot->bought.list, slot->bought.n, sizeof(bought_t),
                  compare_bought_cmp);
        }

        if (wants.n) {
            qsort(wants.list, wants.n, sizeof(bought_t), compare_bought_cmp);
        }

        compare_bought(slot, &wants, diff, history, kind);

    } else {
        fprintf(stderr, "tradectl: out of memory\n");
    }

    bought_free(&wants);

    return rc;
}


static void
compare_sku(slot_t *slot, const sku_t *sku, say_e kind)
{
    int                   n;
    int64_t               available, more, less;
    const char           *name;
    const trade_stock_t  *is, *last;

    is = &sku->stock;
    last = sku->change ? &sku->change->read.stock : NULL;
    n = (int) is->sku.len;
    name = is->sku.data;

    if (!sku->in_redis) {
        slot_say(slot, kind, "%.*s: is in the topic but not in Redis", n, name);
        return;
    }

    if (is->available < 0) {
        slot_say(slot, SAY_TROUBLE, "%.*s: oversold by %lld", n, name,
                 (long long) -is->available);
    }

    if (last && !compare_terms(is, last)) {
        slot_say(slot, kind, "%.*s: total or terms are not those of its last "
                 "change, %.*s", n, name, (int) sku->change->read.id.len,
                 sku->change->read.id.data);
        return;
    }

    more = 0;
    less = sku->less;

    if (sku->from_first_change) {
        available = (int64_t) (last ? last->total : is->total)
                    - (int64_t) is->held - sku->sold;

    } else if (last && !slot->branched
               && slot->gap_up_to < sku->change->read.record.version)
    {
        available = last->available + (int64_t) last->held
                    - (int64_t) is->held - sku->sold_since;
        more = sku->since_more;
        less += sku->since_less;

    } else {
        slot_say(slot, kind == SAY_WRONG ? SAY_NOTE : SAY_UNDONE,
                 "%.*s: its stock can't be computed, because the topic "
                 "starts later", n, name);
        return;
    }

    if (is->available < available - less || is->available > available + more) {
        slot_say(slot, kind, "%.*s: available is %lld, but should be %lld", n,
                 name, (long long) is->available, (long long) available);
    }
}


static int
compare_terms(const trade_stock_t *a, const trade_stock_t *b)
{
    return a->total == b->total && a->limit == b->limit
           && a->opens == b->opens && a->closes == b->closes;
}


/*
 * Lists the units that every buyer should have bought, one order after the
 * other.  An order whose units may go back while it is read has an unknown
 * number.
 */

static int
compare_wants(const slot_t *slot, boughts_t *wants, const diff_t *diff)
{
    int                   units, moving;
    size_t                i, j;
    const entry_t        *entry;
    const trade_order_t  *order;

    for (i = 0; i < slot->n; i++) {
        entry = slot->entries[i];
        units = compare_want(slot, diff, entry, &moving);

        if (units == 0 && !moving) {
            continue;
        }

        order = &entry->read.order;

        for (j = 0; j < order->nitems; j++) {
            if (!slot_has(slot, &order->items[j])) {
                continue;
            }

            if (bought_add(wants, order->items[j].sku, order->buyer,
                           trade_str_c(moving ? "?" : ""),
                           units * (int64_t) order->items[j].quantity)
                != 0)
            {
                return -1;
            }

            wants->list[wants->n - 1].at = entry->read.record.created;
        }
    }

    return 0;
}


/*
 * Returns by how much an entry changes the units bought of its items: 1, 0 or
 * -1 times their quantities.  Sets `moving` if the units may have gone back
 * before or after the slot's state was read.
 */

static int
compare_want(const slot_t *slot, const diff_t *diff, const entry_t *entry,
    int *moving)
{
    int  later;

    later = diff_entry_later(slot, diff, entry);

    if (entry->read.record.seq) {
        *moving = diff->compare && trade_record_ended(&entry->read.record)
                  && (entry->due || later);

        return later ? 0 : diff_entry_units(entry);
    }

    *moving = diff_entry_freed(slot, diff, entry);

    return !later
           && (diff_entry_sold(entry)
               || participant_is(entry, TRADE_HOLD_HELD));
}
