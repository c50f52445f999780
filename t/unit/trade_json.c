/* Shows that each value is found with its own text, and that cJSON agrees. */

#include "trade_json.h"
#include "unit.h"


static const struct {
    const char  *text;
    int          rc;
    int64_t      value;
} integers[] = {
    { "0", 0, 0 },
    { "1", 0, 1 },
    { "1000", 0, 1000 },
    { "-1", 0, -1 },
    { "-1000", 0, -1000 },
    { "2147483648", 0, 2147483648 },
    { "9007199254740993", 0, 9007199254740993 },
    { "-9007199254740993", 0, -9007199254740993 },
    { "9223372036854775807", 0, INT64_MAX },
    { "-9223372036854775807", 0, -INT64_MAX },
    { "9223372036854775808", -1, 0 },
    { "-9223372036854775808", -1, 0 },
    { "-9223372036854775809", -1, 0 },
    { "18446744073709551616", -1, 0 },
    { "99999999999999999999999999999999", -1, 0 },
    { "-0", -1, 0 },
    { "1.0", -1, 0 },
    { "1e0", -1, 0 },
    { "1E2", -1, 0 },
    { "1e400", -1, 0 },
    { "0.0", -1, 0 },
    { "true", -1, 0 },
    { "null", -1, 0 },
    { "\"1\"", -1, 0 },
    { "[1]", -1, 0 },
    { "{}", -1, 0 }
};


static const struct {
    const char  *text;
    int          rc;
    trade_str_t  value;
} strings[] = {
    { "\"\"", 0, trade_str("") },
    { "\"A-1\"", 0, trade_str("A-1") },
    { "\"\\u0041\\/\\n\\\"\"", 0, trade_str("A/\n\"") },
    { "\"\\u00e4\\ud83d\\ude00\"", 0, trade_str("\xc3\xa4\xf0\x9f\x98\x80") },
    { "\"\xe2\x82\xac\"", 0, trade_str("\xe2\x82\xac") },
    { "\"\\u0001\"", 0, trade_str("\x01") },
    { "\"\\u0000\"", -1, trade_null_str },
    { "\"a\\u0000b\"", -1, trade_null_str },
    { "\"a\\\\u0000b\"", 0, trade_str("a\\u0000b") },
    { "1", -1, trade_null_str },
    { "null", -1, trade_null_str },
    { "[\"a\"]", -1, trade_null_str },
    { "{\"a\":\"a\"}", -1, trade_null_str }
};


static const struct {
    const char       *text;
    int               depth;
    trade_json_rc_e   rc;
    size_t            offset;
} failures[] = {
    { "", 8, TRADE_JSON_BAD, 0 },
    { "007", 8, TRADE_JSON_BAD, 1 },
    { "{\"a\":1,\"a\":2}", 8, TRADE_JSON_DOUBLED, 12 },
    { "[[]]", 1, TRADE_JSON_DEEP, 1 },
    { "{}{}", 8, TRADE_JSON_BAD, 2 }
};


static const char *const  seeds[] = {
    "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"A-1\",\"quantity\":2}]}",
    "{\"total\":100,\"limit\":null,\"opens_at\":\"2026-11-27T08:00:00Z\"}",
    "[\"\\ud83d\\ude00\\u0000\\n\",\"\xc3\xa4\xe2\x82\xac\",-1.5e+10,1e400]",
    " { \"a\" : [ true , false , null ] , \"b\" : { \"a\" : { } } } ",
    "{\"\":[[],[[]],{}],\"\\u0061\":-0,\"A\":0.5,\"\\\\\":\"\\/\\b\\f\\r\\t\"}"
};


static const char  noise[] =
    "{}[]\",:\\u0019abde+-.EDC \n\t\x01\x7f\x80\xc3\xff";


/* Whether the tree under `node` is numbered like the spans; counts it */

static int
agrees(const trade_json_t *json, const cJSON *node, size_t *count)
{
    char          c;
    trade_str_t   text;
    const cJSON  *child;

    if (*count >= json->nspans) {
        return 0;
    }

    text = trade_json_text(json, node);
    c = text.data[0];

    if (text.data != json->spans[(*count)++].text.data
        || (c == '{') != cJSON_IsObject(node)
        || (c == '[') != cJSON_IsArray(node)
        || (c == '"') != cJSON_IsString(node)
        || (c == 't') != cJSON_IsTrue(node)
        || (c == 'f') != cJSON_IsFalse(node)
        || (c == 'n') != cJSON_IsNull(node)
        || (cJSON_IsNumber(node) && strtod(text.data, NULL)
                                    != node->valuedouble))
    {
        return 0;
    }

    for (child = node->child; child; child = child->next) {
        if (!agrees(json, child, count)) {
            return 0;
        }
    }

    return 1;
}


/* Parses a document that a test needs */

static void
parse(trade_json_t *json, const char *text)
{
    trade_json_error_t  error;

    if (trade_json_parse(json, trade_str_c(text), 8, &error)
        != TRADE_JSON_OK)
    {
        (void) printf("Bail out! %s\n", text);
        abort();
    }
}


static void
test_integer(void)
{
    int           rc;
    size_t        i;
    int64_t       value;
    trade_json_t  json;

    for (i = 0; i < UNIT_ROWS(integers); i++) {
        parse(&json, integers[i].text);

        value = 4711;
        rc = trade_json_integer(&json, json.root, &value);
        is_int(rc, integers[i].rc,
               "the integer %s is read or refused", integers[i].text);
        is_int(value, integers[i].rc ? 4711 : integers[i].value,
               "the value of the integer is read");

        trade_json_free(&json);
    }

    parse(&json, "{}");
    is_int(trade_json_integer(&json, NULL, &value), -1,
           "without a node there is no integer");
    trade_json_free(&json);
}


static void
test_string(void)
{
    int           rc;
    size_t        i;
    trade_str_t   value;
    trade_json_t  json;

    for (i = 0; i < UNIT_ROWS(strings); i++) {
        parse(&json, strings[i].text);

        value = trade_str_of(NULL, 0);
        rc = trade_json_string(&json, json.root, &value);
        is_int(rc, strings[i].rc,
               "the string %s is read or refused", strings[i].text);
        is_str(value, strings[i].value, "the value of the string is read");

        trade_json_free(&json);
    }

    parse(&json, "{}");
    is_int(trade_json_string(&json, NULL, &value), -1,
           "without a node there is no string");
    trade_json_free(&json);
}


static void
test_text(void)
{
    size_t         i;
    trade_str_t    value;
    const cJSON   *list, *node;
    trade_json_t   json;

    static const char *const  items[] = {
        "1.0", "-0", "[ [ ] ,{\"y\":\"\\u0000\"} ]", "\"\\u0061\"", "1E+5"
    };

    static const char  text[] =
        " {\"b\" : {\"x\":{\"y\" : 1}},\n\"list\":[1.0 , -0,"
        "[ [ ] ,{\"y\":\"\\u0000\"} ], \"\\u0061\" ,1E+5], \"c\":[]} ";

    parse(&json, text);

    list = cJSON_GetObjectItemCaseSensitive(json.root, "list");

    for (i = 0, node = list->child; i < UNIT_ROWS(items); i++) {
        is_str(trade_json_text(&json, node), trade_str_c(items[i]),
               "value %zu has its text", i);
        node = node->next;
    }

    node = cJSON_GetObjectItemCaseSensitive(json.root, "b");
    is_str(trade_json_text(&json, node),
           trade_str_c("{\"x\":{\"y\" : 1}}"),
                       "the text of an object is as it was sent");

    node = cJSON_GetObjectItemCaseSensitive(json.root, "c");
    is_str(trade_json_text(&json, node), trade_str_c("[]"),
           "the text of the last member is as it was sent");

    is_str(trade_json_text(&json, json.root),
           trade_str_of(text + 1, sizeof(text) - 3),
                        "the text of the whole value is as it was sent");

    is_int(trade_json_string(&json, cJSON_GetArrayItem(list, 3), &value), 0,
           "a string is read behind one with a NUL");
    is_str(value, trade_str_c("a"), "that string has no NUL");

    trade_json_free(&json);
}


static void
test_failures(void)
{
    size_t              i;
    trade_json_t        json;
    trade_json_error_t  error;

    for (i = 0; i < UNIT_ROWS(failures); i++) {
        is_int(trade_json_parse(&json, trade_str_c(failures[i].text),
                                failures[i].depth, &error),
               failures[i].rc, "the parser refuses %s", failures[i].text);
        is_int(error.offset, failures[i].offset,
               "the parser names the byte that is wrong");
    }
}


static void
test_memory(void)
{
    cJSON_Hooks         hooks = { unit_no_memory, free };
    trade_json_t        json;
    trade_json_error_t  error;

    cJSON_InitHooks(&hooks);
    is_int(trade_json_parse(&json, trade_str_c("{\"a\":[1]}"), 8, &error),
           TRADE_JSON_NOMEM, "the parser fails without memory for the tree");
    is_str(trade_str_c(error.what), trade_str_c("out of memory"),
           "without memory the tree has that error");
    cJSON_InitHooks(NULL);
}


/* Each prefix ends where reading on crashes; cJSON reads it too */

static void
test_prefixes(void)
{
    int                 right;
    size_t              i;
    trade_str_t         text;
    trade_json_t        json;
    trade_json_error_t  error;

    for (right = 1, i = 0; i < UNIT_ROWS(seeds); i++) {
        for (text = trade_str_c(seeds[i]); text.len; text.len--) {
            if (trade_json_parse(&json, unit_guard(text), 8, &error)
                == TRADE_JSON_OK)
            {
                right &= strchr("]} ", text.data[text.len - 1]) != NULL;
                trade_json_free(&json);
            }
        }
    }

    ok(right, "no reader leaves the text");
}


/* A seed with some bytes changed, dropped or put in between */

static trade_str_t
mutate(char *mem)
{
    size_t       i, n, len;
    trade_str_t  seed;

    seed = trade_str_c(seeds[unit_random() % UNIT_ROWS(seeds)]);
    len = seed.len;
    memcpy(mem, seed.data, len);

    for (n = unit_random() % 3 + 1; n; n--) {
        i = unit_random() % len;

        switch (unit_random() % 3) {

        case 0:
            memmove(mem + i, mem + i + 1, --len - i);
            break;

        case 1:
            memmove(mem + i + 1, mem + i, len++ - i);
            /* fall through */

        default:
            mem[i] = noise[unit_random() % (sizeof(noise) - 1)];
        }
    }

    return unit_guard(trade_str_of(mem, len));
}


static void
test_noise(void)
{
    int                 i, right, accepted;
    char                mem[128];
    size_t              count;
    trade_json_t        json;
    trade_json_rc_e     rc;
    trade_json_error_t  error;

    for (right = 1, accepted = 0, i = 0; i < 200000; i++) {
        rc = trade_json_parse(&json, mutate(mem), 8, &error);
        right &= rc != TRADE_JSON_NOMEM;

        if (rc == TRADE_JSON_OK) {
            count = 0;
            right &= agrees(&json, json.root, &count) && count == json.nspans;
            trade_json_free(&json);
            accepted++;
        }
    }

    ok(accepted > 10000 && accepted < 190000, "%d of %d mutants are JSON",
       accepted, i);
    ok(right, "cJSON takes them all, and sees the same values");
}


int
main(void)
{
    test_integer();
    test_string();
    test_text();
    test_failures();
    test_memory();
    test_prefixes();
    test_noise();

    return done_testing();
}
