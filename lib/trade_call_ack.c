/*
 * The calls that follow when Kafka has acknowledged events.
 */

#include "trade_call.h"
#include "trade_call_put.h"
#include "trade_duration.h"


static int trade_call_ack_remove(trade_call_t *call, void *mem, size_t size,
    unsigned slot, const trade_due_t *event);


int
trade_call_ack(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, const trade_record_t *record,
    uint32_t partition, uint64_t pay, int sold)
{
    trade_due_t  due;

    due.id = id;
    due.seq = record->seq;
    due.partition = trade_record_unplaced(record) ? partition : 0;

    if (!sold || due.partition || trade_record_ended(record)
        || (pay && record->state == TRADE_STATE_PLACED))
    {
        return trade_call_ack_effects(call, mem, size, seen, pay, sold, &due,
                                      1);
    }

    return due.seq == 1
           ? trade_call_ack_remove(call, mem, size, seen->slot, &due)
           : trade_call_ack_events(call, mem, size, seen, &due, 1);
}


int
trade_call_ack_missed(const trade_script_t *script, int64_t removed)
{
    return script == NULL && removed == 0;
}


int
trade_call_ack_check(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, const trade_record_t *record,
    uint64_t age)
{
    trade_due_t        due;
    trade_slot_seen_t  own;

    due.id = id;
    due.seq = record->seq;
    due.partition = 0;

    own = *seen;

    if (age < TRADE_LAST_SEEN) {
        own.record = id;
        own.record_version = record->version;
    }

    return trade_call_ack_events(call, mem, size, &own, &due, 1);
}


static int
trade_call_ack_remove(trade_call_t *call, void *mem, size_t size,
    unsigned slot, const trade_due_t *event)
{
    trade_str_t   none = trade_null_str;
    trade_args_t  args;

    trade_call_put_begin(&args, call, NULL, mem, size, 3);
    trade_call_put_keys_end(&args, call);
    trade_args_c(&args, "ZREM");
    trade_call_put_key(&args, slot, TRADE_KEY_DUE, none);
    trade_call_put_events(&args, event, 1);

    return trade_call_put_end(&args, call);
}


int
trade_call_ack_events(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, const trade_due_t *events, size_t n)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_ack, mem, size, 5 + n);
    trade_call_put_seen(&args, call, seen);
    trade_call_put_events(&args, events, n);

    return trade_call_put_end(&args, call);
}


int
trade_call_ack_effects(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t pay, int sold,
    const trade_due_t *events, size_t n)
{
    size_t        i;
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_ack_effects, mem, size,
                         7 + n);
    trade_call_put_seen(&args, call, seen);
    trade_args_u64_or(&args, pay, 0);
    trade_args_c(&args, sold ? "1" : "");

    for (i = 0; i < n; i++) {
        trade_call_put_event(&args, &events[i]);
    }

    return trade_call_put_end(&args, call);
}
