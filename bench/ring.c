/*
 * ns per lookup in a ring of 100 nodes: trade_ring_find_hash() against a plain
 * binary search over the same points, in turns; the medians, and their ratio.
 *
 *      gcc -O2 -Ilib bench/ring.c lib/trade_ring.c lib/trade_str.c -lz
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "trade_ring.h"


#define NODES    100
#define LOOKUPS  (1 << 20)
#define REPEATS  15


typedef int (*search_pt)(const trade_ring_t *ring, uint32_t hash);


/* The search of nginx: ngx_http_upstream_find_chash_point() */

__attribute__((noinline))
static int
plain_find_hash(const trade_ring_t *ring, uint32_t hash)
{
    uint32_t                   i, j, k;
    const trade_ring_point_t  *point;

    point = ring->points;
    i = 0;
    j = ring->npoints;

    while (i < j) {
        k = (i + j) / 2;

        if (hash > point[k].hash) {
            i = k + 1;

        } else if (hash < point[k].hash) {
            j = k;

        } else {
            return (int) point[k].node;
        }
    }

    return (int) point[i < ring->npoints ? i : 0].node;
}


static int
ring_build(trade_ring_t *ring)
{
    int   i;
    char  name[32];

    trade_ring_init(ring);

    for (i = 0; i < NODES; i++) {
        (void) snprintf(name, sizeof(name), "10.0.%d.%d:6379", i / 256,
                        i % 256);

        if (trade_ring_add(ring, trade_str_c(name), 1) != 0) {
            return -1;
        }
    }

    return trade_ring_build(ring);
}


/* ns a lookup; the sum of the owners keeps the compiler from leaving it out */

static double
measure(search_pt search, const trade_ring_t *ring, const uint32_t *hash,
    uint64_t *sum)
{
    int              i;
    struct timespec  start, end;

    (void) clock_gettime(CLOCK_MONOTONIC, &start);

    for (*sum = 0, i = 0; i < LOOKUPS; i++) {
        *sum += search(ring, hash[i]);
    }

    (void) clock_gettime(CLOCK_MONOTONIC, &end);

    return ((end.tv_sec - start.tv_sec) * 1e9
            + (end.tv_nsec - start.tv_nsec)) / LOOKUPS;
}


static int
by_time(const void *one, const void *two)
{
    double  a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


static double
median(double *ns)
{
    qsort(ns, REPEATS, sizeof(*ns), by_time);

    return ns[REPEATS / 2];
}


int
main(void)
{
    int           i;
    double        ring_ns[REPEATS], plain_ns[REPEATS];
    uint32_t     *hash, x = 2463534242u;
    uint64_t      ring_sum, plain_sum;
    trade_ring_t  ring;

    hash = malloc(LOOKUPS * sizeof(*hash));

    if (hash == NULL || ring_build(&ring) != 0) {
        (void) fprintf(stderr, "out of memory\n");
        return EXIT_FAILURE;
    }

    for (i = 0; i < LOOKUPS; i++) {                 /* xorshift32 */
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        hash[i] = x;
    }

    for (i = 0; i < REPEATS; i++) {
        ring_ns[i] = measure(trade_ring_find_hash, &ring, hash, &ring_sum);
        plain_ns[i] = measure(plain_find_hash, &ring, hash, &plain_sum);

        if (ring_sum != plain_sum) {
            (void) fprintf(stderr, "the two do not find the same owners\n");
            return EXIT_FAILURE;
        }
    }

    (void) printf("ring lookup, %d nodes: %.1f ns, plain binary search: "
                  "%.1f ns, ratio %.2f\n", NODES, median(ring_ns),
                  median(plain_ns), median(ring_ns) / median(plain_ns));

    trade_ring_free(&ring);
    free(hash);

    return EXIT_SUCCESS;
}
