#include "differential.h"
#include "trade_call_cart.h"

#include <stdio.h>
#include <string.h>


#define DIFF_ITEMS  4                   /* of both slots */


static void diff_cart_place(diff_t *diff, trade_call_t *call, size_t home,
    trade_str_t id);
static void diff_reserve(diff_t *diff, trade_call_t *call, size_t home,
    trade_str_t id);
static void diff_split(diff_t *diff, trade_cart_t *cart, size_t home);
static void diff_confirmed(diff_t *diff, trade_call_t *call, size_t home,
    trade_str_t id);
static void diff_indoubt(diff_t *diff, trade_call_t *call, size_t home);
static trade_str_t diff_cart_id(diff_t *diff, size_t home);
static int diff_has(diff_t *diff, size_t slot, const char *kind,
    trade_str_t id);


/* Of each the first is of the slot that is home, for it is the smallest */

static const char *const  diff_carts[2][DIFF_ITEMS] = {
    { "s122", "s123", "t\"q\\b 6903", "t|%2F/手机 3516" },
    { "s123", "t\"q\\b 6903", "t|%2F/手机 3516", "u\"]},[{5172\\" }
};


void
diff_cart(diff_t *diff, trade_call_t *call, size_t home)
{
    uint64_t           seq;
    trade_str_t        id;
    trade_slot_seen_t  seen, other;

    home = diff_random(diff, 2) ? home : 1 - home;
    id = diff_cart_id(diff, home);
    diff_slot_seen(diff, &seen, home);
    diff_slot_seen(diff, &other, 1 - home);

    switch (diff_random(diff, 16)) {

    case 0: case 1: case 2: case 3: case 4:
        diff_cart_place(diff, call, home, id);
        break;

    case 5: case 6: case 7: case 8:
        diff_reserve(diff, call, home, id);
        break;

    case 9: case 10:
        if (diff_random(diff, 2)) {
            id = diff_made(diff, home, &seq);

        } else if (!diff_has(diff, home, TRADE_KEY_ORDER, id)
                   && diff_random(diff, 8))
        {
            diff_cart_place(diff, call, home, id);
            break;
        }

        (void) trade_call_outcome(call, diff->mem, sizeof(diff->mem), &seen,
                                  id);
        break;

    case 11: case 12:
        if (!diff_has(diff, 1 - home, TRADE_KEY_HOLD, id)
            && diff_random(diff, 16))
        {
            diff_reserve(diff, call, home, id);
            break;
        }

        (void) trade_call_confirm(call, diff->mem, sizeof(diff->mem), &other,
                                  id, diff_random(diff, 2) * TRADE_DAY,
                                  diff_random(diff, 2) * TRADE_DAY);
        break;

    case 13:
        if (!diff_has(diff, 1 - home, TRADE_KEY_HOLD, id)
            && diff_random(diff, 4))
        {
            diff_reserve(diff, call, home, id);
            break;
        }

        (void) trade_call_release(call, diff->mem, sizeof(diff->mem), &other,
                                  id, diff_random(diff, 2));
        break;

    case 14:
        diff_confirmed(diff, call, home, id);
        break;

    default:
        diff_indoubt(diff, call, home);
        break;
    }
}


/* Mostly of one that was named before */

static trade_str_t
diff_cart_id(diff_t *diff, size_t home)
{
    size_t       i;
    trade_str_t  id;

    i = diff_random(diff, DIFF_CARTS);

    if (diff->carts[home][i][0] == '\0' || diff_random(diff, 10) == 0) {
        id = diff_id(diff, diff_slots[home]);
        memcpy(diff->carts[home][i], id.data, TRADE_ID_LEN);
    }

    return trade_str_of(diff->carts[home][i], TRADE_ID_LEN);
}


/* An order without record or hold is seldom decided, for that is final */

static int
diff_has(diff_t *diff, size_t slot, const char *kind, trade_str_t id)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));

    return fake_store_get(&diff->fake,
                          trade_slot_key(&b, diff_slots[slot], kind, id),
                          diff->now)
               .data != NULL;
}


static void
diff_cart_place(diff_t *diff, trade_call_t *call, size_t home, trade_str_t id)
{
    trade_cart_t        cart;
    trade_write_args_t  write;

    diff_write_args(diff, &write, home);
    write.id = id;
    diff_split(diff, &cart, home);

    snprintf(diff->participants, sizeof(diff->participants), "%u=%u%s",
             diff_slots[1 - home], (unsigned) diff_random(diff, 100),
             diff_random(diff, 4) ? "" : ",17=3");
    diff->carried.participants = trade_str_c(diff->participants);

    (void) trade_call_place(call, diff->mem, sizeof(diff->mem), &write,
                            &cart.parts[0].order, diff_random(diff, 6) == 0);
}


static void
diff_reserve(diff_t *diff, trade_call_t *call, size_t home, trade_str_t id)
{
    trade_cart_t        cart;
    trade_write_args_t  write;

    diff_write_args(diff, &write, 1 - home);
    write.id = id;
    diff_split(diff, &cart, home);

    (void) trade_call_reserve(call, diff->mem, sizeof(diff->mem), &write,
                              &cart.parts[1]);
}


/* In diff->cart */

static void
diff_split(diff_t *diff, trade_cart_t *cart, size_t home)
{
    size_t         i;
    trade_order_t  order;

    memset(&order, 0, sizeof(order));
    order.buyer = trade_str_c(diff_buyers[diff_random(diff, 3)]);
    order.items = diff->items;

    for (i = 0; i < DIFF_ITEMS; i++) {

        /* the first two are of both slots; the others may be there */

        if (i > 1 + home && diff_random(diff, 3)) {
            continue;
        }

        order.items[order.nitems].sku = trade_str_c(diff_carts[home][i]);
        order.items[order.nitems++].quantity = 1 + diff_random(diff, 2);
    }

    order.json = diff_json(diff, &order);

    (void) trade_cart_split(cart, diff->cart, sizeof(diff->cart), &order);
}


static void
diff_confirmed(diff_t *diff, trade_call_t *call, size_t home, trade_str_t id)
{
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, home);

    (void) trade_call_confirmed(call, diff->mem, sizeof(diff->mem), &seen, id,
                                diff_random(diff, 2), diff_slots[1 - home]);
}


static void
diff_indoubt(diff_t *diff, trade_call_t *call, size_t home)
{
    size_t             slot;
    trade_slot_seen_t  seen;

    slot = diff_random(diff, 2) ? home : 1 - home;
    diff_slot_seen(diff, &seen, slot);

    (void) trade_call_indoubt(call, diff->mem, sizeof(diff->mem), &seen,
                              1 + diff_random(diff, 40),
                              1 + diff_random(diff, 4));
}
