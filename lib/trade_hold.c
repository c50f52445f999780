#include "trade_hold.h"
#include "trade_time.h"


int
trade_hold_read(trade_hold_t *hold, trade_str_t text)
{
    int          nothing;
    trade_str_t  line, deadline;

    line = trade_str_cut(&text, '\n');
    hold->state = trade_str_cut(&line, ' ');
    hold->items = text;

    if (trade_str_u64(trade_str_cut(&line, ' '), UINT64_MAX, &hold->version)
        != 0)
    {
        return -1;
    }

    hold->key = line;
    deadline = trade_str_cut(&hold->key, ' ');

    if (trade_str_u64(deadline, TRADE_TIME_MAX, &hold->deadline) != 0
        || (deadline.len < line.len && hold->key.len != TRADE_DIGEST_LEN))
    {
        return -1;
    }

    nothing = trade_hold_is(hold, "FREED") && hold->version == 0;

    if (!trade_hold_is(hold, "HELD") && !trade_hold_is(hold, "SOLD")
        && !trade_hold_is(hold, "FREED"))
    {
        return -1;
    }

    return nothing == (text.len == 0) ? 0 : -1;
}


void
trade_hold_write(trade_buf_t *b, const trade_hold_t *hold)
{
    trade_buf_str(b, hold->state);
    trade_buf_c(b, " ");
    trade_buf_u64(b, hold->version);
    trade_buf_c(b, " ");
    trade_buf_u64(b, hold->deadline);
    trade_buf_c(b, hold->key.len ? " " : "");
    trade_buf_str(b, hold->key);
    trade_buf_c(b, "\n");
    trade_buf_str(b, hold->items);
}


int
trade_hold_is(const trade_hold_t *hold, const char *state)
{
    return trade_str_eq(hold->state, trade_str_c(state));
}
