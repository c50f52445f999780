/* Shows which bytes begin with a character of UTF-8, and how long it is. */

#include "trade_utf8.h"
#include "unit.h"


static const struct {
    trade_str_t  s;
    size_t       len;
} starts[] = {
    { trade_null_str, 0 }, { trade_str(""), 0 },
    { trade_str("a"), 1 }, { trade_str("ab"), 1 }, { trade_str("\0"), 1 },
    { trade_str("\x7f"), 1 }, { trade_str("\xc2\x80"), 2 },
    { trade_str("\xdf\xbfz"), 2 }, { trade_str("\xe0\xa0\x80"), 3 },
    { trade_str("\xed\x9f\xbf"), 3 }, { trade_str("\xee\x80\x80"), 3 },
    { trade_str("\xef\xbf\xbf"), 3 }, { trade_str("\xf0\x90\x80\x80"), 4 },
    { trade_str("\xf4\x8f\xbf\xbf"), 4 },

    { trade_str("\x80"), 0 }, { trade_str("\xbf"), 0 },
    { trade_str("\xc0\x80"), 0 }, { trade_str("\xc1\xbf"), 0 },
    { trade_str("\xc2"), 0 }, { trade_str("\xc2z"), 0 },
    { trade_str("\xc2\xc2"), 0 }, { trade_str("\xe0\x9f\xbf"), 0 },
    { trade_str("\xe1\x80"), 0 }, { trade_str("\xe1\x80z"), 0 },
    { trade_str("\xed\xa0\x80"), 0 }, { trade_str("\xf0\x8f\xbf\xbf"), 0 },
    { trade_str("\xf1\x80\x80"), 0 }, { trade_str("\xf4\x90\x80\x80"), 0 },
    { trade_str("\xf5\x80\x80\x80"), 0 }, { trade_str("\xff"), 0 }
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(starts); i++) {
        is_int(trade_utf8_len(unit_guard(starts[i].s)), starts[i].len,
               "bytes %zu are UTF-8, or are refused", i);
    }

    return done_testing();
}
