#include "repair_order.h"
#include "repair.h"
#include "trade_action.h"
#include "trade_hold.h"

#include <stdio.h>
#include <stdlib.h>


static int repair_record(repair_t *repair, const entry_t *entry,
    trade_str_t *record);
static int repair_order_restore(repair_t *repair, const trade_script_t *script,
    const entry_t *entry, trade_str_t record, uint64_t ttl);
static void repair_order_args(const repair_t *repair, trade_args_t *args,
    const entry_t *entry, trade_str_t record, uint64_t ttl);
static uint64_t repair_ttl(const repair_t *repair, const entry_t *entry);
static size_t repair_order_items(const repair_t *repair, trade_args_t *args,
    const trade_order_t *order, int keys);


int
repair_order(repair_t *repair, const entry_t *entry)
{
    int          rc;
    trade_str_t  record;

    rc = repair_record(repair, entry, &record);

    if (rc == 0 && record.len) {
        rc = repair_order_restore(repair, &trade_script_restore_order, entry,
                                  record, repair_ttl(repair, entry));
        repair->orders += rc > 0;
        free((char *) record.data);
    }

    return rc < 0 ? -1 : 0;
}


int
repair_order_again(repair_t *repair, const entry_t *entry)
{
    return repair_order_restore(repair, &trade_script_republish, entry,
                                trade_str_of(NULL, 0), 0);
}


/*
 * A hold outlives its order's record: a participant may be told the outcome
 * twice
 */

int
repair_order_participant(repair_t *repair, entry_t *entry,
    trade_hold_state_e state)
{
    int            rc;
    char          *mem;
    size_t         size;
    uint64_t       ttl, keep;
    trade_buf_t    b;
    trade_hold_t   hold;

    hold.state = state;
    hold.version = entry->read.record.version;
    hold.deadline = entry->read.record.at;
    hold.key = trade_str_of(NULL, 0);
    hold.items = entry->read.record.body;

    keep = repair->options->keep * 1000;
    ttl = trade_keep_hold(keep);

    if (state == TRADE_HOLD_FREED) {
        ttl = TRADE_KEEP_ENDED;
    }

    size = trade_hold_size(hold.items.len);

    mem = malloc(size);
    if (mem == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    trade_buf_init(&b, mem, size);
    trade_hold_write(&b, &hold);

    rc = repair_order_restore(repair, &trade_script_restore_hold, entry,
                              trade_buf_done(&b), ttl);
    free(mem);

    if (rc > 0) {
        entry->hold = state;
    }

    return rc;
}


/*
 * Returns all known events of an order as its record, which the caller frees.
 * The record is empty if an event is missing.
 */

static int
repair_record(repair_t *repair, const entry_t *entry, trade_str_t *record)
{
    char            *mem;
    size_t           size;
    uint64_t         seq;
    trade_buf_t      b;
    const entry_t   *older;

    *record = trade_str_of(NULL, 0);
    size = entry->read.record.body.len;

    for (seq = entry->read.record.seq; seq; seq--) {
        older = history_find(repair->history, entry->read.id, seq,
                             entry->read.slot);

        if (older == NULL) {
            slot_say(repair->slot, SAY_WRONG, "%.*s: its event %llu is "
                     "missing, but a later event is not",
                     (int) entry->read.id.len, entry->read.id.data,
                     (unsigned long long) seq);
            return 0;
        }

        size += trade_event_read_lines_size(&older->read.record);
    }

    mem = malloc(size);
    if (mem == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    trade_buf_init(&b, mem, size);

    for (seq = entry->read.record.seq; seq; seq--) {
        older = history_find(repair->history, entry->read.id, seq,
                             entry->read.slot);
        trade_event_read_lines(&b, &older->read.record);
    }

    trade_buf_str(&b, entry->read.record.body);
    *record = trade_buf_done(&b);

    return 0;
}


static int
repair_order_restore(repair_t *repair, const trade_script_t *script,
    const entry_t *entry, trade_str_t record, uint64_t ttl)
{
    int            rc;
    void          *mem;
    size_t         n, size;
    trade_args_t   args;

    n = entry->read.order.nitems;
    size = (11 + 3 * n) * sizeof(trade_str_t)
           + (3 + n) * TRADE_SLOT_KEY_MAX + (7 + 5 * n) * 20;

    mem = malloc(size);
    if (mem == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    trade_args_init(&args, mem, size, 11 + 3 * n);
    repair_order_args(repair, &args, entry, record, ttl);
    n = repair_order_items(repair, &args, &entry->read.order, 0);
    rc = repair_order_run(repair, script, &args, 3 + n);
    free(mem);

    return rc;
}


static void
repair_order_args(const repair_t *repair, trade_args_t *args,
    const entry_t *entry, trade_str_t record, uint64_t ttl)
{
    unsigned     slot;
    trade_str_t  none = trade_null_str, state = record;

    slot = repair->slot->number;

    trade_args_str(args, trade_slot_key(&args->b, slot, TRADE_KEY_SLOT, none));
    trade_args_str(args, trade_slot_key(&args->b, slot, TRADE_KEY_DUE, none));
    trade_args_str(args, trade_slot_key(&args->b, slot, participant_entry(entry)
                                        ? TRADE_KEY_HOLD : TRADE_KEY_ORDER,
                                        entry->read.id));
    (void) repair_order_items(repair, args, &entry->read.order, 1);

    trade_args_u64(args, repair->slot->survived);
    trade_args_u64(args, entry->read.record.version);
    trade_args_str(args, entry->read.id);

    if (participant_entry(entry)) {
        trade_args_str(args, trade_str_cut(&state, ' '));
    } else {
        trade_args_u64(args, entry->read.record.seq);
    }

    trade_args_str(args, record);
    trade_args_u64_or(args, ttl, 0);
    trade_args_str(args, entry->read.order.buyer);
    trade_args_u64_or(args, repair->options->payment * 1000, 0);
}


/*
 * The rest of the time that the record would have lived, but a day at least, so
 * that a repetition of the request still finds what was done
 */

static uint64_t
repair_ttl(const repair_t *repair, const entry_t *entry)
{
    uint64_t               age, keep;
    const trade_record_t  *record = &entry->read.record;

    keep = repair->options->keep * 1000;

    if (trade_record_ended(record) || record->state == TRADE_STATE_DELIVERED) {
        keep = TRADE_KEEP_ENDED;
    }

    if (keep == 0) {
        return 0;
    }

    age = repair->slot->scanned > record->at
          ? repair->slot->scanned - record->at : 0;

    return keep > age + TRADE_KEEP_MIN ? keep - age : TRADE_KEEP_MIN;
}


/*
 * Writes the keys, or the quantities and SKUs, of the items that lie in the
 * slot.  Returns their number.
 */

static size_t
repair_order_items(const repair_t *repair, trade_args_t *args,
    const trade_order_t *order, int keys)
{
    size_t               i, n;
    const trade_item_t  *item;

    for (n = 0, i = 0; i < order->nitems; i++) {
        item = &order->items[i];

        if (!slot_has(repair->slot, item)) {
            continue;
        }

        n++;

        if (keys) {
            trade_args_str(args, trade_slot_key(&args->b,
                                                repair->slot->number,
                                                TRADE_KEY_BOUGHT, item->sku));
        } else {
            trade_args_u64(args, item->quantity);
        }
    }

    for (i = 0; i < order->nitems && !keys; i++) {
        item = &order->items[i];

        if (slot_has(repair->slot, item)) {
            trade_args_str(args, item->sku);
        }
    }

    return n;
}


int
repair_order_run(repair_t *repair, const trade_script_t *script,
    const trade_args_t *args, size_t nkeys)
{
    int           rc;
    trade_str_t   answer;
    redisReply   *reply;

    if (args->b.overflow) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    reply = conn_script(repair->conn, script, args->argv, nkeys, args->argc);
    if (reply == NULL) {
        return -1;
    }

    answer = conn_str(reply);
    rc = trade_str_eq(answer, trade_str_c("APPLIED"));

    if (trade_str_eq(answer, trade_str_c("UNFENCED"))) {
        repair->slot->fenced = 0;
        rc = slot_fenced(repair->slot);
    }

    freeReplyObject(reply);

    return rc;
}
