/*
 * The meaning of one entry for the stock of its slot, and whether it counts.
 */

#include "diff.h"


int
diff_entry_later(const slot_t *slot, const diff_t *diff,
    const entry_t *entry)
{
    uint64_t  skew;

    if (!diff->compare || entry->read.record.version <= slot->version) {
        return 0;
    }

    /* the time of a hold is of this shard, that of its order of its home's */

    if (participant_entry(entry) && entry->in_redis) {
        return 1;
    }

    skew = participant_entry(entry) ? DIFF_SKEW : 0;

    return entry->read.record.at + skew >= slot->clock;
}


/* Units go back when Kafka acknowledges the end of their order */

int
diff_entry_units(const entry_t *entry)
{
    if (entry->read.record.state == TRADE_STATE_PLACED) {
        return 1;
    }

    return trade_record_ended(&entry->read.record) && !entry->due ? -1 : 0;
}


int
diff_entry_sold(const entry_t *entry)
{
    return participant_is(entry, TRADE_HOLD_SOLD)
           || (participant_is(entry, TRADE_HOLD_ABSENT)
               && participant_stands(entry));
}


int
diff_entry_freed(const slot_t *slot, const diff_t *diff,
    const entry_t *entry)
{
    return diff->compare && participant_is(entry, TRADE_HOLD_FREED)
           && entry->freed >= slot->clock;
}
