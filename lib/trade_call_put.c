#include "trade_call_put.h"


void
trade_call_put_events(trade_args_t *args, const trade_due_t *events, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        trade_call_put_member(args, events[i].id, events[i].seq);
    }
}


void
trade_call_put_event(trade_args_t *args, const trade_due_t *event)
{
    char  *start;

    start = args->b.pos;
    trade_buf_str(&args->b, event->id);
    trade_buf_c(&args->b, ".");
    trade_buf_u64(&args->b, event->seq);

    if (event->partition) {
        trade_buf_c(&args->b, " ");
        trade_buf_u64(&args->b, event->partition - 1);
    }

    trade_args_since(args, start);
}


void
trade_call_put_member(trade_args_t *args, trade_str_t id, uint64_t number)
{
    char  *start;

    start = args->b.pos;
    trade_buf_str(&args->b, id);
    trade_buf_c(&args->b, ".");
    trade_buf_u64(&args->b, number);
    trade_args_since(args, start);
}


void
trade_call_put_begin(trade_args_t *args, trade_call_t *call,
    const trade_script_t *script, void *mem, size_t size, size_t max)
{
    call->script = script;
    call->durable = 0;
    trade_args_init(args, mem, size, max);
}


void
trade_call_put_keys_end(trade_args_t *args, trade_call_t *call)
{
    call->nkeys = args->argc;
}


int
trade_call_put_end(trade_args_t *args, trade_call_t *call)
{
    call->argv = args->argv;
    call->argc = args->argc;

    return args->b.overflow ? -1 : 0;
}


void
trade_call_put_key(trade_args_t *args, unsigned slot, const char *kind,
    trade_str_t name)
{
    trade_args_str(args, trade_slot_key(&args->b, slot, kind, name));
}


void
trade_call_put_seen_keys(trade_args_t *args, const trade_slot_seen_t *seen)
{
    trade_str_t  none = trade_null_str;

    trade_call_put_key(args, seen->slot, TRADE_KEY_SLOT, none);
    trade_call_put_key(args, seen->slot, TRADE_KEY_DUE, none);
    trade_call_put_key(args, seen->slot, TRADE_KEY_ORDER, seen->record);
}


void
trade_call_put_seen_args(trade_args_t *args, const trade_slot_seen_t *seen)
{
    trade_args_u64(args, seen->version);
    trade_args_u64_or(args, seen->record.len ? seen->record_version : 0, 0);
}


void
trade_call_put_seen(trade_args_t *args, trade_call_t *call,
    const trade_slot_seen_t *seen)
{
    trade_call_put_seen_keys(args, seen);
    trade_call_put_keys_end(args, call);
    trade_call_put_seen_args(args, seen);
}


void
trade_call_put_seen_of(trade_args_t *args, trade_call_t *call,
    const trade_slot_seen_t *seen, const char *kind, trade_str_t id)
{
    trade_call_put_seen_keys(args, seen);
    trade_call_put_key(args, seen->slot, kind, id);
    trade_call_put_keys_end(args, call);

    trade_call_put_seen_args(args, seen);
    trade_args_str(args, id);
}


void
trade_call_put_write_keys(trade_args_t *args,
    const trade_write_args_t *write, const char *kind)
{
    trade_call_put_seen_keys(args, &write->seen);
    trade_call_put_key(args, write->seen.slot, kind, write->id);
    trade_call_put_key(args, write->seen.slot, TRADE_KEY_KEY, write->key);
}


void
trade_call_put_write_args(trade_args_t *args, const trade_write_args_t *write)
{
    trade_call_put_seen_args(args, &write->seen);
    trade_args_str(args, write->id);
    trade_args_str(args, write->fingerprint);
    trade_args_u64_or(args, write->key.len ? write->key_ms : 0, 0);
}


/* The record's second line, and below it the body if there is one */

void
trade_call_put_headers(trade_args_t *args, const trade_record_t *carried,
    trade_str_t body)
{
    char  *start;

    start = args->b.pos;

    if (carried) {
        trade_record_write_carried(&args->b, carried);
        trade_buf_c(&args->b, body.len ? "\n" : "");
    }

    trade_buf_str(&args->b, body);

    trade_args_since(args, start);
}


void
trade_call_put_condition(trade_args_t *args,
    const trade_precondition_t *condition)
{
    if (condition == NULL) {
        trade_args_c(args, "");
        trade_args_c(args, "");
        trade_args_c(args, "");
        return;
    }

    trade_args_str(args, condition->match);
    trade_args_str(args, condition->none_match);
    trade_args_u64_or(args, condition->unmodified,
                      TRADE_PRECONDITION_UNSET);
}


void
trade_call_put_field(trade_args_t *args, const char *name, trade_str_t sku)
{
    char  *start;

    start = args->b.pos;
    trade_buf_c(&args->b, name);
    trade_buf_str(&args->b, sku);
    trade_args_since(args, start);
}


void
trade_call_put_offer(trade_args_t *args, trade_call_t *call,
    const trade_write_args_t *write, const char *kind,
    const trade_order_t *order, int dry_run)
{
    size_t       i;
    trade_str_t  sku;

    trade_call_put_write_keys(args, write, kind);

    for (i = 0; i < order->nitems; i++) {
        trade_call_put_key(args, write->seen.slot, TRADE_KEY_BOUGHT,
                           order->items[i].sku);
    }

    trade_call_put_keys_end(args, call);

    trade_call_put_write_args(args, write);
    trade_args_str(args, order->buyer);
    trade_args_u64(args, write->deadline);
    trade_args_u64_or(args, dry_run ? 0 : write->lease, 0);
    trade_args_u64_or(args, write->keep, 0);
    trade_call_put_headers(args, write->carried, order->json);

    for (i = 0; i < order->nitems; i++) {
        trade_args_u64(args, order->items[i].quantity);
    }

    for (i = 0; i < order->nitems; i++) {
        sku = order->items[i].sku;

        trade_call_put_field(args, "available|", sku);
        trade_call_put_field(args, "limit|", sku);
        trade_call_put_field(args, "opens|", sku);
        trade_call_put_field(args, "closes|", sku);
        trade_call_put_field(args, "held|", sku);
    }
}
