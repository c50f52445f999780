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


/*
 * The state of a node, for one request.  From TRADE_BOUND_FULL on a node is
 * live: it counts toward C and W.
 */

typedef enum {
    TRADE_BOUND_DOWN = 0,               /* by the configuration */
    TRADE_BOUND_FAILED,                 /* by max_fails */
    TRADE_BOUND_FULL,                   /* at its max_conns */
    TRADE_BOUND_TRIED,                  /* by this request */
    TRADE_BOUND_AVAILABLE,

    TRADE_BOUND_STATES
} trade_bound_state_e;


/* One node; the array of them is in the order of the ring's nodes. */

typedef struct {
    uint32_t              weight;
    uint32_t              conns;        /* requests in flight */
    trade_bound_state_e   state;
} trade_bound_node_t;


typedef enum {
    TRADE_BOUND_FIRST = 0,              /* the first choice has room */
    TRADE_BOUND_SPILLED,                /* the hash, hashed again, found room */
    TRADE_BOUND_LEAST                   /* the node with the least load */
} trade_bound_how_e;


/* Numbers of nodes */

typedef struct {
    int                   owner;        /* of the hash, whatever its state */
    int                   first;        /* the first available from there on */
    int                   node;         /* gets the request */
    trade_bound_how_e     how;
} trade_bound_choice_t;


/*
 * Chooses the node for `hash`, and returns its number; or -1 if no node of the
 * ring is available.  `bound` is in units of TRADE_BOUND_UNIT, 0 for none.
 */
int trade_bound_choose(const trade_ring_t *ring,
    const trade_bound_node_t *nodes, uint32_t hash, unsigned bound,
    trade_bound_choice_t *choice);


#endif /* TRADE_BOUND_H */
