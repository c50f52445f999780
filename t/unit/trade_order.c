/* Shows that an order has one canonical form, and which bodies are none. */

#include "trade_order.h"
#include "trade_slot.h"
#include "order_same.h"
#include "unit.h"


#define ITEM  "{\"sku\":\"A-1\",\"quantity\":1}"
#define BODY  "{\"buyer_id\":\"u\",\"items\":[" ITEM "]"


/* bodies of one SKU, with at most 3 items and 10 units */

static const struct {
    const char  *body;
    const char  *buyer;             /* of the rules */
    const char  *json;
} accepted[] = {
    { BODY "}", "", BODY "}" },
    { " {\t\"items\" : [ {\"quantity\" : 1 , \"sku\":\"A-1\"} ] ,\r\n"
      "\"buyer_id\" : \"u\" } ", "", BODY "}" },
    { "{\"buyer_id\":\"\\u0075\",\"items\":[{\"\\u0073ku\":\"A\\u002d1\","
      "\"quantity\":1}]}", "", BODY "}" },

    /* repeated SKUs are added up, to the most that is allowed */

    { "{\"buyer_id\":\"u\",\"items\":[" ITEM "," ITEM ",{\"sku\":\"A-1\","
      "\"quantity\":8}]}", "",
      "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\",\"quantity\":10}]}" },
    { "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\",\"quantity\":10}]}", "",
      "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\",\"quantity\":10}]}" },

    /* the buyer who asks */

    { "{\"items\":[" ITEM "]}", "u", BODY "}" },
    { "{\"items\":[" ITEM "]}", UNIT_NAME,
      "{\"buyer_id\":\"" UNIT_NAME "\",\"items\":[" ITEM "]}" },
    { "{\"items\":[" ITEM "]}", UNIT_QUOTES,
      "{\"buyer_id\":\"" UNIT_QUOTES_JSON "\",\"items\":[" ITEM "]}" },
    { BODY "}", "u", BODY "}" },

    /* metadata, as it was sent */

    { BODY ",\"metadata\":{}}", "", BODY ",\"metadata\":{}}" },
    { "{\"metadata\":{ \"A\":[1.0, 1e0,\t-0], \"a\":\"\\u0000\\/\xc3\xa4\","
      "\"buyer_id\":\"x\" },\"buyer_id\":\"u\",\"items\":[" ITEM "]}", "",
      BODY ",\"metadata\":{ \"A\":[1.0, 1e0,\t-0], \"a\":\"\\u0000\\/\xc3\xa4"
      "\",\"buyer_id\":\"x\" }}" },
    { BODY ",\"metadata\":{\"a\":[[[[[[]]]]]]}}", "",
      BODY ",\"metadata\":{\"a\":[[[[[[]]]]]]}}" },
    { "{\"metadata\":{},\"items\":[" ITEM "]}", UNIT_NAME,
      "{\"buyer_id\":\"" UNIT_NAME "\",\"items\":[" ITEM "],\"metadata\":{}}" }
};


#define RULE         "; 1 to 255 bytes of UTF-8 are allowed, without control " \
                     "characters or blanks around them"
#define EMPTY        "is empty" RULE
#define BLANK        "begins or ends with a blank" RULE
#define TOO_LONG     "is longer than 255 bytes" RULE
#define CONTROL      "has a control character" RULE
#define NO_STRING    "must be a string"
#define BAD_ITEMS    "must be an array of 1 to 3 items"
#define BAD_INTEGER  "must be an integer from 1 to 10, without fraction or "   \
                     "exponent"

#define QUANTITY(q)  "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\","        \
                     "\"quantity\":" q "}]}"

static const struct {
    const char       *body;
    const char       *buyer;
    trade_result_e    result;
    const char       *pointer;
    const char       *detail;
} refused[] = {
    { "{", "", TRADE_BAD_JSON, "", "at byte 1: a name expected" },
    { "[]", "", TRADE_BAD_JSON, "", "must be an object" },
    { BODY "}x", "", TRADE_BAD_JSON, "", "at byte 53: something follows the "
      "end" },
    { BODY ",\"metadata\":{\"a\":[[[[[[[]]]]]]]}}", "", TRADE_BAD_JSON, "",
      "at byte 75: nested too deep" },
    { BODY ",\"items\":[]}", "", TRADE_DOUBLED_FIELD, "",
      "at byte 63: a name stands twice in the object that ends here" },
    { BODY ",\"metadata\":{\"a\":1,\"\\u0061\":1}}", "", TRADE_DOUBLED_FIELD,
      "", "at byte 81: a name stands twice in the object that ends here" },

    { BODY ",\"Metadata\":{}}", "", TRADE_UNKNOWN_FIELD, "",
      "unknown field Metadata" },
    { "{\"buyer_id\":\"u\",\"items\":[" ITEM ",{\"SKU\":1}]}", "",
      TRADE_UNKNOWN_FIELD, "/items/1", "unknown field SKU" },
    { "{\"buyer_id\":\"\",\"items\":[{\"price\":1}]}", "",
      TRADE_UNKNOWN_FIELD, "/buyer_id", EMPTY },

    { "{\"items\":[" ITEM "]}", "", TRADE_INVALID_FIELD, "/buyer_id",
      "is missing" },
    { "{\"buyer_id\":null,\"items\":[" ITEM "]}", "", TRADE_INVALID_FIELD,
      "/buyer_id", NO_STRING },
    { "{\"buyer_id\":\" u\",\"items\":[" ITEM "]}", "", TRADE_INVALID_FIELD,
      "/buyer_id", BLANK },
    { "{\"buyer_id\":\"" UNIT_NAME "x\",\"items\":[" ITEM "]}", "",
      TRADE_INVALID_FIELD, "/buyer_id", TOO_LONG },
    { BODY "}", "v", TRADE_INVALID_FIELD, "/buyer_id",
      "is not the buyer who asks" },
    { "{\"buyer_id\":1,\"items\":[" ITEM "]}", "v", TRADE_INVALID_FIELD,
      "/buyer_id", NO_STRING },

    { "{\"buyer_id\":\"u\"}", "", TRADE_INVALID_FIELD, "/items",
      "is missing" },
    { "{\"buyer_id\":\"u\",\"items\":{}}", "", TRADE_INVALID_FIELD, "/items",
      BAD_ITEMS },
    { "{\"buyer_id\":\"u\",\"items\":[]}", "", TRADE_INVALID_FIELD, "/items",
      BAD_ITEMS },
    { "{\"buyer_id\":\"u\",\"items\":[" ITEM "," ITEM "," ITEM "," ITEM "]}",
      "", TRADE_INVALID_FIELD, "/items", BAD_ITEMS },
    { "{\"buyer_id\":\"u\",\"items\":[" ITEM ",1]}", "", TRADE_INVALID_FIELD,
      "/items/1", "must be an object" },
    { "{\"buyer_id\":\"u\",\"items\":[{\"quantity\":1}]}", "",
      TRADE_INVALID_FIELD, "/items/0/sku", "is missing" },
    { "{\"buyer_id\":\"u\",\"items\":[{\"sku\":1,\"quantity\":1}]}", "",
      TRADE_INVALID_FIELD, "/items/0/sku", NO_STRING },
    { "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"\\u0000\",\"quantity\":1}]}",
      "", TRADE_INVALID_FIELD, "/items/0/sku", CONTROL },
    { "{\"buyer_id\":\"u\",\"items\":[{\"sku\":\"A-1\"}]}", "",
      TRADE_INVALID_FIELD, "/items/0/quantity", "is missing" },

    { QUANTITY("0"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("-1"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("11"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("1.0"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("1e0"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("1.9"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("1e400"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("2147483648"), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("18446744073709551617"), "", TRADE_INVALID_FIELD,
      "/items/0/quantity", BAD_INTEGER },
    { QUANTITY("\"1\""), "", TRADE_INVALID_FIELD, "/items/0/quantity",
      BAD_INTEGER },
    { QUANTITY("007"), "", TRADE_BAD_JSON, "", "at byte 50: ',' or '}' "
      "expected" },

    { BODY ",\"metadata\":[]}", "", TRADE_INVALID_FIELD, "/metadata",
      "must be an object" },
    { BODY ",\"metadata\":null}", "", TRADE_INVALID_FIELD, "/metadata",
      "must be an object" }
};


static trade_result_e
parse(trade_order_t *order, trade_str_t body, const char *buyer,
    trade_errors_t *errors)
{
    trade_order_rules_t  rules;

    rules.max_quantity = 10;
    rules.max_items = 3;
    rules.buyer = trade_str_c(buyer);
    rules.unnamed = trade_str_of(NULL, 0);
    errors->n = 0;
    body = unit_guard(body);

    if (!order_same(body, &rules)) {
        ok(0, "%.*s is the same, the short way or not", (int) body.len,
           body.data);
    }

    return trade_order_parse(order, body, &rules, errors);
}


/* The n-th SKU (n from 1) that lies in the slot of "A-1", or in another */

static const char *
sku_of_slot(int n, int same)
{
    int          i;
    static char  sku[32];

    for (i = 0; n; i++) {
        (void) snprintf(sku, sizeof(sku), "sku:%d", i);
        n -= (trade_slot_of(trade_str_c(sku))
              == trade_slot_of(trade_str_c("A-1"))) == same;
    }

    return sku;
}


static void
test_accepted(void)
{
    size_t           i;
    trade_order_t    order;
    trade_errors_t   errors;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        is_int(parse(&order, trade_str_c(accepted[i].body), accepted[i].buyer,
                     &errors),
               TRADE_DONE, "%s", accepted[i].body);
        is_str(order.json, trade_str_c(accepted[i].json),
               "the order has its canonical form");
        is_int(order.slot, 1072, "the order has its slot");
        trade_order_free(&order);
    }
}


/* A canonical form is its own canonical form */

static void
test_again(void)
{
    size_t           i;
    trade_str_t      json;
    trade_order_t    order, again;
    trade_errors_t   errors;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        (void) parse(&order, trade_str_c(accepted[i].json), "", &errors);
        json = order.json;

        is_int(parse(&again, json, "", &errors), TRADE_DONE,
               "the canonical form is read as the same order: %s",
               accepted[i].json);
        is_str(again.json, json,
               "the canonical form of a canonical form is the same");

        trade_order_free(&order);
        trade_order_free(&again);
    }
}


static void
test_refused(void)
{
    size_t           i;
    trade_order_t    order;
    trade_errors_t   errors;

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        is_int(parse(&order, trade_str_c(refused[i].body), refused[i].buyer,
                     &errors),
               refused[i].result, "the parser refuses %s", refused[i].body);

        ok(errors.n > 0, "a refused body has an error");
        is_str(trade_str_c(errors.error[0].pointer),
               trade_str_c(refused[i].pointer),
                           "the error points to the field");
        is_str(trade_str_c(errors.error[0].detail),
               trade_str_c(refused[i].detail), "the error says what is wrong");
        is_int(order.refused.n, 0, "a refused body has no refused items");

        trade_order_free(&order);
        ok(order.mem == NULL, "a freed order holds nothing");
    }
}


static void
test_prefixes(void)
{
    int              right;
    trade_str_t      body;
    trade_order_t    order;
    trade_errors_t   errors;

    body = trade_str_c(BODY ",\"metadata\":{\"a\":[1,\"\\u00e4\"]}}");

    for (right = 1; body.len--; /* void */ ) {
        right &= parse(&order, body, "", &errors) == TRADE_BAD_JSON;
        trade_order_free(&order);
    }

    ok(right, "an order cut short is none");
}


/* Three SKUs of one slot: however they are written, the same text */

static void
test_same_text(void)
{
    char            one[32], two[32], body[256];
    trade_order_t   order, other;
    trade_errors_t  errors;

    (void) snprintf(one, sizeof(one), "%s", sku_of_slot(1, 1));
    (void) snprintf(two, sizeof(two), "%s", sku_of_slot(2, 1));

    (void) snprintf(body, sizeof(body), "{\"buyer_id\":\"u\",\"items\":["
                    "{\"sku\":\"%s\",\"quantity\":2}," ITEM ","
                    "{\"sku\":\"%s\",\"quantity\":4}]}", one, two);
    is_int(parse(&order, trade_str_c(body), "", &errors), TRADE_DONE,
           "%s", body);

    (void) snprintf(body, sizeof(body), "{\"items\":["
                    "{\"quantity\":4,\"sku\":\"%s\"}, " ITEM ","
                    "{\"quantity\":2,\"sku\":\"%s\"}]}", two, one);
    is_int(parse(&other, trade_str_c(body), "u", &errors), TRADE_DONE,
           "%s", body);

    is_str(order.json, other.json, "both bodies are the same order");

    trade_order_free(&order);
    trade_order_free(&other);
}


static void
test_items(void)
{
    char            body[256];
    trade_order_t   order;
    trade_errors_t  errors;

    (void) snprintf(body, sizeof(body), "{\"buyer_id\":\"u\",\"items\":["
                    "{\"sku\":\"%s\",\"quantity\":2}," ITEM ","
                    ITEM "]}", sku_of_slot(1, 1));
    is_int(parse(&order, trade_str_c(body), "", &errors), TRADE_DONE,
           "%s", body);

    is_int(order.nitems, 2, "repeated SKUs make two items of three");
    is_str(order.items[0].sku, trade_str_c("A-1"),
           "the smallest SKU comes first");
    is_int(order.items[0].quantity, 2, "a repeated SKU is added up");
    is_str(order.items[1].sku, trade_str_c(sku_of_slot(1, 1)),
           "the other SKU comes second");
    is_int(order.items[1].quantity, 2, "the other SKU has its own quantity");
    is_int(order.slot, trade_slot_of(order.items[0].sku),
           "home is the slot of the smallest SKU");
    is_str(order.buyer, trade_str_c("u"), "the order has the buyer");

    trade_order_free(&order);
}


/* Names that JSON escapes, in the order of their bytes, not of JSON's */

static void
test_names(void)
{
    trade_order_t      order;
    trade_errors_t     errors;
    static const char  body[] =
        "{\"buyer_id\":\"u\\\"\\\\\\/\",\"items\":["
        "{\"sku\":\"\\u624b|]}\\\\\",\"quantity\":1},"
        "{\"sku\":\"A/1\",\"quantity\":1},{\"sku\":\"\\\"\",\"quantity\":1}]}";
    static const char  json[] =
        "{\"buyer_id\":\"u\\u0022\\u005c/\",\"items\":["
        "{\"sku\":\"\\u0022\",\"quantity\":1},{\"sku\":\"A/1\",\"quantity\":1},"
        "{\"sku\":\"\xe6\x89\x8b|]}\\u005c\",\"quantity\":1}]}";
    static const char  longest[] =
        "{\"buyer_id\":\"" UNIT_QUOTES_JSON "\",\"items\":[{\"sku\":\""
        UNIT_QUOTES_JSON "\",\"quantity\":1}]}";

    is_int(parse(&order, trade_str_c(body), "", &errors), TRADE_DONE,
           "an order with names that JSON escapes");
    is_str(order.json, trade_str_c(json),
           "names that JSON escapes have a canonical form");
    is_str(order.buyer, trade_str_c("u\"\\/"), "the buyer is unescaped");
    is_str(order.items[0].sku, trade_str_c("\""), "the first SKU is unescaped");
    is_str(order.items[2].sku, trade_str_c("\xe6\x89\x8b|]}\\"),
           "the last SKU is unescaped");
    is_int(order.slot, trade_slot_of(trade_str_c("\"")),
           "its home is that of the SKU with the smallest bytes");
    trade_order_free(&order);

    is_int(parse(&order, trade_str_c(json), "", &errors), TRADE_DONE,
           "the canonical form is an order");
    is_str(order.json, trade_str_c(json),
           "the canonical form of that order is the same");
    trade_order_free(&order);

    is_int(parse(&order, trade_str_c(longest), "", &errors), TRADE_DONE,
           "the names that are longest in JSON");
    is_str(order.json, trade_str_c(longest),
           "the longest names have a canonical form");
    is_str(order.items[0].sku, trade_str_c(UNIT_QUOTES),
           "the longest SKU is unescaped");
    trade_order_free(&order);
}


static void
test_slots(void)
{
    char            body[256];
    trade_order_t   order;
    trade_errors_t  errors;

    (void) snprintf(body, sizeof(body), "{\"buyer_id\":\"u\",\"items\":["
                    ITEM ",{\"sku\":\"%s\",\"quantity\":2}]}",
                    sku_of_slot(1, 0));
    is_int(parse(&order, trade_str_c(body), "", &errors), TRADE_DONE,
           "an order of two slots is read: %s", body);
    ok(order.spans, "the order spans both slots");
    is_int(order.slot, trade_slot_of(order.items[0].sku),
           "the home of an order is the slot of its first SKU");
    trade_order_free(&order);

    (void) snprintf(body, sizeof(body), "{\"buyer_id\":\"u\",\"items\":["
                    "{\"sku\":\"%s\",\"quantity\":2},{\"sku\":\"%s\","
                    "\"quantity\":9}]}", sku_of_slot(1, 0), sku_of_slot(1, 0));
    is_int(parse(&order, trade_str_c(body), "", &errors),
           TRADE_INVALID_FIELD,
           "11 of one SKU, of 10 at most, are refused: %s", body);
    trade_order_free(&order);
}


/* Each SKU of which too much is asked for in all, by its first place */

static void
test_quantities(void)
{
    size_t               i;
    trade_order_t        order;
    trade_errors_t       errors = { 0 };
    trade_order_rules_t  rules = { 10, 9, trade_null_str, trade_null_str };

    static const struct {
        size_t       index;
        const char  *sku;
    } over[] = { { 1, "A" }, { 0, "C" } };

    is_int(trade_order_parse(&order, trade_str_c(
               "{\"buyer_id\":\"u\",\"items\":["
               "{\"sku\":\"C\",\"quantity\":6},{\"sku\":\"A\",\"quantity\":9},"
               "{\"sku\":\"B\",\"quantity\":9},{\"sku\":\"A\",\"quantity\":1},"
               "{\"sku\":\"C\",\"quantity\":5},{\"sku\":\"A\","
               "\"quantity\":1}]}"),
               &rules, &errors),
           TRADE_INVALID_FIELD, "too much of two SKUs is refused, of three");
    is_int(errors.n, 0, "too much of two SKUs makes no field malformed");
    is_int(order.refused.n, UNIT_ROWS(over), "both SKUs are refused");

    for (i = 0; i < UNIT_ROWS(over); i++) {
        is_int(order.refused.list[i].index, over[i].index,
               "%s: where it stands first", over[i].sku);
        is_str(order.refused.list[i].sku, trade_str_c(over[i].sku),
               "a refused item has its SKU");
        is_str(order.refused.list[i].code, trade_str_c("max-quantity"),
               "a refused item has its reason");
        is_int(order.refused.list[i].limit, 10, "a refused item has the limit");
        ok(order.refused.list[i].left == TRADE_REFUSAL_NONE,
           "a refused item has no limit of the buyer");
    }

    trade_order_free(&order);
    is_int(order.refused.n, 0, "a freed order refuses nothing");
}


/* Equal SKUs are one item, wherever they stood, and known by the first place */

/* The buyer of the rules, else of the body, else the one of the unnamed */

static void
test_unnamed(void)
{
    size_t               i;
    trade_order_t        order;
    trade_errors_t       errors = { 0 };
    trade_order_rules_t  rules = { 10, 9, trade_null_str,
                                   trade_str(UNIT_QUOTES) };

    static const struct {
        const char      *body;
        const char      *buyer;
        trade_result_e   result;
        const char      *want;
        const char      *name;
    } cases[] = {
        { "{\"items\":[" ITEM "]}", "", TRADE_DONE, UNIT_QUOTES,
          "an order that names no buyer is that of the unnamed" },
        { "{\"buyer_id\":\"u\",\"items\":[" ITEM "]}", "", TRADE_DONE, "u",
          "an order that names its buyer is not that of the unnamed" },
        { "{\"items\":[" ITEM "]}", "v", TRADE_DONE, "v",
          "an order of a buyer who is known is not that of the unnamed" },
        { "{\"buyer_id\":\"u\",\"items\":[" ITEM "]}", "v",
          TRADE_INVALID_FIELD, NULL,
          "an order of a buyer who is known can't name another one" },
        { "{\"buyer_id\":\"\",\"items\":[" ITEM "]}", "",
          TRADE_INVALID_FIELD, NULL,
          "an order that names an empty buyer is not that of the unnamed" }
    };

    for (i = 0; i < UNIT_ROWS(cases); i++) {
        rules.buyer = trade_str_c(cases[i].buyer);
        errors.n = 0;

        is_int(trade_order_parse(&order, unit_guard(trade_str_c(cases[i].body)),
                                 &rules, &errors),
               cases[i].result, "the result of %s is right", cases[i].name);

        if (cases[i].want) {
            is_str(order.buyer, trade_str_c(cases[i].want), "%s",
                   cases[i].name);
        }

        trade_order_free(&order);
    }
}


static void
test_index(void)
{
    trade_order_t   order;
    trade_errors_t  errors;

    (void) parse(&order, trade_str_c("{\"buyer_id\":\"u\",\"items\":["
                                     "{\"sku\":\"B\",\"quantity\":1},"
                                     ITEM "," ITEM "]}"), "", &errors);

    is_int(order.nitems, 2, "both items are read");
    is_int(order.items[0].index, 1, "a repeated SKU has its first position");
    is_int(order.items[1].index, 0, "another SKU has its only position");

    trade_order_free(&order);
}


/* All that is wrong with the fields is said at once, in order, up to 64 */

static void
test_errors(void)
{
    size_t                    i;
    trade_order_t             order;
    trade_errors_t            errors;
    static const char *const  pointers[] = {
        "/buyer_id", "/items/0/sku", "/items/0/quantity", "/items/1/sku",
        "/items/1/quantity", "/items/2", "/metadata"
    };

    is_int(parse(&order, trade_str_c("{\"items\":[{},{\"sku\":\"\","
                                     "\"quantity\":0},[]],\"metadata\":1}"),
                 "", &errors),
           TRADE_INVALID_FIELD, "a body with seven errors is refused");
    is_int(errors.n, 7, "all seven errors are told");

    for (i = 0; i < UNIT_ROWS(pointers); i++) {
        is_str(trade_str_c(errors.error[i].pointer), trade_str_c(pointers[i]),
               "the error at %s is listed", pointers[i]);
    }

    trade_order_free(&order);
}


/* A body of `n` items of the longest SKU */

static trade_result_e
parse_many(trade_order_t *order, size_t n, unsigned quantity,
    trade_errors_t *errors)
{
    char                 *mem;
    size_t                size;
    trade_buf_t           b;
    trade_result_e        result;
    trade_order_rules_t   rules;

    size = n * 320 + 64;
    mem = malloc(size);
    trade_buf_init(&b, mem, size);
    trade_buf_c(&b, "{\"items\":");

    for (rules.max_items = n; n; n--) {
        trade_buf_c(&b, n == rules.max_items ? "[" : ",");
        trade_buf_c(&b, "{\"sku\":\"" UNIT_NAME "\",\"quantity\":");
        trade_buf_u64(&b, quantity);
        trade_buf_c(&b, "}");
    }

    trade_buf_c(&b, "]}");

    rules.max_quantity = TRADE_QUANTITY_LIMIT;
    rules.buyer = trade_str_c(UNIT_NAME);
    rules.unnamed = trade_str_of(NULL, 0);
    errors->n = 0;
    result = trade_order_parse(order, unit_guard(trade_buf_done(&b)), &rules,
                               errors);
    free(mem);

    return result;
}


static void
test_limits(void)
{
    trade_order_t   order;
    trade_errors_t  errors;

    is_int(parse_many(&order, TRADE_ITEMS_LIMIT, 1000, &errors), TRADE_DONE,
           "a thousand items are read");
    is_int(order.nitems, 1, "a thousand items of one SKU are one item");
    is_int(order.items[0].quantity, TRADE_QUANTITY_LIMIT,
           "a thousand items of one SKU are added up");
    trade_order_free(&order);

    is_int(parse_many(&order, TRADE_ITEMS_LIMIT, TRADE_QUANTITY_LIMIT,
                      &errors),
           TRADE_INVALID_FIELD, "a thousand times too many units are refused");
    is_str(order.refused.list[0].sku, trade_str_c(UNIT_NAME),
           "the longest SKU is told whole");
    trade_order_free(&order);

    is_int(parse_many(&order, TRADE_ITEMS_LIMIT, TRADE_QUANTITY_LIMIT + 1,
                      &errors),
           TRADE_INVALID_FIELD, "a body with a thousand errors is refused");
    is_int(errors.n, TRADE_ERRORS_MAX, "64 of a thousand errors are told");
    trade_order_free(&order);
}


static void
test_memory(void)
{
    cJSON_Hooks     hooks = { unit_no_memory, free };
    trade_order_t   order;
    trade_errors_t  errors;

    cJSON_InitHooks(&hooks);
    is_int(parse(&order, trade_str_c("{\"buyer_id\":\"\\u0075\",\"items\":["
                                     ITEM "]}"), "", &errors),
           TRADE_OVERLOADED, "no memory is no fault of the order");
    cJSON_InitHooks(NULL);

    trade_order_free(&order);
    ok(order.mem == NULL, "an order without memory can be freed, also twice");
}


int
main(void)
{
    test_accepted();
    test_again();
    test_refused();
    test_prefixes();
    test_same_text();
    test_items();
    test_names();
    test_slots();
    test_quantities();
    test_unnamed();
    test_index();
    test_errors();
    test_limits();
    test_memory();

    return done_testing();
}
