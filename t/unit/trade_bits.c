/* Shows that a set of actions gives each once, the lowest number first. */

#include "trade_bits.h"
#include "unit.h"


int
main(void)
{
    unsigned  bits;

    bits = 0;
    is_int(trade_bits_next(&bits), 0, "an empty set has none");

    trade_bits_add(&bits, 7);
    trade_bits_add(&bits, 1);
    trade_bits_add(&bits, 31);
    trade_bits_add(&bits, 7);

    is_int(trade_bits_next(&bits), 1, "the lowest comes first");
    is_int(trade_bits_next(&bits), 7, "then the next one");

    trade_bits_add(&bits, 2);
    is_int(trade_bits_next(&bits), 2, "one added meanwhile is in time");
    is_int(trade_bits_next(&bits), 31, "one that was added twice comes once");
    is_int(trade_bits_next(&bits), 0, "and then there is none");
    is_int(bits, 0, "the set is empty");

    return done_testing();
}
