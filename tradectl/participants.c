#include "participants.h"
#include "trade_cart.h"
#include "trade_hold.h"
#include "trade_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int participants_put(slot_t *slot, history_t *history, trade_str_t id,
    const trade_hold_t *hold, unsigned in_redis, unsigned in_topic);
static entry_t *participants_add(const slot_t *slot, history_t *history,
    trade_str_t id,
    const trade_hold_t *hold, int *bad);


int
participants_hold(slot_t *slot, history_t *history, trade_str_t id,
    trade_str_t text)
{
    trade_hold_t  hold;

    if (trade_hold_read(&hold, text) != 0) {
        slot_say(slot, SAY_WRONG, "the hold of %.*s can't be read",
                 (int) id.len, id.data);
        slot->broken = 1;
        return 0;
    }

    return hold.items.len ? participants_put(slot, history, id, &hold, 1, 0)
                          : 0;
}


int
participants_event(const slots_t *slots, history_t *history,
    const entry_t *event)
{
    int                         rc;
    void                       *mem;
    size_t                      i, size;
    unsigned                    number;
    trade_str_t                 participants;
    trade_cart_t                cart;
    trade_hold_t                hold;
    const trade_event_read_t   *read = &event->read;

    participants = read->record.participants;

    if (participants.len == 0) {
        return 0;
    }

    size = trade_cart_size(&read->order);
    mem = malloc(size);

    if (mem == NULL || trade_cart_split(&cart, mem, size, &read->order) != 0) {
        fprintf(stderr, "tradectl: out of memory\n");
        free(mem);
        return -1;
    }

    hold.state = TRADE_HOLD_ABSENT;
    hold.deadline = read->record.at;
    hold.key = trade_str_of(NULL, 0);

    for (rc = 0, i = 1; rc == 0 && i < cart.nparts; i++) {
        hold.items = cart.parts[i].order.json;

        if (trade_record_participant(&participants, &number, &hold.version)
            && slots->slot[number])
        {
            rc = participants_put(slots->slot[number], history, read->id,
                                  &hold, 0,
                                  event->in_topic);
        }
    }

    free(mem);

    return rc;
}


static int
participants_put(slot_t *slot, history_t *history, trade_str_t id,
    const trade_hold_t *hold, unsigned in_redis, unsigned in_topic)
{
    int       bad;
    entry_t  *entry;

    entry = history_find(history, id, 0, slot->number);
    bad = 0;

    if (entry == NULL) {
        entry = participants_add(slot, history, id, hold, &bad);

        if (entry == NULL && !bad) {
            fprintf(stderr, "tradectl: out of memory\n");
            return -1;
        }

    } else if (in_redis && entry->in_redis) {   /* SCAN repeats keys */
        return 0;

    } else if (entry->read.record.version != hold->version
               || !trade_str_eq(entry->read.record.body, hold->items))
    {
        slot_say(slot, SAY_WRONG, "%.*s has other content in its event than in "
                 "its hold here", (int) id.len, id.data);
    }

    if (bad) {
        slot_say(slot, SAY_WRONG, "the items in the hold of %.*s are no "
                 "order", (int) id.len, id.data);
        slot->broken = 1;
        return 0;
    }

    if (in_redis) {
        entry->hold = hold->state;
        entry->in_redis = 1;

    } else {
        entry->read.record.at = hold->deadline;
        entry->in_topic |= in_topic;
    }

    return 0;
}


/*
 * Returns NULL when out of memory, and with `bad` set if the hold is no order
 */

static entry_t *
participants_add(const slot_t *slot, history_t *history, trade_str_t id,
    const trade_hold_t *hold, int *bad)
{
    entry_t              *entry;
    trade_errors_t        errors;
    trade_event_read_t    read;
    trade_order_rules_t   rules = { TRADE_QUANTITY_LIMIT, TRADE_ITEMS_LIMIT,
                                    trade_null_str, trade_null_str };

    memset(&read, 0, sizeof(read));
    errors.n = 0;

    read.mem = malloc(id.len + hold->items.len);
    if (read.mem == NULL) {
        return NULL;
    }

    memcpy(read.mem, id.data, id.len);
    memcpy(read.mem + id.len, hold->items.data, hold->items.len);

    read.id = trade_str_of(read.mem, id.len);
    read.slot = slot->number;
    read.record.version = hold->version;
    read.record.at = hold->deadline;
    read.record.body = trade_str_of(read.mem + id.len, hold->items.len);

    if (trade_order_parse(&read.order, read.record.body, &rules, &errors)
        != TRADE_DONE
        || read.order.slot != slot->number)
    {
        *bad = 1;
        trade_event_read_free(&read);
        return NULL;
    }

    entry = history_add(history, &read);

    if (entry == NULL) {
        trade_event_read_free(&read);
    }

    return entry;
}


slot_t *
participants_slot(const slots_t *slots, const trade_order_t *order)
{
    size_t    i;
    slot_t   *slot;

    for (i = 0; i < order->nitems; i++) {
        slot = slots->slot[trade_slot_of(order->items[i].sku)];

        if (slot) {
            return slot;
        }
    }

    return NULL;
}


int
participant_entry(const entry_t *entry)
{
    return entry->read.record.seq == 0;
}


int
participant_is(const entry_t *entry, trade_hold_state_e state)
{
    return participant_entry(entry) && entry->hold == state;
}


int
participant_stands(const entry_t *entry)
{
    return entry->order && !participant_ended(entry);
}


int
participant_ended(const entry_t *entry)
{
    return entry->ended;
}
