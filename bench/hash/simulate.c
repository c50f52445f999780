/*
 * The cost of a bound on the load: a simulation of an upstream with 10 nodes.
 * FLIGHT requests are in flight.  A request that ends at random makes room for
 * a new one, whose key is one of KEYS by Zipf's law.  All runs have the same
 * random numbers, so the table is the same on each machine.
 *
 *      simulate [REQUESTS]             of each cell, 400,000 by default
 */

#include <math.h>

#include "bench.h"
#include "methods.h"


#define NODES     10
#define KEYS      100000
#define FLIGHT    400
#define BOUND     1250
#define SALES     10                    /* each has hot keys of its own */


typedef struct {
    double     load;                    /* the fullest node by the mean */
    double     worst;                   /* the most of `load` */
    double     spilled;                 /* of all requests, from 0 to 1 */
} figures_t;


static void simulate(figures_t *f, const method_t *method, double *zipf,
    int requests);
static void sale(figures_t *f, fleet_t *fleet, const method_t *method,
    double *zipf, uint32_t salt, int requests);
static void moved(const method_t *method, double *first, double *second);
static double heir(const method_t *method);
static void zipf_make(double *zipf, double exponent);
static uint32_t zipf_hash(const double *zipf, uint32_t salt);
static uint32_t random_next(void);


static const double  exponents[] = { 0, 0.8, 1.1, 1.4 };

static uint64_t  seed;


int
main(int argc, char **argv)
{
    int                i, requests;
    size_t             e;
    double             first, second;
    figures_t          f;
    static double      zipf[KEYS];

    requests = argc > 1 ? atoi(argv[1]) : 400000;

    if (requests < SALES) {
        bench_die("usage: simulate [REQUESTS], of at least 10");
    }

    printf("%d nodes, %d in flight, %d keys; bounded: 1.25\n\n", NODES, FLIGHT,
           KEYS);

    for (e = 0; e < sizeof(exponents) / sizeof(exponents[0]); e++) {
        zipf_make(zipf, exponents[e]);

        printf("Zipf %-31.1f %10s %10s %10s\n", exponents[e], "fullest",
               "worst", "spilled");

        for (i = 0; methods[i].name; i++) {
            simulate(&f, &methods[i], zipf, requests);
            printf("%-36s %10.2f %10.2f %9.1f%%\n", methods[i].name, f.load,
                   f.worst, 100 * f.spilled);
        }

        printf("\n");
    }

    printf("%-36s %10s %10s %10s\n", "A node is added to 10: choices change",
           "first", "second", "heir");

    for (i = 0; methods[i].name; i++) {
        moved(&methods[i], &first, &second);
        printf("%-36s %9.1f%%", methods[i].name, 100 * first);

        if (methods[i].other) {
            printf(" %9.1f%% %9.1f%%", 100 * second, 100 * heir(&methods[i]));
        }

        printf("\n");
    }

    return 0;
}


static void
simulate(figures_t *f, const method_t *method, double *zipf, int requests)
{
    uint32_t        i;
    static fleet_t  fleet;

    seed = 1;
    memset(f, 0, sizeof(figures_t));

    for (i = 0; i < SALES; i++) {
        fleet_init(&fleet, NODES);
        sale(f, &fleet, method, zipf, i * 7919, requests / SALES);
        fleet_free(&fleet);
    }

    f->load /= SALES;
    f->spilled /= SALES;
}


/* The first FLIGHT requests fill the nodes, and are not measured */

static void
sale(figures_t *f, fleet_t *fleet, const method_t *method, double *zipf,
    uint32_t salt, int requests)
{
    int       i, n, fullest, at[FLIGHT];
    double    load, spilled;
    uint32_t  hash, k;

    for (load = 0, spilled = 0, i = 0; i < requests + FLIGHT; i++) {
        k = i < FLIGHT ? (uint32_t) i : random_next() % FLIGHT;

        if (i >= FLIGHT) {
            fleet->nodes[at[k]].conns--;
            fleet->flight--;
        }

        hash = zipf_hash(zipf, salt);
        at[k] = fleet_choose(fleet, method, hash, BOUND);
        fleet->nodes[at[k]].conns++;
        fleet->flight++;

        if (i < FLIGHT) {
            continue;
        }

        spilled += at[k] != method->first(fleet, hash);

        for (fullest = 0, n = 0; n < NODES; n++) {
            fullest = (int) fleet->nodes[n].conns > fullest
                      ? (int) fleet->nodes[n].conns : fullest;
        }

        load += fullest;
        f->worst = fullest > f->worst * FLIGHT / NODES
                   ? (double) fullest * NODES / FLIGHT : f->worst;
    }

    f->load += load / requests * NODES / FLIGHT;
    f->spilled += spilled / requests;
}


/*
 * The share of keys whose first node is another one with 11 nodes; and of those
 * whose first node stays, and is full: the share whose second choice changes.
 */

static void
moved(const method_t *method, double *first, double *second)
{
    int             i, n, stay, other[2];
    uint32_t        hash;
    static fleet_t  fleet[2];

    seed = 1;
    *first = 0;
    *second = 0;

    fleet_init(&fleet[0], NODES);
    fleet_init(&fleet[1], NODES + 1);

    for (stay = 0, i = 0; i < KEYS; i++) {
        hash = random_next();
        n = method->first(&fleet[0], hash);

        if (method->first(&fleet[1], hash) != n) {
            (*first)++;
            continue;
        }

        stay++;
        fleet[0].nodes[n].conns = fleet[1].nodes[n].conns = FLIGHT;
        fleet[0].flight = fleet[1].flight = FLIGHT;

        other[0] = fleet_choose(&fleet[0], method, hash, BOUND);
        other[1] = fleet_choose(&fleet[1], method, hash, BOUND);

        fleet[0].nodes[n].conns = fleet[1].nodes[n].conns = 0;
        *second += other[0] != other[1];
    }

    *first /= KEYS;
    *second /= stay;

    fleet_free(&fleet[0]);
    fleet_free(&fleet[1]);
}


/*
 * A node that is full gives its keys to the others: the share of the one that
 * gets most, of all 10 nodes the worst.
 */

static double
heir(const method_t *method)
{
    int             i, n, other, keys, most, got[NODES];
    double          worst;
    uint32_t        hash;
    static fleet_t  fleet;

    fleet_init(&fleet, NODES);
    fleet.flight = FLIGHT;

    for (worst = 0, n = 0; n < NODES; n++) {
        seed = 1;
        fleet.nodes[n].conns = FLIGHT;
        memset(got, 0, sizeof(got));

        for (keys = most = 0, i = 0; i < KEYS; i++) {
            hash = random_next();

            if (method->first(&fleet, hash) == n) {
                other = fleet_choose(&fleet, method, hash, BOUND);
                got[other]++;
                most = got[other] > most ? got[other] : most;
                keys++;
            }
        }

        fleet.nodes[n].conns = 0;
        worst = (double) most / keys > worst ? (double) most / keys : worst;
    }

    fleet_free(&fleet);

    return worst;
}


/* Sums of the keys' frequencies, up to 1 */

static void
zipf_make(double *zipf, double exponent)
{
    int     i;
    double  sum;

    for (sum = 0, i = 0; i < KEYS; i++) {
        sum += pow(i + 1, -exponent);
        zipf[i] = sum;
    }

    for (i = 0; i < KEYS; i++) {
        zipf[i] /= sum;
    }
}


/* The hash of a random key; key 0 is the most frequent one */

static uint32_t
zipf_hash(const double *zipf, uint32_t salt)
{
    int     low, high, middle;
    double  x;

    x = random_next() / 4294967296.0;

    for (low = 0, high = KEYS - 1; low < high; /* void */ ) {
        middle = (low + high) / 2;

        if (zipf[middle] <= x) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return fleet_mix((uint32_t) low * 2654435761u + salt);
}


/* SplitMix64 (Steele and others, 2014), its upper half */

static uint32_t
random_next(void)
{
    uint64_t  z;

    z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;

    return (uint32_t) ((z ^ z >> 31) >> 32);
}
