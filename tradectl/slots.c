#include "slots.h"
#include "trade_time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int slots_add(slots_t *slots, unsigned number);
static int slots_shard(slots_t *slots, const char *name);
static void slot_fields(slot_t *slot, const redisReply *fields);


int
slots_select(slots_t *slots, const shards_t *shards, char **words, int n)
{
    int       i;
    uint64_t  number;

    memset(slots, 0, sizeof(*slots));
    slots->shards = shards;

    for (i = 0; i < n; i++) {

        if (trade_str_u64(trade_str_c(words[i]), TRADE_SLOTS - 1, &number)
            == 0)
        {
            if (slots_add(slots, number) != 0) {
                return -1;
            }

        } else if (slots_shard(slots, strcmp(words[i], "all") == 0
                                      ? NULL : words[i])
                   != 0)
        {
            return -1;
        }
    }

    return 0;
}


static int
slots_add(slots_t *slots, unsigned number)
{
    slot_t  *slot;

    if (slots->slot[number]) {
        return 0;
    }

    slot = calloc(1, sizeof(*slot));
    if (slot == NULL) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    slot->number = number;
    slot->shard = shards_owner(slots->shards, number);

    slots->slot[number] = slot;
    slots->n++;

    return 0;
}


/* Selects the slots of the shard; of all shards if the name is NULL */

static int
slots_shard(slots_t *slots, const char *name)
{
    size_t    i;
    unsigned  number;

    for (i = 0; name && i < slots->shards->n; i++) {
        if (strcmp(slots->shards->shard[i].name, name) == 0) {
            break;
        }
    }

    if (name && i == slots->shards->n) {
        fprintf(stderr, "tradectl: \"%s\" is no slot (0 to %u), no shard, "
                "and not \"all\"\n", name, TRADE_SLOTS - 1);
        return -1;
    }

    for (number = 0; number < TRADE_SLOTS; number++) {
        if (name == NULL
            || shards_owner(slots->shards, number)
               == &slots->shards->shard[i])
        {
            if (slots_add(slots, number) != 0) {
                return -1;
            }
        }
    }

    return 0;
}


void
slots_free(slots_t *slots)
{
    slot_t    *slot;
    unsigned   number;

    for (number = 0; number < TRADE_SLOTS; number++) {
        slot = slots->slot[number];

        if (slot) {
            if (slot->state) {
                freeReplyObject(slot->state);
            }

            bought_free(&slot->bought);
            free(slot->entries);
            free(slot->skus);
            free(slot);
        }
    }
}


int
slots_of(const slots_t *slots, const shard_t *shard)
{
    unsigned  number;

    for (number = 0; number < TRADE_SLOTS; number++) {
        if (slots->slot[number] && slots->slot[number]->shard == shard) {
            return 1;
        }
    }

    return 0;
}


int
slot_has(const slot_t *slot, const trade_item_t *item)
{
    return trade_slot_of(item->sku) == slot->number;
}


trade_str_t
slot_key(const slot_t *slot, const char *kind, trade_str_t name,
    char key[TRADE_SLOT_KEY_MAX])
{
    trade_buf_t  b;

    trade_buf_init(&b, key, TRADE_SLOT_KEY_MAX);

    return trade_slot_key(&b, slot->number, kind, name);
}


int
slot_fence(slot_t *slot, conn_t *conn)
{
    int           rc;
    char          key[TRADE_SLOT_KEY_MAX];
    redisReply   *reply;
    trade_str_t   k, answer;

    k = slot_key(slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0), key);

    reply = conn_script(conn, &trade_script_fence, &k, 1, 1);
    if (reply == NULL) {
        return -1;
    }

    answer = conn_str(reply);
    (void) trade_str_cut(&answer, ' ');

    rc = trade_str_u64(trade_str_cut(&answer, ' '), UINT64_MAX,
                       &slot->survived);

    if (rc != 0) {
        fprintf(stderr, "tradectl: slot %u: its version is no number\n",
                slot->number);
    }

    freeReplyObject(reply);

    return rc;
}


int
slot_state(slot_t *slot, conn_t *conn)
{
    char          keys[2][TRADE_SLOT_KEY_MAX];
    redisReply   *reply;
    trade_str_t   args[2];

    args[0] = slot_key(slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0), keys[0]);
    args[1] = slot_key(slot, TRADE_KEY_DUE, trade_str_of(NULL, 0), keys[1]);

    reply = conn_script(conn, &trade_script_dump_slot, args, 2, 2);
    if (reply == NULL) {
        return -1;
    }

    if (slot->state) {
        freeReplyObject(slot->state);
    }

    slot->state = reply;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4
        || trade_str_u64(conn_str(reply->element[0]), TRADE_TIME_MAX,
                         &slot->clock)
           != 0)
    {
        fprintf(stderr, "tradectl: slot %u: its state can't be read\n",
                slot->number);
        return -1;
    }

    slot_fields(slot, reply->element[1]);

    return 0;
}


int
slot_fenced(const slot_t *slot)
{
    if (slot->fenced) {
        return 0;
    }

    fprintf(stderr, "tradectl: slot %u is not fenced any more, because it was "
            "opened, or lost writes again; run reconcile again\n",
            slot->number);

    return -1;
}


static void
slot_fields(slot_t *slot, const redisReply *fields)
{
    size_t       i;
    trade_str_t  name, value;

    slot->version = 0;
    slot->fenced = 0;
    slot->reason[0] = '\0';

    for (i = 0; i + 1 < fields->elements; i += 2) {
        name = conn_str(fields->element[i]);
        value = conn_str(fields->element[i + 1]);

        if (trade_str_eq(name, trade_str_c(TRADE_SLOT_FIELD_VERSION))) {
            (void) trade_str_u64(value, UINT64_MAX, &slot->version);

        } else if (trade_str_eq(name, trade_str_c(TRADE_SLOT_FIELD_CLOSED))) {
            (void) snprintf(slot->reason, SLOT_REASON_MAX, "%.*s",
                            (int) value.len, value.data);

        } else if (trade_str_eq(name, trade_str_c(TRADE_SLOT_FIELD_SURVIVED))) {
            slot->fenced = 1;
        }
    }
}


void
slot_say(slot_t *slot, say_e kind, const char *format, ...)
{
    va_list                   args;
    static const char *const  before[] = { "", "", "ALARM: ", "not done: " };

    slot->said[kind]++;

    printf("slot %u: %s", slot->number, before[kind]);

    va_start(args, format);
    vprintf(format, args);
    va_end(args);

    printf("\n");
}
