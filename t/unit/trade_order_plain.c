/*
 * Shows which bodies take the short way, and that an order is the same with
 * and without it.
 */

#include "trade_order_plain.h"
#include "order_same.h"
#include "unit.h"


#define ITEM    "{\"sku\":\"A-1\",\"quantity\":1}"
#define ITEMS   "\"items\":[" ITEM "]"
#define BODY    "{\"buyer_id\":\"u\"," ITEMS
#define ROUNDS  60000

#define QUANTITY(q)  "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\","        \
                     "\"quantity\":" q "}]}"
#define SKU(s)       "{\"buyer_id\":\"u\",\"items\":[{\"sku\":" s ","          \
                     "\"quantity\":1}]}"
#define METADATA(m)  BODY ",\"metadata\":" m "}"


/* at most 3 items and 10 units */

static const struct {
    const char  *name;
    const char  *body;
    const char  *buyer;             /* of the rules */
} taken[] = {
    { "an order of the load generator",
      "{\"buyer_id\":\"u512345\",\"items\":[{\"sku\":\"hot-4711\","
      "\"quantity\":1}]}", "" },
    { "the order of docs/http.md",
      "{\"buyer_id\": \"u-1\", \"items\": [{\"sku\": \"A-1\", \"quantity\": 1}]"
      ",\n    \"metadata\": {\"campaign\": \"x\"}}", "" },
    { "a cart",
      "{\"buyer_id\":\"u1\",\"items\":[{\"sku\":\"s7\",\"quantity\":1},"
      "{\"sku\":\"s12\",\"quantity\":10},{\"sku\":\"s1\",\"quantity\":1}]}",
      "" },
    { "an SKU that stands twice",
      "{\"buyer_id\":\"u\",\"items\":[" ITEM "," ITEM "]}", "" },
    { "an SKU of which too many units are asked for in all",
      "{\"buyer_id\":\"u\",\"items\":[" ITEM ",{\"sku\":\"A-1\","
      "\"quantity\":10}]}", "" },
    { "members in another order",
      "{\"items\":[{\"quantity\":1,\"sku\":\"A-1\"}],\"buyer_id\":\"u\"}", "" },
    { "all blanks of JSON",
      " \t\r\n{ \"buyer_id\" : \"u\" ,\t\"items\"\n: [ { \"sku\" : \"A-1\" , "
      "\"quantity\" : 1 } ] ,\"metadata\" : { } } \r\n", "" },
    { "a body that leaves the buyer to the ticket", "{" ITEMS "}", "u" },
    { "a body that names the ticket's buyer", BODY "}", "u" },
    { "a buyer who has quotes in JSON", "{" ITEMS "}", UNIT_QUOTES },
    { "names in UTF-8", SKU("\"\xe6\x89\x8b\xf0\x9f\x98\x80\""), "" },
    { "the longest name", SKU("\"" UNIT_NAME "\""), "" },
    { "the largest quantity", QUANTITY("10"), "" },
    { "empty metadata", METADATA("{}"), "" },
    { "metadata with all that JSON has",
      METADATA("{ \"A\":[1.0, 1e0,\t-0], \"a\":\"\\u0000\\/\xc3\xa4\","
               "\"items\":{\"x\":null,\"y\":[true,false]} }"), "" },
    { "the deepest metadata", METADATA("{\"a\":[[[[[[]]]]]]}"), "" }
};


static const struct {
    const char  *name;
    trade_str_t  body;
    const char  *buyer;
} declined[] = {
    { "an empty body", trade_str(""), "" },
    { "no memory of a body", trade_null_str, "" },
    { "blanks alone", trade_str(" \n"), "" },
    { "an array", trade_str("[" BODY "}]"), "" },
    { "an empty object", trade_str("{}"), "u" },
    { "an open object", trade_str(BODY), "" },
    { "a comma before the end", trade_str(BODY ",}"), "" },
    { "text behind the end", trade_str(BODY "}x"), "" },
    { "a NUL behind the end", trade_str(BODY "}\0"), "" },
    { "a form feed", trade_str("\f" BODY "}"), "" },
    { "a byte order mark", trade_str("\xef\xbb\xbf" BODY "}"), "" },

    { "an unknown member", trade_str(BODY ",\"x\":1}"), "" },
    { "a member in capitals", trade_str(BODY ",\"Metadata\":{}}"), "" },
    { "a longer name of a member",
      trade_str(BODY ",\"metadata1\":{}}"), "" },
    { "a name of a member with an escape",
      trade_str("{\"buyer\\u005fid\":\"u\"," ITEMS "}"), "" },
    { "a name of a member without a colon",
      trade_str("{\"buyer_id\" \"u\"," ITEMS "}"), "" },
    { "a name of a member without quotes",
      trade_str("{buyer_id:\"u\"," ITEMS "}"), "" },

    { "no buyer", trade_str("{" ITEMS "}"), "" },
    { "an empty buyer", trade_str("{\"buyer_id\":\"\"," ITEMS "}"), "" },
    { "an empty buyer beside a ticket",
      trade_str("{\"buyer_id\":\"\"," ITEMS "}"), "u" },
    { "null for a buyer", trade_str("{\"buyer_id\":null," ITEMS "}"), "u" },
    { "a buyer who is not the ticket's", trade_str(BODY "}"), "v" },
    { "two buyers", trade_str(BODY ",\"buyer_id\":\"u\"}"), "" },
    { "a buyer who comes twice", trade_str(BODY ",\"buyer_id\":\"u\"}"), "u" },

    { "no items", trade_str("{\"buyer_id\":\"u\"}"), "" },
    { "an empty list of items",
      trade_str("{\"buyer_id\":\"u\",\"items\":[]}"), "" },
    { "an object for items",
      trade_str("{\"buyer_id\":\"u\",\"items\":" ITEM "}"), "" },
    { "items that come twice", trade_str(BODY "," ITEMS "}"), "" },
    { "more items than the rules allow",
      trade_str("{\"buyer_id\":\"u\",\"items\":[" ITEM "," ITEM "," ITEM ","
                ITEM "]}"), "" },
    { "a comma behind the last item",
      trade_str("{\"buyer_id\":\"u\",\"items\":[" ITEM ",]}"), "" },
    { "a string for an item",
      trade_str("{\"buyer_id\":\"u\",\"items\":[\"A-1\"]}"), "" },
    { "an empty item", trade_str("{\"buyer_id\":\"u\",\"items\":[{}]}"), "" },
    { "an item without an SKU",
      trade_str("{\"buyer_id\":\"u\",\"items\":[{\"quantity\":1}]}"), "" },
    { "an item without a quantity",
      trade_str("{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A\"}]}"), "" },
    { "an item with a price",
      trade_str("{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A\",\"quantity\":1,"
                "\"price\":1}]}"), "" },
    { "an SKU that comes twice",
      trade_str("{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A\",\"sku\":\"A\","
                "\"quantity\":1}]}"), "" },
    { "a quantity that comes twice",
      trade_str("{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A\",\"quantity\":1,"
                "\"quantity\":1}]}"), "" },

    { "an SKU with an escape", trade_str(SKU("\"A\\u002d1\"")), "" },
    { "an SKU with a quote", trade_str(SKU("\"A\\\"\"")), "" },
    { "an SKU with a backslash", trade_str(SKU("\"A\\\\\"")), "" },
    { "an SKU with a control character", trade_str(SKU("\"A\n\"")), "" },
    { "an SKU with a NUL", trade_str(SKU("\"A\0B\"")), "" },
    { "an SKU with U+007F", trade_str(SKU("\"A\x7f\"")), "" },
    { "an SKU with U+0085", trade_str(SKU("\"A\xc2\x85\"")), "" },
    { "an SKU that is not UTF-8", trade_str(SKU("\"A\xff\"")), "" },
    { "an SKU that is cut inside a character",
      trade_str(SKU("\"A\xe6\x89\"")), "" },
    { "an SKU with a blank before it", trade_str(SKU("\" A\"")), "" },
    { "an SKU with a blank behind it", trade_str(SKU("\"A \"")), "" },
    { "an empty SKU", trade_str(SKU("\"\"")), "" },
    { "an SKU of 256 bytes", trade_str(SKU("\"" UNIT_NAME "x\"")), "" },
    { "a number for an SKU", trade_str(SKU("1")), "" },

    { "the quantity 0", trade_str(QUANTITY("0")), "" },
    { "the quantity -1", trade_str(QUANTITY("-1")), "" },
    { "the quantity +1", trade_str(QUANTITY("+1")), "" },
    { "the quantity 01", trade_str(QUANTITY("01")), "" },
    { "the quantity 1.0", trade_str(QUANTITY("1.0")), "" },
    { "the quantity 1e0", trade_str(QUANTITY("1e0")), "" },
    { "the quantity 1 0", trade_str(QUANTITY("1 0")), "" },
    { "a quantity past the limit", trade_str(QUANTITY("11")), "" },
    { "a quantity past 64 bits",
      trade_str(QUANTITY("18446744073709551617")), "" },
    { "a string for a quantity", trade_str(QUANTITY("\"1\"")), "" },

    { "an array for metadata", trade_str(METADATA("[]")), "" },
    { "null for metadata", trade_str(METADATA("null")), "" },
    { "metadata that comes twice",
      trade_str(BODY ",\"metadata\":{},\"metadata\":{}}"), "" },
    { "metadata with a name that comes twice",
      trade_str(METADATA("{\"a\":1,\"\\u0061\":1}")), "" },
    { "metadata that is nested too deep",
      trade_str(METADATA("{\"a\":[[[[[[[]]]]]]]}")), "" },
    { "metadata with a bad number", trade_str(METADATA("{\"a\":01}")), "" },
    { "metadata with a lone surrogate",
      trade_str(METADATA("{\"a\":\"\\ud800\"}")), "" },
    { "metadata that is not UTF-8",
      trade_str(METADATA("{\"a\":\"\xff\"}")), "" },
    { "metadata without an end", trade_str(BODY ",\"metadata\":{"), "" }
};


static trade_order_rules_t
rules_of(const char *buyer)
{
    trade_order_rules_t  rules = { 10, 3, trade_str_c(buyer),
                                   trade_null_str };

    return rules;
}


static int
is_taken(trade_str_t body, const trade_order_rules_t *rules)
{
    int                 rc;
    trade_order_t       order;
    trade_order_form_t  form;

    rc = trade_order_plain_read(&form, &order, body, rules);
    free(order.mem);

    return rc == 0;
}


static void
test_taken(void)
{
    size_t               i;
    trade_str_t          body;
    trade_order_rules_t  rules;

    for (i = 0; i < UNIT_ROWS(taken); i++) {
        rules = rules_of(taken[i].buyer);
        body = unit_guard(trade_str_c(taken[i].body));

        ok(is_taken(body, &rules), "the plain reader takes %s", taken[i].name);
        ok(order_same(body, &rules),
           "both readers make the same order of %s", taken[i].name);
    }
}


static void
test_declined(void)
{
    size_t               i;
    trade_str_t          body;
    trade_order_t        order;
    trade_order_form_t   form;
    trade_order_rules_t  rules;

    for (i = 0; i < UNIT_ROWS(declined); i++) {
        rules = rules_of(declined[i].buyer);
        body = unit_guard(declined[i].body);

        is_int(trade_order_plain_read(&form, &order, body, &rules), -1,
               "the plain reader declines %s", declined[i].name);
        ok(order.mem == NULL && order.nitems == 0 && order.buyer.len == 0,
           "a declined order holds nothing");
        trade_order_free(&order);

        ok(order_same(body, &rules), "the strict reader alone answers to %s",
           declined[i].name);
    }
}


/* A body that ends early is declined, and no byte behind it is read */

static void
test_prefixes(void)
{
    int                  right;
    trade_str_t          body;
    trade_order_rules_t  rules;

    rules = rules_of("");
    body = trade_str_c(METADATA("{\"a\":[1,\"\\u00e4\"]}"));

    for (right = 1; body.len--; /* void */ ) {
        right &= !is_taken(unit_guard(body), &rules);
    }

    ok(right, "the plain reader declines an order that is cut short");
}


/* All items that a body has room for are taken: a thousand of the shortest */

static void
test_many(void)
{
    char                 *mem;
    size_t                i;
    trade_buf_t           b;
    trade_order_rules_t   rules = { TRADE_QUANTITY_LIMIT, TRADE_ITEMS_LIMIT,
                                    trade_str("u"), trade_null_str };

    mem = malloc(TRADE_ITEMS_LIMIT * sizeof(ITEM) + sizeof(BODY));
    trade_buf_init(&b, mem, TRADE_ITEMS_LIMIT * sizeof(ITEM) + sizeof(BODY));
    trade_buf_c(&b, "{\"items\":[");

    for (i = 0; i < TRADE_ITEMS_LIMIT; i++) {
        trade_buf_c(&b, i ? "," : "");
        trade_buf_c(&b, "{\"sku\":\"A\",\"quantity\":1}");
    }

    trade_buf_c(&b, "]}");

    ok(!b.overflow, "a body of a thousand items is there");
    ok(is_taken(unit_guard(trade_buf_done(&b)), &rules),
       "the plain reader takes a thousand items");
    ok(order_same(unit_guard(trade_buf_done(&b)), &rules),
       "both readers make the same order of a thousand items");

    free(mem);
}


static void
test_no_tree(void)
{
    cJSON_Hooks          hooks = { unit_no_memory, free };
    trade_order_t        order;
    trade_errors_t       errors = { 0 };
    trade_order_rules_t  rules;

    rules = rules_of("");

    cJSON_InitHooks(&hooks);
    is_int(trade_order_parse(&order, trade_str_c(METADATA("{\"a\":[1]}")),
                             &rules, &errors),
           TRADE_DONE, "a plain order needs no tree of JSON");
    cJSON_InitHooks(NULL);

    trade_order_free(&order);
}


/* A body of members, values and blanks at random, most of them well-formed */

static void
random_blank(trade_buf_t *b)
{
    static const char *const  blanks[] = { " ", "\n", "\t", "\r\n", "  " };

    if (unit_random() % 8 == 0) {
        trade_buf_c(b, blanks[unit_random() % UNIT_ROWS(blanks)]);
    }
}


static void
random_of(trade_buf_t *b, const char *const *texts, size_t n)
{
    random_blank(b);

    /* the first half are the common ones */

    trade_buf_c(b, texts[unit_random() % (unit_random() % 8 ? n / 2 : n)]);

    random_blank(b);
}


static void
random_item(trade_buf_t *b)
{
    int     swap;
    size_t  i, n;

    static const char *const  skus[] = {
        "\"A-1\"", "\"A-2\"", "\"B\"", "\"sku:7\"", "\"\xc3\xa4\"", "\"a b\"",
        "\"\\u0041-1\"", "\"\\\"\"", "\"\"", "\" A\"", "\"\xff\"", "null"
    };
    static const char *const  quantities[] = {
        "1", "2", "3", "10", "6", "9", "0", "11", "-1", "1.0", "1e0", "01"
    };

    swap = unit_random() % 2;
    n = unit_random() % 16 ? 2 : unit_random() % 4;

    trade_buf_c(b, "{");

    for (i = 0; i < n; i++) {
        trade_buf_c(b, i ? "," : "");
        random_blank(b);

        if ((i + swap) % 2) {
            trade_buf_c(b, "\"quantity\":");
            random_of(b, quantities, UNIT_ROWS(quantities));

        } else {
            trade_buf_c(b, "\"sku\":");
            random_of(b, skus, UNIT_ROWS(skus));
        }
    }

    trade_buf_c(b, "}");
}


static void
random_body(trade_buf_t *b)
{
    size_t  i, n, first;

    static const char *const  buyers[] = {
        "\"u\"", "\"u\"", "\"v\"", "\"\xe6\x89\x8b\"", "\"\\u0075\"", "\"\"",
        "1", "null"
    };
    static const char *const  metadata[] = {
        "{}", "{\"a\":1}", "{ \"a\" : [1e5,{\"b\":null}] }",
        "{\"a\":\"\\u0000\\\"}\"}", "{\"a\":1,\"a\":2}", "[]", "{\"a\":01}",
        "{\"a\":[[[[[[[]]]]]]]}"
    };

    first = unit_random() % 3;
    n = unit_random() % 16 ? 3 : unit_random() % 6;

    random_blank(b);
    trade_buf_c(b, "{");

    for (i = first; i < first + n; i++) {
        trade_buf_c(b, i > first ? "," : "");

        switch (i % 3) {

        case 0:
            trade_buf_c(b, "\"buyer_id\":");
            random_of(b, buyers, UNIT_ROWS(buyers));
            break;

        case 1:
            trade_buf_c(b, "\"items\":[");

            do {
                random_item(b);
                random_blank(b);
            } while (unit_random() % 2
                     && (trade_buf_c(b, ","), 1));

            trade_buf_c(b, "]");
            break;

        default:
            trade_buf_c(b, "\"metadata\":");
            random_of(b, metadata, UNIT_ROWS(metadata));
        }
    }

    trade_buf_c(b, "}");
    random_blank(b);
}


/* Changes, drops or doubles a byte; or cuts the end off */

static void
random_mutate(trade_buf_t *b)
{
    char  *p;

    static const char  bytes[] = "{}[]\",:\\ \t019-+.eEu_\x7f\x80\xc3\xff";

    p = b->start + unit_random() % (b->pos - b->start);

    switch (unit_random() % 8) {

    case 0:
        memmove(p, p + 1, b->pos - p - 1);
        b->pos--;
        break;

    case 1:
        if (b->pos < b->end) {
            memmove(p + 1, p, b->pos - p);
            b->pos++;
        }
        break;

    case 2:
        b->pos = p + 1;
        break;

    default:
        *p = bytes[unit_random() % sizeof(bytes)];
    }
}


static void
test_differential(void)
{
    char         mem[8192];
    size_t       i, n, plain, bad;
    trade_buf_t  b;
    trade_str_t  body;

    static const trade_order_rules_t  rules[] = {
        { 10, 3, trade_null_str, trade_null_str },
        { 1000, 50, trade_str("u"), trade_null_str },
        { 10, 50, trade_null_str, trade_str("\"") }
    };

    for (plain = bad = 0, i = 0; i < ROUNDS && bad < 5; i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        random_body(&b);

        for (n = unit_random() % 4; n && b.pos > b.start + 1; n--) {
            random_mutate(&b);
        }

        body = unit_guard(trade_buf_done(&b));
        plain += is_taken(body, &rules[i % UNIT_ROWS(rules)]);

        if (!order_same(body, &rules[i % UNIT_ROWS(rules)])) {
            ok(0, "both readers make the same of %.*s", (int) body.len,
               body.data);
            bad++;
        }
    }

    is_int(bad, 0, "both readers make the same of %d bodies", ROUNDS);
    ok(plain > ROUNDS / 10 && plain < ROUNDS - ROUNDS / 10,
       "the plain reader takes some of the bodies, and declines some");
    (void) printf("# the plain reader took %zu of %d\n", plain, ROUNDS);
}


int
main(void)
{
    test_taken();
    test_declined();
    test_prefixes();
    test_many();
    test_no_tree();
    test_differential();

    return done_testing();
}
