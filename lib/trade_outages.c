#include "trade_outages.h"

#include <string.h>


static size_t trade_outages_index(uint32_t partition);
static trade_outage_t *trade_outages_part(trade_outages_t *outages,
    uint32_t partition);
static void trade_outages_exclude(trade_outages_t *outages,
    const trade_outage_t *part);
static void trade_outages_restart(trade_outages_t *outages, uint64_t now);


void
trade_outages_init(trade_outages_t *outages, uint64_t limit)
{
    size_t  i;

    memset(outages, 0, sizeof(*outages));
    outages->all.limit = limit;

    for (i = 0; i < TRADE_OUTAGES_MAX; i++) {
        outages->parts[i].limit = limit;
    }
}


trade_outage_advice_e
trade_outages_advise(trade_outages_t *outages, uint32_t partition,
    uint64_t now)
{
    trade_outage_t  *part;

    part = trade_outages_part(outages, partition);

    if (outages->all.began || part == NULL) {
        return trade_outage_advise(&outages->all, now);
    }

    return trade_outage_advise(part, now);
}


int
trade_outages_alone(const trade_outages_t *outages, uint32_t partition)
{
    return partition && outages->all.began == 0
           && outages->parts[trade_outages_index(partition)].began;
}


void
trade_outages_published(trade_outages_t *outages, uint32_t partition,
    uint64_t now)
{
    size_t           i;
    trade_outage_t  *part;

    part = trade_outages_part(outages, partition);

    if (part == NULL || part->began == 0) {
        trade_outage_published(&outages->all, now);
    }

    if (part) {
        trade_outage_published(part, now);

        i = part - outages->parts;
        outages->nparts = i < outages->nparts ? outages->nparts : i + 1;
    }
}


int
trade_outages_reported(trade_outages_t *outages, uint32_t partition,
    int acked, uint64_t now)
{
    int              out, ends, whole;
    trade_outage_t  *part;

    part = trade_outages_part(outages, partition);
    out = part && part->began;
    whole = outages->all.began != 0;

    ends = part && trade_outage_reported(part, acked, now);

    if (ends) {
        outages->nout--;
        outages->all.waiting += part->waiting + 1;
    }

    if (ends || !out) {
        (void) trade_outage_reported(&outages->all, acked, now);
    }

    if (whole && outages->all.began == 0) {
        trade_outages_restart(outages, now);
        return 0;
    }

    return ends && outages->nout == 0;
}


void
trade_outages_down(trade_outages_t *outages)
{
    trade_outage_down(&outages->all);
}


int
trade_outages_begins(trade_outages_t *outages, uint32_t *partition,
    uint64_t now)
{
    size_t  i;

    *partition = 0;

    if (trade_outage_begins(&outages->all, now)) {
        return 1;
    }

    if (outages->all.began) {
        return 0;
    }

    for (i = 0; i < outages->nparts; i++) {
        if (trade_outage_begins(&outages->parts[i], now)) {
            trade_outages_exclude(outages, &outages->parts[i]);
            *partition = i + 1;
            return 1;
        }
    }

    return 0;
}


int
trade_outages_any(const trade_outages_t *outages)
{
    return outages->all.began || outages->nout;
}


int
trade_outages_concerns(uint32_t out, uint32_t partition)
{
    if (out == 0) {
        return 1;
    }

    return partition
           && trade_outages_index(partition) == trade_outages_index(out);
}


uint64_t
trade_outages_wake(const trade_outages_t *outages, uint64_t now)
{
    size_t    i;
    uint64_t  one, wake;

    wake = trade_outage_wake(&outages->all, now);

    if (outages->all.began) {
        return wake;
    }

    for (i = 0; i < outages->nparts; i++) {
        one = trade_outage_wake(&outages->parts[i], now);

        if (one && (wake == 0 || one < wake)) {
            wake = one;
        }
    }

    return wake;
}


static size_t
trade_outages_index(uint32_t partition)
{
    return (partition - 1) % TRADE_OUTAGES_MAX;
}


static trade_outage_t *
trade_outages_part(trade_outages_t *outages, uint32_t partition)
{
    return partition ? &outages->parts[trade_outages_index(partition)] : NULL;
}


/* The events of a partition that is out from now on */

static void
trade_outages_exclude(trade_outages_t *outages, const trade_outage_t *part)
{
    outages->nout++;
    outages->all.waiting -= part->waiting;

    if (outages->all.waiting == 0) {
        outages->all.since = 0;
    }
}


/* Kafka is back: each partition has its time anew to show that it is */

static void
trade_outages_restart(trade_outages_t *outages, uint64_t now)
{
    size_t           i;
    trade_outage_t  *part;

    for (i = 0; i < outages->nparts; i++) {
        part = &outages->parts[i];

        if (part->began) {
            outages->all.waiting += part->waiting;
        }

        part->since = part->waiting ? now : 0;
        part->began = 0;
    }

    outages->nout = 0;
    outages->all.since = outages->all.waiting ? now : 0;
}
