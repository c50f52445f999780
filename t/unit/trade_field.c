/*
 * Shows which values of a header are a string as structured fields have them,
 * and that parameters of every form are passed over if they are well-formed.
 */

#include "trade_field.h"
#include "unit.h"


static const char *const  parameters[] = {
    "", ";a", "; a", ";  a;b", ";*", ";a_-.*9", ";a=1", ";a=-1", ";a=0",
    ";a=999999999999999", ";a=1.5", ";a=-123456789012.123", ";a=?0", ";a=?1",
    ";a=token", ";a=*t", ";a=T/x:y!#$%&'*+-.^_`|~", ";a=\"\"",
    ";a=\"x;y=\\\"\\\\\"", ";a=::", ";a=:aGVsbG8=:", ";a=:+/:",
    ";a=@1659578233", ";a=@-1", ";a=%\"\"", ";a=%\"f%c3%bc\"", ";a=1;a=2",
    ";a=1 ", " ", "   "
};


static const char *const  malformed[] = {
    ";", "; ", ";A", ";9", ";a=", ";a= 1", ";a =1", " ;a", ";a;", ";a=1.",
    ";a=.5", ";a=-", ";a=--1", ";a=1000000000000000", ";a=1.1234",
    ";a=1234567890123.1", ";a=?2", ";a=?", ";a=?10", ";a=\"", ";a=\"\\x\"",
    ";a=\"\t\"", ";a=:a", ";a=:a b:", ";a=:a:b", ";a=@", ";a=@1.5",
    ";a=%", ";a=%\"", ";a=%\"%C3\"", ";a=%\"%g0\"", ";a=%\"%c\"",
    ";a=%\"\x7f\"", ";a=(1)", ";a=\xc3", ",", ", \"k\"", "x", "\"k\"", "\t"
};


static void
test_parameters(void)
{
    char         mem[128], text[8];
    size_t       i, n;
    trade_buf_t  value, key;

    n = UNIT_ROWS(parameters);

    for (i = 0; i < n + UNIT_ROWS(malformed); i++) {
        trade_buf_init(&value, mem, sizeof(mem));
        trade_buf_c(&value, "\"k\"");
        trade_buf_c(&value, i < n ? parameters[i] : malformed[i - n]);

        trade_buf_init(&key, text, sizeof(text));

        is_int(trade_field_string(unit_guard(trade_buf_done(&value)), &key),
               i < n ? 0 : -1,
               "a string with %s parameters is taken or refused: %.*s",
               i < n ? "well-formed" : "malformed",
               (int) (value.pos - mem), mem);
        is_str(trade_buf_done(&key), trade_str_c("k"),
               "the parameters are no part of it");
    }
}


static void
test_text(void)
{
    char         text[4];
    trade_buf_t  key;

    trade_buf_init(&key, text, sizeof(text));
    is_int(trade_field_string(unit_guard(trade_str_c("\"a\\\"\\\\ \"")), &key),
           0, "a string may have escapes and a blank");
    is_str(trade_buf_done(&key), trade_str_c("a\"\\ "),
           "the string is unescaped");
    ok(!key.overflow, "the string fits");

    trade_buf_init(&key, text, sizeof(text));
    is_int(trade_field_string(unit_guard(trade_str_c("\"abcde\"")), &key), 0,
           "a string that does not fit");
    ok(key.overflow, "a string that does not fit overflows");

    trade_buf_init(&key, text, sizeof(text));
    is_int(trade_field_string(unit_guard(trade_str_c("\"\"")), &key), 0,
           "an empty string is a string");
    is_int(trade_field_string(unit_guard(trade_str_c("")), &key), -1,
           "an empty value is no string");
    is_int(trade_field_string(unit_guard(trade_str_c("k")), &key), -1,
           "a token is no string");
    is_int(trade_field_string(unit_guard(trade_str_c("\"k")), &key), -1,
           "a string without an end is no string");
    is_int(trade_field_string(unit_guard(trade_str_c("\"\\k\"")), &key), -1,
           "only quotes and backslashes are escaped");
    is_int(trade_field_string(unit_guard(trade_str_c("\"\xc3\xa4\"")), &key),
           -1, "a string is ASCII");
}


int
main(void)
{
    test_parameters();
    test_text();

    return done_testing();
}
