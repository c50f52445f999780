/*
 * Reads the buyers of each SKU: a hash, read in pieces with HSCAN.
 */

#include "slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int slot_bought_of(slot_t *slot, conn_t *conn, trade_str_t sku);
static int slot_bought_page(slot_t *slot, trade_str_t sku,
    const redisReply *page);


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
            slot_say(slot, SAY_WRONG, "the units that %.*s bought of %.*s are "
                     "no number",
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
