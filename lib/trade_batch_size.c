#include "trade_batch_size.h"


void
trade_batch_size_refused(trade_batch_size_t *size, uint64_t now)
{
    size->most = size->most / 2 ? size->most / 2 : 1;
    size->grow_at = now + TRADE_BATCH_SIZE_GROW_MS;
}


int
trade_batch_size_grow(trade_batch_size_t *size, uint64_t now)
{
    if (size->most == 0 || now < size->grow_at) {
        return 0;
    }

    size->most *= 2;
    size->grow_at = now + TRADE_BATCH_SIZE_GROW_MS;

    if (size->most > TRADE_BATCH_SIZE_MAX) {
        size->most = 0;
    }

    return 1;
}


size_t
trade_batch_size_bytes(size_t set, size_t limit)
{
    size_t  margin;

    if (limit == 0) {
        return set;
    }

    margin = TRADE_BATCH_SIZE_MARGIN + limit / 64;
    limit = limit > margin ? limit - margin : 1;

    return set < limit ? set : limit;
}
