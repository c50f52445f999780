/*
 * Shows how parts of a URI are decoded, which argument of a query is found, and
 * which paths have parts that clients and proxies remove.
 */

#include "trade_uri.h"
#include "unit.h"


static const struct {
    const char   *s;
    int           form;
    int           rc;
    trade_str_t   text;
} decodes[] = {
    { "", 0, 0, trade_str("") },
    { "A-1", 0, 0, trade_str("A-1") },
    { "a%20b", 0, 0, trade_str("a b") },
    { "a+b", 0, 0, trade_str("a+b") },
    { "a+b%2B", 1, 0, trade_str("a b+") },
    { "CLE%2f056621%2F6", 0, 0, trade_str("CLE/056621/6") },
    { "a//b", 0, 0, trade_str("a//b") },
    { "%25%32%46", 0, 0, trade_str("%2F") },
    { "%E6%89%8b", 0, 0, trade_str("\xe6\x89\x8b") },
    { "\xe6\x89\x8b", 0, 0, trade_str("\xe6\x89\x8b") },
    { "%00", 0, 0, trade_str("\0") },
    { "%", 0, -1, trade_null_str },
    { "%2", 0, -1, trade_null_str },
    { "a%2", 1, -1, trade_null_str },
    { "%2x", 0, -1, trade_null_str },
    { "%x2", 0, -1, trade_null_str },
    { "%%20", 0, -1, trade_null_str },
    { "%:0", 0, -1, trade_null_str },
    { "%@0", 0, -1, trade_null_str },
    { "%g0", 0, -1, trade_null_str }
};


static const struct {
    const char  *query;
    size_t       n;
    const char  *value;
} arguments[] = {
    { "", 0, "" }, { "sku", 1, "" }, { "sku=", 1, "" }, { "sku=a", 1, "a" },
    { "sku=a=b", 1, "a=b" }, { "a=1&sku=b&c", 1, "b" }, { "a=sku=b", 0, "" },
    { "sku=a&sku=b", 2, "a" }, { "sku&sku=b", 2, "" }, { "SKU=a", 0, "" },
    { "xsku=a&skux=b", 0, "" }, { "&&sku=a&", 1, "a" }, { "sku=%26", 1, "%26" }
};


static const char *const  dotted[] = {
    ".", "..", "a/..", "a/./b", "../a", "%2e", "%2E%2e", ".%2e/a", "a/.%2E"
};


static const char *const  undotted[] = {
    "", "a", "...", "a.b/c", ".a", "a.", "a%2F..%2Fb", "%2E%2E%2Fa", "a/%", "/",
    "..a/%2e%2e%2e"
};


int
main(void)
{
    int          rc;
    char         mem[32];
    size_t       i;
    trade_buf_t  b;
    trade_str_t  value;

    for (i = 0; i < UNIT_ROWS(decodes); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        rc = trade_uri_decode(&b, unit_guard(trade_str_c(decodes[i].s)),
                              decodes[i].form);
        is_int(rc, decodes[i].rc, "%s is decoded or refused", decodes[i].s);

        if (rc == 0) {
            is_str(trade_buf_done(&b), decodes[i].text,
                   "a URI has its decoded text");
        }
    }

    for (i = 0; i < UNIT_ROWS(arguments); i++) {
        is_int(trade_uri_argument(unit_guard(trade_str_c(arguments[i].query)),
                                  "sku", &value),
               arguments[i].n,
               "the arguments of '%s' are read", arguments[i].query);
        is_str(value, trade_str_c(arguments[i].value),
               "an argument has the value of the first one");
    }

    for (i = 0; i < UNIT_ROWS(dotted); i++) {
        ok(trade_uri_dotted(unit_guard(trade_str_c(dotted[i]))),
           "%s has a part of dots", dotted[i]);
    }

    for (i = 0; i < UNIT_ROWS(undotted); i++) {
        ok(!trade_uri_dotted(unit_guard(trade_str_c(undotted[i]))),
           "%s has none", undotted[i]);
    }

    return done_testing();
}
