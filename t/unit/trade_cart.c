/*
 * Shows that a cart is split into what each slot has of it, and what its
 * coordinator does, whatever the slots say and in whatever order.
 */

#include "trade_cart.h"
#include "trade_slot.h"
#include "unit.h"


#define BODY  "{\"buyer_id\":\"u-1\",\"items\":[%s],\"metadata\":{\"a\":1}}"
#define OPEN  "{\"buyer_id\":\"u-1\",\"items\":["


/* An order of items `S-<number>`, each as often as its number */

static void
order_of(trade_order_t *order, unsigned first, unsigned n)
{
    char                 body[8192], items[8000], *p;
    unsigned             i;
    trade_errors_t       errors = { 0 };
    trade_order_rules_t  rules = { 1000, 100, trade_null_str, trade_null_str };

    for (p = items, i = first; i < first + n; i++) {
        p += sprintf(p, "%s{\"sku\":\"S-%u\",\"quantity\":%u}",
                     i == first ? "" : ",", i, i);
    }

    (void) snprintf(body, sizeof(body), BODY, items);

    if (trade_order_parse(order, trade_str_c(body), &rules, &errors)
        != TRADE_DONE)
    {
        (void) printf("Bail out! %s\n", body);
        abort();
    }
}


static void
test_split(void)
{
    int             right, rc;
    void           *mem;
    size_t          i, j, k, n, total, size;
    trade_cart_t    cart;
    trade_order_t   order;
    const trade_item_t       *item;
    const trade_cart_part_t  *part;

    for (n = 1; n <= 50; n += 7) {
        order_of(&order, 100, n);

        size = trade_cart_size(&order);
        mem = malloc(size);
        is_int(trade_cart_split(&cart, mem, size, &order), 0,
               "a cart of %zu items is split", n);
        is_int(cart.parts[0].order.slot, order.slot,
               "the part of home comes first");
        is_str(cart.parts[0].order.json, order.json,
               "the part of home has the whole order's JSON");

        for (right = 1, total = 0, i = 0; i < cart.nparts; i++) {
            part = &cart.parts[i];
            total += part->order.nitems;

            for (k = 0; k < i; k++) {
                right &= part->order.slot != cart.parts[k].order.slot;
            }

            for (j = 0; j < part->order.nitems; j++) {
                item = &part->order.items[j];
                right &= trade_slot_of(item->sku) == part->order.slot;

                for (k = 0; k < order.nitems
                     && order.items[k].sku.data != item->sku.data; k++)
                {
                    /* void */
                }

                right &= k < order.nitems
                         && order.items[k].quantity == item->quantity;
            }

            if (i) {
                right &= unit_is_json(part->order.json)
                         && memcmp(part->order.json.data, OPEN,
                                   sizeof(OPEN) - 1) == 0;
            }
        }

        ok(right, "each part has the items of its own slot");
        is_int(total, order.nitems, "each item is in one part");
        is_int(cart.nparts > 1, order.spans,
               "an order that spans slots has several parts");
        free(mem);

        for (right = 1, k = 0; k < size; k += 1 + size / 50) {
            mem = malloc(k + 1);
            rc = trade_cart_split(&cart, mem, k, &order);
            right &= rc == -1;
            free(mem);
        }

        ok(right, "a split in less memory is refused");
        trade_order_free(&order);
    }
}


/* Events for the flow, and the actions that it answers with */

static const struct {
    const char       *told;             /* b: starts, r: not to be made; of the
                                           others y: holds, s: sold out, p: the
                                           same is in progress, d: down; at
                                           home Y: nothing would refuse it,
                                           U: unknown, L: limit, K: key
                                           reused, C: slot closed */
    const char       *does;             /* R reserve, F release, L look,
                                           P place; a space: it waits */
    trade_result_e    result;
} flows[] = {
    { "byy", "R P", TRADE_DONE },
    { "bys", "R FL", TRADE_SOLD_OUT },
    { "bsy", "R FL", TRADE_SOLD_OUT },
    { "bsyY", "R FL", TRADE_SOLD_OUT },
    { "bsyU", "R FL", TRADE_UNKNOWN_SKU },
    { "bsyUY", "R FL", TRADE_SOLD_OUT },
    { "bsyL", "R FL", TRADE_BUYER_LIMIT },
    { "bsyK", "R FL", TRADE_KEY_REUSED },
    { "bps", "R FL", TRADE_IN_PROGRESS },
    { "bspU", "R FL", TRADE_IN_PROGRESS },
    { "bypC", "R FL", TRADE_SLOT_CLOSED },
    { "bdy", "R FL", TRADE_SHARD_DOWN },
    { "bdyY", "R FL", TRADE_SHARD_DOWN },
    { "bds", "R FL", TRADE_SOLD_OUT },
    { "bdyL", "R FL", TRADE_BUYER_LIMIT },
    { "rY", "L", TRADE_BACKLOG_FULL },
    { "rU", "L", TRADE_UNKNOWN_SKU }
};


/* The answer to the client, as far as it is known */

static trade_result_e
tell(trade_cart_flow_t *flow, char what)
{
    size_t  i;

    static const struct {
        char            what;
        trade_result_e  result;
    } results[] = {
        { 'y', TRADE_DONE }, { 's', TRADE_SOLD_OUT },
        { 'p', TRADE_IN_PROGRESS }, { 'd', TRADE_SHARD_DOWN },
        { 'Y', TRADE_DONE }, { 'U', TRADE_UNKNOWN_SKU },
        { 'L', TRADE_BUYER_LIMIT }, { 'K', TRADE_KEY_REUSED },
        { 'C', TRADE_SLOT_CLOSED }
    };

    if (what == 'b') {
        trade_cart_flow_start(flow, 2);
        return flow->result;
    }

    if (what == 'r') {
        trade_cart_flow_refuse(flow, TRADE_BACKLOG_FULL);
        return flow->result;
    }

    for (i = 0; results[i].what != what; i++) { /* void */ }

    if (i < 4) {
        trade_cart_flow_participant(flow, results[i].result);
        return flow->result;
    }

    return trade_cart_flow_dry_run(flow, results[i].result);
}


static void
test_flow(void)
{
    char                 does[16], *p;
    size_t               i;
    const char          *told;
    trade_result_e       result;
    trade_cart_flow_t    flow;
    trade_cart_action_e  action;

    for (i = 0; i < UNIT_ROWS(flows); i++) {
        result = TRADE_DONE;
        p = does;

        for (told = flows[i].told; *told; told++) {
            result = tell(&flow, *told);
            action = trade_cart_flow_next(&flow);

            if (action == TRADE_CART_AWAIT && flow.waits) {
                *p++ = ' ';
            }

            for ( ; action; action = trade_cart_flow_next(&flow)) {
                *p++ = " RFLP"[action];
            }
        }

        *p = '\0';

        is_str(trade_str_c(does), trade_str_c(flows[i].does), "%s",
               flows[i].told);
        is_int(result, flows[i].result, "the cart has the right result");
        is_int(flow.placing, strchr(does, 'P') != NULL,
               "a cart is being placed if place was sent");
    }
}


static void
test_end(void)
{
    trade_cart_flow_t  flow;

    trade_cart_flow_start(&flow, 2);
    trade_cart_flow_sent(&flow);
    trade_cart_flow_sent(&flow);
    is_int(trade_cart_flow_acked(&flow), 0,
           "an acknowledged cart waits for two participants");
    is_int(trade_cart_flow_done(&flow), TRADE_CART_GOES_ON,
           "a cart goes on when one of two participants has answered");
    is_int(trade_cart_flow_done(&flow), TRADE_CART_ACKED,
           "a cart is acked when both participants have answered");
    is_int(trade_cart_flow_acked(&flow), 1,
           "an acknowledged cart without open calls is acked");
    is_int(trade_cart_flow_done(&flow), TRADE_CART_OVER,
           "a cart is over when its request has ended");

    trade_cart_flow_refuse(&flow, TRADE_BACKLOG_FULL);
    trade_cart_flow_sent(&flow);
    is_int(trade_cart_flow_done(&flow), TRADE_CART_GOES_ON,
           "a cart goes on while a command is under way");
    is_int(trade_cart_flow_done(&flow), TRADE_CART_OVER,
           "a cart is over when its last command is answered");

    trade_cart_flow_start(&flow, 1);
    is_int(trade_cart_flow_abandoned(&flow, 0), 0,
           "before home was asked the flow itself releases");
    flow.placing = 1;
    is_int(trade_cart_flow_abandoned(&flow, 0), 1, "home has not placed it");
    is_int(trade_cart_flow_abandoned(&flow, 1), 0, "home may place it yet");
    flow.placed = 1;
    is_int(trade_cart_flow_abandoned(&flow, 0), 0, "home has placed it");
}


int
main(void)
{
    test_end();
    test_split();
    test_flow();

    return done_testing();
}
