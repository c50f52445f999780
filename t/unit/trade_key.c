/* Shows which Idempotency-Key headers are keys, and that "k" and k are one. */

#include "trade_key.h"
#include "unit.h"


static const struct {
    trade_str_t  value;
    trade_str_t  key;
} accepted[] = {
    { trade_str("k"), trade_str("k") },
    { trade_str("\"k\""), trade_str("k") },
    { trade_str("8e03978e-40d5-43dd-bc93-6894a57f9324"),
      trade_str("8e03978e-40d5-43dd-bc93-6894a57f9324") },
    { trade_str("!~"), trade_str("!~") },
    { trade_str("\"a\\\"b\\\\c\""), trade_str("a\"b\\c") },
    { trade_str("a\\b"), trade_str("a\\b") },
    { trade_str("\"a\\\\b\""), trade_str("a\\b") },
    { trade_str("\"a,b\""), trade_str("a,b") },
    { trade_str("\"\\\"\""), trade_str("\"") },
    { trade_str("a;b=1"), trade_str("a;b=1") },
    { trade_str("\"a b\""), trade_str("a b") },
    { trade_str("\" \""), trade_str(" ") },
    { trade_str("\"a, b\""), trade_str("a, b") },
    { trade_str("\"k\" "), trade_str("k") },
    { trade_str(" \"k\""), trade_str("k") },
    { trade_str("\t \"k\"\t"), trade_str("k") },
    { trade_str("\"k\";a \t"), trade_str("k") },
    { trade_str("\tk "), trade_str("k") },
    { trade_str("\"k;a=1\""), trade_str("k;a=1") },
    { trade_str("\"k\";a=1"), trade_str("k") },
    { trade_str("\"k\";a=\"1\\\"\"; b"), trade_str("k") }
};


static const trade_str_t  refused[] = {
    trade_null_str, trade_str(""), trade_str("\""), trade_str("\"\""),
    trade_str("\"\"\""), trade_str("\"k"), trade_str("k\""),
    trade_str("k\"k"), trade_str("\"k\\\""), trade_str("\"\\k\""),
    trade_str("\"k\";"), trade_str("\"k\" ;a"), trade_str("\"k\";a=\"1"),
    trade_str("\"a\",\"b\""), trade_str("\"a\", \"b\""), trade_str("a,b"),
    trade_str("a, b"), trade_str("a b"), trade_str("\"a\tb\""),
    trade_str("a\tb"), trade_str("\t"), trade_str("a\0"), trade_str("\"\0\""),
    trade_str("\x7f"), trade_str("\"\x1f\""), trade_str("\xc3\xa4"),
    trade_str("\"\x80\"")
};


/* `n` times `unit`, in quotes if `quoted` */

static trade_str_t
repeat(const char *unit, size_t n, int quoted)
{
    static char   mem[1024];
    trade_buf_t   b;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, quoted ? "\"" : "");

    while (n--) {
        trade_buf_c(&b, unit);
    }

    trade_buf_c(&b, quoted ? "\"" : "");

    return unit_guard(trade_buf_done(&b));
}


static int
parse(trade_str_t value, trade_str_t *key)
{
    int          rc;
    static char  mem[TRADE_KEY_MAX + 1];

    mem[TRADE_KEY_MAX] = '~';
    rc = trade_key_parse(value, mem, key);

    return mem[TRADE_KEY_MAX] == '~' ? rc : -2;
}


static void
test_table(void)
{
    size_t       i;
    trade_str_t  key;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        is_int(parse(unit_guard(accepted[i].value), &key), 0,
               "the key of %s is read",
               accepted[i].value.data);
        is_str(key, accepted[i].key, "is %s", accepted[i].key.data);
    }

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        is_int(parse(unit_guard(refused[i]), &key), -1, "%.*s is no key",
               (int) refused[i].len, refused[i].data);
    }
}


static void
test_length(void)
{
    trade_str_t  key;

    is_int(parse(repeat("k", 255, 0), &key), 0,
           "a key may have 255 characters");
    is_int(key.len, 255, "a key of 255 characters has them all");
    is_int(parse(repeat("k", 256, 0), &key), -1, "256 characters are no key");

    is_int(parse(repeat("k", 255, 1), &key), 0, "255 characters in quotes");
    is_int(key.len, 255, "a quoted key of 255 characters has them all");
    is_int(parse(repeat("k", 256, 1), &key), -1,
           "256 characters in quotes are no key");

    is_int(parse(repeat("\\\"", 255, 1), &key), 0,
           "255 escaped characters in quotes");
    is_int(key.len, 255, "a key of 255 escaped characters has them all");
    is_int(parse(repeat("\\\"", 256, 1), &key), -1,
           "256 escaped characters are no key");
}


/* Each byte alone: visible ASCII, and not what a bare value can't hold */

static void
test_bytes(void)
{
    int          c, bare, quoted;
    char         one[3];
    trade_str_t  key;

    for (bare = quoted = 1, c = 0; c < 256; c++) {
        one[0] = one[2] = '"';
        one[1] = (char) c;

        bare &= (parse(trade_str_of(one + 1, 1), &key) == 0)
                == (c > 0x20 && c < 0x7f && c != '"' && c != ',');
        quoted &= (parse(trade_str_of(one, 3), &key) == 0)
                  == (c >= 0x20 && c < 0x7f && c != '"' && c != '\\');
    }

    ok(bare, "bytes that are a key, bare");
    ok(quoted, "bytes that are a key, quoted");
}


int
main(void)
{
    test_table();
    test_length();
    test_bytes();

    return done_testing();
}
