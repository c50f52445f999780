/*
 * The actions on orders, of /v1/orders and below it, and the states between
 * which a transition leads.
 *
 *      place -> PLACED -- pay --> PAID -- deliver --> DELIVERED
 *                 |  \              |
 *                 |   `-- cancel ---+--> CANCELLED
 *                 `---- (time) --------> EXPIRED
 */

#ifndef TRADE_ACTION_H
#define TRADE_ACTION_H

#include "trade_duration.h"
#include "trade_state.h"


typedef enum {
    TRADE_ACTION_PLACE = 0,
    TRADE_ACTION_GET,
    TRADE_ACTION_PAY,
    TRADE_ACTION_DELIVER,
    TRADE_ACTION_CANCEL,
    TRADE_ACTIONS
} trade_action_e;


typedef struct {
    trade_str_t    name;
    trade_state_e  to;              /* TRADE_STATE_NONE: it changes none */
    unsigned       from;            /* a set of trade_state_bit() */
    int            ends;            /* no transition comes after it */
} trade_action_t;


extern const trade_action_t  trade_actions[TRADE_ACTIONS];

/* Returns TRADE_ACTIONS if no action has that name. */
trade_action_e trade_action_find(trade_str_t name);


#endif /* TRADE_ACTION_H */
