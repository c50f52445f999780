#include "trade_leader.h"


trade_leader_e
trade_leader_next(int self, int alive, uint64_t said, uint64_t now)
{
    int64_t  silent;

    if (self) {
        return TRADE_LEADER_SELF;
    }

    /* each worker reads the clock once a round: `said` may be ahead of `now` */

    silent = (int64_t) (now - said);

    return alive && silent < TRADE_LEADER_SILENT_MS ? TRADE_LEADER_OTHER
                                                    : TRADE_LEADER_TAKE;
}
