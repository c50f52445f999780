#include "repair.h"
#include "trade_action.h"
#include "trade_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define REPAIR_IDS_SAID  10


typedef struct {
    slot_t            *slot;
    conn_t            *conn;
    const book_t      *book;
    const options_t   *options;
    size_t             orders;
    size_t             changes;
    size_t             again;
} repair_t;


static int repair_stock(repair_t *repair, const sku_t *sku);
static int repair_order(repair_t *repair, const entry_t *entry);
static int repair_record(repair_t *repair, const entry_t *entry,
    trade_str_t *record);
static int repair_order_run(repair_t *repair, const trade_script_t *script,
    const entry_t *entry, trade_str_t record);
static void repair_order_args(const repair_t *repair, trade_args_t *args,
    const entry_t *entry, trade_str_t record);
static uint64_t repair_ttl(const repair_t *repair, const entry_t *entry);
static void repair_order_items(const repair_t *repair, trade_args_t *args,
    const trade_order_t *order, int keys);
static int repair_publish(repair_t *repair, entry_t *entry);
static int repair_drop(repair_t *repair, trade_str_t member);
static int repair_run(repair_t *repair, const trade_script_t *script,
    const trade_args_t *args, size_t nkeys);


int
repair_slot(slot_t *slot, conn_t *conn, const book_t *book,
    const options_t *options, uint64_t starts)
{
    size_t       i;
    repair_t     repair = { slot, conn, book, options, 0, 0, 0 };
    entry_t     *entry;
    trade_str_t  member;

    for (i = 0; i < slot->nskus; i++) {
        if (repair_stock(&repair, &slot->skus[i]) != 0) {
            return -1;
        }
    }

    for (i = 0; i < slot->n; i++) {
        entry = slot->entries[i];

        if (entry->lost && !trade_record_is(&entry->read.record, "STOCK")
            && book_find(book, entry->read.id, entry->read.record.seq + 1)
               == NULL
            && repair_order(&repair, entry) != 0)
        {
            return -1;
        }

        if (entry->in_redis && !entry->due && !entry->in_topic
            && entry->read.record.at >= starts
            && repair_publish(&repair, entry) != 0)
        {
            return -1;
        }
    }

    for (i = 0; slot_due_lost(slot, book, &i, &member); /* void */ ) {
        if (repair_drop(&repair, member) != 0) {
            return -1;
        }
    }

    slot->applied = repair.orders + repair.changes;

    if (slot->applied) {
        slot_say(slot, SAY_NOTE, "made again: %zu orders, the stock of %zu "
                 "SKUs", repair.orders, repair.changes);
    }

    if (repair.again) {
        slot_say(slot, SAY_TROUBLE, "%zu that the topic had lost are due "
                 "again", repair.again);
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

    same = sku->here && is->total == last->total && is->limit == last->limit
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

    return repair_run(repair, &trade_script_restock, &args, 1) < 0 ? -1 : 0;
}


/* Its latest event, and with it those before that were lost too */

static int
repair_order(repair_t *repair, const entry_t *entry)
{
    int          rc;
    trade_str_t  record;

    rc = repair_record(repair, entry, &record);

    if (rc == 0 && record.len) {
        rc = repair_order_run(repair, &trade_script_apply, entry, record);
        repair->orders += rc > 0;
        free((char *) record.data);
    }

    return rc < 0 ? -1 : 0;
}


/* All that is known of it, to be freed; empty where an event is not known */

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
        older = book_find(repair->book, entry->read.id, seq);

        if (older == NULL) {
            slot_say(repair->slot, SAY_WRONG, "%.*s: nobody has its event "
                     "%llu, and there is one after it",
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
        older = book_find(repair->book, entry->read.id, seq);
        trade_event_read_lines(&b, &older->read.record);
    }

    trade_buf_str(&b, entry->read.record.body);
    *record = trade_buf_done(&b);

    return 0;
}


/* 1: applied, 0: it was there, -1: an error */

static int
repair_order_run(repair_t *repair, const trade_script_t *script,
    const entry_t *entry, trade_str_t record)
{
    int            rc;
    void          *mem;
    size_t         n, size;
    trade_args_t   args;

    n = entry->read.order.nitems;
    size = (11 + 3 * n) * sizeof(trade_str_t)
           + (3 + n) * TRADE_SLOT_KEY_MAX + (7 + 5 * n) * 20
           + n * (sizeof("available|") + TRADE_SLOT_KEY_MAX);

    mem = malloc(size);
    if (mem == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    trade_args_init(&args, mem, size, 11 + 3 * n);
    repair_order_args(repair, &args, entry, record);
    rc = repair_run(repair, script, &args, 3 + n);
    free(mem);

    return rc;
}


static void
repair_order_args(const repair_t *repair, trade_args_t *args,
    const entry_t *entry, trade_str_t record)
{
    unsigned     slot;
    trade_str_t  none = trade_null_str;

    slot = repair->slot->number;

    trade_args_str(args, trade_slot_key(&args->b, slot, TRADE_KEY_SLOT, none));
    trade_args_str(args, trade_slot_key(&args->b, slot, TRADE_KEY_DUE, none));
    trade_args_str(args, trade_slot_key(&args->b, slot, TRADE_KEY_ORDER,
                                        entry->read.id));
    repair_order_items(repair, args, &entry->read.order, 1);

    trade_args_u64(args, repair->slot->survived);
    trade_args_u64(args, entry->read.record.version);
    trade_args_str(args, entry->read.id);
    trade_args_u64(args, entry->read.record.seq);
    trade_args_str(args, record);
    trade_args_u64_or(args, repair_ttl(repair, entry), 0);
    trade_args_str(args, entry->read.order.buyer);
    trade_args_u64_or(args, repair->options->payment * 1000, 0);

    repair_order_items(repair, args, &entry->read.order, 0);
}


/* As long as it would have lived, but a day: it says what was done */

static uint64_t
repair_ttl(const repair_t *repair, const entry_t *entry)
{
    uint64_t               age, keep;
    const trade_record_t  *record = &entry->read.record;

    keep = repair->options->keep * 1000;

    if (trade_record_ended(record) || trade_record_is(record, "DELIVERED")) {
        keep = TRADE_ACTION_DONE_KEEP;
    }

    if (keep == 0) {
        return 0;
    }

    age = repair->slot->scanned > record->at
          ? repair->slot->scanned - record->at : 0;

    return keep > age + JUDGE_RECORD_TTL ? keep - age : JUDGE_RECORD_TTL;
}


static void
repair_order_items(const repair_t *repair, trade_args_t *args,
    const trade_order_t *order, int keys)
{
    char    *start;
    size_t   i;

    for (i = 0; i < order->nitems; i++) {
        if (keys) {
            trade_args_str(args, trade_slot_key(&args->b,
                                                repair->slot->number,
                                                TRADE_KEY_BOUGHT,
                                                order->items[i].sku));
        } else {
            trade_args_u64(args, order->items[i].quantity);
        }
    }

    for (i = 0; i < order->nitems && !keys; i++) {
        start = args->b.pos;
        trade_buf_c(&args->b, "available|");
        trade_buf_str(&args->b, order->items[i].sku);
        trade_args_since(args, start);
    }
}


/*
 * It was answered, and acknowledged by Kafka, and the topic has it no more:
 * published again it is the same, and whoever has seen it ignores it.
 */

static int
repair_publish(repair_t *repair, entry_t *entry)
{
    int  rc;

    rc = repair_order_run(repair, &trade_script_again, entry,
                          trade_str_of(NULL, 0));

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


/* There is nothing to publish: the slot would be closed for it again */

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


/* 1: applied, 0: it was there, -1: an error */

static int
repair_run(repair_t *repair, const trade_script_t *script,
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
        rc = repair_fenced(repair->slot);
    }

    freeReplyObject(reply);

    return rc;
}


int
repair_fenced(const slot_t *slot)
{
    if (slot->fenced) {
        return 0;
    }

    fprintf(stderr, "tradectl: slot %u is not fenced any more: it was opened, "
            "or lost again; begin anew\n", slot->number);

    return -1;
}


int
repair_open(slot_t *slot, conn_t *conn)
{
    int            keep;
    char           key[TRADE_SLOT_KEY_MAX], mem[512];
    redisReply    *reply;
    trade_str_t    answer;
    trade_args_t   args;

    keep = slot->applied == 0 && slot->missing == 0 && !slot->forked;

    trade_args_init(&args, mem, sizeof(mem), 3);
    trade_args_str(&args, slot_key(slot, TRADE_KEY_SLOT,
                                   trade_str_of(NULL, 0), key));
    trade_args_c(&args, keep ? "keep" : "");

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
