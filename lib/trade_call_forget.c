#include "trade_call_forget.h"
#include "trade_call_put.h"


int
trade_call_sales(trade_call_t *call, void *mem, size_t size,
    const uint16_t *slots, size_t n, uint64_t over, uint64_t keep,
    uint64_t most)
{
    size_t        i;
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_sales, mem, size, n + 3);

    for (i = 0; i < n; i++) {
        trade_call_put_key(&args, slots[i], TRADE_KEY_SLOT,
                           trade_str_of(NULL, 0));
    }

    trade_call_put_keys_end(&args, call);

    trade_args_u64(&args, over);
    trade_args_u64_or(&args, keep, 0);
    trade_args_u64(&args, most);

    return trade_call_put_end(&args, call);
}


int
trade_call_forget(trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t sku, uint64_t over,
    uint64_t keep, trade_str_t cursor, uint64_t most)
{
    trade_args_t  args;

    trade_call_put_begin(&args, call, &trade_script_forget, mem, size, 11);
    trade_call_put_seen_keys(&args, seen);
    trade_call_put_key(&args, seen->slot, TRADE_KEY_BOUGHT, sku);
    trade_call_put_keys_end(&args, call);

    trade_call_put_seen_args(&args, seen);
    trade_args_str(&args, sku);
    trade_args_u64(&args, over);
    trade_args_u64_or(&args, keep, 0);
    trade_args_str(&args, cursor);
    trade_args_u64(&args, most);

    return trade_call_put_end(&args, call);
}
