#include "trade_deaths.h"


trade_deaths_action_e
trade_deaths_next(trade_deaths_t *deaths, uint64_t count, uint64_t swept,
    uint64_t now)
{
    if (count == swept) {
        return TRADE_DEATHS_NONE;
    }

    if (count != deaths->seen) {
        deaths->seen = count;
        deaths->at = now;
        return TRADE_DEATHS_LOOK;
    }

    return now - deaths->at > TRADE_DEATHS_SWEPT_MS ? TRADE_DEATHS_SWEPT
                                                    : TRADE_DEATHS_NONE;
}
