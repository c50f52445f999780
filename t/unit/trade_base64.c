/* Shows that base64url is written and read as RFC 4648 has it. */

#include "trade_base64.h"
#include "unit.h"


/* section 10, without padding, and characters of the URL-safe alphabet */

static const struct {
    trade_str_t  bytes;
    trade_str_t  text;
} forms[] = {
    { trade_str(""), trade_str("") },
    { trade_str("f"), trade_str("Zg") },
    { trade_str("fo"), trade_str("Zm8") },
    { trade_str("foo"), trade_str("Zm9v") },
    { trade_str("foob"), trade_str("Zm9vYg") },
    { trade_str("fooba"), trade_str("Zm9vYmE") },
    { trade_str("foobar"), trade_str("Zm9vYmFy") },
    { trade_str("\xfb\xff\xbf"), trade_str("-_-_") },
    { trade_str("\0\0"), trade_str("AAA") },
    { trade_str("\xff"), trade_str("_w") }
};


static const trade_str_t  refused[] = {
    trade_str("Z"), trade_str("Zm9vY"), trade_str("Zg=="), trade_str("Zh"),
    trade_str("Zm9"), trade_str("_x"), trade_str("+/+/"), trade_str("Zm 9v"),
    trade_str("Zm9v\n"), trade_str("Zm9\0"), trade_str("\xc3\xa4ZZ"),
    trade_str("Zm.v")
};


static int
read_text(trade_str_t text, trade_str_t *bytes)
{
    int          rc;
    trade_buf_t  b;
    static char  mem[512];

    trade_buf_init(&b, mem, sizeof(mem));
    rc = trade_base64_read(&b, unit_guard(text));
    *bytes = trade_buf_done(&b);

    return rc;
}


static void
write_bytes(trade_buf_t *b, const void *data)
{
    const trade_str_t  *bytes = data;

    trade_base64_write(b, *bytes);
}


static void
test_tables(void)
{
    char         mem[16];
    size_t       i;
    trade_str_t  bytes;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(forms); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_base64_write(&b, unit_guard(forms[i].bytes));
        is_str(trade_buf_done(&b), forms[i].text, "%zu bytes are written as %s",
               forms[i].bytes.len, forms[i].text.data);

        is_int(read_text(forms[i].text, &bytes), 0, "%s is base64url",
               forms[i].text.data);
        is_str(bytes, forms[i].bytes, "%s stands for its bytes",
               forms[i].text.data);
    }

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        is_int(read_text(refused[i], &bytes), -1, "%.*s is no base64url",
               (int) refused[i].len, refused[i].data);
    }
}


static void
test_all(void)
{
    int          same, exact;
    char         raw[256], mem[trade_base64_len(256)];
    size_t       i, n;
    trade_str_t  bytes, again;
    trade_buf_t  b;

    for (same = exact = 1, n = 0; n <= sizeof(raw); n++) {

        for (i = 0; i < n; i++) {
            raw[i] = (char) unit_random();
        }

        bytes = trade_str_of(raw, n);
        trade_buf_init(&b, mem, sizeof(mem));
        trade_base64_write(&b, bytes);

        same &= read_text(trade_buf_done(&b), &again) == 0
                && trade_str_eq(bytes, again);
        exact &= trade_buf_done(&b).len == trade_base64_len(n);
    }

    ok(same, "bytes of each length up to 256 are read as they were written");
    ok(exact, "trade_base64_len() tells the length of the text");

    ok(unit_bounded(write_bytes, &bytes, trade_base64_len(256)),
       "the text stays inside of its memory");
}


int
main(void)
{
    test_tables();
    test_all();

    return done_testing();
}
