/* Shows that the scan takes JSON that all readers read alike, and no other. */

#include "trade_json_scan.h"
#include "unit.h"


#define DIGITS_20  "12345678901234567890"
#define DIGITS_60  DIGITS_20 DIGITS_20 DIGITS_20


static const trade_str_t  accepted[] = {
    trade_str("{}"), trade_str("[]"), trade_str("null"), trade_str("true"),
    trade_str("false"), trade_str("\"\""), trade_str("0"), trade_str("-0"),
    trade_str(" \t\r\n{ \"a\" \n:\t1 , \"b\" : [ ] }\r\n"),
    trade_str("-1"), trade_str("1.0"), trade_str("1e0"), trade_str("1E+05"),
    trade_str("-0.5e-3"), trade_str("1e400"), trade_str("0e0"),
    trade_str("2147483648"), trade_str("9007199254740993"),
    trade_str(DIGITS_60 "123"),
    trade_str("{\"sku\":1,\"SKU\":2,\"Sku\":3}"),
    trade_str("{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":2}]}"),
    trade_str("{\"\":1,\" \":2}"),
    trade_str("{\"a\":1,\"a\\u0001\":2}"),
    trade_str("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    trade_str("\"\\u0000\""),
    trade_str("{\"a\":\"\\u0000\"}"),
    trade_str("\"\\ud83d\\ude00\\uD83D\\uDE00\""),
    trade_str("\"\\ud800\\udc00\\udbff\\udfff\\ud7ff\\ue000\\uffff\""),
    trade_str("\"\x7f\""),
    trade_str("\"\xc2\x80 \xdf\xbf\""),
    trade_str("\"\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf\""),
    trade_str("\"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\""),
    trade_str("\"\xef\xbb\xbf\""),
    trade_str("[1,[2,[3,[4]]],{\"a\":{\"b\":{}}}]")
};


/* texts that are refused, the place, and the beginning of the reason */

static const struct {
    trade_str_t       text;
    trade_json_rc_e   rc;
    size_t            offset;
    const char       *what;
} refused[] = {

    /* doubled names: the offset is that of the object's end */

    { trade_str("{\"a\":1,\"a\":1}"), TRADE_JSON_DOUBLED, 12, "a name" },
    { trade_str("{\"a\":1,\"b\":2,\"a\":3}"), TRADE_JSON_DOUBLED, 18,
      "a name" },
    { trade_str("{\"a\":1,\"\\u0061\":2}"), TRADE_JSON_DOUBLED, 17, "a name" },
    { trade_str("{\"\\u00e4\":1,\"\xc3\xa4\":2}"), TRADE_JSON_DOUBLED, 18,
      "a name" },
    { trade_str("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"),
      TRADE_JSON_DOUBLED, 26, "a name" },
    { trade_str("{\"\xe2\x82\xac\":1,\"\\u20ac\":2}"), TRADE_JSON_DOUBLED, 19,
      "a name" },
    { trade_str("{\"a\\/b\":1,\"a/b\":2}"), TRADE_JSON_DOUBLED, 17, "a name" },
    { trade_str("{\"\\n\":1,\"\\u000a\":2}"), TRADE_JSON_DOUBLED, 18,
      "a name" },
    { trade_str("{\"\":1,\"\":2}"), TRADE_JSON_DOUBLED, 10, "a name" },
    { trade_str("[{\"x\":{\"a\":[],\"a\":{}}}]"), TRADE_JSON_DOUBLED, 20,
      "a name" },
    { trade_str("{\"a\":{\"b\":{\"c\":1}},\"b\":1,\"a\":1}"),
      TRADE_JSON_DOUBLED, 30, "a name" },

    /* numbers */

    { trade_str("007"), TRADE_JSON_BAD, 1, "something" },
    { trade_str("00"), TRADE_JSON_BAD, 1, "something" },
    { trade_str("-01"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("{\"a\":007}"), TRADE_JSON_BAD, 6, "',' or '}'" },
    { trade_str("[01]"), TRADE_JSON_BAD, 2, "',' or ']'" },
    { trade_str("-"), TRADE_JSON_BAD, 1, "a value" },
    { trade_str("--1"), TRADE_JSON_BAD, 1, "a value" },
    { trade_str("+1"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str(".5"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("1."), TRADE_JSON_BAD, 2, "a digit" },
    { trade_str("1.e1"), TRADE_JSON_BAD, 2, "a digit" },
    { trade_str("1e"), TRADE_JSON_BAD, 2, "a digit" },
    { trade_str("1e+"), TRADE_JSON_BAD, 3, "a digit" },
    { trade_str("1e+-1"), TRADE_JSON_BAD, 3, "a digit" },
    { trade_str("1eE1"), TRADE_JSON_BAD, 2, "a digit" },
    { trade_str("0x10"), TRADE_JSON_BAD, 1, "something" },
    { trade_str("1_000"), TRADE_JSON_BAD, 1, "something" },
    { trade_str("NaN"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("Infinity"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("-Infinity"), TRADE_JSON_BAD, 1, "a value" },
    { trade_str(DIGITS_60 "1234"), TRADE_JSON_BAD, 64, "a number" },
    { trade_str("-" DIGITS_60 "123"), TRADE_JSON_BAD, 64, "a number" },
    { trade_str("1." DIGITS_60 "e5"), TRADE_JSON_BAD, 64, "a number" },

    /* strings */

    { trade_str("\"\0\""), TRADE_JSON_BAD, 1, "control" },
    { trade_str("\"a\nb\""), TRADE_JSON_BAD, 2, "control" },
    { trade_str("\"\t\""), TRADE_JSON_BAD, 1, "control" },
    { trade_str("\"\x1f\""), TRADE_JSON_BAD, 1, "control" },
    { trade_str("{\"a\r\":1}"), TRADE_JSON_BAD, 3, "control" },
    { trade_str("\""), TRADE_JSON_BAD, 1, "a string" },
    { trade_str("\"abc"), TRADE_JSON_BAD, 4, "a string" },
    { trade_str("\"abc\\"), TRADE_JSON_BAD, 4, "a string" },
    { trade_str("\"\\\""), TRADE_JSON_BAD, 3, "a string" },
    { trade_str("\"\\x41\""), TRADE_JSON_BAD, 1, "unknown" },
    { trade_str("\"\\'\""), TRADE_JSON_BAD, 1, "unknown" },
    { trade_str("\"\\\0\""), TRADE_JSON_BAD, 1, "unknown" },
    { trade_str("\"\\U0041\""), TRADE_JSON_BAD, 1, "unknown" },
    { trade_str("\"\\u004\""), TRADE_JSON_BAD, 1, "\\u" },
    { trade_str("\"\\u004g\""), TRADE_JSON_BAD, 1, "\\u" },
    { trade_str("\"\\u+041\""), TRADE_JSON_BAD, 1, "\\u" },
    { trade_str("\"\\u00"), TRADE_JSON_BAD, 1, "\\u" },
    { trade_str("'a'"), TRADE_JSON_BAD, 0, "a value" },

    /* surrogates: the offset is behind what was read */

    { trade_str("\"\\ud800\""), TRADE_JSON_BAD, 7, "lone" },
    { trade_str("\"\\ud800x\""), TRADE_JSON_BAD, 7, "lone" },
    { trade_str("\"\\ud800\\n\""), TRADE_JSON_BAD, 7, "lone" },
    { trade_str("\"\\udc00\""), TRADE_JSON_BAD, 7, "lone" },
    { trade_str("\"\\udfff\\ud800\""), TRADE_JSON_BAD, 7, "lone" },
    { trade_str("\"\\ud800\\ud800\""), TRADE_JSON_BAD, 13, "lone" },
    { trade_str("\"\\ud800\\u0041\""), TRADE_JSON_BAD, 13, "lone" },
    { trade_str("\"\\ud800\\u00\""), TRADE_JSON_BAD, 7, "\\u" },
    { trade_str("\"\\ud800"), TRADE_JSON_BAD, 7, "lone" },

    /* NUL in a name */

    { trade_str("{\"\\u0000\":1}"), TRADE_JSON_BAD, 9, "\\u0000" },
    { trade_str("{\"a\\u0000b\":1}"), TRADE_JSON_BAD, 11, "\\u0000" },
    { trade_str("{\"a\":{\"b\\u0000\":1}}"), TRADE_JSON_BAD, 15, "\\u0000" },

    /* UTF-8 */

    { trade_str("\"\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"a\xbf\""), TRADE_JSON_BAD, 2, "bad UTF-8" },
    { trade_str("\"\xc0\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xc1\xbf\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xc3\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xc3"), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xc3\xc3\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xe0\x80\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xe0\x9f\xbf\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xed\xa0\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xed\xbf\xbf\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xe2\x82\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xe2\x82"), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf0\x80\x80\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf0\x8f\xbf\xbf\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf4\x90\x80\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf5\x80\x80\x80\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf0\x9f\x98\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xf0\x9f\x98"), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xfe\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("\"\xff\xff\""), TRADE_JSON_BAD, 1, "bad UTF-8" },
    { trade_str("{\"\xc3\":1}"), TRADE_JSON_BAD, 2, "bad UTF-8" },

    /* the text around it */

    { trade_str("\xef\xbb\xbf{}"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("{}x"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("{} {}"), TRADE_JSON_BAD, 3, "something" },
    { trade_str("{}\0"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("\0{}"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("1 2"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("{}\f"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("\xc2\xa0{}"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("{}//"), TRADE_JSON_BAD, 2, "something" },
    { trade_str("/**/{}"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str(""), TRADE_JSON_BAD, 0, "it ends" },
    { trade_null_str, TRADE_JSON_BAD, 0, "it ends" },
    { trade_str(" \n"), TRADE_JSON_BAD, 2, "it ends" },

    /* objects, arrays, words */

    { trade_str("{"), TRADE_JSON_BAD, 1, "a name" },
    { trade_str("{a:1}"), TRADE_JSON_BAD, 1, "a name" },
    { trade_str("{1:1}"), TRADE_JSON_BAD, 1, "a name" },
    { trade_str("{\"a\"}"), TRADE_JSON_BAD, 4, "':'" },
    { trade_str("{\"a\" 1}"), TRADE_JSON_BAD, 5, "':'" },
    { trade_str("{\"a\":}"), TRADE_JSON_BAD, 5, "a value" },
    { trade_str("{\"a\":"), TRADE_JSON_BAD, 5, "it ends" },
    { trade_str("{\"a\":1"), TRADE_JSON_BAD, 6, "',' or '}'" },
    { trade_str("{\"a\":1,}"), TRADE_JSON_BAD, 7, "a name" },
    { trade_str("{,}"), TRADE_JSON_BAD, 1, "a name" },
    { trade_str("{\"a\":1]"), TRADE_JSON_BAD, 6, "',' or '}'" },
    { trade_str("["), TRADE_JSON_BAD, 1, "it ends" },
    { trade_str("[1,]"), TRADE_JSON_BAD, 3, "a value" },
    { trade_str("[,1]"), TRADE_JSON_BAD, 1, "a value" },
    { trade_str("[1 2]"), TRADE_JSON_BAD, 3, "',' or ']'" },
    { trade_str("[1}"), TRADE_JSON_BAD, 2, "',' or ']'" },
    { trade_str("]"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("tru"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("True"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("nul"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("nulL"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("truex"), TRADE_JSON_BAD, 4, "something" },
    { trade_str("fals"), TRADE_JSON_BAD, 0, "a value" },
    { trade_str("undefined"), TRADE_JSON_BAD, 0, "a value" }
};


static const struct {
    trade_str_t       text;
    int               depth;
    trade_json_rc_e   rc;
    size_t            offset;
} depths[] = {
    { trade_str("1"), 0, TRADE_JSON_OK, 1 },
    { trade_str("[]"), 0, TRADE_JSON_DEEP, 0 },
    { trade_str("{}"), 0, TRADE_JSON_DEEP, 0 },
    { trade_str(" {}"), 1, TRADE_JSON_OK, 3 },
    { trade_str("{\"a\":{}}"), 1, TRADE_JSON_DEEP, 5 },
    { trade_str("{\"a\":{}}"), 2, TRADE_JSON_OK, 8 },
    { trade_str("[{\"a\":[1]}]"), 3, TRADE_JSON_OK, 11 },
    { trade_str("[{\"a\":[1]}]"), 2, TRADE_JSON_DEEP, 6 },
    { trade_str("[[],[],[[]]]"), 3, TRADE_JSON_OK, 12 },
    { trade_str("[[],[],[[]]]"), 2, TRADE_JSON_DEEP, 8 },
    { trade_str("[{},{},{}]"), 2, TRADE_JSON_OK, 10 },
    { trade_str("[[[[[[[[]]]]]]]]"), 8, TRADE_JSON_OK, 16 },
    { trade_str("[[[[[[[[[]]]]]]]]]"), 8, TRADE_JSON_DEEP, 8 }
};


static trade_json_rc_e
scan(trade_str_t text, int depth, size_t *nspans, trade_json_error_t *error)
{
    trade_json_rc_e     rc;
    trade_json_span_t  *spans;

    rc = trade_json_scan(text, depth, &spans, nspans, error);
    free(spans);

    return rc;
}


static void
test_accepted(void)
{
    size_t              i, nspans;
    trade_json_error_t  error;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        is_int(scan(unit_guard(accepted[i]), 8, &nspans, &error),
               TRADE_JSON_OK, "the scanner takes %s", accepted[i].data);
        is_int(error.offset, accepted[i].len, "to its end");
    }
}


static void
test_refused(void)
{
    size_t              i, nspans;
    trade_str_t         text;
    trade_json_error_t  error;

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        text = refused[i].text;

        is_int(scan(unit_guard(text), 8, &nspans, &error), refused[i].rc,
               "the scanner refuses %.*s", (int) text.len, text.data);
        is_int(error.offset, refused[i].offset,
               "the scanner names the byte that is wrong");
        ok(error.what && strncmp(error.what, refused[i].what,
                                 strlen(refused[i].what)) == 0,
           "the scanner says why: %s", refused[i].what);
    }
}


static void
test_depth(void)
{
    size_t              i, nspans;
    trade_json_error_t  error;

    for (i = 0; i < UNIT_ROWS(depths); i++) {
        is_int(scan(unit_guard(depths[i].text), depths[i].depth, &nspans,
                    &error),
               depths[i].rc,
               "%s nested in %d levels is taken or refused",
               depths[i].text.data,
               depths[i].depth);
        is_int(error.offset, depths[i].offset,
               "the scanner stops at that level");
    }
}


/* A million brackets end at the limit, not in the stack */

static void
test_hostile_depth(void)
{
    char                *mem;
    size_t               nspans, n = 1000000;
    trade_json_error_t   error;

    mem = malloc(n);
    memset(mem, '[', n);

    is_int(scan(trade_str_of(mem, n), 8, &nspans, &error), TRADE_JSON_DEEP,
           "a million brackets are too deep");
    is_int(nspans, 9, "nothing is kept for too deep brackets");

    free(mem);
}


/* An object of n names; the last one is number `last` */

static trade_str_t
object_of(size_t n, size_t last)
{
    char        *mem, *p;
    size_t       i;

    mem = p = malloc(n * 24 + 2);

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%c\"n%zu\":%zu", i ? ',' : '{',
                     i + 1 < n ? i : last, i);
    }

    *p++ = '}';

    return trade_str_of(mem, p - mem);
}


static void
test_hostile_object(void)
{
    size_t              nspans, n = 200000;
    trade_str_t         text;
    trade_json_error_t  error;

    text = object_of(n, n - 1);
    is_int(scan(text, 8, &nspans, &error), TRADE_JSON_OK, "%zu names", n);
    is_int(nspans, n + 1, "each name has a value, and the object is one");
    free((char *) text.data);

    text = object_of(n, 0);
    is_int(scan(text, 8, &nspans, &error), TRADE_JSON_DOUBLED,
           "a name that is also the first one is doubled");
    is_int(error.offset, text.len - 1,
           "a doubled name is found at the end of its object");
    free((char *) text.data);
}


static void
test_spans(void)
{
    size_t                    i, nspans;
    trade_str_t               text;
    trade_json_error_t        error;
    trade_json_span_t        *spans;
    static const trade_str_t  want[] = {
        trade_str("{\"a\" : [1,{ } , \"\\u0000\" ], \"\\u0062\":\"x\"}"),
        trade_str("[1,{ } , \"\\u0000\" ]"), trade_str("1"),
        trade_str("{ }"), trade_str("\"\\u0000\""), trade_str("\"x\"")
    };

    text = trade_str_c(" {\"a\" : [1,{ } , \"\\u0000\" ], \"\\u0062\":\"x\"} ");
    is_int(trade_json_scan(text, 8, &spans, &nspans, &error), TRADE_JSON_OK,
           "values come in the order of the document");
    is_int(nspans, UNIT_ROWS(want), "all values are noted, and no names");

    for (i = 0; i < UNIT_ROWS(want) && i < nspans; i++) {
        is_str(spans[i].text, want[i], "value %zu is the next one", i);
        is_int(spans[i].nul, i == 4, "a value notes whether it holds a NUL");
    }

    free(spans);
}


/* Each prefix ends where reading on crashes, and is not JSON */

static void
test_prefixes(void)
{
    int                 right;
    size_t              nspans;
    trade_str_t         text;
    trade_json_error_t  error;

    text = trade_str_c(
        "{\"buyer_id\":\"u\\u002d1\",\"items\":[{\"sku\":\"A-1\",\"quantity\""
        ":-12.50e+10},{\"\\ud83d\\ude00\\n\":true,\"x\":false,\"y\":null}],"
        "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\":[[],{},\"\\\"\\\\\\/\\b\""
        " ,\t0 , 1E5\r\n]}");

    is_int(scan(unit_guard(text), 8, &nspans, &error), TRADE_JSON_OK,
           "the document is taken");

    for (right = 1; text.len--; /* void */ ) {
        right &= scan(unit_guard(text), 8, &nspans, &error) == TRADE_JSON_BAD
                 && error.offset <= text.len;
    }

    ok(right, "no prefix of it is one");
}


/* A value at the beginning, whatever is behind it */

static void
test_first(void)
{
    size_t       i;
    trade_str_t  text;

    static const struct {
        const char  *text;
        size_t       len;
    } firsts[] = {
        { "{\"a\":[1]}", 9 }, { "{\"a\":[1]} ,x", 9 }, { "{}}", 2 },
        { "[\"]\"]\xff", 5 }, { "1,", 1 }, { "{\"a\":[1]", 0 },
        { "{\"a\":[[1]]}", 0 }, { "{\"a\":1,\"a\":1}", 0 }, { " 1", 0 },
        { "", 0 }
    };

    for (i = 0; i < UNIT_ROWS(firsts); i++) {
        text = unit_guard(trade_str_c(firsts[i].text));
        is_int(trade_json_scan_first(text, 2), firsts[i].len,
               "the scanner knows how long the first value is: %s",
               firsts[i].text);
    }
}


int
main(void)
{
    test_accepted();
    test_refused();
    test_depth();
    test_hostile_depth();
    test_hostile_object();
    test_spans();
    test_prefixes();
    test_first();

    return done_testing();
}
