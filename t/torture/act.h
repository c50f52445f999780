/*
 * The acts of buyers on orders that they were told of: some orders are paid,
 * some of these are delivered, and some are cancelled, before or after, or both
 * at once; some acts ask for the impossible.  The wish decides.  A buyer
 * repeats each act until its result is known, and then comes the next.
 */

#ifndef ACT_H
#define ACT_H

#include "answer.h"

#include <stddef.h>
#include <stdint.h>


#define ACTS_MOST  8192
#define ACT_PAUSE  800000               /* us, at most, before each */


typedef struct {
    char         id[64];
    const char  *todo;                  /* a letter each: act_name() */
    int64_t      at;                    /* us; not before */
} act_t;


typedef struct {
    int    n;
    act_t  act[ACTS_MOST];
} acts_t;


/* The buyer of the wish was told of order `id`, and may begin at `when`. */
void acts_of(acts_t *acts, uint64_t wish, const char *id, int64_t when);

/* Takes out one whose time has come.  Returns 0 if there is none. */
int acts_take(acts_t *acts, int64_t now, act_t *act);

/*
 * The act was answered, or not (NULL).  The same act comes again if the buyer
 * does not know its result, else the next, if there is one: at `when`.  A buyer
 * who is refused gives up.
 */
void acts_answered(acts_t *acts, const act_t *act, const answer_t *answer,
    int64_t when);

/* pay, deliver, cancel */
const char *act_name(const act_t *act);

/* The request as it is sent; returns its length. */
size_t act_request(const act_t *act, int keep_alive, char *out);


#endif /* ACT_H */
