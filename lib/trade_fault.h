/*
 * Why a shard can't be used, or not for writing: the reason that trade_status
 * shows and the log names, and which error replies of Redis mean what.
 */

#ifndef TRADE_FAULT_H
#define TRADE_FAULT_H

#include "trade_str.h"


/* In the order of how much they tell: of several addresses the last counts. */
typedef enum {
    TRADE_FAULT_NONE = 0,
    TRADE_FAULT_RESOLVE,        /* its name has no address */
    TRADE_FAULT_CONNECT,        /* a network error */
    TRADE_FAULT_REFUSED,        /* nobody listens there */
    TRADE_FAULT_TIMEOUT,        /* of a connect, or of a command */
    TRADE_FAULT_CLOSED,         /* by the server */
    TRADE_FAULT_PROTOCOL,       /* it is no Redis */
    TRADE_FAULT_TLS,
    TRADE_FAULT_ERROR,          /* an error of Redis that is not below */
    TRADE_FAULT_BUSY,           /* it runs a script of others */
    TRADE_FAULT_LOADING,        /* it reads its data */
    TRADE_FAULT_AUTH,
    TRADE_FAULT_COMMAND,        /* one is forbidden, or has another name */
    TRADE_FAULT_VERSION,        /* it is older than Redis 7.0 */
    TRADE_FAULT_CLUSTER,        /* cluster mode */
    TRADE_FAULT_REPLICA,
    TRADE_FAULT_NO_SHARD,       /* it holds other data */
    TRADE_FAULT_IDENTITY,       /* it is another shard, or of another ring */

    /* the server is there, and refuses to write */

    TRADE_FAULT_NOREPLICAS,
    TRADE_FAULT_MISCONF,        /* it can't save its data */
    TRADE_FAULT_OOM,            /* its memory is full */
    TRADE_FAULTS
} trade_fault_e;


/*
 * The fault that an error reply of Redis tells of, without the '-' before it;
 * TRADE_FAULT_ERROR for any other.
 */
trade_fault_e trade_fault_of(trade_str_t error);

/* The server is there and answers, but writes are refused. */
int trade_fault_refuses(trade_fault_e fault);

/*
 * The command that such a reply names as forbidden or not known, as an index:
 * 0 for none, or one that the gateway does not use.  And its name, upper case;
 * "" for 0.
 */
unsigned trade_fault_command(trade_str_t error);
const char *trade_fault_command_name(unsigned command);

/* As trade_status names it: "replica"; NONE is "". */
const char *trade_fault_name(trade_fault_e fault);

/* Returns its meaning, for the log: "it is a replica". */
const char *trade_fault_text(trade_fault_e fault);

/* Returns the advice to the operator, for the log. */
const char *trade_fault_advice(trade_fault_e fault);


#endif /* TRADE_FAULT_H */
