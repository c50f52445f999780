/*
 * Computes what each SKU's stock should be.  Lost events count too, because
 * reconcile restores them.
 */

#include "diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static sku_t *diff_sku_add(slot_t *slot, trade_str_t name);
static int diff_skus_here(slot_t *slot);
static void diff_sku_field(trade_stock_t *stock, trade_str_t field,
    trade_str_t value);
static int diff_skus_entry(slot_t *slot, const entry_t *entry);
static sku_t *diff_sku_first(slot_t *slot, trade_str_t name,
    const entry_t *entry);
static int diff_newer(const slot_t *slot, const entry_t *a,
    const entry_t *b);
static void diff_skus_sold(slot_t *slot, const diff_t *diff,
    const entry_t *entry);
static void diff_sku_event(const slot_t *slot, sku_t *sku,
    const entry_t *entry, int64_t quantity);
static void diff_sku_participant(const slot_t *slot, const diff_t *diff,
    sku_t *sku, const entry_t *entry, int64_t quantity);


int
diff_skus(slot_t *slot, const diff_t *diff)
{
    size_t                i;
    sku_t                *sku;
    const trade_stock_t  *stock;

    free(slot->skus);
    slot->skus = NULL;
    slot->nskus = 0;

    if (diff_skus_here(slot) != 0) {
        return -1;
    }

    for (i = 0; i < slot->n; i++) {
        if (!diff_entry_later(slot, diff, slot->entries[i])
            && diff_skus_entry(slot, slot->entries[i]) != 0)
        {
            return -1;
        }
    }

    for (i = 0; i < slot->n; i++) {
        if (!diff_entry_later(slot, diff, slot->entries[i])) {
            diff_skus_sold(slot, diff, slot->entries[i]);
        }
    }

    for (i = 0; i < slot->nskus; i++) {
        sku = &slot->skus[i];

        if (sku->first && sku->first->read.record.state == TRADE_STATE_STOCK) {
            stock = &sku->first->read.stock;
            sku->from_first_change =
                (int64_t) stock->total
                == stock->available + (int64_t) stock->held
                && slot->gap_up_to < sku->first->read.record.version;
        }
    }

    return 0;
}


sku_t *
diff_sku(const slot_t *slot, trade_str_t name)
{
    size_t  i;

    for (i = 0; i < slot->nskus; i++) {
        if (trade_str_eq(slot->skus[i].stock.sku, name)) {
            return &slot->skus[i];
        }
    }

    return NULL;
}


static sku_t *
diff_sku_add(slot_t *slot, trade_str_t name)
{
    sku_t  *sku, *grown;

    sku = diff_sku(slot, name);
    if (sku) {
        return sku;
    }

    grown = realloc(slot->skus, (slot->nskus + 1) * sizeof(*grown));
    if (grown == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return NULL;
    }

    slot->skus = grown;

    sku = &grown[slot->nskus++];
    memset(sku, 0, sizeof(*sku));
    sku->stock.sku = name;
    sku->stock.limit = TRADE_STOCK_UNSET;
    sku->stock.opens = TRADE_STOCK_UNSET;
    sku->stock.closes = TRADE_STOCK_UNSET;

    return sku;
}


static int
diff_skus_here(slot_t *slot)
{
    size_t             i;
    sku_t             *sku;
    trade_str_t        name, field;
    const redisReply  *fields;

    fields = slot->state->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = conn_str(fields->element[i]);
        field = trade_str_cut(&name, '|');

        if (name.len == 0) {
            continue;
        }

        sku = diff_sku_add(slot, name);
        if (sku == NULL) {
            return -1;
        }

        sku->in_redis |= trade_str_eq(field, trade_str_c("total"));
        diff_sku_field(&sku->stock, field, conn_str(fields->element[i + 1]));
    }

    return 0;
}


static void
diff_sku_field(trade_stock_t *stock, trade_str_t field, trade_str_t value)
{
    int        minus;
    uint64_t   n;

    minus = value.len && value.data[0] == '-';

    if (minus) {
        value = trade_str_of(value.data + 1, value.len - 1);
    }

    if (trade_str_u64(value, INT64_MAX, &n) != 0) {
        return;
    }

    if (trade_str_eq(field, trade_str_c("available"))) {
        stock->available = minus ? -(int64_t) n : (int64_t) n;

    } else if (trade_str_eq(field, trade_str_c("total"))) {
        stock->total = n;

    } else if (trade_str_eq(field, trade_str_c("held"))) {
        stock->held = n;

    } else if (trade_str_eq(field, trade_str_c("limit"))) {
        stock->limit = n;

    } else if (trade_str_eq(field, trade_str_c("opens"))) {
        stock->opens = n;

    } else if (trade_str_eq(field, trade_str_c("closes"))) {
        stock->closes = n;
    }
}


static int
diff_skus_entry(slot_t *slot, const entry_t *entry)
{
    size_t                i;
    sku_t                *sku;
    const trade_order_t  *order;

    if (entry->read.record.state == TRADE_STATE_STOCK) {

        sku = diff_sku_first(slot, entry->read.stock.sku, entry);
        if (sku == NULL) {
            return -1;
        }

        if (sku->change == NULL || diff_newer(slot, entry, sku->change)) {
            sku->change = entry;
        }

        return 0;
    }

    order = &entry->read.order;

    for (i = 0; i < order->nitems; i++) {
        if (slot_has(slot, &order->items[i])
            && diff_sku_first(slot, order->items[i].sku, entry) == NULL)
        {
            return -1;
        }
    }

    return 0;
}


static sku_t *
diff_sku_first(slot_t *slot, trade_str_t name, const entry_t *entry)
{
    sku_t  *sku;

    sku = diff_sku_add(slot, name);
    if (sku && sku->first == NULL) {
        sku->first = entry;
    }

    return sku;
}


/*
 * Versions count the writes of one Redis.  In a slot that was rolled back and
 * sold on, two branches have the same versions, so there the time decides which
 * of two changes is the later one.
 */

static int
diff_newer(const slot_t *slot, const entry_t *a, const entry_t *b)
{
    const trade_record_t  *x = &a->read.record, *y = &b->read.record;

    if (slot->branched && x->at != y->at) {
        return x->at > y->at;
    }

    return x->version > y->version;
}


static void
diff_skus_sold(slot_t *slot, const diff_t *diff, const entry_t *entry)
{
    size_t                i;
    sku_t                *sku;
    const trade_item_t   *item;
    const trade_order_t  *order;

    order = &entry->read.order;

    for (i = 0; i < order->nitems; i++) {
        item = &order->items[i];

        sku = diff_sku(slot, item->sku);

        if (sku == NULL) {                          /* of another slot */
            continue;
        }

        if (entry->read.record.seq) {
            diff_sku_event(slot, sku, entry, (int64_t) item->quantity);

        } else {
            diff_sku_participant(slot, diff, sku, entry,
                                 (int64_t) item->quantity);
        }
    }
}


static void
diff_sku_event(const slot_t *slot, sku_t *sku, const entry_t *entry,
    int64_t quantity)
{
    int64_t  units;

    units = diff_entry_units(entry) * quantity;
    sku->sold += units;

    if (sku->change == NULL) {
        return;
    }

    if (diff_newer(slot, entry, sku->change)) {
        sku->sold_since += units;

    } else if (units < 0 && entry->read.record.at + DIFF_BACK
                            >= sku->change->read.record.at)
    {
        sku->since_more -= units;
    }
}


/*
 * The slot's own count has the units that are held now.  The version of a hold
 * does not say whether the part was held or sold at an earlier change of stock;
 * where the time allows both, the stock may be either.
 */

static void
diff_sku_participant(const slot_t *slot, const diff_t *diff, sku_t *sku,
    const entry_t *entry, int64_t quantity)
{
    int       sold;
    uint64_t  end, changed;

    sold = diff_entry_sold(entry) && !entry->held;
    sku->sold += sold ? quantity : 0;

    if (diff_entry_freed(slot, diff, entry) && !entry->held) {
        sku->less += quantity;
    }

    if (sku->change == NULL) {
        return;
    }

    if (diff_newer(slot, entry, sku->change)) {
        sku->sold_since += sold ? quantity : 0;
        return;
    }

    changed = sku->change->read.record.at;

    if (sold && entry->read.record.at + DIFF_BACK >= changed) {
        sku->since_less += quantity;

    } else if (participant_ended(entry) && !sold) {
        end = entry->order->read.record.at;
        sku->since_more += end + DIFF_BACK >= changed ? quantity : 0;
    }
}
