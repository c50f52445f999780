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
    trade_order_rules_t  rules = { 1000, 100, trade_null_str };

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
    const trade_cart_part_t  *part;

    for (n = 1; n <= 50; n += 7) {
        order_of(&order, 100, n);

        size = trade_cart_size(&order);
        mem = malloc(size);
        is_int(trade_cart_split(&cart, mem, size, &order), 0, "%zu items", n);
        is_int(cart.parts[0].order.slot, order.slot, "home comes first");
        is_str(cart.parts[0].order.json, order.json,
               "with the whole order's JSON");

        for (right = 1, total = 0, i = 0; i < cart.nparts; i++) {
            part = &cart.parts[i];
            total += part->order.nitems;

            for (k = 0; k < i; k++) {
                right &= part->order.slot != cart.parts[k].order.slot;
            }

            for (j = 0; j < part->order.nitems; j++) {
                right &= trade_slot_of(part->order.items[j].sku)
                         == part->order.slot
                         && part->order.items[j].sku.data
                            == order.items[part->at[j]].sku.data
                         && part->order.items[j].quantity
                            == order.items[part->at[j]].quantity;
            }

            if (i) {
                right &= unit_is_json(part->order.json)
                         && memcmp(part->order.json.data, OPEN,
                                   sizeof(OPEN) - 1) == 0;
            }
        }

        ok(right, "each part has the items of its own slot");
        is_int(total, order.nitems, "and all are in one");
        is_int(cart.nparts > 1, order.spans, "more than one, if it spans them");
        free(mem);

        for (right = 1, k = 0; k < size; k += 1 + size / 50) {
            mem = malloc(k + 1);
            rc = trade_cart_split(&cart, mem, k, &order);
            right &= rc == -1;
            free(mem);
        }

        ok(right, "in less memory it says so");
        trade_order_free(&order);
    }
}


/* What is told to the flow, and the actions it answers with, one a line */

static const struct {
    const char       *told;             /* b: begun, r: refused, y: a part has
                                           it, s: sold out there, u: unknown,
                                           d: down, a: aborted, l: the abort
                                           is lost, x: abort */
    const char       *does;             /* R reserve, L look, C commit, A abort,
                                           F release, N refuse */
    trade_verdict_e   verdict;
} flows[] = {
    { "byy", "R C", TRADE_DONE },
    { "bys", "R A", TRADE_SOLD_OUT },
    { "bsy", "R A", TRADE_SOLD_OUT },
    { "bsya", "R AFN", TRADE_SOLD_OUT },
    { "bsyl", "R AN", TRADE_SOLD_OUT },
    { "bsua", "R AFN", TRADE_UNKNOWN_SKU },
    { "busa", "R AFN", TRADE_UNKNOWN_SKU },
    { "bdsa", "R AFN", TRADE_SOLD_OUT },
    { "bdya", "R AFN", TRADE_SHARD_DOWN },
    { "byyxa", "R CAFN", TRADE_OVERLOADED },
    { "xa", "AFN", TRADE_OVERLOADED },
    { "ryy", "L N", TRADE_BUYER_LIMIT },
    { "rsy", "L N", TRADE_BUYER_LIMIT },
    { "ruy", "L N", TRADE_UNKNOWN_SKU },
    { "rdd", "L N", TRADE_BUYER_LIMIT }
};


static void
tell(trade_cart_flow_t *flow, char what)
{
    switch (what) {

    case 'b':
        trade_cart_flow_begun(flow, 2);
        break;

    case 'r':
        trade_cart_flow_refused(flow, 2, TRADE_BUYER_LIMIT);
        break;

    case 'a':
        trade_cart_flow_aborted(flow);
        break;

    case 'l':
        trade_cart_flow_lost(flow);
        break;

    case 'x':
        trade_cart_flow_abort(flow, TRADE_OVERLOADED);
        break;

    default:
        trade_cart_flow_part(flow, what == 'y' ? TRADE_DONE
                                   : what == 's' ? TRADE_SOLD_OUT
                                   : what == 'u' ? TRADE_UNKNOWN_SKU
                                                 : TRADE_SHARD_DOWN);
    }
}


static void
test_flow(void)
{
    char                 does[16], *p;
    size_t               i;
    const char          *told;
    trade_cart_flow_t    flow;
    trade_cart_action_e  action;

    for (i = 0; i < UNIT_ROWS(flows); i++) {
        memset(&flow, 0, sizeof(flow));
        p = does;

        for (told = flows[i].told; *told; told++) {
            tell(&flow, *told);
            action = trade_cart_flow_next(&flow);

            if (action == TRADE_CART_AWAIT && (*told == 'y' || *told == 's'
                || *told == 'u' || *told == 'd') && flow.waits)
            {
                *p++ = ' ';
            }

            for ( ; action; action = trade_cart_flow_next(&flow)) {
                *p++ = " RLCAFN"[action];
            }
        }

        *p = '\0';

        /* a part that is waited for is a space, the last one is not */

        is_str(trade_str_c(does), trade_str_c(flows[i].does), "%s",
               flows[i].told);
        is_int(flow.verdict, flows[i].verdict, "its verdict");
    }

    ok(trade_cart_of_items(TRADE_BUSY), "busy speaks of items");
    ok(!trade_cart_of_items(TRADE_SHARD_DOWN), "a shard that is down does not");
    ok(!trade_cart_of_items(TRADE_BUYER_BUSY), "nor does a busy buyer");
}


int
main(void)
{
    test_split();
    test_flow();

    return done_testing();
}
