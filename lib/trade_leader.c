#include "trade_leader.h"


trade_leader_e
trade_leader_next(int self, int alive, uint64_t said, uint64_t now)
{
    if (self) {
        return TRADE_LEADER_SELF;
    }

    return alive && now - said < TRADE_LEADER_SILENT_MS ? TRADE_LEADER_OTHER
                                                        : TRADE_LEADER_TAKE;
}
