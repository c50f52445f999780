#include "diff.h"
#include "trade_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define DIFF_RANGES_SAID  8


typedef struct {
    slots_t          *slots;
    const history_t  *history;
} diff_collect_t;


static void diff_count(void *data, entry_t *entry);
static void diff_put(void *data, entry_t *entry);
static int diff_by_version(const void *one, const void *two);
static int diff_topic(const slot_t *slot, const diff_t *diff);
static int diff_lost(const slot_t *slot, const entry_t *entry);
static int diff_participant_lost(const slot_t *slot, const entry_t *entry);
static uint64_t diff_known(const slot_t *slot);
static void diff_gaps(slot_t *slot, const diff_t *diff);
static void diff_gap(slot_t *slot, const diff_t *diff, uint64_t after,
    uint64_t before, uint64_t at);


int
diff_collect(slots_t *slots, const history_t *history)
{
    slot_t           *slot;
    unsigned          number;
    diff_collect_t    collect = { slots, history };

    history_each(history, diff_count, &collect);

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = slots->slot[number];

        if (slot && slot->n) {
            slot->entries = calloc(slot->n, sizeof(*slot->entries));

            if (slot->entries == NULL) {
                fprintf(stderr, "tradectl: out of memory\n");
                return -1;
            }

            slot->n = 0;
        }
    }

    history_each(history, diff_put, &collect);

    return 0;
}


static void
diff_count(void *data, entry_t *entry)
{
    slot_t          *slot;
    diff_collect_t  *collect = data;

    slot = collect->slots->slot[entry->read.slot];

    if (slot) {
        slot->n++;
    }
}


static void
diff_put(void *data, entry_t *entry)
{
    int              home;
    slot_t          *slot;
    const entry_t   *order;
    diff_collect_t  *collect = data;

    slot = collect->slots->slot[entry->read.slot];

    if (slot == NULL) {
        return;
    }

    slot->entries[slot->n++] = entry;

    if (participant_entry(entry)) {
        order = history_latest(collect->history, entry->read.id);
        home = trade_id_slot(entry->read.id);

        entry->order = order;
        entry->home_has_no_order = order == NULL && collect->slots->slot[home];
        entry->ended = order && trade_record_ended(&order->read.record)
                       && (order->in_topic || !order->due);
    }
}


static int
diff_by_version(const void *one, const void *two)
{
    const entry_t *const  *a = one, *const *b = two;
    const trade_record_t  *x = &(*a)->read.record, *y = &(*b)->read.record;

    if (x->version != y->version) {
        return x->version < y->version ? -1 : 1;
    }

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }

    return trade_str_cmp((*a)->read.id, (*b)->read.id);
}


int
diff_slot(slot_t *slot, const diff_t *diff)
{
    size_t          i;
    entry_t       **e;
    trade_str_t     a, b;

    if (diff->compare) {
        slot->survived = slot->version;
    }

    e = slot->entries;

    if (slot->n) {
        qsort(e, slot->n, sizeof(*e), diff_by_version);
    }

    for (i = 0; i < slot->n; i++) {
        e[i]->lost = !diff_entry_later(slot, diff, e[i])
                     && diff_lost(slot, e[i]);

        if (i && e[i]->read.record.version == e[i - 1]->read.record.version) {
            a = e[i - 1]->read.id;
            b = e[i]->read.id;

            if (!slot->branched) {
                slot_say(slot, SAY_NOTE, "was rolled back and sold on: %.*s "
                         "and %.*s, and maybe more, have the same version "
                         "%llu", (int) a.len, a.data, (int) b.len, b.data,
                         (unsigned long long) e[i]->read.record.version);
            }

            slot->branched = 1;
        }
    }

    diff_gaps(slot, diff);

    return diff_skus(slot, diff);
}


/*
 * One script makes a record together with its effect, so a record that is here
 * shows that its effect is here, too.  A record that is not here may have
 * expired, but not if it is younger than the shortest life, or newer than the
 * version that survived.
 */

static int
diff_lost(const slot_t *slot, const entry_t *entry)
{
    const trade_record_t  *record = &entry->read.record;

    if (record->seq == 0) {
        return diff_participant_lost(slot, entry);
    }

    return entry->in_topic && !entry->in_redis
           && (record->version > slot->survived
               || record->at + TRADE_KEEP_MIN > slot->scanned);
}


/*
 * A part is not lost while its order is undecided, nor if it matches its
 * order's outcome
 */

static int
diff_participant_lost(const slot_t *slot, const entry_t *entry)
{
    const trade_record_t  *record = &entry->read.record;

    if (!participant_stands(entry)) {
        return 0;
    }

    return participant_is(entry, TRADE_HOLD_FREED)
           || (participant_is(entry, TRADE_HOLD_ABSENT)
               && (record->version > slot->survived
                   || record->at + TRADE_KEEP_MIN > slot->scanned));
}


/*
 * Every version belongs to an order, a change of stock, or a cart that was
 * given up.  The versions without an entry are missing.
 */

static void
diff_gaps(slot_t *slot, const diff_t *diff)
{
    size_t                 i;
    uint64_t               last, at, known;
    const trade_record_t  *record;

    last = slot->survived;
    at = 0;

    for (i = 0; i < slot->n; i++) {
        record = &slot->entries[i]->read.record;

        if (diff_entry_later(slot, diff, slot->entries[i])) {
            continue;
        }

        if (diff->compare && at == 0) {
            last = record->version;
        }

        if (record->version > last) {
            diff_gap(slot, diff, last, record->version, at);
            last = record->version;
        }

        at = record->at;
    }

    known = diff->compare ? 0 : diff_known(slot);

    if (known > last) {
        diff_gap(slot, diff, last, known + 1, at);
    }

    if (slot->missing) {
        slot_say(slot, diff->compare ? SAY_NOTE : SAY_TROUBLE,
                 "%llu orders or changes of stock are neither in Redis nor in "
                 "the topic",
                 (unsigned long long) slot->missing);
    }
}


/* `at` is the time of the entry with version `after`, or 0 if there is none */

static void
diff_gap(slot_t *slot, const diff_t *diff, uint64_t after, uint64_t before,
    uint64_t at)
{
    uint64_t  n;

    /* `open` makes a jump; the lost versions stand before it */

    n = (before - after - 1) % DIFF_JUMP;

    if (n == 0) {
        return;
    }

    if (diff->starts && at < diff->starts) {
        slot->gap_up_to = after + n;
        slot_say(slot, SAY_NOTE, "versions %llu to %llu are missing, and may "
                 "have left the topic's start", (unsigned long long) after + 1,
                 (unsigned long long) (after + n));
        return;
    }

    slot->missing += n;

    if (slot->said[SAY_NOTE] < DIFF_RANGES_SAID) {
        slot_say(slot, SAY_NOTE, "versions %llu to %llu are missing",
                 (unsigned long long) after + 1,
                 (unsigned long long) (after + n));
    }
}


/*
 * The version that a gateway had seen when it closed the slot, from the reason;
 * 0 if the reason has none
 */

static uint64_t
diff_known(const slot_t *slot)
{
    uint64_t     known;
    trade_str_t  reason;

    known = 0;
    reason = trade_str_c(slot->reason);

    if (trade_str_eq(trade_str_cut(&reason, ' '), trade_str_c("regressed"))) {
        (void) trade_str_u64(reason, UINT64_MAX, &known);
    }

    return known;
}


int
diff_complete(slot_t *slot, const diff_t *diff)
{
    int           rc;
    size_t        i;
    sku_t        *sku;
    trade_str_t   name;

    rc = 1;

    if (slot->broken) {
        slot_say(slot, SAY_UNDONE, "some of its records can't be read, so "
                 "their effect is unknown");
        rc = 0;
    }

    if (!diff_topic(slot, diff)) {
        slot_say(slot, SAY_UNDONE, "the topic has no event of it: is it the "
                 "right topic?");
        rc = 0;
    }

    if (slot->survived > 0 && slot->gap_up_to > slot->survived) {
        slot_say(slot, SAY_UNDONE, "version %llu survived, and events up to "
                 "version %llu may have left the topic's start",
                 (unsigned long long) slot->survived,
                 (unsigned long long) slot->gap_up_to);
        rc = 0;
    }

    for (i = 0; i < slot->nskus; i++) {
        sku = &slot->skus[i];
        name = sku->stock.sku;

        if (sku->in_redis || sku->from_first_change) {
            continue;
        }

        if (sku->first == NULL
            || sku->first->read.record.state != TRADE_STATE_STOCK)
        {
            slot_say(slot, SAY_UNDONE, "%.*s: Redis has nothing of it, and its "
                     "first event in the topic is an order, not a change of "
                     "stock", (int) name.len, name.data);

        } else if (slot->gap_up_to > sku->first->read.record.version) {
            slot_say(slot, SAY_UNDONE, "%.*s: Redis has nothing of it, and "
                     "orders up to version %llu may have left the topic's "
                     "start", (int) name.len, name.data,
                     (unsigned long long) slot->gap_up_to);

        } else {
            slot_say(slot, SAY_UNDONE, "%.*s: Redis has nothing of it, and the "
                     "topic starts after its first sale",
                     (int) name.len, name.data);
        }

        rc = 0;
    }

    return rc;
}


/*
 * Whether this can be the topic of the slot.  A topic that has lost its start
 * may have no event of a slot that has survived, and due events are not in the
 * topic yet.
 */

static int
diff_topic(const slot_t *slot, const diff_t *diff)
{
    size_t  i, n, due;

    for (n = due = 0, i = 0; i < slot->n; i++) {
        if (slot->entries[i]->in_topic) {
            return 1;
        }

        n += slot->entries[i]->read.record.seq > 0;
        due += slot->entries[i]->due;
    }

    if (slot->survived == 0) {
        return diff_known(slot) == 0;
    }

    return diff->starts > 0 || (due && due == n);
}
