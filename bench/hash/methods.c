#include "bench.h"
#include "methods.h"


static int method_ring(const fleet_t *fleet, uint32_t hash);
static int method_maglev(const fleet_t *fleet, uint32_t hash);
static int method_next_point(const fleet_t *fleet, uint32_t hash, int first,
    unsigned bound);
static int method_shuffle(const fleet_t *fleet, uint32_t hash, int first,
    unsigned bound);
static int method_trade(const fleet_t *fleet, uint32_t hash, int first,
    unsigned bound);
static int fleet_has_room(const fleet_t *fleet, int node, unsigned bound);
static void fleet_maglev(fleet_t *fleet);


const method_t  methods[] = {
    { "nginx, hash consistent", method_ring, NULL },
    { "Maglev", method_maglev, NULL },
    { "HAProxy, hash-balance-factor", method_ring, method_next_point },
    { "Envoy, ring, hash_balance_factor", method_ring, method_shuffle },
    { "Envoy, Maglev, hash_balance_factor", method_maglev, method_shuffle },
    { "trade_hash, bounded", method_ring, method_trade },
    { NULL, NULL, NULL }
};


void
fleet_init(fleet_t *fleet, int n)
{
    int   i;
    char  name[32];

    memset(fleet, 0, sizeof(fleet_t));
    trade_ring_init(&fleet->ring);

    for (i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "10.0.0.%d:80", i + 1);
        fleet->nodes[i].weight = 1;
        fleet->nodes[i].state = TRADE_BOUND_AVAILABLE;

        if (trade_ring_add(&fleet->ring, trade_str_c(name), 1) != 0) {
            bench_die("no memory");
        }
    }

    if (trade_ring_build(&fleet->ring) != 0) {
        bench_die("no memory");
    }

    fleet_maglev(fleet);
}


void
fleet_free(fleet_t *fleet)
{
    trade_ring_free(&fleet->ring);
}


/*
 * Eisenbud and others: Maglev, a fast and reliable software network load
 * balancer, NSDI 2016, section 3.4: in turn, each node takes the next free
 * entry of its own permutation of the table.
 */

static void
fleet_maglev(fleet_t *fleet)
{
    uint32_t  i, n, entry[NODES_MAX], skip[NODES_MAX];

    n = fleet->ring.nnodes;

    for (i = 0; i < n; i++) {
        entry[i] = fleet_mix(2 * i + 1) % MAGLEV_SIZE;
        skip[i] = fleet_mix(2 * i + 2) % (MAGLEV_SIZE - 1) + 1;
    }

    memset(fleet->maglev, 0xff, sizeof(fleet->maglev));

    for (i = 0; i < MAGLEV_SIZE; i++) {
        while (fleet->maglev[entry[i % n]] != 0xffff) {
            entry[i % n] = (entry[i % n] + skip[i % n]) % MAGLEV_SIZE;
        }

        fleet->maglev[entry[i % n]] = (uint16_t) (i % n);
    }
}


int
fleet_choose(const fleet_t *fleet, const method_t *method, uint32_t hash,
    unsigned bound)
{
    int  node;

    node = method->first(fleet, hash);

    return method->other == NULL || fleet_has_room(fleet, node, bound)
           ? node : method->other(fleet, hash, node, bound);
}


/* The definition of trade_bound.h; all weights are 1 */

static int
fleet_has_room(const fleet_t *fleet, int node, unsigned bound)
{
    uint64_t  total, capacity, n;

    n = fleet->ring.nnodes;
    total = ((uint64_t) (fleet->flight + 1) * bound + TRADE_BOUND_UNIT - 1)
            / TRADE_BOUND_UNIT;
    capacity = (total + n - 1) / n;

    return fleet->nodes[node].conns < (capacity ? capacity : 1);
}


static int
method_ring(const fleet_t *fleet, uint32_t hash)
{
    return trade_ring_find_hash(&fleet->ring, hash);
}


static int
method_maglev(const fleet_t *fleet, uint32_t hash)
{
    return fleet->maglev[hash % MAGLEV_SIZE];
}


/* The owner of the next point that has room */

static int
method_next_point(const fleet_t *fleet, uint32_t hash, int first,
    unsigned bound)
{
    int       node;
    uint32_t  i, n;

    i = (uint32_t) trade_ring_first(&fleet->ring, hash);

    for (n = 0; n < fleet->ring.npoints; n++) {
        node = (int) fleet->ring.points[(i + n) % fleet->ring.npoints].node;

        if (fleet_has_room(fleet, node, bound)) {
            return node;
        }
    }

    return first;
}


/*
 * The first node with room, in an order shuffled by the hash; the numbers below
 * n come by division, as in BoundedLoadHashingLoadBalancer::chooseHost().
 */

static int
method_shuffle(const fleet_t *fleet, uint32_t hash, int first, unsigned bound)
{
    int       swap, order[NODES_MAX];
    uint32_t  i, k, n, draw;

    n = fleet->ring.nnodes;

    for (i = 0; i < n; i++) {
        order[i] = (int) i;
    }

    for (draw = 0, i = 0; i < n; i++) {

        do {
            k = (uint32_t) (fleet_mix(hash + draw++ * 0x9e3779b9u)
                            / ((1ULL << 32) / (n - i)));
        } while (k >= n - i);

        swap = order[i];
        order[i] = order[i + k];
        order[i + k] = swap;

        if (fleet_has_room(fleet, order[i], bound)) {
            return order[i];
        }
    }

    return first;
}


static int
method_trade(const fleet_t *fleet, uint32_t hash, int first, unsigned bound)
{
    trade_bound_choice_t  choice;

    (void) first;

    return trade_bound_choose(&fleet->ring, fleet->nodes, hash, bound,
                              &choice);
}


uint32_t
fleet_mix(uint32_t h)
{
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;

    return h ^ h >> 16;
}
