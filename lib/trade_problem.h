/*
 * The RFC 9457 problem document that answers a refused request.
 *
 * A document's `outcome` concerns this request only.  "none": it has changed
 * nothing and never will.  "unknown": it may have, or may yet.  Its `errors`
 * list the faults of the request: malformed fields, each with a text for its
 * developer, or refused items, each with its reason as data for a shop.  Buyers
 * read it, so it says nothing about slots, or how much stock there is.
 */

#ifndef TRADE_PROBLEM_H
#define TRADE_PROBLEM_H

#include "trade_result.h"
#include "trade_str.h"


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
void trade_problem_add(trade_errors_t *errors, const char *pointer,
    const char *format, ...) __attribute__((format(printf, 3, 4)));


/* A problem document.  Members that are empty, 0 or NULL are left out. */
typedef struct {
    trade_result_e           result;    /* a refusal */
    unsigned                 status;    /* 0: the result's */
    trade_str_t              base;      /* `type` without the result's name;
                                           empty: a URN.  URI characters */
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
