/* Shows which items of an order are listed as refused, and why. */

#include "trade_refusal.h"
#include "unit.h"


/* An order of four items; a part of it has the second and the third */

static trade_item_t   items[] = {
    { trade_str("A"), 1, 3 }, { trade_str("B"), 1, 1 },
    { trade_str("C"), 1, 0 }, { trade_str("D"), 1, 2 }
};


static void
order_of(trade_order_t *order, size_t first, size_t n)
{
    memset(order, 0, sizeof(*order));
    order->items = items + first;
    order->nitems = n;
}


/* The list as text: "<index> <sku> <code> <opens> <closes> <limit> <left>;" */

static trade_str_t
listed(const trade_order_t *order)
{
    size_t                  i, n;
    uint64_t                values[4];
    trade_buf_t             b;
    const trade_refusal_t  *r;
    static char             mem[1024];

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < order->refused.n; i++) {
        r = &order->refused.list[i];

        values[0] = r->opens_at;
        values[1] = r->closes_at;
        values[2] = r->limit;
        values[3] = r->left;

        trade_buf_u64(&b, r->index);
        trade_buf_c(&b, " ");
        trade_buf_str(&b, r->sku);
        trade_buf_c(&b, " ");
        trade_buf_str(&b, r->code);

        for (n = 0; n < UNIT_ROWS(values); n++) {
            trade_buf_c(&b, " ");

            if (values[n] == TRADE_REFUSAL_NONE) {
                trade_buf_c(&b, "-");

            } else {
                trade_buf_u64(&b, values[n]);
            }
        }

        trade_buf_c(&b, ";");
    }

    return trade_buf_done(&b);
}


static const struct {
    const char       *name;
    trade_result_e    result;
    const char       *reasons;
    const char       *listed;
} cases[] = {
    { "one item is sold out", TRADE_SOLD_OUT, "SOLDOUT 2",
      "1 B sold-out - - - -;" },
    { "each reason has its values", TRADE_NOT_STARTED,
      "EARLY 5 1=70\nOVER 2=0\nLIMIT 4=5,0\nBUSY 3",
      "3 A not-started 70 - - -;1 B sale-over - 0 - -;"
      "2 D buyer-limit - - 5 0;0 C busy - - - -;" },
    { "without reasons all items are refused", TRADE_SHARD_DOWN, "",
      "3 A shard-down - - - -;1 B shard-down - - - -;"
      "0 C shard-down - - - -;2 D shard-down - - - -;" },
    { "a closed slot refuses all items", TRADE_SLOT_CLOSED, "",
      "3 A slot-closed - - - -;1 B slot-closed - - - -;"
      "0 C slot-closed - - - -;2 D slot-closed - - - -;" },
    { "there is no item past the last one", TRADE_SOLD_OUT,
      "SOLDOUT 5 1 18446744073709551615", "3 A sold-out - - - -;" },
    { "no more is listed than there are items", TRADE_SOLD_OUT,
      "SOLDOUT 1 1 1 1 2", "3 A sold-out - - - -;3 A sold-out - - - -;"
      "3 A sold-out - - - -;3 A sold-out - - - -;" },
    { "a reused key is no item's fault", TRADE_KEY_REUSED, "", "" },
    { "nor is a full backlog", TRADE_BACKLOG_FULL, "", "" },
    { "nor an unknown outcome", TRADE_NO_ANSWER, "", "" }
};


static void
test_part(void)
{
    size_t         i;
    trade_order_t  order;

    for (i = 0; i < UNIT_ROWS(cases); i++) {
        order_of(&order, 0, 4);
        trade_refusal_part(&order, &order, cases[i].result,
                           trade_str_c(cases[i].reasons));

        is_str(listed(&order), trade_str_c(cases[i].listed), "%s",
               cases[i].name);
        trade_order_free(&order);
    }
}


/* Parts answer one after the other; home's refusal is replaced */

static void
test_parts(void)
{
    trade_order_t  order, home, other;

    order_of(&order, 0, 4);
    order_of(&home, 0, 1);
    order_of(&other, 1, 2);

    trade_refusal_part(&order, &other, TRADE_SOLD_OUT,
                       trade_str_c("SOLDOUT 2"));
    trade_refusal_part(&order, &home, TRADE_BUYER_BUSY,
                       trade_str_c("LOCKED 1"));
    is_str(listed(&order), trade_str_c("0 C sold-out - - - -;"
                                       "3 A buyer-busy - - - -;"),
           "a part's positions are those of its own items");

    trade_refusal_cut(&order, 1);
    trade_refusal_part(&order, &home, TRADE_SHARD_DOWN, trade_str_c(""));
    is_str(listed(&order), trade_str_c("0 C sold-out - - - -;"
                                       "3 A shard-down - - - -;"),
           "the refusal of home is replaced");

    trade_refusal_cut(&order, 9);
    is_int(order.refused.n, 2, "a cut past the end drops nothing");

    trade_refusal_cut(&order, 0);
    trade_refusal_part(&order, &order, TRADE_SOLD_OUT,
                       trade_str_c("SOLDOUT 1 2 4\nBUSY 3"));
    trade_refusal_sort(&order);
    is_str(listed(&order), trade_str_c("0 C busy - - - -;1 B sold-out - - - -;"
                                       "2 D sold-out - - - -;"
                                       "3 A sold-out - - - -;"),
           "sorted, the list is as the request has its items");

    trade_order_free(&order);
    is_str(listed(&order), trade_str_c(""), "a freed order has no list");

    order_of(&order, 0, 0);
    trade_refusal_part(&order, &order, TRADE_UNKNOWN_SKU,
                       trade_str_c("UNKNOWN 1"));
    trade_refusal_sort(&order);
    is_int(order.refused.n, 0, "an order without items refuses none");
    trade_order_free(&order);
}


int
main(void)
{
    test_part();
    test_parts();

    return done_testing();
}
