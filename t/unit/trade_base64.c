/* Shows that base64url is read as RFC 4648 has it. */

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
test_tables(void)
{
    size_t       i;
    trade_str_t  bytes;

    for (i = 0; i < UNIT_ROWS(forms); i++) {
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


int
main(void)
{
    test_tables();

    return done_testing();
}
