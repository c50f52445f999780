/* Shows which worker of a host sweeps. */

#include "trade_leader.h"
#include "unit.h"


int
main(void)
{
    is_int(trade_leader_next(0, 0, 0, 5000), TRADE_LEADER_TAKE,
           "a worker sweeps if none does");
    is_int(trade_leader_next(1, 1, 5000, 5200), TRADE_LEADER_SELF,
           "a worker that sweeps goes on");
    is_int(trade_leader_next(1, 1, 5000, 60000), TRADE_LEADER_SELF,
           "a worker that was stopped for long goes on if none took its place");

    is_int(trade_leader_next(0, 1, 5000, 5000), TRADE_LEADER_OTHER,
           "another worker sweeps that has spoken just now");
    is_int(trade_leader_next(0, 1, 5000, 5999), TRADE_LEADER_OTHER,
           "another worker sweeps that has spoken within a second");
    is_int(trade_leader_next(0, 1, 5003, 5000), TRADE_LEADER_OTHER,
           "another worker sweeps that has read the clock later");
    is_int(trade_leader_next(0, 1, 5000, 6000), TRADE_LEADER_TAKE,
           "a worker takes the place of one that is silent for a second");
    is_int(trade_leader_next(0, 0, 5000, 5001), TRADE_LEADER_TAKE,
           "a worker takes the place of one whose process has gone");

    return done_testing();
}
