#include "trade_action.h"


const trade_action_t  trade_actions[TRADE_ACTIONS] = {
    [TRADE_ACTION_PLACE] = { .name = trade_str("place") },
    [TRADE_ACTION_GET] = { .name = trade_str("get") },
    [TRADE_ACTION_PAY] = {
        .name = trade_str("pay"),
        .to = TRADE_STATE_PAID,
        .from = trade_state_bit(TRADE_STATE_PLACED)
    },
    [TRADE_ACTION_DELIVER] = {
        .name = trade_str("deliver"),
        .to = TRADE_STATE_DELIVERED,
        .from = trade_state_bit(TRADE_STATE_PAID),
        .ends = 1
    },
    [TRADE_ACTION_CANCEL] = {
        .name = trade_str("cancel"),
        .to = TRADE_STATE_CANCELLED,
        .from = trade_state_bit(TRADE_STATE_PLACED)
                | trade_state_bit(TRADE_STATE_PAID),
        .ends = 1
    }
};


trade_action_e
trade_action_find(trade_str_t name)
{
    trade_action_e  action;

    for (action = 0; action < TRADE_ACTIONS; action++) {
        if (trade_str_eq(name, trade_actions[action].name)) {
            break;
        }
    }

    return action;
}
