/*
 * The results of an operation, and how HTTP says each: a status, the name and
 * the title of a problem, and Retry-After.
 */

#ifndef TRADE_RESULT_H
#define TRADE_RESULT_H

#include "trade_str.h"


typedef enum {
    TRADE_DONE = 0,                 /* 200: found, or changed and in Kafka */
    TRADE_CREATED,                  /* 201: Kafka has the order */
    TRADE_ACCEPTED,                 /* 202: recorded, not known to be in
                                       Kafka */
    TRADE_NOT_MODIFIED,             /* 304: the caller has it; no document */

    TRADE_BAD_JSON,
    TRADE_UNKNOWN_FIELD,
    TRADE_DOUBLED_FIELD,
    TRADE_INVALID_FIELD,
    TRADE_BODY_TOO_LONG,
    TRADE_MEDIA_TYPE,
    TRADE_KEY_REQUIRED,
    TRADE_KEY_MALFORMED,
    TRADE_KEY_REUSED,
    TRADE_KEY_NOT_NONCE,            /* it is not the ticket's nonce */
    TRADE_BUYER_REQUIRED,
    TRADE_BUYER_MALFORMED,
    TRADE_TICKET_REQUIRED,
    TRADE_TICKET_MALFORMED,
    TRADE_TICKET_INVALID,           /* a wrong MAC, or an unknown key */
    TRADE_TICKET_EXPIRED,
    TRADE_TICKET_FOREIGN,           /* of another SKU or buyer */
    TRADE_BAD_URI,
    TRADE_METHOD,
    TRADE_NOT_FOUND,
    TRADE_PRECONDITION_MALFORMED,
    TRADE_PRECONDITION_FAILED,
    TRADE_UNKNOWN_SKU,
    TRADE_UNKNOWN_ORDER,

    TRADE_SOLD_OUT,
    TRADE_BUSY,
    TRADE_BUYER_LIMIT,
    TRADE_BUYER_BUSY,
    TRADE_WRONG_STATE,
    TRADE_NOT_STARTED,
    TRADE_SALE_OVER,
    TRADE_BELOW_SOLD,
    TRADE_ABOVE_MAX,
    TRADE_BAD_WINDOW,
    TRADE_IN_PROGRESS,

    TRADE_LATE,                     /* reached its shard after its deadline */
    TRADE_BACKLOG_FULL,
    TRADE_QUEUE_FULL,               /* it would wait for too long */
    TRADE_SHARD_DOWN,
    TRADE_SLOT_CLOSED,
    TRADE_REDIS_REFUSED,            /* an error before anything ran */
    TRADE_OVERLOADED,               /* out of memory, ids or connections */
    TRADE_NO_ANSWER,                /* unknown: sent, and no reply */
    TRADE_NOT_REPLICATED,           /* unknown: too few replicas have it */

    TRADE_LOCKED,
    TRADE_LOCK_QUEUE_FULL,
    TRADE_LOCK_DOWN,

    TRADE_RESULTS
} trade_result_e;


unsigned trade_result_status(trade_result_e result);

/* Stable, lower case with dashes; the problem's `type` ends in it. */
trade_str_t trade_result_name(trade_result_e result);

/* The problem's title; NULL if the result's status is under 400. */
const char *trade_result_title(trade_result_e result);

/* Whether the request may have had an effect, or may yet have one. */
int trade_result_unknown(trade_result_e result);

/*
 * Seconds for Retry-After, or 0 for no such header.  Where many clients are
 * refused at once, any number `random` spreads them over some seconds.
 */
unsigned trade_result_retry_after(trade_result_e result, unsigned random);

/* Whether it refuses items of an order, which `errors` then lists. */
int trade_result_items(trade_result_e result);


#endif /* TRADE_RESULT_H */
