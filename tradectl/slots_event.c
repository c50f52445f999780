/*
 * Takes events from the topic into the history.  Of two events with the same id
 * and sequence the first counts, as it does for every consumer, and the record
 * in Redis comes before both.  An event of a cart belongs to all slots in which
 * its items lie.
 */

#define _GNU_SOURCE                     /* memmem() */

#include "participants.h"

#include <stdio.h>
#include <string.h>


static int slots_event_cart(trade_str_t value);
static int slots_event_read(const slots_t *slots, slot_t *slot,
    history_t *history,
    trade_event_read_t *read, int partition, int64_t offset);


int
slots_event(slots_t *slots, history_t *history, trade_digest_t *digest,
    const trade_event_t *event, int partition, int64_t offset)
{
    int                  number;
    slot_t              *slot;
    uint64_t             seq;
    const char          *why;
    trade_str_t          id;
    trade_event_read_t   read;

    number = trade_event_read_whose(event, &id, &seq);

    if (number < 0
        || (slots->slot[number] == NULL && !slots_event_cart(event->value)))
    {
        return 0;
    }

    slot = slots->slot[number];

    if (trade_event_read(&read, event, digest, &why) != 0) {

        if (slot) {
            slots->events++;
            slot_say(slot, SAY_WRONG, "the event of %.*s at partition %d, "
                     "offset %lld is not as a gateway writes it: %s",
                     (int) id.len, id.data, partition, (long long) offset, why);
        }

        return 0;
    }

    if (slot == NULL) {
        slot = participants_slot(slots, &read.order);
    }

    if (slot == NULL) {
        trade_event_read_free(&read);
        return 0;
    }

    slots->events++;

    return slots_event_read(slots, slot, history, &read, partition, offset);
}


/* Whether there may be several items; a wrong 1 costs time only */

static int
slots_event_cart(trade_str_t value)
{
    const char         *first, *end;
    static const char   item[] = "{\"sku\":\"";

    end = value.data + value.len;
    first = memmem(value.data, value.len, item, sizeof(item) - 1);

    return first && memmem(first + 1, end - first - 1, item, sizeof(item) - 1);
}


static int
slots_event_read(const slots_t *slots, slot_t *slot, history_t *history,
    trade_event_read_t *read, int partition, int64_t offset)
{
    entry_t  *entry;

    entry = history_find(history, read->id, read->record.seq, read->slot);

    if (entry == NULL) {
        entry = history_add(history, read);

        if (entry == NULL) {
            fprintf(stderr, "tradectl: out of memory\n");
            trade_event_read_free(read);
            return -1;
        }

    } else {
        if (!trade_event_read_same(&entry->read, read)) {
            slot_say(slot, SAY_WRONG, "%.*s has other content at partition "
                     "%d, offset %lld than %s", (int) read->id.len,
                     read->id.data, partition, (long long) offset,
                     entry->in_redis ? "in Redis" : "before in the topic");
        }

        trade_event_read_free(read);
    }

    if (entry->in_topic) {
        return 0;
    }

    entry->in_topic = 1;

    return participants_event(slots, history, entry);
}
