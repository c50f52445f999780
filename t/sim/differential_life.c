#include "differential.h"

#include <string.h>


static size_t diff_events(diff_t *diff, trade_due_t *events, size_t slot);


/* Now and then one that was lost, or is a change of stock */

trade_str_t
diff_made(diff_t *diff, size_t slot, uint64_t *seq)
{
    char            mem[TRADE_SLOT_KEY_MAX];
    size_t          i;
    trade_buf_t     b;
    trade_str_t     id, text;
    trade_record_t  record;

    for (i = diff_random(diff, 8) ? 0 : DIFF_MADE; i < DIFF_MADE; i++) {
        id = trade_str_of(diff->made[slot][diff_random(diff, DIFF_MADE)],
                          TRADE_ID_LEN);

        trade_buf_init(&b, mem, sizeof(mem));
        text = fake_store_get(&diff->fake,
                              trade_slot_key(&b, diff_slots[slot],
                                             TRADE_KEY_ORDER, id),
                              diff->now);

        if (text.data
            && trade_record_read_header(&record, trade_str_cut(&text, '\n'))
               == 0)
        {
            *seq = record.seq;
            return id;
        }
    }

    *seq = 1;

    return diff_id(diff, diff_slots[slot]);
}


void
diff_transition(diff_t *diff, trade_call_t *call, size_t slot)
{
    uint64_t            seq;
    trade_str_t         buyer;
    trade_action_e      action;
    trade_write_args_t  write;

    static const trade_action_e  actions[] = {
        TRADE_ACTION_PAY, TRADE_ACTION_DELIVER, TRADE_ACTION_CANCEL,
        TRADE_ACTION_CANCEL
    };

    action = actions[diff_random(diff, sizeof(actions) / sizeof(actions[0]))];
    buyer = trade_str_of(NULL, 0);

    if (diff_random(diff, 3) == 0) {
        buyer = trade_str_c(diff_buyers[diff_random(diff, 3)]);
    }

    diff_write_args(diff, &write, slot);
    write.id = diff_made(diff, slot, &seq);
    diff_condition(diff, &write);

    (void) trade_call_transition(call, diff->mem, sizeof(diff->mem), &write,
                                 &trade_actions[action], buyer);
}


void
diff_ack(diff_t *diff, trade_call_t *call, size_t slot)
{
    size_t             n;
    trade_due_t        events[3];
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, slot);
    n = diff_events(diff, events, slot);

    (void) trade_call_ack_events(call, diff->mem, sizeof(diff->mem), &seen,
                                 events, n);
}


/* Of a record's first event: a ZREM */

void
diff_ack_first(diff_t *diff, trade_call_t *call, size_t slot)
{
    uint64_t           seq;
    trade_str_t        id;
    trade_record_t     record;
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, slot);
    id = diff_made(diff, slot, &seq);

    memset(&record, 0, sizeof(record));
    record.state = TRADE_STATE_PLACED;
    record.seq = 1;

    (void) trade_call_ack(call, diff->mem, sizeof(diff->mem), &seen, id,
                          &record, 0, 0, 1);
}


void
diff_ack_effects(diff_t *diff, trade_call_t *call, size_t slot)
{
    size_t             i, n;
    trade_due_t        events[3];
    trade_slot_seen_t  seen;

    diff_slot_seen(diff, &seen, slot);
    n = diff_events(diff, events, slot);

    for (i = 0; i < n; i++) {
        events[i].partition = diff_random(diff, 2) * diff_random(diff, 20);
    }

    (void) trade_call_ack_effects(call, diff->mem, sizeof(diff->mem), &seen,
                                  diff_random(diff, 4)
                                  ? 1 + diff_random(diff, 40) : 0,
                                  diff_random(diff, 2), events, n);
}


/* Mostly the latest of an order, or the one before that */

static size_t
diff_events(diff_t *diff, trade_due_t *events, size_t slot)
{
    size_t  i, n;

    n = 1 + diff_random(diff, 3);

    for (i = 0; i < n; i++) {
        events[i].id = diff_made(diff, slot, &events[i].seq);

        if (events[i].seq > 1 && diff_random(diff, 3) == 0) {
            events[i].seq--;

        } else if (diff_random(diff, 20) == 0) {
            events[i].seq++;
        }
    }

    return n;
}
