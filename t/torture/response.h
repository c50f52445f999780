/*
 * An HTTP response, as far as the history wants to know it.
 */

#ifndef RESPONSE_H
#define RESPONSE_H

#include <stddef.h>


#define RESPONSE_MAX  8192              /* bytes, head and body */


typedef struct {
    int     status;
    int     keep_alive;
    int     replayed;
    int     published;                  /* -1: it does not say */
    size_t  size;
    char    id[64];                     /* order or change, "-" if none */
    char    name[32];                   /* of the problem */
    char    outcome[16];
} response_t;


/*
 * Reads `text`, which ends in NUL.  Returns 1 when the response is whole, 0
 * when more of it is to come, -1 when it is none.
 */
int response_read(response_t *response, const char *text, size_t len);


#endif /* RESPONSE_H */
