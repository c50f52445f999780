/* Shows that strings compare, cut and parse exactly, and buffers never grow. */

#include "unit.h"


static const struct {
    trade_str_t  a;
    trade_str_t  b;
    int          cmp;
} pairs[] = {
    { trade_null_str, trade_null_str, 0 },
    { trade_null_str, trade_str(""), 0 },
    { trade_str(""), trade_str("a"), -1 },
    { trade_str("a"), trade_str("a"), 0 },
    { trade_str("a"), trade_str("b"), -1 },
    { trade_str("a"), trade_str("ab"), -1 },
    { trade_str("b"), trade_str("ab"), 1 },
    { trade_str("A"), trade_str("a"), -1 },
    { trade_str("a\0b"), trade_str("a\0b"), 0 },
    { trade_str("a\0b"), trade_str("a\0c"), -1 },
    { trade_str("z"), trade_str("\x80"), -1 },
    { trade_str("\xff"), trade_str("\x01"), 1 }
};


static const struct {
    trade_str_t  s;
    trade_str_t  part;
    trade_str_t  rest;
} cuts[] = {
    { trade_null_str, trade_str(""), trade_str("") },
    { trade_str(""), trade_str(""), trade_str("") },
    { trade_str(" "), trade_str(""), trade_str("") },
    { trade_str("a"), trade_str("a"), trade_str("") },
    { trade_str("a "), trade_str("a"), trade_str("") },
    { trade_str(" a"), trade_str(""), trade_str("a") },
    { trade_str("a b c"), trade_str("a"), trade_str("b c") },
    { trade_str("a\0b c"), trade_str("a\0b"), trade_str("c") },
    { trade_str("  "), trade_str(""), trade_str(" ") }
};


static const struct {
    trade_str_t  s;
    uint64_t     max;
    int          rc;
    uint64_t     value;
} numbers[] = {
    { trade_str("0"), 0, 0, 0 },
    { trade_str("1"), 0, -1, 0 },
    { trade_str("9"), 9, 0, 9 },
    { trade_str("10"), 9, -1, 0 },
    { trade_str("10"), 10, 0, 10 },
    { trade_str("11"), 10, -1, 0 },
    { trade_str("255"), 255, 0, 255 },
    { trade_str("256"), 255, -1, 0 },
    { trade_str("1000"), 255, -1, 0 },
    { trade_str("9007199254740993"), UINT64_MAX, 0, 9007199254740993 },
    { trade_str("18446744073709551614"), UINT64_MAX - 1, 0, UINT64_MAX - 1 },
    { trade_str("18446744073709551615"), UINT64_MAX - 1, -1, 0 },
    { trade_str("18446744073709551615"), UINT64_MAX, 0, UINT64_MAX },
    { trade_str("18446744073709551616"), UINT64_MAX, -1, 0 },
    { trade_str("18446744073709551620"), UINT64_MAX, -1, 0 },
    { trade_str("99999999999999999999"), UINT64_MAX, -1, 0 },
    { trade_str("184467440737095516150"), UINT64_MAX, -1, 0 },
    { trade_null_str, UINT64_MAX, -1, 0 },
    { trade_str(""), UINT64_MAX, -1, 0 },
    { trade_str("00"), UINT64_MAX, -1, 0 },
    { trade_str("007"), UINT64_MAX, -1, 0 },
    { trade_str("-1"), UINT64_MAX, -1, 0 },
    { trade_str("+1"), UINT64_MAX, -1, 0 },
    { trade_str(" 1"), UINT64_MAX, -1, 0 },
    { trade_str("1 "), UINT64_MAX, -1, 0 },
    { trade_str("1.0"), UINT64_MAX, -1, 0 },
    { trade_str("1e0"), UINT64_MAX, -1, 0 },
    { trade_str("0x1"), UINT64_MAX, -1, 0 },
    { trade_str("1\0"), UINT64_MAX, -1, 0 },
    { trade_str("/"), UINT64_MAX, -1, 0 },
    { trade_str(":"), UINT64_MAX, -1, 0 }
};


static const struct {
    trade_str_t  s;
    trade_str_t  json;
} strings[] = {
    { trade_null_str, trade_str("\"\"") },
    { trade_str("A-1"), trade_str("\"A-1\"") },
    { trade_str("say \"x\""), trade_str("\"say \\u0022x\\u0022\"") },
    { trade_str("a\\b/c"), trade_str("\"a\\u005cb/c\"") },
    { trade_str("\0\x01\n\x1f"),
      trade_str("\"\\u0000\\u0001\\u000a\\u001f\"") },
    { trade_str("\x7f~ "), trade_str("\"\\u007f~ \"") },
    { trade_str("\xc3\xa4\xe6\x89\x8b\xf0\x9f\x8e\x81"),
      trade_str("\"\xc3\xa4\xe6\x89\x8b\xf0\x9f\x8e\x81\"") },
    { trade_str("a\xffz\xc3"), trade_str("\"a\\ufffdz\\ufffd\"") }
};


static void
test_cmp(void)
{
    int     cmp, back;
    size_t  i;

    for (i = 0; i < UNIT_ROWS(pairs); i++) {
        cmp = trade_str_cmp(pairs[i].a, pairs[i].b);
        back = trade_str_cmp(pairs[i].b, pairs[i].a);

        is_int((cmp > 0) - (cmp < 0), pairs[i].cmp,
               "pair %zu is ordered rightly", i);
        is_int((back > 0) - (back < 0), -pairs[i].cmp,
               "the pair is ordered rightly the other way round");
        is_int(trade_str_eq(pairs[i].a, pairs[i].b), pairs[i].cmp == 0,
               "pair %zu is equal or not", i);
    }

    ok(!trade_str_eq(trade_str_c("a"), trade_str_of("a", 2)),
       "a NUL counts");
    is_int(trade_str_c("a\0b").len, 1, "trade_str_c stops at NUL");
}


static void
test_cut(void)
{
    size_t       i;
    trade_str_t  s, part;

    for (i = 0; i < UNIT_ROWS(cuts); i++) {
        s = unit_guard(cuts[i].s);
        part = trade_str_cut(&s, ' ');

        is_str(part, cuts[i].part, "front of cut %zu", i);
        is_str(s, cuts[i].rest, "rest of cut %zu", i);
    }

    s = trade_str_of(NULL, 0);
    (void) trade_str_cut(&s, ' ');
    is_int(s.len, 0, "nothing can be cut");
}


static void
test_u64(void)
{
    int       rc;
    size_t    i;
    uint64_t  value;

    for (i = 0; i < UNIT_ROWS(numbers); i++) {
        value = 4711;
        rc = trade_str_u64(unit_guard(numbers[i].s), numbers[i].max, &value);

        is_int(rc, numbers[i].rc,
               "'%s' is read or refused, up to %llu", numbers[i].s.data,
               (unsigned long long) numbers[i].max);
        ok(value == (rc == 0 ? numbers[i].value : 4711),
           "a number has its value");
    }
}


static void
test_u64_round_trip(void)
{
    int          i, right;
    char         mem[20];
    uint64_t     value, back;
    trade_buf_t  b;

    for (right = 1, i = 0; i < 10000; i++) {
        value = ((uint64_t) unit_random() << 32 | unit_random())
                >> (unit_random() % 64);
        value = i ? value : UINT64_MAX;

        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_u64(&b, value);

        right &= trade_str_u64(trade_buf_done(&b), UINT64_MAX, &back) == 0
                 && back == value && !b.overflow;
    }

    ok(right, "numbers come back as they were written, in 20 characters");
}


static void
test_json(void)
{
    char         mem[64];
    size_t       i;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(strings); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_buf_json(&b, unit_guard(strings[i].s));

        is_str(trade_buf_done(&b), strings[i].json,
               "string %zu is written as JSON", i);
    }
}


static void
write_all(trade_buf_t *b, const void *data)
{
    (void) data;

    trade_buf_c(b, "a");
    trade_buf_u64(b, 1234567890);
    trade_buf_json(b, trade_str_of("\"\n\x7f", 3));
    trade_buf_put(b, NULL, 0);
    trade_buf_str(b, trade_str_c("z"));
}


static void
test_bounds(void)
{
    char         mem[4];
    trade_buf_t  b;

    ok(unit_bounded(write_all, NULL, 1 + 10 + (2 + 6 + 6 + 6) + 1),
       "no writer leaves its memory");

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, "abc");
    trade_buf_c(&b, "de");
    is_str(trade_buf_done(&b), trade_str_c("abc"),
           "text that does not fit is dropped");
    is_int(b.overflow, 1, "dropped text is noted as overflow");

    trade_buf_c(&b, "f");
    is_int(b.overflow, 1, "a buffer that has overflown stays so");

    trade_buf_init(&b, mem, 0);
    trade_buf_put(&b, NULL, 0);
    is_int(b.overflow, 0, "nothing fits into nothing");
}


/* Each byte but the 22 digits is refused */

static void
test_hex(void)
{
    int          c, wrong;
    const char  *digit;

    static const char  lower[] = "0123456789abcdef";
    static const char  upper[] = "0123456789ABCDEF";

    for (wrong = 0, c = 0; c < 256; c++) {
        digit = c ? strchr(lower, c) : NULL;
        wrong += digit && trade_str_hex((char) c) != digit - lower;

        if (digit == NULL) {
            digit = c ? strchr(upper, c) : NULL;
            wrong += trade_str_hex((char) c) != (digit ? digit - upper : -1);
        }
    }

    is_int(wrong, 0, "each of 256 bytes is a hex digit, or none");
}


static void
test_blanks(void)
{
    size_t       i;
    trade_str_t  s;

    static const char *const  rows[][2] = {
        { "", "" }, { " ", "" }, { "a", "a" }, { " \t \ta b ", "a b " },
        { "\na", "\na" }, { "\t", "" }
    };

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        s = trade_str_c(rows[i][0]);
        trade_str_blanks(&s);
        is_str(s, trade_str_c(rows[i][1]),
               "blanks and tabs are cut off the front, and nothing else");
    }
}


int
main(void)
{
    test_cmp();
    test_cut();
    test_u64();
    test_hex();
    test_u64_round_trip();
    test_json();
    test_bounds();
    test_blanks();

    return done_testing();
}
