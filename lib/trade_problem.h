/*
 * Verdicts, and what the caller is told: a status, and for a refusal an RFC
 * 9457 problem document.
 *
 * A document's `outcome` concerns this request only.  "none": it has changed
 * nothing and never will.  "unknown": it may have, or may yet.  Its `errors`
 * list the faults of the request: malformed fields, each with a text for its
 * developer, or refused items, each with its reason as data for a shop.  Buyers
 * read it, so it says nothing about slots, or how much stock there is.
 */

#ifndef TRADE_PROBLEM_H
#define TRADE_PROBLEM_H

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
    TRADE_BUYER_REQUIRED,
    TRADE_BUYER_MALFORMED,
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


#define TRADE_ERRORS_MAX  64


/* A malformed field. */
typedef struct {
    char             pointer[48];   /* JSON pointer into the body */
    char             detail[120];   /* both printable ASCII */
} trade_error_t;


typedef struct {
    size_t           n;
    trade_error_t    error[TRADE_ERRORS_MAX];
} trade_errors_t;


#define TRADE_REFUSAL_NONE  UINT64_MAX


/* A refused item. */
typedef struct {
    size_t           index;         /* in the request's array, from 0 */
    trade_str_t      sku;
    trade_str_t      code;          /* the reason: a result's name, or
                                       "max-quantity" */
    uint64_t         opens_at;      /* ms; each of these is
                                       TRADE_REFUSAL_NONE unless it is the
                                       reason */
    uint64_t         closes_at;     /* ms */
    uint64_t         limit;
    uint64_t         left;          /* of the SKU, for this buyer */
} trade_refusal_t;


typedef struct {
    size_t           n;
    trade_refusal_t *list;          /* room for each item of the order */
} trade_refusals_t;


/*
 * Appends to *errors, like printf.  An error past TRADE_ERRORS_MAX is dropped,
 * and a text longer than its field is cut.
 */
void trade_errors_add(trade_errors_t *errors, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 3, 4)));


unsigned trade_result_status(trade_result_e result);

/* Stable, lower case with dashes; the problem's `type` ends in it. */
trade_str_t trade_result_name(trade_result_e result);

int trade_result_unknown(trade_result_e result);

/* Seconds for Retry-After, or 0 for no such header. */
unsigned trade_result_retry_after(trade_result_e result);

/* Whether it refuses items of an order, which `errors` then lists. */
int trade_result_items(trade_result_e result);


/* A problem document.  Members that are empty, 0 or NULL are left out. */
typedef struct {
    trade_result_e           result;    /* a refusal */
    unsigned                 status;    /* 0: the result's */
    trade_str_t              detail;
    trade_str_t              order_id;
    trade_str_t              change_id;
    trade_str_t              state;
    const trade_errors_t    *errors;
    const trade_refusals_t  *refused;
} trade_problem_t;


/* The most bytes that the document needs. */
size_t trade_problem_size(const trade_problem_t *problem);

void trade_problem_write(trade_buf_t *b, const trade_problem_t *problem);


#endif /* TRADE_PROBLEM_H */
