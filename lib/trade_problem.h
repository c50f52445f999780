/*
 * Verdicts, and what the caller is told: a status, and for a refusal an
 * RFC 9457 problem document.
 *
 * A document's `outcome` speaks of this request only: "none" - it has changed
 * nothing and never will; "unknown" - it may have, or may yet.
 */

#ifndef TRADE_PROBLEM_H
#define TRADE_PROBLEM_H

#include "trade_str.h"


typedef enum {
    TRADE_DONE = 0,                 /* 200: found, or changed and in Kafka */
    TRADE_CREATED,                  /* 201: the order is in Kafka */
    TRADE_ACCEPTED,                 /* 202: recorded, not yet known in Kafka */

    TRADE_BAD_JSON,
    TRADE_UNKNOWN_FIELD,
    TRADE_DOUBLED_FIELD,
    TRADE_INVALID_FIELD,
    TRADE_BODY_TOO_LONG,
    TRADE_MEDIA_TYPE,
    TRADE_KEY_REQUIRED,
    TRADE_KEY_MALFORMED,
    TRADE_KEY_REUSED,
    TRADE_BUYER_REQUIRED,
    TRADE_METHOD,
    TRADE_NOT_FOUND,
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
    TRADE_IN_PROGRESS,

    TRADE_LATE,                     /* reached its shard after its deadline */
    TRADE_BACKLOG_FULL,
    TRADE_SHARD_DOWN,
    TRADE_SLOT_CLOSED,
    TRADE_REDIS_REFUSED,            /* an error before anything ran */
    TRADE_OVERLOADED,               /* out of memory, ids or connections */
    TRADE_NO_ANSWER,                /* unknown: sent, and no reply */
    TRADE_NOT_REPLICATED,           /* unknown: too few replicas have it */

    TRADE_LOCKED,
    TRADE_LOCK_QUEUE_FULL,
    TRADE_LOCK_DOWN,

    TRADE_VERDICTS
} trade_verdict_e;


#define TRADE_ERRORS_MAX  64


typedef struct {
    char             pointer[48];   /* JSON pointer into the body */
    char             detail[120];   /* both printable ASCII */
} trade_error_t;


typedef struct {
    size_t           n;
    trade_error_t    error[TRADE_ERRORS_MAX];
} trade_errors_t;


/*
 * Appends to *errors, printf-like; what is past TRADE_ERRORS_MAX or longer
 * than its field is dropped.
 */
void trade_errors_add(trade_errors_t *errors, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 3, 4)));


unsigned trade_verdict_status(trade_verdict_e verdict);

/* Stable, lower case with dashes; `type` of the problem ends in it. */
trade_str_t trade_verdict_name(trade_verdict_e verdict);

int trade_verdict_unknown(trade_verdict_e verdict);

/* Seconds for Retry-After, or 0 for no such header. */
unsigned trade_verdict_retry_after(trade_verdict_e verdict);


/*
 * Writes the problem document of `verdict`, a refusal, to `b`.  `detail`,
 * `order_id` and `state` may be empty, `errors` NULL; they are then left out.
 */
void trade_problem_write(trade_buf_t *b, trade_verdict_e verdict,
    trade_str_t detail, const trade_errors_t *errors, trade_str_t order_id,
    trade_str_t state);

/* The same with another status than the verdict's. */
void trade_problem_write_as(trade_buf_t *b, trade_verdict_e verdict,
    unsigned status, trade_str_t detail, const trade_errors_t *errors,
    trade_str_t order_id, trade_str_t state);

/* Bytes that a document with n errors and such a detail needs at most. */
#define trade_problem_size(n, detail_len)  (640 + (n) * 384 + 6 * (detail_len))


#endif /* TRADE_PROBLEM_H */
