/*
 * Events of the topic.  Of two with the same id and sequence the first counts,
 * as for every consumer, and what Redis has comes before both.
 */

#include "slots.h"

#include <stdio.h>


static int slots_event_read(slot_t *slot, book_t *book,
    trade_event_read_t *read, int partition, int64_t offset);


int
slots_event(slots_t *slots, book_t *book, trade_digest_t *digest,
    const trade_event_t *event, int partition, int64_t offset)
{
    int                  number;
    slot_t              *slot;
    uint64_t             seq;
    const char          *why;
    trade_str_t          id;
    trade_event_read_t   read;

    number = trade_event_whose(event, &id, &seq);
    slot = number < 0 ? NULL : slots->slot[number];

    if (slot == NULL) {
        return 0;
    }

    slots->events++;

    if (trade_event_read(&read, event, digest, &why) != 0) {
        slot_say(slot, SAY_WRONG, "the event of %.*s at partition %d, offset "
                 "%lld is not as a gateway writes it: %s", (int) id.len,
                 id.data, partition, (long long) offset, why);
        return 0;
    }

    return slots_event_read(slot, book, &read, partition, offset);
}


static int
slots_event_read(slot_t *slot, book_t *book, trade_event_read_t *read,
    int partition, int64_t offset)
{
    entry_t  *entry;

    entry = book_find(book, read->id, read->record.seq);

    if (entry == NULL) {
        entry = book_add(book, read);

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

    entry->in_topic = 1;

    return 0;
}
