/*
 * The choice of a node on a hash ring, with a bound on the load: pure C,
 * without nginx.  ngx_trade_hash_peer.c calls it for each try of a request.
 *
 * The first choice is the first available node from the key's hash on, as in
 * nginx's `hash KEY consistent`.  A node gives away a request once it has its
 * capacity in flight:
 *
 *      T = ceil(bound * (C + 1))       C requests in flight, and the new one
 *      capacity = max(1, ceil(T * weight / W))
 *
 * C and W are the sums of requests and of weights over all live nodes, so the
 * capacities add up to more than C: one node always has room.  The request
 * spills over to the owner of its hash, hashed again, and again if that node is
 * full too.  So each node's overflow goes to all others, by their weight, and
 * most of it stays where it is when a node is added.
 */

#ifndef TRADE_BOUND_H
#define TRADE_BOUND_H

#include "trade_ring.h"


#define TRADE_BOUND_UNIT  1000          /* a bound of 1250 is 1.25 */


/* One node; the array of them is in the order of the ring's nodes. */

typedef struct {
    uint32_t     weight;
    uint32_t     conns;                 /* requests in flight */
    unsigned     live:1;                /* counts toward C and W */
    unsigned     available:1;           /* live, and may take this request */
} trade_bound_node_t;


typedef enum {
    TRADE_BOUND_FIRST = 0,              /* the first choice has room */
    TRADE_BOUND_SPILLED,                /* the hash, hashed again, found room */
    TRADE_BOUND_LEAST                   /* the node with the least load */
} trade_bound_choice_e;


/*
 * Returns the number of the node for `hash`, and how it was found; or -1 if no
 * node of the ring is available.  `bound` is in units of TRADE_BOUND_UNIT, 0
 * for none.
 */
int trade_bound_choose(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, uint32_t hash, unsigned bound,
    trade_bound_choice_e *choice);


#endif /* TRADE_BOUND_H */
