/* Shows the digests of known parts, and that where parts end counts. */

#include "trade_digest.h"
#include "unit.h"


static const struct {
    size_t       n;
    trade_str_t  parts[3];
    trade_str_t  hex;
} digests[] = {
    { 0, { trade_null_str }, trade_str("e3b0c44298fc1c149afbf4c8996fb924") },
    { 1, { trade_null_str }, trade_str("df3f619804a92fdb4057192dc43dd748") },
    { 1, { trade_str("") }, trade_str("df3f619804a92fdb4057192dc43dd748") },
    { 2, { trade_str(""), trade_str("") },
      trade_str("af5570f5a1810b7af78caf4bc70a660f") },
    { 1, { trade_str("abc") }, trade_str("d04b72a650ce0f8ce4963330a53ee283") },
    { 2, { trade_str("ab"), trade_str("c") },
      trade_str("f2939f903016e5bb29b1e4a61cdbd376") },
    { 2, { trade_str("a"), trade_str("bc") },
      trade_str("b534ce16ac9c8b36823f39a395ce8e0e") }
};


static trade_str_t
digest_of(trade_digest_t *digest, const trade_str_t *parts, size_t n)
{
    static char  hex[TRADE_DIGEST_LEN + 1];

    memset(hex, '~', sizeof(hex));

    if (trade_digest_hex(digest, parts, n, hex) != 0
        || hex[TRADE_DIGEST_LEN] != '~')
    {
        return trade_str_c("");
    }

    return trade_str_of(hex, TRADE_DIGEST_LEN);
}


static void
test_table(trade_digest_t *digest)
{
    size_t       i;
    trade_str_t  hex;

    for (i = 0; i < UNIT_ROWS(digests); i++) {
        hex = digest_of(digest, digests[i].parts, digests[i].n);
        is_str(hex, digests[i].hex, "digest %zu is that of its strings", i);
    }
}


static void
test_long(trade_digest_t *digest)
{
    char         bytes[256];
    size_t       i;
    trade_str_t  part, hex;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char) i;
    }

    part = unit_guard(trade_str_of(bytes, sizeof(bytes)));
    hex = digest_of(digest, &part, 1);
    is_str(hex, trade_str_c("30b56fe2d92d9d76cdc44f5b34022c87"),
           "the digest covers all bytes of a string");

    part = trade_str_of(malloc(1000000), 1000000);
    memset((char *) part.data, 'x', part.len);
    hex = digest_of(digest, &part, 1);
    is_str(hex, trade_str_c("1a242e2760e4d78624fc0f0ecf730b99"),
           "a string of a million bytes has its digest");

    free((char *) part.data);
}


int
main(void)
{
    trade_digest_t  *digest;

    digest = trade_digest_create();

    if (ok(digest != NULL, "there is a handle")) {
        test_table(digest);
        test_long(digest);
        test_table(digest);
        trade_digest_free(digest);
    }

    trade_digest_free(NULL);

    return done_testing();
}
