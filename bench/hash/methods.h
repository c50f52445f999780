/*
 * The methods that the simulation compares: how each chooses the node of a
 * hash, and where a request goes if that node has its capacity in flight.
 *
 * All of them have the same capacity for a node (trade_bound.h), so that the
 * table shows what the choice of the other node does.  HAProxy carries
 * remainders between nodes instead of rounding up, and Envoy lets one more
 * request in; both are less than a request at each node.
 */

#ifndef METHODS_H
#define METHODS_H

#include "trade_bound.h"


#define NODES_MAX    64
#define MAGLEV_SIZE  65537              /* a prime, as Envoy's default */


typedef struct {
    trade_ring_t         ring;
    trade_bound_node_t   nodes[NODES_MAX];
    uint16_t             maglev[MAGLEV_SIZE];
    unsigned             flight;        /* the sum of conns */
} fleet_t;


typedef struct {
    const char          *name;
    int                (*first)(const fleet_t *fleet, uint32_t hash);

    /* where a request goes that `first` has no room for; NULL for no bound */
    int                (*other)(const fleet_t *fleet, uint32_t hash,
                           int first, unsigned bound);
} method_t;


extern const method_t  methods[];       /* up to one without a name */


/* A fleet of n nodes of weight 1, without a request. */
void fleet_init(fleet_t *fleet, int n);
void fleet_free(fleet_t *fleet);

/* The node for a request.  `bound` is that of trade_bound_choose(). */
int fleet_choose(const fleet_t *fleet, const method_t *method, uint32_t hash,
    unsigned bound);

/* A hash of a number: MurmurHash3's finalizer. */
uint32_t fleet_mix(uint32_t h);


#endif /* METHODS_H */
