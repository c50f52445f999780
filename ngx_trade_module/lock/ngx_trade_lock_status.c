/*
 * The counts of locks: over all workers since the zone was made, and of the
 * workers that live now.
 */

#include "ngx_trade_lock.h"
#include "trade_status.h"


static void ngx_trade_lock_status_add(uint64_t *sum, uint64_t *one,
    ngx_uint_t n);
static void ngx_trade_lock_status_times(trade_buf_t *b, const char *name,
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


void
ngx_trade_lock_status(trade_buf_t *b, ngx_trade_lock_counts_t *sum)
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

    trade_buf_c(b, ",\"locks\":{\"held\":");
    trade_buf_u64(b, sum->held);
    trade_status_count(b, "waiting", sum->waiting);

    for (i = 0; i < NGX_TRADE_LOCK_COUNTERS; i++) {
        trade_status_count(b, names[i], sum->counters[i]);
    }

    ngx_trade_lock_status_times(b, "wait_ms", &sum->wait);
    ngx_trade_lock_status_times(b, "hold_ms", &sum->hold);
    trade_buf_c(b, "}");
}


/* How many took at most so many ms; cumulative, "inf" counts all of them */

static void
ngx_trade_lock_status_times(trade_buf_t *b, const char *name,
    ngx_trade_lock_times_t *times)
{
    uint64_t    n;
    ngx_uint_t  i;

    static const ngx_msec_t  bounds[] = NGX_TRADE_LOCK_BOUNDS;

    trade_buf_c(b, ",\"");
    trade_buf_c(b, name);
    trade_buf_c(b, "\":{\"le\":{");
    n = 0;

    for (i = 0; i < NGX_TRADE_LOCK_BUCKETS - 1; i++) {
        n += times->buckets[i];
        trade_buf_c(b, "\"");
        trade_buf_u64(b, bounds[i]);
        trade_buf_c(b, "\":");
        trade_buf_u64(b, n);
        trade_buf_c(b, ",");
    }

    n += times->buckets[i];
    trade_buf_c(b, "\"inf\":");
    trade_buf_u64(b, n);
    trade_buf_c(b, "}");
    trade_status_count(b, "sum", times->sum);
    trade_buf_c(b, "}");
}
