#include "trade_cart.h"
#include "trade_bits.h"
#include "trade_name.h"
#include "trade_record.h"
#include "trade_slot.h"

#include <string.h>


static trade_cart_part_t *trade_cart_part(trade_cart_t *cart,
    const trade_order_t *order, unsigned slot);
static void trade_cart_write(trade_cart_part_t *part, trade_buf_t *b);


size_t
trade_cart_size(const trade_order_t *order)
{
    return order->nitems * (sizeof(trade_cart_part_t) + sizeof(trade_item_t)
                            + sizeof("{\"buyer_id\":\"\",\"items\":[]}")
                            + trade_name_json_len(order->buyer))
           + order->json.len;
}


/*
 * The parts, then their items, and what is written.  Items are in the order of
 * their SKUs: so is each part, and home is the first.
 */

int
trade_cart_split(trade_cart_t *cart, void *mem, size_t size,
    const trade_order_t *order)
{
    size_t              i, n;
    unsigned            slot;
    trade_buf_t         b;
    trade_item_t       *items;
    trade_cart_part_t  *part;

    if (size < trade_cart_size(order)) {
        return -1;
    }

    n = order->nitems;
    cart->parts = mem;
    cart->nparts = 0;
    items = (trade_item_t *) (cart->parts + n);
    trade_buf_init(&b, (char *) (items + n), size - ((char *) (items + n)
                                                     - (char *) mem));

    for (i = 0; i < n; i++) {
        trade_cart_part(cart, order, trade_slot_of(order->items[i].sku))
            ->order.nitems++;
    }

    for (part = cart->parts; part < cart->parts + cart->nparts; part++) {
        part->order.items = items;
        items += part->order.nitems;
        part->order.nitems = 0;
    }

    for (i = 0; i < n; i++) {
        slot = trade_slot_of(order->items[i].sku);
        part = trade_cart_part(cart, order, slot);
        part->order.items[part->order.nitems++] = order->items[i];
    }

    for (part = cart->parts + 1; part < cart->parts + cart->nparts; part++) {
        trade_cart_write(part, &b);
    }

    return b.overflow ? -1 : 0;
}


static trade_cart_part_t *
trade_cart_part(trade_cart_t *cart, const trade_order_t *order, unsigned slot)
{
    size_t              i;
    trade_cart_part_t  *part;

    for (i = 0; i < cart->nparts; i++) {
        if (cart->parts[i].order.slot == slot) {
            return &cart->parts[i];
        }
    }

    part = &cart->parts[cart->nparts++];
    memset(part, 0, sizeof(*part));
    part->order.slot = slot;
    part->order.buyer = order->buyer;
    part->order.json = order->json;

    return part;
}


/* The content of a hold: the items of the part, as the scripts read them */

static void
trade_cart_write(trade_cart_part_t *part, trade_buf_t *b)
{
    char    *start;
    size_t   i;

    start = b->pos;

    trade_buf_c(b, "{\"buyer_id\":");
    trade_buf_json(b, part->order.buyer);
    trade_buf_c(b, ",\"items\":[");

    for (i = 0; i < part->order.nitems; i++) {
        trade_buf_c(b, i ? ",{\"sku\":" : "{\"sku\":");
        trade_buf_json(b, part->order.items[i].sku);
        trade_buf_c(b, ",\"quantity\":");
        trade_buf_u64(b, part->order.items[i].quantity);
        trade_buf_c(b, "}");
    }

    trade_buf_c(b, "]}");

    part->order.json = trade_str_of(start, b->pos - start);
}


int
trade_cart_participants(const trade_order_t *order, trade_str_t participants)
{
    size_t         i;
    unsigned       slot, named;
    uint64_t       version;
    unsigned char  seen[TRADE_SLOTS] = { 0 };

    seen[order->slot] = 1;

    for (i = 0; i < order->nitems; i++) {
        slot = trade_slot_of(order->items[i].sku);

        if (seen[slot]) {
            continue;
        }

        if (!trade_record_participant(&participants, &named, &version)
            || named != slot)
        {
            return 0;
        }

        seen[slot] = 1;
    }

    return participants.len == 0;
}


/*
 * The reasons of several slots, the gravest first.  A reason that may pass soon
 * (in progress, the buyer's lock) comes before sold-out here, because the cart
 * is then asked for again.
 */

static const trade_result_e  trade_cart_results[] = {
    TRADE_KEY_REUSED, TRADE_SLOT_CLOSED, TRADE_IN_PROGRESS, TRADE_UNKNOWN_SKU,
    TRADE_NOT_STARTED, TRADE_SALE_OVER, TRADE_BUYER_BUSY, TRADE_BUYER_LIMIT,
    TRADE_SOLD_OUT, TRADE_BUSY
};

#define TRADE_CART_VERDICTS                                                   \
    (sizeof(trade_cart_results) / sizeof(trade_cart_results[0]))


static size_t
trade_cart_rank(trade_result_e result)
{
    size_t  i;

    for (i = 0; i < TRADE_CART_VERDICTS; i++) {
        if (trade_cart_results[i] == result) {
            break;
        }
    }

    return i;
}


static trade_result_e
trade_cart_graver(trade_result_e one, trade_result_e two)
{
    if (one == TRADE_DONE || two == TRADE_DONE) {
        return one == TRADE_DONE ? two : one;
    }

    return trade_cart_rank(two) < trade_cart_rank(one) ? two : one;
}


void
trade_cart_flow_start(trade_cart_flow_t *flow, size_t participants)
{
    memset(flow, 0, sizeof(*flow));

    flow->result = TRADE_DONE;
    flow->waits = participants;
    flow->under_way = 1;
    trade_bits_add(&flow->todo, TRADE_CART_RESERVE);
}


void
trade_cart_flow_refuse(trade_cart_flow_t *flow, trade_result_e result)
{
    memset(flow, 0, sizeof(*flow));

    flow->result = result;
    flow->under_way = 1;
    trade_bits_add(&flow->todo, TRADE_CART_LOOK);
}


void
trade_cart_flow_participant(trade_cart_flow_t *flow, trade_result_e result)
{
    flow->result = trade_cart_graver(flow->result, result);

    if (--flow->waits) {
        return;
    }

    if (flow->result == TRADE_DONE) {
        flow->placing = 1;
        trade_bits_add(&flow->todo, TRADE_CART_PLACE);

    } else {
        trade_bits_add(&flow->todo, TRADE_CART_RELEASE);
        trade_bits_add(&flow->todo, TRADE_CART_LOOK);
    }
}


trade_result_e
trade_cart_flow_dry_run(const trade_cart_flow_t *flow, trade_result_e result)
{
    return trade_cart_graver(flow->result, result);
}


trade_cart_action_e
trade_cart_flow_next(trade_cart_flow_t *flow)
{
    return trade_bits_next(&flow->todo);
}


void
trade_cart_flow_sent(trade_cart_flow_t *flow)
{
    flow->under_way++;
}


trade_cart_done_e
trade_cart_flow_done(trade_cart_flow_t *flow)
{
    flow->under_way--;

    if (flow->under_way == 1 && flow->acked) {
        flow->acked = 0;
        return TRADE_CART_ACKED;
    }

    return flow->under_way ? TRADE_CART_GOES_ON : TRADE_CART_OVER;
}


int
trade_cart_flow_acked(trade_cart_flow_t *flow)
{
    flow->acked = flow->under_way > 1;

    return !flow->acked;
}


int
trade_cart_flow_abandoned(const trade_cart_flow_t *flow, int ambiguous)
{
    return flow->placing && !flow->placed && !ambiguous;
}
