/* Shows which traceparents are passed on, and that those made are valid. */

#include "trade_trace.h"
#include "unit.h"


#define TRACE   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN    "00f067aa0ba902b7"
#define PARENT  "00-" TRACE "-" SPAN "-01"


static const struct {
    trade_str_t  s;
    int          valid;
} parents[] = {
    { trade_str(PARENT), 1 },
    { trade_str("00-" TRACE "-" SPAN "-00"), 1 },
    { trade_str("00-" TRACE "-" SPAN "-ff"), 1 },
    { trade_str("01-" TRACE "-" SPAN "-01"), 1 },
    { trade_str("fe-" TRACE "-" SPAN "-01"), 1 },
    { trade_str("ff-" TRACE "-" SPAN "-01"), 0 },
    { trade_str("01-" TRACE "-" SPAN "-01-later"), 0 },
    { trade_str(PARENT " "), 0 },
    { trade_str(PARENT "\0"), 0 },
    { trade_str("00-" TRACE "-" SPAN "-0"), 0 },
    { trade_str("00-" TRACE "-" SPAN "-0g"), 0 },
    { trade_str("0-" TRACE "-" SPAN "-011"), 0 },
    { trade_str("00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01"), 0 },
    { trade_str("00-00000000000000000000000000000000-" SPAN "-01"), 0 },
    { trade_str("00-00000000000000000000000000000001-" SPAN "-01"), 1 },
    { trade_str("00-" TRACE "-0000000000000000-01"), 0 },
    { trade_str("00-" TRACE "-1000000000000000-01"), 1 },
    { trade_str("00_" TRACE "-" SPAN "-01"), 0 },
    { trade_str("00-" TRACE "_" SPAN "-01"), 0 },
    { trade_str("00-" TRACE "-" SPAN "_01"), 0 },
    { trade_str(""), 0 },
    { trade_null_str, 0 }
};


static const struct {
    trade_str_t  s;
    int          valid;
} states[] = {
    { trade_str("a"), 0 },
    { trade_str("-"), 0 },
    { trade_str("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), 1 },
    { trade_str("a=1, b=~"), 1 },
    { trade_str(""), 0 },
    { trade_null_str, 0 },
    { trade_str("a\n"), 0 },
    { trade_str("a\r\nx: y"), 0 },
    { trade_str("a\0"), 0 },
    { trade_str("a\x7f"), 0 },
    { trade_str("a\t"), 0 },
    { trade_str("\xc3\xa4"), 0 }
};


static void
test_parent(void)
{
    int          right;
    size_t       i;
    trade_str_t  s;

    for (i = 0; i < UNIT_ROWS(parents); i++) {
        is_int(trade_trace_parent_valid(unit_guard(parents[i].s)),
               parents[i].valid,
               "the parent '%.*s' is taken or replaced", (int) parents[i].s.len,
               parents[i].s.data);
    }

    s = trade_str_c(PARENT);

    for (right = 1; s.len--; /* void */ ) {
        right &= !trade_trace_parent_valid(unit_guard(s));
    }

    ok(right, "a prefix of a parent is no parent");
}


static void
test_state(void)
{
    char    mem[TRADE_TRACE_STATE_MAX + 1];
    size_t  i;

    for (i = 0; i < UNIT_ROWS(states); i++) {
        is_int(trade_trace_state_valid(unit_guard(states[i].s)),
               states[i].valid,
               "the state '%.*s' is taken or dropped", (int) states[i].s.len,
               states[i].s.data);
    }

    memset(mem, 'a', sizeof(mem));
    mem[1] = '=';
    ok(trade_trace_state_valid(unit_guard(trade_str_of(mem, 512))),
       "512 bytes of state are taken");
    ok(!trade_trace_state_valid(unit_guard(trade_str_of(mem, 513))),
       "513 bytes of state are too many");
}


static void
test_make(void)
{
    int            i, right;
    char           parent[TRADE_TRACE_PARENT_LEN + 1] = { 0 };
    size_t         n;
    unsigned char  random[TRADE_TRACE_RANDOM];

    for (right = 1, i = 0; i < 1000; i++) {
        for (n = 0; n < sizeof(random); n++) {
            random[n] = i ? (unsigned char) unit_random()
                          : (unsigned char) (n * 16 + n % 16);
        }

        trade_trace_parent_make(random, parent);
        right &= trade_trace_parent_valid(trade_str_c(parent));

        if (i == 0) {
            is_str(trade_str_c(parent),
                   trade_str_c("00-00112233445566778899aabbccddeeff-"
                               "0011223344556677-01"),
           "a new parent has the random bytes in their order");
        }
    }

    ok(right, "a new parent is valid, and 55 bytes long");
}


int
main(void)
{
    test_parent();
    test_state();
    test_make();

    return done_testing();
}
