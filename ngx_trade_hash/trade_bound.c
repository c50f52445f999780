#include "trade_bound.h"


#define TRADE_BOUND_STEP   0x9e3779b9u  /* 2^32 / golden ratio */
#define TRADE_BOUND_TRIES  4            /* hashes for each node */


typedef struct {
    uint64_t     total;                 /* T of the header's comment */
    uint64_t     weight;                /* W */
    uint32_t     available;             /* nodes */
} trade_bound_load_t;


static trade_bound_load_t trade_bound_load(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, unsigned bound);
static int trade_bound_walk(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, uint32_t hash);
static int trade_bound_spill(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, uint32_t hash,
    const trade_bound_load_t *load);
static int trade_bound_least(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, const trade_bound_load_t *load);
static uint64_t trade_bound_capacity(const trade_bound_node_t *node,
    const trade_bound_load_t *load);
static uint32_t trade_bound_mix(uint32_t h);


int
trade_bound_choose(const trade_ring_t *ring, const trade_bound_node_t *nodes,
    uint32_t hash, unsigned bound, trade_bound_choice_t *choice)
{
    trade_bound_load_t         load;
    const trade_bound_node_t  *first;

    load = trade_bound_load(ring, nodes, bound);

    choice->how = TRADE_BOUND_FIRST;
    choice->owner = trade_ring_find_hash(ring, hash);
    choice->first = load.available ? trade_bound_walk(ring, nodes, hash) : -1;
    choice->node = choice->first;

    if (choice->first < 0 || bound == 0) {
        return choice->node;
    }

    first = &nodes[choice->first];

    if (first->conns < trade_bound_capacity(first, &load)) {
        return choice->node;
    }

    choice->how = TRADE_BOUND_SPILLED;
    choice->node = trade_bound_spill(ring, nodes, hash, &load);

    if (choice->node < 0) {
        choice->how = TRADE_BOUND_LEAST;
        choice->node = trade_bound_least(ring, nodes, &load);
    }

    return choice->node;
}


static trade_bound_load_t
trade_bound_load(const trade_ring_t *ring, const trade_bound_node_t *nodes,
    unsigned bound)
{
    uint32_t            i;
    uint64_t            conns;
    trade_bound_load_t  load = { 0, 0, 0 };

    for (conns = 0, i = 0; i < ring->nnodes; i++) {
        load.available += nodes[i].state == TRADE_BOUND_AVAILABLE;

        if (nodes[i].state >= TRADE_BOUND_FULL) {
            conns += nodes[i].conns;
            load.weight += nodes[i].weight;
        }
    }

    load.total = ((conns + 1) * bound + TRADE_BOUND_UNIT - 1)
                 / TRADE_BOUND_UNIT;

    return load;
}


/* The owner of the first point, from `hash` on, whose owner is available */

static int
trade_bound_walk(const trade_ring_t *ring, const trade_bound_node_t *nodes,
    uint32_t hash)
{
    int       i;
    uint32_t  n, node;

    i = trade_ring_first(ring, hash);

    for (n = 0; n < ring->npoints; n++) {
        node = ring->points[i].node;

        if (nodes[node].state == TRADE_BOUND_AVAILABLE) {
            return (int) node;
        }

        i = (uint32_t) i + 1 < ring->npoints ? i + 1 : 0;
    }

    return -1;
}


static int
trade_bound_spill(const trade_ring_t *ring, const trade_bound_node_t *nodes,
    uint32_t hash, const trade_bound_load_t *load)
{
    int                        node;
    uint32_t                   k;
    const trade_bound_node_t  *n;

    for (k = 1; k <= TRADE_BOUND_TRIES * ring->nnodes; k++) {
        node = trade_ring_find_hash(ring,
                                    trade_bound_mix(hash
                                                    + k * TRADE_BOUND_STEP));
        n = &nodes[node];

        if (n->state == TRADE_BOUND_AVAILABLE
            && n->conns < trade_bound_capacity(n, load))
        {
            return node;
        }
    }

    return -1;
}


/* The available node with the least conns / capacity; the first of equals */

static int
trade_bound_least(const trade_ring_t *ring, const trade_bound_node_t *nodes,
    const trade_bound_load_t *load)
{
    int       least;
    uint32_t  i;

    for (least = -1, i = 0; i < ring->nnodes; i++) {
        if (nodes[i].state == TRADE_BOUND_AVAILABLE
            && (least < 0
                || nodes[i].conns * trade_bound_capacity(&nodes[least], load)
                   < nodes[least].conns
                     * trade_bound_capacity(&nodes[i], load)))
        {
            least = (int) i;
        }
    }

    return least;
}


static uint64_t
trade_bound_capacity(const trade_bound_node_t *node,
    const trade_bound_load_t *load)
{
    uint64_t  share;

    share = (load->total * node->weight + load->weight - 1) / load->weight;

    return share ? share : 1;
}


/* The finalizer of MurmurHash3 */

static uint32_t
trade_bound_mix(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x85ebca6b;
    h ^= h >> 13;
    h *= 0xc2b2ae35;

    return h ^ h >> 16;
}
