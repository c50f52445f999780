/*
 * What is counted of locks: over all workers since the zone was made, and of
 * those that live now.
 */

#include "ngx_trade_module.h"


static void ngx_trade_lock_status_add(uint64_t *sum, uint64_t *one,
    ngx_uint_t n);
static u_char *ngx_trade_lock_status_times(u_char *p, const char *name,
    ngx_trade_lock_times_t *times);


void
ngx_trade_lock_status_sum(ngx_trade_lock_counts_t *sum,
    ngx_trade_lock_counts_t *one, ngx_uint_t alive)
{
    ngx_trade_lock_status_add(sum->counters, one->counters,
                              NGX_TRADE_LOCK_COUNTERS);
    ngx_trade_lock_status_add(sum->wait.buckets, one->wait.buckets,
                              NGX_TRADE_LOCK_BUCKETS);
    ngx_trade_lock_status_add(sum->hold.buckets, one->hold.buckets,
                              NGX_TRADE_LOCK_BUCKETS);

    sum->wait.sum += one->wait.sum;
    sum->hold.sum += one->hold.sum;

    if (alive) {
        sum->held += one->held;
        sum->waiting += one->waiting;
    }
}


static void
ngx_trade_lock_status_add(uint64_t *sum, uint64_t *one, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        sum[i] += one[i];
    }
}


u_char *
ngx_trade_lock_status(u_char *p, ngx_trade_lock_counts_t *sum)
{
    ngx_uint_t  i;

    static const char *const  names[NGX_TRADE_LOCK_COUNTERS] = {
        [NGX_TRADE_LOCK_ACQUIRED] = "acquired",
        [NGX_TRADE_LOCK_CONTENDED] = "contended",
        [NGX_TRADE_LOCK_TIMED_OUT] = "timed_out",
        [NGX_TRADE_LOCK_CROWDED] = "queue_full",
        [NGX_TRADE_LOCK_FAILED] = "failed",
        [NGX_TRADE_LOCK_INTERRUPTED] = "interrupted",
        [NGX_TRADE_LOCK_LOST] = "lost"
    };

    p = ngx_sprintf(p, ",\"locks\":{\"held\":%ui,\"waiting\":%ui", sum->held,
                    sum->waiting);

    for (i = 0; i < NGX_TRADE_LOCK_COUNTERS; i++) {
        p = ngx_sprintf(p, ",\"%s\":%uL", names[i], sum->counters[i]);
    }

    p = ngx_trade_lock_status_times(p, "wait_ms", &sum->wait);
    p = ngx_trade_lock_status_times(p, "hold_ms", &sum->hold);

    return ngx_sprintf(p, "}");
}


/* How many took at most so many ms; cumulative, "inf" is all of them */

static u_char *
ngx_trade_lock_status_times(u_char *p, const char *name,
    ngx_trade_lock_times_t *times)
{
    uint64_t    n;
    ngx_uint_t  i;

    static const ngx_msec_t  bounds[] = NGX_TRADE_LOCK_BOUNDS;

    p = ngx_sprintf(p, ",\"%s\":{\"le\":{", name);
    n = 0;

    for (i = 0; i < NGX_TRADE_LOCK_BUCKETS - 1; i++) {
        n += times->buckets[i];
        p = ngx_sprintf(p, "\"%M\":%uL,", bounds[i], n);
    }

    n += times->buckets[i];

    return ngx_sprintf(p, "\"inf\":%uL},\"sum\":%uL}", n, times->sum);
}
