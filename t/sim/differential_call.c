#include "differential.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void diff_place(diff_t *diff, trade_call_t *call, size_t slot);
static void diff_claim(diff_t *diff, trade_call_t *call, size_t slot);
static void diff_open(diff_t *diff, trade_call_t *call, size_t slot);
static void diff_placed(diff_t *diff, const trade_call_t *call,
    const char *reply);
static void diff_word(diff_t *diff, trade_str_t word);
static void diff_participants(diff_t *diff, trade_call_t *call, size_t slot);


/* three SKUs of the first slot, one of the second */

const unsigned  diff_slots[2] = { 2616, 2734 };

const char *const  diff_skus[2][DIFF_SKUS] = {
    { "s122", "t|%2F/手机 3516", "u\"]},[{5172\\" },
    { "s123", "t\"q\\b 6903", "u\"]},[{3476\\" }
};

const char *const  diff_buyers[3] = { "ann", "bob", "c\"y\\|@ 手" };


void
diff_make(diff_t *diff, trade_call_t *call)
{
    size_t  slot;

    slot = diff_random(diff, 4) == 0;

    switch (diff_random(diff, 48)) {

    case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: case 8:
        diff_place(diff, call, slot);
        break;

    case 9: case 10: case 11:
        diff_change(diff, call, slot);
        break;

    case 45: case 46:
        diff_forget(diff, call, slot);
        break;

    case 12:
        diff_ack(diff, call, slot);
        break;

    case 47:
        diff_ack_first(diff, call, slot);
        break;

    case 14: case 15:
        diff_claim(diff, call, slot);
        break;

    case 13: case 16: case 43:
        diff_open(diff, call, slot);
        break;

    case 20: case 21: case 22: case 23: case 24: case 25:
        diff_transition(diff, call, slot);
        break;

    case 26: case 27: case 28: case 29: case 44:
        diff_ack_effects(diff, call, slot);
        break;

    case 30: case 31: case 32: case 33: case 34: case 35: case 36: case 37:
    case 38: case 39: case 40: case 41: case 42:
        diff_cart(diff, call, slot);
        break;

    default:
        diff_participants(diff, call, slot);
        break;
    }
}


trade_str_t
diff_id(diff_t *diff, unsigned slot)
{
    size_t         i;
    diff_id_t     *id;
    unsigned char  random[TRADE_ID_RANDOM];

    id = &diff->ids[diff_random(diff, DIFF_IDS)];

    if (id->slot == slot && diff_random(diff, 3)) {
        return trade_str_of(id->id, TRADE_ID_LEN);
    }

    for (i = 0; i < sizeof(random); i++) {
        random[i] = diff_random(diff, 256);
    }

    id = &diff->ids[diff->nids++ % DIFF_IDS];
    id->slot = slot;
    trade_id_make(slot, random, id->id);

    return trade_str_of(id->id, TRADE_ID_LEN);
}


/* Seldom more than there is */

void
diff_slot_seen(diff_t *diff, trade_slot_seen_t *seen, size_t slot)
{
    memset(seen, 0, sizeof(*seen));

    seen->slot = diff_slots[slot];
    seen->version = diff_random(diff, 3) ? 0 : diff->version[slot];

    if (diff_random(diff, 150) == 0) {
        seen->version = diff->version[slot] + diff_random(diff, 3);
    }

    if (diff_random(diff, 80) == 0) {
        seen->record = diff_id(diff, diff_slots[slot]);
        seen->record_version = 1 + diff_random(diff, 2)
                                  * diff->version[slot];
    }
}


void
diff_write_args(diff_t *diff, trade_write_args_t *write, size_t slot)
{
    static const char *const  keys[] = {
        "", "", "0000000000000000000000000000000a",
        "0000000000000000000000000000000b"
    };

    static const char *const  fingerprints[] = { "ab12", "ab12", "cd34" };

    memset(write, 0, sizeof(*write));
    diff_slot_seen(diff, &write->seen, slot);

    write->id = diff_id(diff, diff_slots[slot]);
    write->fingerprint = trade_str_c(fingerprints[diff_random(diff, 3)]);
    write->key = trade_str_c(keys[diff_random(diff, 4)]);
    write->key_ms = diff_random(diff, 3) ? TRADE_DAY
                                        : 1 + diff_random(diff, 60);
    write->deadline = diff->now + (diff_random(diff, 5)
                                   ? 500 + diff_random(diff, 2000)
                                   : diff_random(diff, 6) - 2);
    write->lease = 1 + diff_random(diff, diff_random(diff, 2) ? 20 : 8000);
    write->keep = diff_random(diff, 3) * (diff_random(diff, 2)
                                          ? TRADE_DAY
                                          : 1 + diff_random(diff, 60));
    write->carried = &diff->carried;

    diff->carried.key = TRADE_RECORD_KEY_ORDER;
    diff->carried.partition = 0;
    diff->carried.participants = trade_str_of(NULL, 0);
    diff->carried.tracestate = trade_str_c(diff_random(diff, 2) ? "a=1" : "");
}


static void
diff_place(diff_t *diff, trade_call_t *call, size_t slot)
{
    size_t              i, first;
    trade_item_t        items[DIFF_SKUS];
    trade_order_t       order;
    trade_write_args_t  write;

    diff_write_args(diff, &write, slot);
    diff->carried.partition = diff_random(diff, 3) * diff_random(diff, 100);

    memset(&order, 0, sizeof(order));
    order.buyer = trade_str_c(diff_buyers[diff_random(diff, 3)
                                          * diff_random(diff, 2)]);
    order.items = items;
    order.nitems = 1 + (diff_random(diff, 3) == 0 ? diff_random(diff, 3) : 0);

    first = diff_random(diff, 4 - order.nitems)
            * (diff_random(diff, 3) == 0);

    for (i = 0; i < order.nitems; i++) {
        items[i].sku = trade_str_c(diff_skus[slot][first + i]);
        items[i].quantity = 1 + diff_random(diff, 3);
    }

    order.json = diff_json(diff, &order);

    (void) trade_call_place(call, diff->mem, sizeof(diff->mem), &write, &order,
                            diff_random(diff, 12) == 0);
}


/* As trade_order.c writes it: ack_effects reads it */

trade_str_t
diff_json(diff_t *diff, const trade_order_t *order)
{
    size_t       i;
    trade_buf_t  b;

    static const char *const  metadata[] = {
        "",
        ",\"metadata\":{\"items\":[{\"sku\":\"s122\"}]}",
        ",\"metadata\":{\"a\":\n{\"buyer_id\":\"bob\",\"items\":["
        "{\"sku\":\"s122\",\"quantity\":2},"
        "{\"sku\":\"s123\",\"quantity\":2}]}}"
    };

    trade_buf_init(&b, diff->strings, sizeof(diff->strings));
    trade_buf_c(&b, "{\"buyer_id\":");
    trade_buf_json(&b, order->buyer);
    trade_buf_c(&b, ",\"items\":[");

    for (i = 0; i < order->nitems; i++) {
        trade_buf_c(&b, i ? ",{\"sku\":" : "{\"sku\":");
        trade_buf_json(&b, order->items[i].sku);
        trade_buf_c(&b, ",\"quantity\":");
        trade_buf_u64(&b, order->items[i].quantity);
        trade_buf_c(&b, "}");
    }

    trade_buf_c(&b, "]");
    trade_buf_c(&b, metadata[diff_random(diff, 3)]);
    trade_buf_c(&b, "}");

    return trade_buf_done(&b);
}


/* One more than the others, so that buyers come back to it */

const char *
diff_sku(diff_t *diff, size_t slot)
{
    return diff_skus[slot][diff_random(diff, DIFF_SKUS)
                           * (diff_random(diff, 3) == 0)];
}


static void
diff_claim(diff_t *diff, trade_call_t *call, size_t slot)
{
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, slot);

    (void) trade_call_claim(call, diff->mem, sizeof(diff->mem), &seen,
                            diff_random(diff, 2)
                            ? 0 : diff->now + diff_random(diff, 9000),
                            1 + diff_random(diff, 40),
                            1 + diff_random(diff, 6),
                            diff_random(diff, 2) ? 131072
                                                 : diff_random(diff, 600),
                            diff_random(diff, 2));
}


static void
diff_open(diff_t *diff, trade_call_t *call, size_t slot)
{
    char         *key;
    trade_buf_t   b;

    key = diff->mem + 512;
    trade_buf_init(&b, key, TRADE_SLOT_KEY_MAX);

    call->script = &trade_script_open;
    call->argv = (trade_str_t *) diff->mem;
    call->argv[0] = trade_slot_key(&b, diff_slots[slot], TRADE_KEY_SLOT,
                                   trade_str_of(NULL, 0));
    call->argv[1] = trade_str_c(diff_random(diff, 2) ? "keep" : "");
    call->argc = 2;
    call->nkeys = 1;
}


static void
diff_participants(diff_t *diff, trade_call_t *call, size_t slot)
{
    uint16_t           slots[2];
    trade_slot_seen_t  seen;

    switch (diff_random(diff, 3)) {

    case 0:
        slots[0] = diff_slots[0];
        slots[1] = diff_slots[1];

        (void) trade_call_peek(call, diff->mem, sizeof(diff->mem), slots, 2,
                               diff_random(diff, 2)
                               ? 0 : diff->now + diff_random(diff, 9000),
                               diff_random(diff, 2));
        break;

    case 1:
        diff_slot_seen(diff, &seen, slot);
        (void) trade_call_order(call, diff->mem, sizeof(diff->mem), &seen,
                                diff_id(diff, diff_slots[slot]));
        break;

    default:
        diff_slot_seen(diff, &seen, slot);
        (void) trade_call_stock(call, diff->mem, sizeof(diff->mem), &seen,
                                trade_str_c(diff_sku(diff, slot)));
        break;
    }
}


void
diff_seen(diff_t *diff, const trade_call_t *call, const char *reply)
{
    size_t       i;
    uint64_t     version;
    trade_str_t  text, line;

    text = trade_str_c(reply);
    line = trade_str_cut(&text, '\n');
    diff_word(diff, trade_str_cut(&line, ' '));

    if (strncmp(reply, "UNSOLD ", 7) == 0) {
        diff_word(diff, trade_str_cut(&text, ' '));
    }

    diff_placed(diff, call, reply);

    if (call->script == &trade_script_claim && strstr(reply, "\nEXPIRED ")) {
        diff_word(diff, trade_str_c("EXPIRED"));
    }

    if (call->script == NULL || call->script == &trade_script_peek) {
        return;
    }

    for (i = 0; i < 2; i++) {
        if (strstr(call->argv[0].data, i ? "{s2734}" : "{s2616}")
            == call->argv[0].data + 6)
        {
            version = fake_integer(fake_store_hget(&diff->fake, call->argv[0],
                                                   FAKE_VERSION));
            diff->version[i] = version;
        }
    }
}


static void
diff_placed(diff_t *diff, const trade_call_t *call, const char *reply)
{
    size_t       slot;
    trade_str_t  id;

    if (call->script != &trade_script_place
        || strncmp(reply, "PLACED ", 7) != 0)
    {
        return;
    }

    id = call->argv[3];
    id.data += id.len - TRADE_ID_LEN;
    id.len = TRADE_ID_LEN;
    slot = trade_id_slot(id) != (int) diff_slots[0];

    memcpy(diff->made[slot][diff->nmade[slot]++ % DIFF_MADE], id.data, id.len);
}


static void
diff_word(diff_t *diff, trade_str_t word)
{
    size_t  i;

    for (i = 0; i < DIFF_WORDS; i++) {
        if (diff->words[i].n == 0) {
            snprintf(diff->words[i].word, sizeof(diff->words[i].word), "%.*s",
                     (int) word.len, word.data);
        }

        if (trade_str_eq(trade_str_c(diff->words[i].word), word)) {
            diff->words[i].n++;
            break;
        }
    }
}


void
diff_print(const diff_t *diff)
{
    size_t  i;

    printf("%zu calls:", diff->ncalls);

    for (i = 0; i < DIFF_WORDS && diff->words[i].n; i++) {
        printf(" %s %zu", diff->words[i].word[0] ? diff->words[i].word
                                                 : "(null)",
               diff->words[i].n);
    }

    printf("\n");
}
