#include "trade_call.h"
#include "trade_call_put.h"

#include <stdio.h>


static void trade_call_put_term(trade_args_t *args, uint64_t term);
static void trade_call_put_states(trade_args_t *args, unsigned states);


size_t
trade_call_place_size(const trade_write_args_t *write,
    const trade_order_t *order)
{
    size_t  i, n, names;

    n = order->nitems;

    for (names = 0, i = 0; i < n; i++) {
        names += order->items[i].sku.len;
    }

    return (TRADE_CALL_MAKE_STRINGS + 6 + 7 * n) * sizeof(trade_str_t)
           + TRADE_CALL_MAKE_SIZE + order->json.len
           + trade_record_carried_size(write->carried)
           + n * (TRADE_SLOT_ID_KEY_MAX + 20 + 5 * sizeof("available|"))
           + 6 * names;
}


int
trade_call_place(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_order_t *order, int dry_run)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_place, mem, size,
                         TRADE_CALL_MAKE_STRINGS + 6 + 7 * order->nitems);
    trade_call_put_offer(&args, call, write, TRADE_KEY_ORDER, order, dry_run);

    if (write->carried->participants.len) {
        trade_args_str(&args, write->carried->participants);
    }

    call->durable = 1;

    return trade_call_put_end(&args, call);
}


int
trade_call_change(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, trade_str_t sku,
    const trade_stock_change_t *change)
{
    char                 delta[24];
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_change, mem, size,
                         TRADE_CALL_MAKE_STRINGS + 13);

    trade_call_put_write_keys(&args, write, TRADE_KEY_ORDER);
    trade_call_put_keys_end(&args, call);

    trade_call_put_write_args(&args, write);
    trade_args_str(&args, sku);
    trade_args_u64(&args, write->deadline);
    trade_args_u64(&args, write->lease);
    trade_args_u64_or(&args, write->keep, 0);
    trade_call_put_headers(&args, write->carried, trade_str_of(NULL, 0));

    if (change->patch && change->total < 0) {
        (void) snprintf(delta, sizeof(delta), "%lld",
                        (long long) change->delta);

        trade_args_c(&args, "add");

        /* a copy */

        trade_call_put_field(&args, delta, trade_str_of(NULL, 0));

    } else {
        trade_args_c(&args, change->patch ? "change" : "set");
        trade_args_u64(&args, change->total);
    }

    trade_call_put_term(&args, change->limit);
    trade_call_put_term(&args, change->opens);
    trade_call_put_term(&args, change->closes);
    trade_call_put_condition(&args, write->condition);

    call->durable = 1;

    return trade_call_put_end(&args, call);
}


static void
trade_call_put_term(trade_args_t *args, uint64_t term)
{
    if (term == TRADE_STOCK_KEPT) {
        trade_args_c(args, "=");

    } else {
        trade_args_u64_or(args, term, TRADE_STOCK_UNSET);
    }
}


int
trade_call_transition(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_action_t *action,
    trade_str_t buyer)
{
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_transition, mem, size, 17);
    trade_call_put_seen_of(&args, call, &write->seen, TRADE_KEY_ORDER,
                           write->id);
    trade_args_str(&args, trade_state_name(action->to));
    trade_call_put_states(&args, action->from);
    trade_args_str(&args, buyer);
    trade_args_u64(&args, write->deadline);
    trade_args_u64(&args, write->lease);
    trade_args_u64_or(&args, write->keep, 0);
    trade_call_put_headers(&args, write->carried, trade_str_of(NULL, 0));
    trade_call_put_condition(&args, write->condition);

    call->durable = 1;

    return trade_call_put_end(&args, call);
}


/* The names of a set of states, with blanks between them */

static void
trade_call_put_states(trade_args_t *args, unsigned states)
{
    char           *start;
    trade_state_e   state;

    start = args->b.pos;

    for (state = TRADE_STATE_NONE + 1; state < TRADE_STATES; state++) {
        if (states & trade_state_bit(state)) {
            trade_buf_c(&args->b, args->b.pos == start ? "" : " ");
            trade_buf_str(&args->b, trade_state_name(state));
        }
    }

    trade_args_since(args, start);
}


int
trade_call_order(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id)
{
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_order, mem, size, 7);
    trade_call_put_seen_of(&args, call, seen, TRADE_KEY_ORDER, id);

    return trade_call_put_end(&args, call);
}


int
trade_call_stock(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t sku)
{
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_stock, mem, size, 6);
    trade_call_put_seen(&args, call, seen);
    trade_args_str(&args, sku);

    return trade_call_put_end(&args, call);
}


int
trade_call_peek(trade_call_t *call, void *mem, size_t size,
    const uint16_t *slots, size_t n, uint64_t horizon, int unpaid)
{
    size_t               i;
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_peek, mem, size, n + 2);

    for (i = 0; i < n; i++) {
        trade_call_put_key(&args, slots[i], TRADE_KEY_DUE,
                       trade_str_of(NULL, 0));
    }

    trade_call_put_keys_end(&args, call);

    trade_args_u64(&args, horizon);
    trade_args_c(&args, unpaid ? "1" : "");

    return trade_call_put_end(&args, call);
}


int
trade_call_claim(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t horizon, uint64_t lease,
    uint64_t most, uint64_t bytes, int unpaid)
{
    trade_args_t         args;

    trade_call_put_begin(&args, call, &trade_script_claim, mem, size, 10);
    trade_call_put_seen(&args, call, seen);
    trade_args_u64(&args, horizon);
    trade_args_u64(&args, lease);
    trade_args_u64(&args, most);
    trade_args_u64(&args, bytes);
    trade_args_u64_or(&args, unpaid ? TRADE_KEEP_ENDED : 0, 0);

    call->durable = 1;

    return trade_call_put_end(&args, call);
}
