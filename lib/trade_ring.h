/*
 * The hash ring that names the owner of a key.  It equals nginx's `hash KEY
 * consistent` (ngx_http_upstream_hash_module.c) bit for bit, so that other
 * programs with that construction agree with the gateway.
 *
 *      0            2^31           2^32-1
 *      |--a--b-a----c---b--a--c-b----|      points, sorted by hash
 *            ^ first point >= crc32(key); past the last one, the first
 *
 * A node's identity is its name, written like nginx's `server` argument:
 * "host:port" is split at the last colon when only digits follow, "unix:" is
 * stripped.  With zlib's crc32, a node of weight w has 160 * w points, or as
 * many per weight as `per_weight` says:
 *
 *      p(0)   = crc32(host, 00, port, 00 00 00 00)
 *      p(k+1) = crc32(host, 00, port, p(k) as 4 bytes, little-endian)
 *
 * Of points with equal hashes the one of the earlier node stays.
 *
 * A lookup does not search all points: an index over the hash's leading bits
 * gives the first point of the key's bucket, with at most one point a bucket on
 * average, and a scan from there finds the owner.
 */

#ifndef TRADE_RING_H
#define TRADE_RING_H

#include "trade_str.h"


#define TRADE_RING_POINTS      160      /* per unit of weight, in nginx */
#define TRADE_RING_WEIGHT_MAX  65535


typedef struct {
    char              *name;            /* owned, NUL-terminated */
    unsigned           weight;
} trade_ring_node_t;


typedef struct {
    uint32_t           hash;
    uint32_t           node;
} trade_ring_point_t;


typedef struct {
    trade_ring_node_t   *nodes;         /* in order of adding */
    uint32_t             nnodes;
    unsigned             per_weight;    /* points; a caller may set it */
    trade_ring_point_t  *points;        /* of the last build */
    uint32_t             npoints;
    uint32_t            *bucket;        /* first point of each hash prefix */
    unsigned             shift;         /* hash >> shift is the prefix */
} trade_ring_t;


void trade_ring_init(trade_ring_t *ring);
void trade_ring_free(trade_ring_t *ring);

/*
 * Adds a node; nodes are numbered from 0 in the order of adding.  Lookups use
 * the points of the last build until trade_ring_build() is called.  Returns 0,
 * or EINVAL (empty name, weight out of range), EEXIST, ENOMEM.
 */
int trade_ring_add(trade_ring_t *ring, trade_str_t name, unsigned weight);

/*
 * Removes a node, and moves the nodes behind it up: until the next build a
 * lookup may give a number that `nodes` does not have any more.  Returns 0, or
 * ENOENT.  For tests: nginx reads all of its configuration anew.
 */
int trade_ring_remove(trade_ring_t *ring, trade_str_t name);

/* Computes the points anew.  Returns 0, or ENOMEM and keeps the old ones. */
int trade_ring_build(trade_ring_t *ring);

/* The node that owns `key`, or -1 when the ring has no points. */
int trade_ring_find(const trade_ring_t *ring, trade_str_t key);

/*
 * The index in `points` of the first point >= hash, or of point 0 past the last
 * one; -1 when the ring has no points.
 */
int trade_ring_first(const trade_ring_t *ring, uint32_t hash);

/* The node that owns hash `hash`, or -1. */
int trade_ring_find_hash(const trade_ring_t *ring, uint32_t hash);


#endif /* TRADE_RING_H */
