/*
 * The load at a constant rate: its clock, and its two kinds.
 */

#ifndef RATE_H
#define RATE_H

#include "bench.h"

#include <poll.h>


typedef struct {
    double   start;
    double   rate;                      /* orders a second */
    long     count;                     /* how many orders there are */
    long     warm;                      /* so many first ones are not counted */
    long     sent;
    long     ended;
    long     failed;
    double  *latency;                   /* s, of each order */
} rate_t;


/* The next order is due, or overdue, and is not sent yet. */
int rate_due(const rate_t *rate);

/* Order n has ended, as wanted or not; its time counts from when it was due. */
void rate_ended(rate_t *rate, long n, int wanted);

/*
 * Waits until a descriptor is ready or, if `until_due`, the next order is due.
 * The load has failed if orders do not end.
 */
void rate_wait(const rate_t *rate, struct pollfd *fds, nfds_t n,
    int until_due);


/* Run all orders; the arguments behind those that both have (rate.c). */
void rate_http(rate_t *rate, int argc, char **argv);
void rate_bare(rate_t *rate, int argc, char **argv);


#endif /* RATE_H */
