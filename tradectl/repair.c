#include "repair.h"
#include "repair_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define REPAIR_IDS_SAID  10


static int repair_entry(repair_t *repair, entry_t *entry, uint64_t starts);
static int repair_stock(repair_t *repair, const sku_t *sku);
static int repair_publish(repair_t *repair, entry_t *entry);
static int repair_hold(repair_t *repair, entry_t *entry, uint64_t starts);
static int repair_drop(repair_t *repair, trade_str_t member);


int
repair_slot(slot_t *slot, conn_t *conn, const history_t *history,
    const options_t *options, uint64_t starts)
{
    size_t       i;
    repair_t     repair = { slot, conn, history, options, 0, 0, 0, 0, 0 };
    trade_str_t  member;

    for (i = 0; i < slot->nskus; i++) {
        if (repair_stock(&repair, &slot->skus[i]) != 0) {
            return -1;
        }
    }

    for (i = 0; i < slot->n; i++) {
        if (repair_entry(&repair, slot->entries[i], starts) != 0) {
            return -1;
        }
    }

    for (i = 0; slot_due_lost(slot, history, &i, &member); /* void */ ) {
        if (repair_drop(&repair, member) != 0) {
            return -1;
        }
    }

    slot->applied = repair.orders + repair.changes + repair.participants;

    if (repair.orders + repair.changes) {
        slot_say(slot, SAY_NOTE, "restored: %zu orders, the stock of %zu "
                 "SKUs", repair.orders, repair.changes);
    }

    if (repair.participants + repair.back) {
        slot_say(slot, SAY_NOTE, "parts of carts: %zu restored, %zu freed",
                 repair.participants, repair.back);
    }

    if (repair.again) {
        slot_say(slot, SAY_TROUBLE, "%zu events that the topic has lost will "
                 "be published again", repair.again);
    }

    return 0;
}


static int
repair_entry(repair_t *repair, entry_t *entry, uint64_t starts)
{
    const trade_record_t  *record = &entry->read.record;

    if (record->seq == 0) {
        return repair_hold(repair, entry, starts);
    }

    if (entry->lost && record->state != TRADE_STATE_STOCK
        && history_find(repair->history, entry->read.id, record->seq + 1,
                        entry->read.slot)
           == NULL
        && repair_order(repair, entry) != 0)
    {
        return -1;
    }

    if (entry->in_redis && !entry->due && !entry->in_topic
        && record->at >= starts)
    {
        return repair_publish(repair, entry);
    }

    return 0;
}


static int
repair_stock(repair_t *repair, const sku_t *sku)
{
    int                     same;
    char                    mem[1024];
    trade_args_t            args;
    const trade_stock_t    *is, *last;
    const trade_record_t   *record;

    if (sku->change == NULL || !sku->change->lost) {
        return 0;
    }

    is = &sku->stock;
    last = &sku->change->read.stock;
    record = &sku->change->read.record;

    same = sku->in_redis && is->total == last->total && is->limit == last->limit
           && is->opens == last->opens && is->closes == last->closes;

    trade_args_init(&args, mem, sizeof(mem), 8);
    trade_args_str(&args, trade_slot_key(&args.b, repair->slot->number,
                                         TRADE_KEY_SLOT,
                                         trade_str_of(NULL, 0)));
    trade_args_u64(&args, repair->slot->survived);
    trade_args_u64(&args, record->version);
    trade_args_str(&args, last->sku);
    trade_args_u64(&args, last->total);
    trade_args_u64_or(&args, last->limit, TRADE_STOCK_UNSET);
    trade_args_u64_or(&args, last->opens, TRADE_STOCK_UNSET);
    trade_args_u64_or(&args, last->closes, TRADE_STOCK_UNSET);

    repair->changes += !same;

    return repair_order_run(repair, &trade_script_restore_stock, &args, 1) < 0
           ? -1 : 0;
}


/*
 * The order was answered and Kafka had acknowledged its event, but the topic
 * has lost it.  It is published once more, unchanged, so a consumer that has
 * seen it ignores it.
 */

static int
repair_publish(repair_t *repair, entry_t *entry)
{
    int  rc;

    rc = repair_order_again(repair, entry);

    if (rc <= 0) {
        return rc;
    }

    entry->due = 1;

    if (++repair->again <= REPAIR_IDS_SAID) {
        slot_say(repair->slot, SAY_TROUBLE, "%.*s is not in the topic",
                 (int) entry->read.id.len, entry->read.id.data);
    }

    return 0;
}


/* A part follows the last event of its order */

static int
repair_hold(repair_t *repair, entry_t *entry, uint64_t starts)
{
    int  rc;

    if (entry->lost) {
        rc = repair_order_participant(repair, entry, TRADE_HOLD_SOLD);
        repair->participants += rc > 0;
        return rc < 0 ? -1 : 0;
    }

    if (!participant_is(entry, TRADE_HOLD_SOLD)) {
        return 0;
    }

    if (entry->home_has_no_order && entry->read.record.at >= starts) {
        slot_say(repair->slot, SAY_TROUBLE, "lost: a part of %.*s is sold "
                 "here, but neither its home nor the topic has the order",
                 (int) entry->read.id.len, entry->read.id.data);

    } else if (!participant_ended(entry) || !entry->order->in_topic) {
        return 0;
    }

    rc = repair_order_participant(repair, entry, TRADE_HOLD_FREED);
    repair->back += rc > 0;

    return rc < 0 ? -1 : 0;
}


/*
 * An event without a record can't be published, and would close the slot again
 */

static int
repair_drop(repair_t *repair, trade_str_t member)
{
    char          key[TRADE_SLOT_KEY_MAX];
    trade_str_t   k;
    redisReply   *reply;

    k = slot_key(repair->slot, TRADE_KEY_DUE, trade_str_of(NULL, 0), key);

    const char *argv[] = { "ZREM", k.data, member.data };
    const size_t len[] = { 4, k.len, member.len };

    reply = conn_command(repair->conn, 3, argv, len);
    if (reply == NULL) {
        return -1;
    }

    freeReplyObject(reply);

    return 0;
}


int
repair_open(slot_t *slot, conn_t *conn)
{
    int            keep;
    size_t         i;
    uint64_t       known;
    char           key[TRADE_SLOT_KEY_MAX], mem[512];
    redisReply    *reply;
    trade_str_t    answer;
    trade_args_t   args;

    for (known = 0, i = 0; i < slot->n; i++) {
        if (slot->entries[i]->read.record.version > known) {
            known = slot->entries[i]->read.record.version;
        }
    }

    keep = slot->applied == 0 && slot->missing == 0 && !slot->branched
           && known <= slot->version;

    trade_args_init(&args, mem, sizeof(mem), 3);
    trade_args_str(&args, slot_key(slot, TRADE_KEY_SLOT,
                                   trade_str_of(NULL, 0), key));
    trade_args_c(&args, keep ? "keep" : "");
    trade_args_u64(&args, known);

    reply = conn_script(conn, &trade_script_open, args.argv, 1, args.argc);
    if (reply == NULL) {
        return -1;
    }

    answer = conn_str(reply);

    if (slot->version || slot->n) {
        slot_say(slot, SAY_NOTE, "%.*s", (int) answer.len, answer.data);
    }

    freeReplyObject(reply);

    return 0;
}
