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
 * Adds the ids in `file` of slots that were asked for, wherever in a line they
 * stand, if the line says they were answered so: by $trade_result (`created`,
 * `accepted`, `replayed`, `done`), or if it has no such word by its status,
 * which is the first number of three digits that stands alone.  0, or -1 after
 * an error that was said.
 */
int answers_read(answers_t *answers, const char *file, const slots_t *slots);

/* Says, once an id, which of them nobody has. */
void answers_missing(answers_t *answers, slots_t *slots, const book_t *book);


#endif /* ANSWERS_H */
