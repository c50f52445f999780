/* Shows how entity tags are read, and which preconditions hold. */

#include "trade_precondition.h"
#include "unit.h"


static const struct {
    trade_str_t  value;
    const char  *strong;            /* the set of If-Match */
    const char  *weak;              /* the set of If-None-Match */
} accepted[] = {
    { trade_str("*"), "*", "*" },
    { trade_str(" *\t"), "*", "*" },
    { trade_str("\"a\""), " a ", " a " },
    { trade_str("\t\"a\" "), " a ", " a " },
    { trade_str("\"\""), "  ", "  " },
    { trade_str("\"*\""), " * ", " * " },
    { trade_str("\"a\",\"b\""), " a b ", " a b " },
    { trade_str("\"a\" ,\t \"b\""), " a b ", " a b " },
    { trade_str("\"a,b\""), " a,b ", " a,b " },
    { trade_str("W/\"a\""), " ", " a " },
    { trade_str("W/\"a\", \"b\", W/\"c\""), " b ", " a b c " },
    { trade_str("\"W/a\""), " W/a ", " W/a " },
    { trade_str("\"a\\\""), " a\\ ", " a\\ " },
    { trade_str(",, \"a\" ,,"), " a ", " a " },
    { trade_str("\"!#~\x80\xff\""), " !#~\x80\xff ", " !#~\x80\xff " }
};


/* The tags of stock, whose second part does not count for a change. */

static const struct {
    trade_str_t  value;
    const char  *whole;
    const char  *cut;
} parts[] = {
    { trade_str("\"a/1\""), " a/1 ", " a " },
    { trade_str("\"a\""), " a ", " a " },
    { trade_str("\"a/1/2\", \"b/\""), " a/1/2 b/ ", " a b " },
    { trade_str("\"/1\""), " /1 ", "  " },
    { trade_str("\"*/1\""), " */1 ", " * " },
    { trade_str("*"), "*", "*" }
};


static const trade_str_t  refused[] = {
    trade_null_str, trade_str(""), trade_str(" "), trade_str(","),
    trade_str("a"), trade_str("7"), trade_str("\""), trade_str("\"a"),
    trade_str("a\""), trade_str("'a'"), trade_str("W/"), trade_str("W"),
    trade_str("W/a"), trade_str("w/\"a\""), trade_str("W/ \"a\""),
    trade_str("\"a b\""), trade_str("\"a\tb\""), trade_str("\"\x7f\""),
    trade_str("\"a\n\""), trade_str("\"\0\""), trade_str("\"a\"\"b\""),
    trade_str("\"a\" \"b\""), trade_str("\"a\";x"), trade_str("\"a\", b"),
    trade_str("*, \"a\""), trade_str("**"), trade_str("\"a\", *"),
    trade_str("* a")
};


#define NONE    NULL
#define UNSET   TRADE_PRECONDITION_UNSET
#define HOLDS   TRADE_PRECONDITION_HOLDS
#define FAILS   TRADE_PRECONDITION_FAILS
#define LISTED  TRADE_PRECONDITION_LISTED

static const struct {
    const char            *match;
    const char            *none_match;
    uint64_t               unmodified;
    const char            *tag;         /* the present tag and time */
    uint64_t               modified;
    trade_precondition_e   is;
} checks[] = {
    { "", "", UNSET, "a", 5, HOLDS },
    { "", "", UNSET, NONE, UNSET, HOLDS },

    { "*", "", UNSET, "a", 5, HOLDS },
    { "*", "", UNSET, NONE, UNSET, FAILS },
    { " a ", "", UNSET, "a", 5, HOLDS },
    { " b a ", "", UNSET, "a", 5, HOLDS },
    { " b ", "", UNSET, "a", 5, FAILS },
    { " ab ba ", "", UNSET, "a", 5, FAILS },
    { " * ", "", UNSET, "a", 5, FAILS },
    { " ", "", UNSET, "a", 5, FAILS },
    { "  ", "", UNSET, "a", 5, FAILS },
    { "  ", "", UNSET, "", 5, HOLDS },
    { " a ", "", UNSET, NONE, UNSET, FAILS },

    { "", "*", UNSET, "a", 5, LISTED },
    { "", "*", UNSET, NONE, UNSET, HOLDS },
    { "", " a ", UNSET, "a", 5, LISTED },
    { "", " b a ", UNSET, "a", 5, LISTED },
    { "", " b ", UNSET, "a", 5, HOLDS },
    { "", " a ", UNSET, NONE, UNSET, HOLDS },
    { " a ", " a ", UNSET, "a", 5, LISTED },
    { " b ", " a ", UNSET, "a", 5, FAILS },
    { " a ", " b ", UNSET, "a", 5, HOLDS },

    { "", "", 4, "a", 5, FAILS },
    { "", "", 5, "a", 5, HOLDS },
    { "", "", 6, "a", 5, HOLDS },
    { "", "", 0, "a", 5, FAILS },
    { "", "", 4, "a", UNSET, HOLDS },
    { "", "", 4, NONE, UNSET, HOLDS },
    { " a ", "", 4, "a", 5, HOLDS },
    { "", " a ", 4, "a", 5, FAILS },
    { "", " a ", 5, "a", 5, LISTED },

    { " a ", "", UNSET, "a/1", 5, HOLDS },
    { " b ", "", UNSET, "a/1", 5, FAILS },
    { " 1 ", "", UNSET, "a/1", 5, FAILS },
    { "", " a/1 ", UNSET, "a/1", 5, LISTED },
    { "", " a ", UNSET, "a/1", 5, HOLDS },
    { "", " a/2 ", UNSET, "a/1", 5, HOLDS },
    { " a ", " a/1 ", UNSET, "a/1", 5, LISTED }
};


static trade_str_t
set_of(trade_str_t value, int weak, int cut)
{
    static char  mem[256];
    trade_buf_t  b;
    trade_str_t  set;

    trade_buf_init(&b, mem, trade_precondition_size(value.len));

    if (trade_precondition_tags(&b, value, weak, cut, &set) != 0
        || b.overflow)
    {
        return trade_str_of(NULL, 0);
    }

    return set;
}


int
main(void)
{
    size_t                i;
    trade_precondition_t  condition;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        is_str(set_of(accepted[i].value, 0, 0), trade_str_c(accepted[i].strong),
               "%.*s is read in If-Match", (int) accepted[i].value.len,
               accepted[i].value.data);
        is_str(set_of(accepted[i].value, 1, 0), trade_str_c(accepted[i].weak),
               "%.*s is read in If-None-Match", (int) accepted[i].value.len,
               accepted[i].value.data);
    }

    for (i = 0; i < UNIT_ROWS(parts); i++) {
        is_str(set_of(parts[i].value, 0, 0), trade_str_c(parts[i].whole),
               "%.*s is read as a whole", (int) parts[i].value.len,
               parts[i].value.data);
        is_str(set_of(parts[i].value, 0, 1), trade_str_c(parts[i].cut),
               "the first part of %.*s is read", (int) parts[i].value.len,
               parts[i].value.data);
    }

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        ok(set_of(refused[i], 1, 0).data == NULL, "%.*s is malformed",
           (int) refused[i].len, refused[i].len ? refused[i].data : "");
    }

    for (i = 0; i < UNIT_ROWS(checks); i++) {
        condition.match = trade_str_c(checks[i].match);
        condition.none_match = trade_str_c(checks[i].none_match);
        condition.unmodified = checks[i].unmodified;

        is_int(trade_precondition_check(&condition,
                                        checks[i].tag
                                        ? trade_str_c(checks[i].tag)
                                        : trade_str_of(NULL, 0),
                                        checks[i].modified),
               checks[i].is,
               "check %zu has its result: match \"%s\", none \"%s\"", i,
               checks[i].match, checks[i].none_match);
    }

    return done_testing();
}
