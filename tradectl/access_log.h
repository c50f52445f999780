/*
 * The orders that access logs say were answered 201 or 202.
 */

#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

#include "slots.h"


typedef struct {
    char             id[30];
    unsigned         line;
    const char      *file;
} answer_t;


typedef struct {
    answer_t        *list;
    size_t           n;
    size_t           max;
} access_log_t;


/*
 * Adds the ids in `file` of the slots being reconciled whose order was answered
 * 201 or 202: $trade_result is `created`, `accepted`, `replayed` or `done`.
 * docs/reconcile.md says how a line is searched.  Returns 0, or -1 after
 * printing an error.
 */
int access_log_read(access_log_t *log, const char *file,
    const slots_t *slots);

/* Prints each id that neither Redis nor the topic has, once. */
void access_log_missing(access_log_t *log, slots_t *slots,
    const history_t *history);


#endif /* ACCESS_LOG_H */
