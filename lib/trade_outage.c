#include "trade_outage.h"


static uint64_t trade_outage_limit(const trade_outage_t *outage);


trade_outage_advice_e
trade_outage_advise(trade_outage_t *outage, uint64_t now)
{
    if (outage->began == 0) {
        return TRADE_OUTAGE_PUBLISH;
    }

    if (now - outage->probed < TRADE_OUTAGE_PROBE_MS) {
        return TRADE_OUTAGE_DEFER;
    }

    outage->probed = now;

    return TRADE_OUTAGE_PROBE;
}


void
trade_outage_published(trade_outage_t *outage, uint64_t now)
{
    outage->waiting++;

    if (outage->since == 0) {
        outage->since = now;
    }
}


uint64_t
trade_outage_reported(trade_outage_t *outage, int acked, uint64_t now)
{
    uint64_t  lasted;

    outage->waiting--;

    if (!acked) {

        /* an event that is refused at once tells nothing of the others */

        if (outage->waiting == 0 && outage->began == 0
            && now - outage->since < trade_outage_limit(outage))
        {
            outage->since = 0;
        }

        return 0;
    }

    lasted = 0;

    if (outage->began) {
        lasted = now > outage->began ? now - outage->began : 1;
    }

    outage->since = outage->waiting ? now : 0;
    outage->began = 0;
    outage->down = 0;

    return lasted;
}


void
trade_outage_down(trade_outage_t *outage)
{
    outage->down = 1;
}


int
trade_outage_begins(trade_outage_t *outage, uint64_t now)
{
    if (outage->began || outage->since == 0
        || now - outage->since < trade_outage_limit(outage))
    {
        return 0;
    }

    outage->began = now;
    outage->probed = now;

    return 1;
}


uint64_t
trade_outage_wake(const trade_outage_t *outage, uint64_t now)
{
    uint64_t  limit;

    if (outage->began || outage->since == 0) {
        return 0;
    }

    limit = trade_outage_limit(outage);

    return now - outage->since < limit ? outage->since + limit - now : 1;
}


static uint64_t
trade_outage_limit(const trade_outage_t *outage)
{
    return outage->down ? outage->limit * 3 / 10 : outage->limit;
}
