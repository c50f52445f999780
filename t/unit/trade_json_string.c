/* Shows what a string is unescaped to, and why one is refused. */

#include "trade_json_scan.h"
#include "unit.h"


static const struct {
    trade_str_t   text;                 /* with its quotes */
    trade_str_t   value;
    int           nul;
} strings[] = {
    { trade_str("\"\""), trade_str(""), 0 },
    { trade_str("\"a b\""), trade_str("a b"), 0 },
    { trade_str("\"\\\"\\\\\\/\""), trade_str("\"\\/"), 0 },
    { trade_str("\"\\b\\f\\n\\r\\t\""), trade_str("\b\f\n\r\t"), 0 },
    { trade_str("\"\\u0041\\u007f\""), trade_str("A\x7f"), 0 },
    { trade_str("\"\\u0080\\u07ff\""), trade_str("\xc2\x80\xdf\xbf"), 0 },
    { trade_str("\"\\u0800\\uffff\""), trade_str("\xe0\xa0\x80\xef\xbf\xbf"),
      0 },
    { trade_str("\"\\uD800\\uDC00\""), trade_str("\xf0\x90\x80\x80"), 0 },
    { trade_str("\"\\udbff\\udfff\""), trade_str("\xf4\x8f\xbf\xbf"), 0 },
    { trade_str("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""),
      trade_str("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 0 },
    { trade_str("\"a\\u0000b\""), trade_str("a\0b"), 1 }
};


static const struct {
    trade_str_t   text;
    size_t        offset;
    const char   *what;
} refused[] = {
    { trade_str("\""), 1, "a string has no end" },
    { trade_str("\"abc"), 4, "a string has no end" },
    { trade_str("\"a\\"), 2, "a string has no end" },
    { trade_str("\"a\nb\""), 2, "control character in a string" },
    { trade_str("\"\x1f\""), 1, "control character in a string" },
    { trade_str("\"a\0b\""), 2, "control character in a string" },
    { trade_str("\"\\a\""), 1, "unknown escape" },
    { trade_str("\"\\\0\""), 1, "unknown escape" },
    { trade_str("\"\\U0041\""), 1, "unknown escape" },
    { trade_str("\"\\u004\""), 1, "\\u without four hex digits" },
    { trade_str("\"\\u00"), 1, "\\u without four hex digits" },
    { trade_str("\"\\u00g0\""), 1, "\\u without four hex digits" },
    { trade_str("\"\\ud800\""), 7, "lone surrogate" },
    { trade_str("\"\\ud800x\""), 7, "lone surrogate" },
    { trade_str("\"\\ud800\\n\""), 7, "lone surrogate" },
    { trade_str("\"\\udc00\\ud800\""), 7, "lone surrogate" },
    { trade_str("\"\\ud800\\ud800\""), 13, "lone surrogate" },
    { trade_str("\"\\ud800\\ue000\""), 13, "lone surrogate" },
    { trade_str("\"\\ud800\\u12\""), 7, "\\u without four hex digits" },
    { trade_str("\"\xff\""), 1, "bad UTF-8" },
    { trade_str("\"a\xc3\""), 2, "bad UTF-8" },
    { trade_str("\"\xc3"), 1, "bad UTF-8" },
    { trade_str("\"\xed\xa0\x80\""), 1, "bad UTF-8" }
};


/* Room for as many bytes as the text has, and not one more */

static int
scan(trade_json_scan_t *s, trade_str_t text, char *room)
{
    memset(s, 0, sizeof(*s));
    text = unit_guard(text);

    s->start = text.data;
    s->pos = text.data;
    s->end = text.data + text.len;
    s->out = room;
    s->nul = -1;

    return trade_json_scan_string(s);
}


static void
test_strings(void)
{
    char               *room;
    size_t              i;
    trade_json_scan_t   s;

    for (i = 0; i < UNIT_ROWS(strings); i++) {
        room = malloc(strings[i].text.len);

        is_int(scan(&s, strings[i].text, room), 0, "string %zu is taken", i);
        is_str(trade_str_of(room, s.out - room), strings[i].value,
               "string %zu has its value", i);
        is_int(s.nul, strings[i].nul, "string %zu: whether it has a NUL", i);
        ok(s.pos == s.end, "string %zu: it ends behind its quote", i);

        free(room);
    }
}


static void
test_refused(void)
{
    char               *room;
    size_t              i;
    trade_json_scan_t   s;

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        room = malloc(refused[i].text.len);

        is_int(scan(&s, refused[i].text, room), -1,
               "malformed string %zu is refused", i);
        is_int(s.rc, TRADE_JSON_BAD, "no string %zu: it is no JSON", i);
        is_int(s.pos - s.start, refused[i].offset,
               "malformed string %zu is wrong at that byte", i);
        is_str(trade_str_c(s.what ? s.what : ""),
               trade_str_c(refused[i].what),
               "malformed string %zu is refused with the reason", i);

        free(room);
    }
}


static void
test_rest(void)
{
    char               room[8];
    trade_json_scan_t  s;

    is_int(scan(&s, trade_str_c("\"a\":1"), room), 0,
           "a string ends where more stands behind it");
    is_int(s.pos - s.start, 3, "the scan stands behind the string");
}


int
main(void)
{
    test_strings();
    test_refused();
    test_rest();

    return done_testing();
}
