/*
 * What may be long is read piece by piece, so that Redis serves others
 * meanwhile: who has bought, and the records.
 *
 * On a slot that sells, that order matters.  State first: what has a later
 * version is later.  Then who has bought, and then the records: so the latest
 * order of every buyer who was seen is among the records, unless it expired.
 */

#include "slots.h"
#include "trade_id.h"
#include "trade_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SLOTS_BATCH  "1000"


static int slot_bought_of(slot_t *slot, conn_t *conn, trade_str_t sku);
static int slot_bought_page(slot_t *slot, trade_str_t sku,
    const redisReply *page);
static slot_t *slots_record_key(const slots_t *slots, trade_str_t key,
    trade_str_t *id);
static int slots_records_page(slots_t *slots, book_t *book, conn_t *conn,
    const redisReply *keys);
static int slots_record(slot_t *slot, book_t *book, trade_str_t id,
    trade_str_t text);
static int slots_record_event(slot_t *slot, book_t *book, trade_str_t id,
    const trade_record_t *record);
static int slots_due(const slots_t *slots, book_t *book);
static int slots_scanned(slots_t *slots, conn_t *conn);


int
slot_bought(slot_t *slot, conn_t *conn)
{
    size_t             i;
    trade_str_t        name;
    const redisReply  *fields;

    bought_free(&slot->bought);

    fields = slot->state->element[1];

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = conn_str(fields->element[i]);

        if (trade_str_eq(trade_str_cut(&name, '|'), trade_str_c("total"))
            && slot_bought_of(slot, conn, name) != 0)
        {
            return -1;
        }
    }

    return 0;
}


static int
slot_bought_of(slot_t *slot, conn_t *conn, trade_str_t sku)
{
    int           rc;
    char          key[TRADE_SLOT_KEY_MAX], cursor[24] = "0";
    redisReply   *reply;
    trade_str_t   k;

    k = slot_key(slot, TRADE_KEY_BOUGHT, sku, key);

    do {
        const char *argv[] = { "HSCAN", k.data, cursor, "COUNT", SLOTS_BATCH };
        const size_t len[] = { 5, k.len, strlen(cursor), 5,
                               sizeof(SLOTS_BATCH) - 1 };

        reply = conn_command(conn, 5, argv, len);
        if (reply == NULL) {
            return -1;
        }

        (void) snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
        rc = slot_bought_page(slot, sku, reply->element[1]);
        freeReplyObject(reply);

    } while (rc == 0 && strcmp(cursor, "0") != 0);

    return rc;
}


static int
slot_bought_page(slot_t *slot, trade_str_t sku, const redisReply *page)
{
    size_t       i;
    uint64_t     quantity;
    trade_str_t  buyer, value;

    for (i = 0; i + 1 < page->elements; i += 2) {
        buyer = conn_str(page->element[i]);
        value = conn_str(page->element[i + 1]);

        if (trade_str_u64(trade_str_cut(&value, ' '), INT64_MAX, &quantity)
            != 0)
        {
            slot_say(slot, SAY_WRONG, "what %.*s bought of %.*s is no number",
                     (int) buyer.len, buyer.data, (int) sku.len, sku.data);
            continue;
        }

        (void) trade_str_cut(&value, ' ');

        if (bought_add(&slot->bought, sku, buyer, value, quantity) != 0) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }
    }

    return 0;
}


int
slots_records(slots_t *slots, book_t *book, conn_t *conn)
{
    int                 rc;
    char                cursor[24] = "0";
    redisReply         *reply;
    static const char   match[] = "trade:{s*}:" TRADE_KEY_ORDER "*";

    do {
        const char *argv[] = { "SCAN", cursor, "MATCH", match, "COUNT",
                               SLOTS_BATCH };

        reply = conn_command(conn, 6, argv, NULL);
        if (reply == NULL) {
            return -1;
        }

        (void) snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
        rc = slots_records_page(slots, book, conn, reply->element[1]);
        freeReplyObject(reply);

    } while (rc == 0 && strcmp(cursor, "0") != 0);

    if (rc == 0) {
        rc = slots_due(slots, book);
    }

    return rc == 0 ? slots_scanned(slots, conn) : rc;
}


/* The slot of a record's key, if it was asked for, and the id */

static slot_t *
slots_record_key(const slots_t *slots, trade_str_t key, trade_str_t *id)
{
    int          slot;
    char         mem[TRADE_SLOT_KEY_MAX];
    slot_t      *s;
    trade_str_t  same;

    if (key.len < TRADE_ID_LEN) {
        return NULL;
    }

    *id = trade_str_of(key.data + key.len - TRADE_ID_LEN, TRADE_ID_LEN);
    slot = trade_id_slot(*id);
    s = slot < 0 ? NULL : slots->slot[slot];

    if (s) {
        same = slot_key(s, TRADE_KEY_ORDER, *id, mem);
        s = trade_str_eq(same, key) ? s : NULL;
    }

    return s;
}


static int
slots_records_page(slots_t *slots, book_t *book, conn_t *conn,
    const redisReply *keys)
{
    int           rc;
    size_t        i, n, *len;
    slot_t       *slot;
    redisReply   *reply;
    trade_str_t   id;
    const char  **argv;

    argv = calloc(keys->elements + 1, sizeof(*argv));
    len = calloc(keys->elements + 1, sizeof(*len));
    reply = NULL;
    rc = argv && len ? 0 : -1;

    for (n = 1, i = 0; rc == 0 && i < keys->elements; i++) {
        if (slots_record_key(slots, conn_str(keys->element[i]), &id)) {
            argv[n] = keys->element[i]->str;
            len[n++] = keys->element[i]->len;
        }
    }

    if (rc == 0 && n > 1) {
        argv[0] = "MGET";
        len[0] = 4;
        reply = conn_command(conn, (int) n, argv, len);
        rc = reply ? 0 : -1;
    }

    for (i = 0; rc == 0 && reply && i < reply->elements; i++) {
        slot = slots_record_key(slots, trade_str_of(argv[i + 1], len[i + 1]),
                                &id);

        if (slot && reply->element[i]->type == REDIS_REPLY_STRING) {
            rc = slots_record(slot, book, id, conn_str(reply->element[i]));
        }
    }

    if (reply) {
        freeReplyObject(reply);
    }

    free(argv);
    free(len);

    return rc;
}


static int
slots_record(slot_t *slot, book_t *book, trade_str_t id, trade_str_t text)
{
    trade_record_t  record;

    if (trade_record_read(&record, text) != 0) {
        slot_say(slot, SAY_WRONG, "the record of %.*s is not one", (int) id.len,
                 id.data);
        slot->broken = 1;
        return 0;
    }

    do {
        if (slots_record_event(slot, book, id, &record) != 0) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }
    } while (trade_record_older(&record));

    return 0;
}


/* One of its events: 0, or -1: out of memory */

static int
slots_record_event(slot_t *slot, book_t *book, trade_str_t id,
    const trade_record_t *record)
{
    int                  rc;
    char                *mem;
    size_t               size;
    entry_t             *entry;
    const char          *why;
    trade_buf_t          b;
    trade_event_read_t   read;

    if (book_find(book, id, record->seq)) {     /* SCAN shows a key twice */
        return 0;
    }

    size = trade_event_read_lines_size(record) + record->body.len;

    mem = malloc(size);
    if (mem == NULL) {
        return -1;
    }

    trade_buf_init(&b, mem, size);
    trade_event_read_write(&b, record);

    rc = trade_event_read_record(&read, id, trade_buf_done(&b),
                                 record->created, &why);
    free(mem);

    if (rc != 0) {
        slot_say(slot, SAY_WRONG, "the record of %.*s is not one: %s",
                 (int) id.len, id.data, why);
        slot->broken = 1;
        return 0;
    }

    entry = book_add(book, &read);

    if (entry == NULL) {
        trade_event_read_free(&read);
        return -1;
    }

    entry->in_redis = 1;

    return 0;
}


/* Marks what was due when the slots' states were read */

static int
slots_due(const slots_t *slots, book_t *book)
{
    size_t             i;
    entry_t           *entry;
    unsigned           number;
    uint64_t           seq;
    trade_str_t        id, member;
    const redisReply  *due;

    for (number = 0; number < TRADE_SLOTS; number++) {

        if (slots->slot[number] == NULL
            || slots->slot[number]->state == NULL)
        {
            continue;
        }

        due = slots->slot[number]->state->element[2];

        for (i = 0; i < due->elements; i++) {
            member = conn_str(due->element[i]);
            id = trade_str_cut(&member, '.');

            if (trade_str_u64(member, UINT64_MAX, &seq) == 0) {
                entry = book_find(book, id, seq);

                if (entry) {
                    entry->due = 1;
                }
            }
        }
    }

    return 0;
}


/* A record that lives to this moment was there all the while */

static int
slots_scanned(slots_t *slots, conn_t *conn)
{
    uint64_t      s, us;
    unsigned      number;
    redisReply   *reply;
    const char   *argv[] = { "TIME" };

    reply = conn_command(conn, 1, argv, NULL);
    if (reply == NULL) {
        return -1;
    }

    s = us = 0;

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
        (void) trade_str_u64(conn_str(reply->element[0]), TRADE_TIME_MAX, &s);
        (void) trade_str_u64(conn_str(reply->element[1]), 999999, &us);
    }

    freeReplyObject(reply);

    for (number = 0; number < TRADE_SLOTS; number++) {
        if (slots->slot[number]
            && slots->slot[number]->shard == conn->shard)
        {
            slots->slot[number]->scanned = s * 1000 + us / 1000;
        }
    }

    return 0;
}


int
slot_due_lost(const slot_t *slot, const book_t *book, size_t *i,
    trade_str_t *member)
{
    uint64_t           seq;
    trade_str_t        id, rest;
    const redisReply  *due;

    due = slot->state->element[2];

    while (*i < due->elements) {
        *member = rest = conn_str(due->element[(*i)++]);
        id = trade_str_cut(&rest, '.');

        if (trade_str_u64(rest, UINT64_MAX, &seq) == 0
            && book_find(book, id, seq) == NULL)
        {
            return 1;
        }
    }

    return 0;
}
