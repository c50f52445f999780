/* Shows which node gets a request when nodes are away, or full. */

#include "trade_bound.h"
#include "unit.h"


#define NODES    12
#define KEYS     100000
#define FLIGHT   400
#define BOUND    1250


static double  zipf[KEYS];              /* sums of the keys' frequencies */


/* Nodes 10.0.0.1:80 to .n; their weights are 1 if `weights` is NULL */

static void
nodes_make(trade_ring_t *ring, trade_bound_node_t *nodes, int n,
    const unsigned *weights)
{
    int   i;
    char  name[32];

    trade_ring_init(ring);

    for (i = 0; i < n; i++) {
        (void) snprintf(name, sizeof(name), "10.0.0.%d:80", i + 1);
        nodes[i].weight = weights ? weights[i] : 1;
        nodes[i].conns = 0;
        nodes[i].state = TRADE_BOUND_AVAILABLE;

        if (trade_ring_add(ring, trade_str_c(name), nodes[i].weight) != 0) {
            abort();
        }
    }

    if (trade_ring_build(ring) != 0) {
        abort();
    }
}


static void
test_first(void)
{
    int                   i, right;
    uint32_t              hash;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    nodes_make(&ring, nodes, 10, NULL);
    nodes[3].conns = 1000;

    for (right = 1, i = 0; i < KEYS; i++) {
        hash = unit_random();
        right &= trade_bound_choose(&ring, nodes, hash, 0, &choice)
                 == trade_ring_find_hash(&ring, hash)
                 && choice.how == TRADE_BOUND_FIRST;
    }

    ok(right, "without a bound the ring's owner gets each request");

    nodes[3].conns = 0;

    for (right = 1, i = 0; i < KEYS; i++) {
        hash = unit_random();
        right &= trade_bound_choose(&ring, nodes, hash, 1010, &choice)
                 == trade_ring_find_hash(&ring, hash)
                 && choice.how == TRADE_BOUND_FIRST;
    }

    ok(right, "with a bound and no load the ring's owner gets each request");

    trade_ring_free(&ring);
}


static void
test_away(void)
{
    int                   i, right, node;
    uint32_t              hash, p;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    nodes_make(&ring, nodes, 10, NULL);
    nodes[2].state = TRADE_BOUND_TRIED;
    nodes[5].state = TRADE_BOUND_FAILED;

    for (right = 1, i = 0; i < KEYS; i++) {
        hash = unit_random();

        p = trade_ring_first(&ring, hash);
        while (ring.points[p].node == 2 || ring.points[p].node == 5) {
            p = (p + 1) % ring.npoints;
        }

        right &= trade_bound_choose(&ring, nodes, hash, BOUND, &choice)
                 == (int) ring.points[p].node
                 && choice.how == TRADE_BOUND_FIRST
                 && choice.first == choice.node
                 && choice.owner == trade_ring_find_hash(&ring, hash);
    }

    ok(right, "the owner of the next point stands in for a node that is away");

    for (i = 0; i < 10; i++) {
        nodes[i].state = i == 7 ? TRADE_BOUND_AVAILABLE : TRADE_BOUND_DOWN;
    }

    node = trade_bound_choose(&ring, nodes, 1, BOUND, &choice);
    is_int(node, 7, "the only available node gets the request");
    is_int(choice.how, TRADE_BOUND_FIRST,
           "the only available node spills nothing");

    nodes[7].state = TRADE_BOUND_DOWN;
    is_int(trade_bound_choose(&ring, nodes, 1, BOUND, &choice), -1,
           "no node is chosen if none is available");
    is_int(choice.first, -1, "nor is there a first choice");
    is_int(trade_bound_choose(&ring, nodes, 1, 0, &choice), -1,
           "nor without a bound");

    trade_ring_free(&ring);

    nodes_make(&ring, nodes, 0, NULL);
    is_int(trade_bound_choose(&ring, nodes, 1, BOUND, &choice), -1,
           "a ring without a node gives none");
    trade_ring_free(&ring);

    /* node 1 has the points of node 0, and they count as node 0's */

    trade_ring_init(&ring);
    (void) trade_ring_add(&ring, trade_str_c("/a"), 1);
    (void) trade_ring_add(&ring, trade_str_c("unix:/a"), 1);
    (void) trade_ring_build(&ring);
    nodes[0].state = TRADE_BOUND_DOWN;
    nodes[1].state = TRADE_BOUND_AVAILABLE;
    is_int(trade_bound_choose(&ring, nodes, 1, BOUND, &choice), -1,
           "a node without a point of its own is no first choice");
    trade_ring_free(&ring);
}


/* Loads, and how many requests node 0 takes then, computed by hand */

static const struct {
    const char  *name;
    unsigned     bound;
    unsigned     conns;                 /* in flight at the other node */
    unsigned     weights[2];
    int          capacity;
} capacities[] = {
    { "an idle other node", 1250, 0, { 1, 1 }, 2 },
    { "bound 1.25 and 6 in flight", 1250, 6, { 1, 1 }, 12 },
    { "bound 2 gives nothing away", 2000, 9, { 1, 1 }, 200 },
    { "bound 1.01 and 99 in flight", 1010, 99, { 1, 1 }, 103 },
    { "a ninth of the weight", 1250, 63, { 1, 8 }, 11 },
    { "the least weight", 1250, 2, { 1, 65535 }, 1 }
};


/* Fills node 0 until it gives a request away */

static void
test_capacity(void)
{
    int                   c;
    size_t                i;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    for (i = 0; i < UNIT_ROWS(capacities); i++) {
        nodes_make(&ring, nodes, 2, capacities[i].weights);
        nodes[1].conns = capacities[i].conns;
        nodes[1].state = TRADE_BOUND_FULL;  /* so node 0 is first choice */

        for (c = 0; c < 200; c++) {
            nodes[0].conns = c;
            (void) trade_bound_choose(&ring, nodes, 1, capacities[i].bound,
                                      &choice);
            if (choice.how != TRADE_BOUND_FIRST) {
                break;
            }
        }

        is_int(c, capacities[i].capacity, "%s: the node takes %d requests",
               capacities[i].name, capacities[i].capacity);

        trade_ring_free(&ring);
    }
}


/* A node that has failed counts for nothing, one that is full for its load */

static void
test_live(void)
{
    size_t                i;
    uint32_t              hash;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    static const struct {
        trade_bound_state_e  state;     /* of node 1, with 90 in flight */
        trade_bound_how_e    how;       /* for a key of node 0, with 10 */
        const char          *name;
    } rows[] = {
        { TRADE_BOUND_DOWN, TRADE_BOUND_SPILLED, "a node that is down" },
        { TRADE_BOUND_FAILED, TRADE_BOUND_SPILLED, "a node that has failed" },
        { TRADE_BOUND_FULL, TRADE_BOUND_FIRST, "a node at its max_conns" },
        { TRADE_BOUND_TRIED, TRADE_BOUND_FIRST, "a node that was tried" }
    };

    nodes_make(&ring, nodes, 3, NULL);
    nodes[0].conns = 10;
    nodes[1].conns = 90;

    for (hash = 0; trade_ring_find_hash(&ring, hash) != 0; hash += 1 << 20) {
        /* void */
    }

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        nodes[1].state = rows[i].state;
        (void) trade_bound_choose(&ring, nodes, hash, 1010, &choice);
        is_int(choice.how, rows[i].how, "%s: its load %s", rows[i].name,
               rows[i].how == TRADE_BOUND_FIRST ? "counts"
                                                : "does not count");
    }

    trade_ring_free(&ring);
}


static uint32_t
murmur_finalizer(uint32_t h)
{
    h = (h ^ (h >> 16)) * 0x85ebca6b;
    h = (h ^ (h >> 13)) * 0xc2b2ae35;

    return h ^ (h >> 16);
}


static void
test_spill(void)
{
    int                   i, k, right, full, node;
    uint32_t              hash;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    nodes_make(&ring, nodes, 10, NULL);

    for (full = 0; full < 3; full++) {
        nodes[full].conns = 100;

        for (right = 1, i = 0; i < KEYS / 10; i++) {
            hash = unit_random();
            node = trade_ring_find_hash(&ring, hash);

            for (k = 0; node <= full; /* void */ ) {
                k++;
                node = trade_ring_find_hash(&ring,
                           murmur_finalizer(hash + k * 0x9e3779b9));
            }

            right &= trade_bound_choose(&ring, nodes, hash, BOUND, &choice)
                     == node
                     && choice.how == (k ? TRADE_BOUND_SPILLED
                                         : TRADE_BOUND_FIRST)
                     && choice.owner == trade_ring_find_hash(&ring, hash)
                     && choice.first == choice.owner;
        }

        ok(right, "with %d full nodes the hash is hashed until one has room",
           full + 1);
    }

    nodes[5].state = TRADE_BOUND_FULL;

    for (right = 1, i = 0; i < KEYS / 10; i++) {
        node = trade_bound_choose(&ring, nodes, unit_random(), BOUND, &choice);
        right &= node > full - 1 && node != 5;
    }

    ok(right, "no request spills to a node that is away");

    trade_ring_free(&ring);
}


/* Nodes that can't take a request, as with max_conns, may keep all the room */

static void
test_least(void)
{
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;
    static const unsigned weights[] = { 1, 1, 1000, 2 };

    nodes_make(&ring, nodes, 4, weights);
    nodes[2].state = TRADE_BOUND_FULL;
    nodes[0].conns = 7;
    nodes[1].conns = 5;
    nodes[3].conns = 9;

    is_int(trade_bound_choose(&ring, nodes, 1, 1010, &choice), 1,
           "of full nodes the one with the least load by capacity is chosen");
    is_int(choice.how, TRADE_BOUND_LEAST,
           "such a choice is of the last resort");

    nodes[1].state = TRADE_BOUND_FULL;
    is_int(trade_bound_choose(&ring, nodes, 1, 1010, &choice), 0,
           "of equal loads the first node is chosen");

    nodes[0].state = TRADE_BOUND_FULL;
    is_int(trade_bound_choose(&ring, nodes, 1, 1010, &choice), 3,
           "a full node is chosen if no other is available");

    trade_ring_free(&ring);
}


static void
zipf_make(void)
{
    int     i;
    double  sum, power;

    /* 1.1 as a power without libm: i^1.1 = i * i^0.1, by Newton */

    for (sum = 0, power = 1, i = 1; i <= KEYS; i++) {
        int     n;
        double  p2, p4, p8;

        for (n = 0; n < 4; n++) {
            p2 = power * power;
            p4 = p2 * p2;
            p8 = p4 * p4;
            power -= (p8 * p2 - i) / (10 * p8 * power);
        }

        sum += 1 / (i * power);
        zipf[i - 1] = sum;
    }
}


/* The hash of a random key; key 1 is the most frequent one */

static uint32_t
zipf_hash(uint32_t salt)
{
    int     low, high, middle;
    double  x;

    x = unit_random() / 4294967296.0 * zipf[KEYS - 1];

    for (low = 0, high = KEYS - 1; low < high; /* void */ ) {
        middle = (low + high) / 2;

        if (zipf[middle] <= x) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return murmur_finalizer((uint32_t) low * 2654435761u + salt);
}


/* The worst load by weight, in percent of the mean, with FLIGHT in flight */

static int
worst(int n, const unsigned *weights, unsigned bound, unsigned *spilled,
    int *over)
{
    int                   i, node, at[FLIGHT], worst, load;
    unsigned              total, run;
    trade_ring_t          ring;
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    nodes_make(&ring, nodes, n, weights);

    for (total = 0, i = 0; i < n; i++) {
        total += nodes[i].weight;
    }

    worst = 0;
    *over = 0;

    for (run = 0; run < 20; run++) {
        for (i = 0; i < n; i++) {
            nodes[i].conns = 0;
        }

        /* the first ones fill it, then each new one ends an old one */

        for (i = 0; i < FLIGHT * 10; i++) {
            if (i >= FLIGHT) {
                node = unit_random() % FLIGHT;
                nodes[at[node]].conns--;

            } else {
                node = i;
            }

            at[node] = trade_bound_choose(&ring, nodes, zipf_hash(run * 7919),
                                          bound, &choice);
            nodes[at[node]].conns++;
            *spilled += choice.how == TRADE_BOUND_SPILLED;
            *over += choice.how == TRADE_BOUND_LEAST;
        }

        for (i = 0; i < n; i++) {
            load = nodes[i].conns * 100 * total / (FLIGHT * nodes[i].weight);
            worst = load > worst ? load : worst;
        }
    }

    trade_ring_free(&ring);

    return worst;
}


static void
test_load(void)
{
    int                    stock, bounded, least;
    unsigned               spilled;
    static const unsigned  weights[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

    zipf_make();

    spilled = 0;
    stock = worst(10, NULL, 0, &spilled, &least);
    is_int(spilled, 0, "nothing spills without a bound");
    bounded = worst(10, NULL, BOUND, &spilled, &least);
    ok(stock >= 220, "without a bound the fullest of 10 nodes has %d %%",
       stock);
    ok(bounded <= 128, "with a bound of 1.25 the fullest node has %d %%",
       bounded);
    is_int(least, 0, "the last resort is never needed");
    ok(spilled > 20 * FLIGHT && spilled < 20 * FLIGHT * 10 * 30 / 100,
       "%u of %d requests spill", spilled, 20 * FLIGHT * 10);

    bounded = worst(10, weights, BOUND, &spilled, &least);
    ok(bounded <= 140, "weights 1 to 10: the fullest node has %d %%", bounded);
}


/* The second choices, of which a node that is added takes its share only */

static void
test_second(void)
{
    int                   i, first, n, moved, second[2];
    uint32_t              hash;
    trade_ring_t          ring[2];
    trade_bound_node_t    nodes[NODES];
    trade_bound_choice_t  choice;

    nodes_make(&ring[0], nodes, 10, NULL);
    nodes_make(&ring[1], nodes, 11, NULL);

    for (moved = n = i = 0; i < KEYS; i++) {
        hash = unit_random();
        first = trade_ring_find_hash(&ring[0], hash);

        if (trade_ring_find_hash(&ring[1], hash) != first) {
            continue;
        }

        nodes[first].conns = 1000;
        second[0] = trade_bound_choose(&ring[0], nodes, hash, BOUND, &choice);
        second[1] = trade_bound_choose(&ring[1], nodes, hash, BOUND, &choice);
        nodes[first].conns = 0;

        n++;
        moved += second[0] != second[1];
    }

    ok(moved > 0 && moved <= n * 13 / 100,
       "a node that is added takes %d of %d second choices", moved, n);

    trade_ring_free(&ring[0]);
    trade_ring_free(&ring[1]);
}


int
main(void)
{
    test_first();
    test_away();
    test_capacity();
    test_live();
    test_spill();
    test_least();
    test_load();
    test_second();

    return done_testing();
}
