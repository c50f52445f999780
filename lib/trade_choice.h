/*
 * The order in which a command tries the connections of its shard.
 *
 * A slot keeps to its connection while that is ready.  But a command that does
 * not wait for replicas goes to another connection than those that do, if there
 * is one.
 *
 * Hundreds of requests may want one lock, and an order must not stand behind
 * their calls.  So, where there are locks, their calls take the last connection
 * first, and all other commands take it last.
 */

#ifndef TRADE_CHOICE_H
#define TRADE_CHOICE_H

#include "trade_pipe.h"


/* Filled by the caller, but for `tried`, which is 0. */
typedef struct {
    size_t      slot;
    size_t      connections;            /* of the shard */
    size_t      tried;
    unsigned    durable:1;              /* the command waits for replicas */
    unsigned    apart:1;                /* it is the call of a lock */
    unsigned    locks:1;                /* there are locks */
} trade_choice_t;


/* The pipe of a connection of the caller's; NULL: it is not ready. */
typedef const trade_pipe_t *(*trade_choice_pipe_pt)(void *data, size_t i);


/*
 * Sets *i to the connection to try next.  Returns 0 when there is none left;
 * else 1.
 */
int trade_choice_next(trade_choice_t *choice, trade_choice_pipe_pt pipe,
    void *data, size_t *i);


#endif /* TRADE_CHOICE_H */
