/*
 * The actions of buyers on orders that they were told of: some orders are paid,
 * some of these are delivered, and some are cancelled, before or after, or both
 * at once; some actions ask for the impossible.  The intent decides.  A buyer
 * repeats each action until its result is known, and then comes the next.
 */

#ifndef ACTION_H
#define ACTION_H

#include "response.h"

#include <stddef.h>
#include <stdint.h>


#define ACTIONS_MOST  8192
#define ACTION_PAUSE  800000            /* us, at most, before each */


typedef struct {
    char         id[64];
    const char  *todo;                  /* a letter each: action_name() */
    int64_t      at;                    /* us; not before */
} action_t;


typedef struct {
    int       n;
    action_t  action[ACTIONS_MOST];
} actions_t;


/* The buyer of the intent was told of order `id`, and may begin at `when`. */
void actions_of(actions_t *actions, uint64_t intent, const char *id,
    int64_t when);

/* Takes out one whose time has come.  Returns 0 if there is none. */
int actions_take(actions_t *actions, int64_t now, action_t *action);

/*
 * The action was answered, or not (NULL).  The same action comes again if the
 * buyer does not know its result, else the next, if there is one: at `when`.  A
 * buyer who is refused gives up.
 */
void actions_answered(actions_t *actions, const action_t *action,
    const response_t *response, int64_t when);

/* pay, deliver, cancel */
const char *action_name(const action_t *action);

/* The request as it is sent; returns its length. */
size_t action_request(const action_t *action, int keep_alive, char *out);


#endif /* ACTION_H */
