/* Shows when a sweeper looks for what dead workers left. */

#include "trade_deaths.h"
#include "unit.h"


int
main(void)
{
    trade_deaths_t  deaths = { 0, 0 };

    is_int(trade_deaths_next(&deaths, 0, 0, 100), TRADE_DEATHS_NONE,
           "a host without deaths needs no look");
    is_int(trade_deaths_next(&deaths, 3, 3, 100), TRADE_DEATHS_NONE,
           "deaths that are swept need no look");

    is_int(trade_deaths_next(&deaths, 4, 3, 100), TRADE_DEATHS_LOOK,
           "a new death brings a look");
    is_int(trade_deaths_next(&deaths, 4, 3, 5100), TRADE_DEATHS_NONE,
           "a death brings one look");

    is_int(trade_deaths_next(&deaths, 5, 3, 5100), TRADE_DEATHS_LOOK,
           "a further death brings a look of its own");
    is_int(trade_deaths_next(&deaths, 5, 3, 5101), TRADE_DEATHS_NONE,
           "the first death is not swept before the further one's look ends");
    is_int(trade_deaths_next(&deaths, 5, 3, 10100), TRADE_DEATHS_NONE,
           "a death is not swept before its look must have ended");
    is_int(trade_deaths_next(&deaths, 5, 3, 10101), TRADE_DEATHS_SWEPT,
           "deaths are swept when the last look must have ended");
    is_int(trade_deaths_next(&deaths, 5, 5, 10102), TRADE_DEATHS_NONE,
           "deaths are swept once");

    deaths = (trade_deaths_t) { 0, 0 };

    is_int(trade_deaths_next(&deaths, 6, 5, 11000), TRADE_DEATHS_LOOK,
           "a new sweeper looks for deaths that its predecessor left");

    return done_testing();
}
