/*
 * An HTTP answer, as far as the history wants to know it.
 */

#ifndef ANSWER_H
#define ANSWER_H

#include <stddef.h>


#define ANSWER_MAX   8192               /* bytes, head and body */


typedef struct {
    int     status;
    int     keep_alive;
    int     replayed;
    int     published;                  /* -1: it does not say */
    size_t  size;
    char    id[64];                     /* order or change, "-" if none */
    char    name[32];                   /* of the problem */
    char    outcome[16];
} answer_t;


/*
 * Reads `text`, which ends in NUL.  Returns 1 when the answer is whole, 0 when
 * more of it is to come, -1 when it is none.
 */
int answer_read(answer_t *answer, const char *text, size_t len);


#endif /* ANSWER_H */
