/*
 * Why a shard can't be used, or not for writing: the reason in trade_status and
 * in the log, and its error replies of Redis.
 */

#ifndef TRADE_FAULT_H
#define TRADE_FAULT_H

#include "trade_str.h"


/*
 * In the order of how much they tell: the last one counts among several
 * addresses.
 */
typedef enum {
    TRADE_FAULT_NONE = 0,
    TRADE_FAULT_RESOLVE,        /* its name has no address */
    TRADE_FAULT_CONNECT,        /* a network error */
    TRADE_FAULT_REFUSED,        /* no server listens there */
    TRADE_FAULT_TIMEOUT,        /* of a connect, or of a command */
    TRADE_FAULT_CLOSED,         /* by the server */
    TRADE_FAULT_PROTOCOL,       /* it does not speak Redis's protocol */
    TRADE_FAULT_TLS,
    TRADE_FAULT_ERROR,          /* an error of Redis that is not listed below */
    TRADE_FAULT_BUSY,           /* a script of other users runs */
    TRADE_FAULT_LOADING,        /* it loads its data */
    TRADE_FAULT_AUTH,
    TRADE_FAULT_COMMAND,        /* a command is forbidden, or renamed */
    TRADE_FAULT_VERSION,        /* it is older than Redis 7.0 */
    TRADE_FAULT_CLUSTER,        /* cluster mode */
    TRADE_FAULT_REPLICA,
    TRADE_FAULT_NO_SHARD,       /* it holds data, but no shard's */
    TRADE_FAULT_IDENTITY,       /* it is another shard, or of another ring */

    /* the server runs, but refuses to write */

    TRADE_FAULT_NOREPLICAS,
    TRADE_FAULT_MISCONF,        /* it can't save its data */
    TRADE_FAULT_OOM,            /* its memory is full */
    TRADE_FAULTS
} trade_fault_e;


/*
 * The fault that an error reply of Redis shows, without the '-' before it;
 * TRADE_FAULT_ERROR for any other.
 */
trade_fault_e trade_fault_of(trade_str_t error);

/* Whether the server runs and answers, but refuses writes. */
int trade_fault_refuses(trade_fault_e fault);

/*
 * The command that such a reply names as forbidden or not known, as an index: 0
 * for none, or for one that the gateway does not use.  And its name, in upper
 * case; "" for 0.
 */
unsigned trade_fault_command(trade_str_t error);
const char *trade_fault_command_name(unsigned command);

/* Its name in trade_status: "replica"; "" for NONE. */
const char *trade_fault_name(trade_fault_e fault);

/* Its meaning, for the log: "it is a replica". */
const char *trade_fault_text(trade_fault_e fault);

/* The advice to the operator, for the log. */
const char *trade_fault_advice(trade_fault_e fault);


#endif /* TRADE_FAULT_H */
