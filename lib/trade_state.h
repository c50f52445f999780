/*
 * The state of a record: of an order, or of a change of stock.  Redis, Kafka
 * and HTTP have the name; all code between them has the number.
 */

#ifndef TRADE_STATE_H
#define TRADE_STATE_H

#include "trade_str.h"


typedef enum {
    TRADE_STATE_NONE = 0,       /* none that this version knows */
    TRADE_STATE_PLACED,
    TRADE_STATE_PAID,
    TRADE_STATE_DELIVERED,
    TRADE_STATE_CANCELLED,
    TRADE_STATE_EXPIRED,
    TRADE_STATE_REFUSED,        /* given up before it could be placed */
    TRADE_STATE_STOCK,          /* a change of stock, no order */
    TRADE_STATES
} trade_state_e;


#define TRADE_STATE_NAME_MAX  9

/* In a set of states. */
#define trade_state_bit(state)  (1u << (state))

/* The units of such an order have gone back, or will. */
#define TRADE_STATE_ENDED                                                     \
    (trade_state_bit(TRADE_STATE_CANCELLED)                                   \
     | trade_state_bit(TRADE_STATE_EXPIRED))


/*
 * As in Redis, in upper case, with a NUL behind it; "UNKNOWN" for
 * TRADE_STATE_NONE.
 */
trade_str_t trade_state_name(trade_state_e state);

trade_state_e trade_state_find(trade_str_t name);


#endif /* TRADE_STATE_H */
