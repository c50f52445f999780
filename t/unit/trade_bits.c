/* Shows that a set of actions gives each once, the lowest number first. */

#include "trade_bits.h"
#include "unit.h"


int
main(void)
{
    unsigned  bits;

    bits = 0;
    is_int(trade_bits_next(&bits), 0, "an empty set has no action");

    trade_bits_add(&bits, 7);
    trade_bits_add(&bits, 1);
    trade_bits_add(&bits, 31);
    trade_bits_add(&bits, 7);

    is_int(trade_bits_next(&bits), 1,
           "the action with the lowest number comes first");
    is_int(trade_bits_next(&bits), 7, "the next action comes second");

    trade_bits_add(&bits, 2);
    is_int(trade_bits_next(&bits), 2,
           "an action that was added meanwhile comes in its place");
    is_int(trade_bits_next(&bits), 31,
           "an action that was added twice comes once");
    is_int(trade_bits_next(&bits), 0, "the set has no further action");
    is_int(bits, 0, "the set is empty in the end");

    return done_testing();
}
