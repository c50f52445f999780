/*
 * Access logs: which orders were answered 201 or 202.
 */

#ifndef ANSWERS_H
#define ANSWERS_H

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
} answers_t;


/*
 * Adds the ids in `file`, of slots that were asked for, of orders that were
 * answered so: $trade_result is `created`, `accepted`, `replayed` or `done`.
 * docs/reconcile.md says how they are found in a line.  0, or -1 after an error
 * that was said.
 */
int answers_read(answers_t *answers, const char *file, const slots_t *slots);

/* Says, once an id, which of them nobody has. */
void answers_missing(answers_t *answers, slots_t *slots, const book_t *book);


#endif /* ANSWERS_H */
