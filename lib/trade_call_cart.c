#include "trade_call_cart.h"
#include "trade_call_put.h"


int
trade_call_reserve(trade_call_t *call, void *mem, size_t size,
    const trade_write_args_t *write, const trade_cart_part_t *part)
{
    trade_args_t        args;
    trade_write_args_t  bare;

    bare = *write;
    bare.fingerprint = write->key;
    bare.carried = NULL;
    bare.key.len = 0;
    bare.keep = 0;

    trade_call_put_begin(&args, call, &trade_script_reserve, mem, size,
                         TRADE_CALL_MAKE_STRINGS + 5 + 7 * part->order.nitems);
    trade_call_put_offer(&args, call, &bare, TRADE_KEY_HOLD, &part->order, 0);

    call->durable = 1;

    return trade_call_put_end(&args, call);
}


int
trade_call_outcome(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_outcome, mem, size, 7);
    trade_call_put_seen_of(&args, call, seen, TRADE_KEY_ORDER, id);

    call->durable = 1;

    return trade_call_put_end(&args, call);
}


int
trade_call_confirm(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, uint64_t keep, uint64_t age)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_confirm, mem, size, 9);
    trade_call_put_seen_of(&args, call, seen, TRADE_KEY_HOLD, id);
    trade_args_u64_or(&args, keep, 0);
    trade_args_c(&args, keep && age >= keep ? "1" : "");

    return trade_call_put_end(&args, call);
}


int
trade_call_release(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, int ended)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_release, mem, size, 8);
    trade_call_put_seen_of(&args, call, seen, TRADE_KEY_HOLD, id);
    trade_args_c(&args, ended ? "1" : "");

    /*
     * a sold hold is on no in-doubt list: if the call is lost, nobody repeats
     * it
     */

    call->durable = ended != 0;

    return trade_call_put_end(&args, call);
}


int
trade_call_confirmed(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, int ended, unsigned slot)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_confirmed, mem, size, 7);
    trade_call_put_seen(&args, call, seen);
    trade_args_c(&args, ended ? "1" : "");
    trade_call_put_member(&args, id, slot);

    return trade_call_put_end(&args, call);
}


int
trade_call_indoubt(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, uint64_t lease, uint64_t most)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_indoubt, mem, size, 7);
    trade_call_put_seen(&args, call, seen);
    trade_args_u64(&args, lease);
    trade_args_u64(&args, most);

    return trade_call_put_end(&args, call);
}
