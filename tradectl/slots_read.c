/*
 * Reads a slot.  It reads anything that may be long in pieces, so that Redis
 * serves others meanwhile: the buyers, then the records and holds.
 *
 * On a slot that sells, the order matters.  The state comes first: an entry
 * with a later version was made later.  Then come the buyers, then the records:
 * so the latest order of every buyer that was read is among the records, unless
 * it has expired.
 */

#include "participants.h"
#include "trade_id.h"
#include "trade_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static slot_t *slots_key(const slots_t *slots, trade_str_t key,
    trade_str_t *id);
static int slots_records_page(slots_t *slots, history_t *history, conn_t *conn,
    const redisReply *keys);
static int slots_record(const slots_t *slots, slot_t *slot, history_t *history,
    trade_str_t id, trade_str_t text);
static int slots_record_event(const slots_t *slots, slot_t *slot,
    history_t *history,
    trade_str_t id, const trade_record_t *record);
static int slots_freed(const slots_t *slots, history_t *history, conn_t *conn,
    const char **argv, const size_t *len, const redisReply *texts);
static void slots_marks(const slots_t *slots, history_t *history);
static int slots_scanned(slots_t *slots, conn_t *conn);


int
slots_read_records(slots_t *slots, history_t *history, conn_t *conn)
{
    int                 rc;
    char                cursor[24] = "0";
    redisReply         *reply;
    static const char   match[] = "trade:{s*}:[oh]*:*";  /* order, hold */

    do {
        const char *argv[] = { "SCAN", cursor, "MATCH", match, "COUNT",
                               SLOTS_BATCH };

        reply = conn_command(conn, 6, argv, NULL);
        if (reply == NULL) {
            return -1;
        }

        (void) snprintf(cursor, sizeof(cursor), "%s", reply->element[0]->str);
        rc = slots_records_page(slots, history, conn, reply->element[1]);
        freeReplyObject(reply);

    } while (rc == 0 && strcmp(cursor, "0") != 0);

    if (rc != 0) {
        return -1;
    }

    slots_marks(slots, history);

    return slots_scanned(slots, conn);
}


/*
 * Returns the slot of the key of a record or a hold, and sets the id.  Returns
 * NULL if the slot is not selected.
 */

static slot_t *
slots_key(const slots_t *slots, trade_str_t key, trade_str_t *id)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    slot_t      *slot;
    uint64_t     number;
    trade_str_t  name, rest, same;

    rest = key;
    (void) trade_str_cut(&rest, '{');
    name = trade_str_cut(&rest, '}');

    if (key.len < TRADE_ID_LEN || name.len < 2
        || trade_str_u64(trade_str_of(name.data + 1, name.len - 1),
                         TRADE_SLOTS - 1, &number)
           != 0)
    {
        return NULL;
    }

    *id = trade_str_of(key.data + key.len - TRADE_ID_LEN, TRADE_ID_LEN);
    slot = trade_id_slot(*id) < 0 ? NULL : slots->slot[number];

    if (slot == NULL) {
        return NULL;
    }

    same = slot_key(slot, trade_id_slot(*id) == (int) number
                          ? TRADE_KEY_ORDER : TRADE_KEY_HOLD, *id, mem);

    return trade_str_eq(same, key) ? slot : NULL;
}


static int
slots_records_page(slots_t *slots, history_t *history, conn_t *conn,
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
        if (slots_key(slots, conn_str(keys->element[i]), &id)) {
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
        slot = slots_key(slots, trade_str_of(argv[i + 1], len[i + 1]), &id);

        if (slot == NULL || reply->element[i]->type != REDIS_REPLY_STRING) {
            continue;
        }

        rc = trade_id_slot(id) == (int) slot->number
             ? slots_record(slots, slot, history, id,
                            conn_str(reply->element[i]))
             : participants_hold(slot, history, id,
                                 conn_str(reply->element[i]));
    }

    if (rc == 0 && reply) {
        rc = slots_freed(slots, history, conn, argv + 1, len + 1, reply);
    }

    if (reply) {
        freeReplyObject(reply);
    }

    free(argv);
    free(len);

    return rc;
}


/* Reads when holds became FREED, to tell whether the state was read before */

static int
slots_freed(const slots_t *slots, history_t *history, conn_t *conn,
    const char **argv, const size_t *len, const redisReply *texts)
{
    size_t        i, n;
    slot_t       *slot;
    entry_t      *entry;
    redisReply   *reply;
    trade_str_t   id, *keys;

    keys = calloc(texts->elements, sizeof(*keys));
    if (keys == NULL) {
        return -1;
    }

    for (n = 0, i = 0; i < texts->elements; i++) {
        id = conn_str(texts->element[i]);

        if (trade_str_eq(trade_str_cut(&id, ' '), trade_str_c("FREED"))) {
            keys[n++] = trade_str_of(argv[i], len[i]);
        }
    }

    reply = n ? conn_script(conn, &trade_script_freed_at, keys, n, n) : NULL;

    for (i = 0; reply && i < reply->elements && i < n; i++) {
        slot = slots_key(slots, keys[i], &id);
        entry = slot ? history_find(history, id, 0, slot->number) : NULL;

        if (entry) {
            (void) trade_str_u64(conn_str(reply->element[i]), TRADE_TIME_MAX,
                                 &entry->freed);
        }
    }

    free(keys);

    if (reply) {
        freeReplyObject(reply);
    }

    return n && reply == NULL ? -1 : 0;
}


static int
slots_record(const slots_t *slots, slot_t *slot, history_t *history,
    trade_str_t id,
    trade_str_t text)
{
    trade_record_t  record;

    if (trade_record_read(&record, text) != 0) {
        slot_say(slot, SAY_WRONG, "the record of %.*s can't be read",
                 (int) id.len, id.data);
        slot->broken = 1;
        return 0;
    }

    /* A question about an order that never came leaves its id as REFUSED */

    if (record.seq == 0 && record.state == TRADE_STATE_REFUSED) {
        return 0;
    }

    do {
        if (slots_record_event(slots, slot, history, id, &record) != 0) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }
    } while (trade_record_older(&record));

    return 0;
}


/* Adds one event of a record.  Returns 0, or -1 when out of memory. */

static int
slots_record_event(const slots_t *slots, slot_t *slot, history_t *history,
    trade_str_t id, const trade_record_t *record)
{
    int                  rc;
    char                *mem;
    size_t               size;
    entry_t             *entry;
    const char          *why;
    trade_buf_t          b;
    trade_event_read_t   read;

    /* SCAN may return a key twice */

    if (history_find(history, id, record->seq, slot->number)) {
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
        slot_say(slot, SAY_WRONG, "the record of %.*s can't be read: %s",
                 (int) id.len, id.data, why);
        slot->broken = 1;
        return 0;
    }

    entry = history_add(history, &read);

    if (entry == NULL) {
        trade_event_read_free(&read);
        return -1;
    }

    entry->in_redis = 1;

    return participants_event(slots, history, entry);
}


/*
 * Marks the entries that were due, and those that were held, when the slots'
 * states were read
 */

static void
slots_marks(const slots_t *slots, history_t *history)
{
    size_t             i;
    entry_t           *entry;
    unsigned           number;
    uint64_t           seq;
    trade_str_t        id, member;
    const redisReply  *due, *asks;

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
                entry = history_find(history, id, seq, number);

                if (entry) {
                    entry->due = 1;
                }
            }
        }

        asks = slots->slot[number]->state->element[3];

        for (i = 0; i < asks->elements; i++) {
            entry = history_find(history, conn_str(asks->element[i]), 0,
                                 number);

            if (entry) {
                entry->held = 1;
            }
        }
    }
}


/* A record that would have lived up to this time was present during the scan */

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
slot_due_lost(const slot_t *slot, const history_t *history, size_t *i,
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
            && history_find(history, id, seq, slot->number) == NULL)
        {
            return 1;
        }
    }

    return 0;
}
