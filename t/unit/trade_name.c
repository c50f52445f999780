/*
 * Shows which SKUs and buyer ids are names, what is said of the others, and
 * that a name is read from JSON as it was written there.
 */

#include "trade_name.h"
#include "unit.h"


static const struct {
    trade_str_t    s;
    trade_name_e   check;
} names[] = {
    { trade_str("A-1"), TRADE_NAME_VALID },
    { trade_str("x"), TRADE_NAME_VALID },
    { trade_str("CLE-056621/6"), TRADE_NAME_VALID },
    { trade_str("A&B"), TRADE_NAME_VALID },
    { trade_str("50st(3,6x19cm)"), TRADE_NAME_VALID },
    { trade_str("auth0|5f7c"), TRADE_NAME_VALID },
    { trade_str("ann@example.com"), TRADE_NAME_VALID },
    { trade_str("YWJj+/=="), TRADE_NAME_VALID },
    { trade_str("https://id.example/u?n=1#a"), TRADE_NAME_VALID },
    { trade_str("a b"), TRADE_NAME_VALID },
    { trade_str("\"\\"), TRADE_NAME_VALID },
    { trade_str("."), TRADE_NAME_VALID },
    { trade_str(".."), TRADE_NAME_VALID },
    { trade_str("%2F"), TRADE_NAME_VALID },
    { trade_str("{s1}*[?]"), TRADE_NAME_VALID },
    { trade_str("\xe6\x89\x8b\xe6\x9c\xba"), TRADE_NAME_VALID },
    { trade_str("\xf0\x9f\x8e\x81"), TRADE_NAME_VALID },
    { trade_str("\xc2\xa0"), TRADE_NAME_VALID },
    { trade_str("\xc3\x80"), TRADE_NAME_VALID },
    { trade_str("\xf4\x8f\xbf\xbf"), TRADE_NAME_VALID },
    { trade_str(UNIT_NAME), TRADE_NAME_VALID },
    { trade_str(UNIT_QUOTES), TRADE_NAME_VALID },

    { trade_null_str, TRADE_NAME_EMPTY },
    { trade_str(""), TRADE_NAME_EMPTY },
    { trade_str(UNIT_NAME "x"), TRADE_NAME_TOO_LONG },
    { trade_str("\xff"), TRADE_NAME_NOT_UTF8 },
    { trade_str("a\xe4" "b"), TRADE_NAME_NOT_UTF8 },
    { trade_str("\xc0\xaf"), TRADE_NAME_NOT_UTF8 },
    { trade_str("\xed\xa0\x80"), TRADE_NAME_NOT_UTF8 },
    { trade_str("\xf4\x90\x80\x80"), TRADE_NAME_NOT_UTF8 },
    { trade_str("a\xc3"), TRADE_NAME_NOT_UTF8 },
    { trade_str("a\xf0\x9f\x8e"), TRADE_NAME_NOT_UTF8 },
    { trade_str("\x80"), TRADE_NAME_NOT_UTF8 },
    { trade_str("\0"), TRADE_NAME_CONTROL },
    { trade_str("a\nb"), TRADE_NAME_CONTROL },
    { trade_str("a\t"), TRADE_NAME_CONTROL },
    { trade_str("\x1f"), TRADE_NAME_CONTROL },
    { trade_str("\x7f"), TRADE_NAME_CONTROL },
    { trade_str("a\xc2\x80"), TRADE_NAME_CONTROL },
    { trade_str("a\xc2\x9f"), TRADE_NAME_CONTROL },
    { trade_str(" "), TRADE_NAME_BLANK },
    { trade_str(" a"), TRADE_NAME_BLANK },
    { trade_str("a "), TRADE_NAME_BLANK }
};


static void
test_check(void)
{
    size_t       i;
    const char  *fault;

    for (i = 0; i < UNIT_ROWS(names); i++) {
        is_int(trade_name_check(unit_guard(names[i].s)), names[i].check,
               "name %zu is taken or refused", i);

        fault = trade_name_fault(names[i].s);
        ok((fault == NULL) == (names[i].check == TRADE_NAME_VALID),
           "the fault is told: %s", fault ? fault : "nothing");
    }
}


static void
test_json(void)
{
    char         text[TRADE_NAME_JSON_MAX + 2], again[TRADE_NAME_MAX];
    size_t       i;
    trade_buf_t  b, name;
    trade_str_t  json;

    for (i = 0; i < UNIT_ROWS(names); i++) {
        if (names[i].check != TRADE_NAME_VALID) {
            continue;
        }

        trade_buf_init(&b, text, sizeof(text));
        trade_buf_json(&b, names[i].s);
        json = trade_str_of(text + 1, b.pos - text - 2);

        ok(!b.overflow && !memchr(json.data, '"', json.len)
           && trade_name_json_len(names[i].s) == json.len,
           "name %zu in JSON has no quotes, and %zu bytes", i, json.len);

        json = unit_guard(json);
        trade_buf_init(&name, again, sizeof(again));
        trade_name_unescape(&name, json);
        is_str(trade_buf_done(&name), names[i].s,
               "a name is read as it was written");
        ok(!name.overflow, "a name fits TRADE_NAME_MAX");

        ok(trade_name_is(json, names[i].s), "a name in JSON is that name");
        ok(!trade_name_is(json, trade_str_of(names[i].s.data,
                                             names[i].s.len - 1)),
           "a name in JSON is no shorter name");
        ok(!trade_name_is(trade_str_of(json.data, json.len - 1), names[i].s),
           "a part of the JSON is not that name");
    }

    ok(!trade_name_is(trade_str_c("\\u0022"), trade_str_c("\\u0022")),
       "an escape is not the name with the same characters");
    ok(trade_name_is(trade_str_c("\\u005cu0022"), trade_str_c("\\u0022")),
       "an escaped backslash is a backslash");
    ok(trade_name_is(trade_str_c("a\\u00"), trade_str_c("a\\u00")),
       "the start of an escape stands for itself");
    ok(!trade_name_is(trade_str_c("ann"), trade_str_c("anN")),
       "a name in JSON is not another name");
}


int
main(void)
{
    test_check();
    test_json();

    return done_testing();
}
