#include "trade_hold.h"
#include "trade_time.h"


static trade_hold_state_e trade_hold_find(trade_str_t name);


static const trade_str_t  trade_holds[TRADE_HOLDS] = {
    [TRADE_HOLD_HELD] = trade_str("HELD"),
    [TRADE_HOLD_SOLD] = trade_str("SOLD"),
    [TRADE_HOLD_FREED] = trade_str("FREED")
};


int
trade_hold_read(trade_hold_t *hold, trade_str_t text)
{
    int          nothing;
    trade_str_t  line, deadline;

    line = trade_str_cut(&text, '\n');
    hold->state = trade_hold_find(trade_str_cut(&line, ' '));
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

    if (hold->state == TRADE_HOLD_ABSENT) {
        return -1;
    }

    nothing = hold->state == TRADE_HOLD_FREED && hold->version == 0;

    return nothing == (text.len == 0) ? 0 : -1;
}


/* TRADE_HOLD_ABSENT: it is the name of none */

static trade_hold_state_e
trade_hold_find(trade_str_t name)
{
    trade_hold_state_e  state;

    for (state = TRADE_HOLDS - 1; state > TRADE_HOLD_ABSENT; state--) {
        if (trade_str_eq(name, trade_holds[state])) {
            break;
        }
    }

    return state;
}


void
trade_hold_write(trade_buf_t *b, const trade_hold_t *hold)
{
    trade_buf_str(b, trade_holds[hold->state]);
    trade_buf_c(b, " ");
    trade_buf_u64(b, hold->version);
    trade_buf_c(b, " ");
    trade_buf_u64(b, hold->deadline);
    trade_buf_c(b, hold->key.len ? " " : "");
    trade_buf_str(b, hold->key);
    trade_buf_c(b, "\n");
    trade_buf_str(b, hold->items);
}
