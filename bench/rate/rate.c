/*
 * Sends orders at a constant rate, whether or not earlier ones have ended, and
 * takes the time of each from when it was due.  So an order that had to wait to
 * be sent has waited (no coordinated omission).
 *
 *      rate http RATE SECONDS PORT CONNECTIONS PREFIX SKUS RUN
 *
 * Orders by HTTP, of the SKUs PREFIX1, PREFIX2, ...
 *
 *      rate bare RATE SECONDS REDIS_PORT BROKERS TOPIC SCRIPT SKUS RUN
 *
 * The bare loop: for each order one call of the script in the file SCRIPT, and
 * then one record.  RUN is in the keys and ids, so that no two runs share them.
 *
 * Prints latencies in microseconds, without the first second.
 */

#define _GNU_SOURCE

#include "rate.h"

#include <sys/prctl.h>


#define RATE_PATIENCE  30.0             /* s, for an order to end */


/* Seconds until order n is due; less than 0 if it is overdue */

static double
rate_until(const rate_t *rate, long n)
{
    return rate->start + n / rate->rate - bench_now();
}


int
rate_due(const rate_t *rate)
{
    return rate->sent < rate->count && rate_until(rate, rate->sent) <= 0;
}


void
rate_ended(rate_t *rate, long n, int wanted)
{
    rate->latency[n] = -rate_until(rate, n);
    rate->failed += !wanted;
    rate->ended++;
}


void
rate_wait(const rate_t *rate, struct pollfd *fds, nfds_t n, int until_due)
{
    double           wait;
    struct timespec  t;

    wait = RATE_PATIENCE;

    if (until_due && rate->sent < rate->count) {
        wait = rate_until(rate, rate->sent);
        wait = wait < 0 ? 0 : wait;
    }

    t.tv_sec = (time_t) wait;
    t.tv_nsec = (long) ((wait - t.tv_sec) * 1e9);

    if (ppoll(fds, n, &t, NULL) == 0 && wait == RATE_PATIENCE) {
        bench_die("orders do not end");
    }
}


static int
rate_cmp(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


static void
rate_print(rate_t *rate)
{
    long    n;
    double  took, *latency;

    took = bench_now() - rate->start;
    latency = rate->latency + rate->warm;
    n = rate->count - rate->warm;
    qsort(latency, n, sizeof(double), rate_cmp);

    printf("{\"rate\":%.0f,\"p50\":%.0f,\"p99\":%.0f,\"orders\":%ld,"
           "\"failed\":%ld}\n", rate->count / took, latency[n / 2] * 1e6,
           latency[n * 99 / 100] * 1e6, n, rate->failed);
}


int
main(int argc, char **argv)
{
    rate_t  rate;

    memset(&rate, 0, sizeof(rate));

    if (argc > 3) {
        rate.rate = atof(argv[2]);
        rate.warm = (long) rate.rate;
        rate.count = rate.warm + (long) (rate.rate * atof(argv[3]));
    }

    if (rate.count <= rate.warm) {
        bench_die("usage: rate http|bare RATE SECONDS ...");
    }

    rate.latency = calloc(rate.count, sizeof(double));
    if (rate.latency == NULL) {
        bench_die("out of memory");
    }

    /* a timer that is 50 us late, as the kernel's are, is late for an order */
    prctl(PR_SET_TIMERSLACK, 1UL);

    /* time to connect */
    rate.start = bench_now() + 0.2;

    if (strcmp(argv[1], "http") == 0) {
        rate_http(&rate, argc - 4, argv + 4);
    } else {
        rate_bare(&rate, argc - 4, argv + 4);
    }

    rate_print(&rate);
    free(rate.latency);

    return 0;
}
