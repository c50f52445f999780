#include "trade_state.h"


static const trade_str_t  trade_states[TRADE_STATES] = {
    [TRADE_STATE_NONE] = trade_str("UNKNOWN"),
    [TRADE_STATE_PLACED] = trade_str("PLACED"),
    [TRADE_STATE_PAID] = trade_str("PAID"),
    [TRADE_STATE_DELIVERED] = trade_str("DELIVERED"),
    [TRADE_STATE_CANCELLED] = trade_str("CANCELLED"),
    [TRADE_STATE_EXPIRED] = trade_str("EXPIRED"),
    [TRADE_STATE_REFUSED] = trade_str("REFUSED"),
    [TRADE_STATE_STOCK] = trade_str("STOCK")
};


trade_str_t
trade_state_name(trade_state_e state)
{
    return trade_states[state];
}


trade_state_e
trade_state_find(trade_str_t name)
{
    trade_state_e  state;

    for (state = TRADE_STATES - 1; state > TRADE_STATE_NONE; state--) {
        if (trade_str_eq(name, trade_states[state])) {
            break;
        }
    }

    return state;
}
