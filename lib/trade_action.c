#include "trade_action.h"


const trade_action_t  trade_actions[TRADE_ACTIONS] = {
    [TRADE_ACTION_PLACE] = { trade_str("place"), NULL, trade_str(""), 0 },
    [TRADE_ACTION_GET] = { trade_str("get"), NULL, trade_str(""), 0 },
    [TRADE_ACTION_PAY] = { trade_str("pay"), "PAID", trade_str("PLACED"), 0 },
    [TRADE_ACTION_DELIVER] = { trade_str("deliver"), "DELIVERED",
        trade_str("PAID"), 1 },
    [TRADE_ACTION_CANCEL] = { trade_str("cancel"), "CANCELLED",
        trade_str("PLACED PAID"), 1 }
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
