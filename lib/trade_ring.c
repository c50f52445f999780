#include "trade_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>


static int trade_ring_index(const trade_ring_t *ring, trade_str_t name);
static uint32_t trade_ring_base(const char *name);
static trade_ring_point_t *trade_ring_points(const trade_ring_t *ring,
    uint32_t *npoints);
static int trade_ring_cmp(const void *one, const void *two);
static uint32_t *trade_ring_buckets(const trade_ring_point_t *points,
    uint32_t npoints, unsigned *shift);


void
trade_ring_init(trade_ring_t *ring)
{
    memset(ring, 0, sizeof(*ring));
    ring->per_weight = TRADE_RING_POINTS;
}


void
trade_ring_free(trade_ring_t *ring)
{
    uint32_t  i;

    for (i = 0; i < ring->nnodes; i++) {
        free(ring->nodes[i].name);
    }

    free(ring->nodes);
    free(ring->points);
    free(ring->bucket);

    trade_ring_init(ring);
}


int
trade_ring_add(trade_ring_t *ring, trade_str_t name, unsigned weight)
{
    trade_ring_node_t  *nodes;

    if (name.len == 0 || memchr(name.data, '\0', name.len)
        || weight == 0 || weight > TRADE_RING_WEIGHT_MAX)
    {
        return EINVAL;
    }

    if (trade_ring_index(ring, name) >= 0) {
        return EEXIST;
    }

    nodes = realloc(ring->nodes, (ring->nnodes + 1) * sizeof(*nodes));
    if (nodes == NULL) {
        return ENOMEM;
    }

    ring->nodes = nodes;
    nodes += ring->nnodes;

    nodes->name = strndup(name.data, name.len);
    if (nodes->name == NULL) {
        return ENOMEM;
    }

    nodes->weight = weight;
    ring->nnodes++;

    return 0;
}


int
trade_ring_remove(trade_ring_t *ring, trade_str_t name)
{
    int                 i;
    trade_ring_node_t  *node;

    i = trade_ring_index(ring, name);
    if (i < 0) {
        return ENOENT;
    }

    node = &ring->nodes[i];
    free(node->name);
    memmove(node, node + 1, (ring->nnodes - i - 1) * sizeof(*node));
    ring->nnodes--;

    return 0;
}


static int
trade_ring_index(const trade_ring_t *ring, trade_str_t name)
{
    uint32_t  i;

    for (i = 0; i < ring->nnodes; i++) {
        if (trade_str_eq(trade_str_c(ring->nodes[i].name), name)) {
            return (int) i;
        }
    }

    return -1;
}


int
trade_ring_build(trade_ring_t *ring)
{
    uint32_t             npoints, *bucket;
    unsigned             shift;
    trade_ring_point_t  *points;

    points = trade_ring_points(ring, &npoints);
    if (points == NULL) {
        return ENOMEM;
    }

    bucket = trade_ring_buckets(points, npoints, &shift);
    if (bucket == NULL) {
        free(points);
        return ENOMEM;
    }

    free(ring->points);
    free(ring->bucket);

    ring->points = points;
    ring->npoints = npoints;
    ring->bucket = bucket;
    ring->shift = shift;

    return 0;
}


/* crc32(host, 00, port), the start of all points of a node */

static uint32_t
trade_ring_base(const char *name)
{
    size_t       host, digits, len;
    uint32_t     crc;
    const char  *port;

    if (strncasecmp(name, "unix:", 5) == 0) {
        name += 5;
        host = len = strlen(name);

    } else {
        len = strlen(name);

        for (digits = 0; digits < len; digits++) {
            if (name[len - digits - 1] < '0' || name[len - digits - 1] > '9') {
                break;
            }
        }

        host = (digits < len && name[len - digits - 1] == ':')
               ? len - digits - 1 : len;
    }

    port = host < len ? name + host + 1 : name + len;

    crc = crc32(0, (const Bytef *) name, host);
    crc = crc32(crc, (const Bytef *) "", 1);

    return crc32(crc, (const Bytef *) port, name + len - port);
}


static trade_ring_point_t *
trade_ring_points(const trade_ring_t *ring, uint32_t *npoints)
{
    Bytef                prev[4];
    size_t               total;
    uint32_t             i, j, n, base, hash;
    trade_ring_point_t  *points;

    for (total = 0, i = 0; i < ring->nnodes; i++) {
        total += (size_t) ring->nodes[i].weight * ring->per_weight;
    }

    points = total <= INT32_MAX ? malloc((total + 1) * sizeof(*points)) : NULL;
    if (points == NULL) {
        return NULL;
    }

    for (n = 0, i = 0; i < ring->nnodes; i++) {
        base = trade_ring_base(ring->nodes[i].name);

        for (hash = 0, j = ring->nodes[i].weight * ring->per_weight; j; j--) {
            prev[0] = hash & 0xff;
            prev[1] = (hash >> 8) & 0xff;
            prev[2] = (hash >> 16) & 0xff;
            prev[3] = hash >> 24;

            hash = crc32(base, prev, 4);

            points[n].hash = hash;
            points[n++].node = i;
        }
    }

    qsort(points, n, sizeof(*points), trade_ring_cmp);

    for (*npoints = 0, i = 0; i < n; i++) {
        if (i == 0 || points[i].hash != points[i - 1].hash) {
            points[(*npoints)++] = points[i];
        }
    }

    return points;
}


static int
trade_ring_cmp(const void *one, const void *two)
{
    const trade_ring_point_t  *a = one, *b = two;

    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }

    return a->node < b->node ? -1 : a->node > b->node;
}


static uint32_t *
trade_ring_buckets(const trade_ring_point_t *points, uint32_t npoints,
    unsigned *shift)
{
    unsigned   bits;
    uint32_t   i, b, n, *bucket;

    for (bits = 1; bits < 24 && (1u << bits) < npoints; bits++) { /* void */ }

    n = 1u << bits;
    *shift = 32 - bits;

    bucket = malloc(n * sizeof(*bucket));
    if (bucket == NULL) {
        return NULL;
    }

    for (i = 0, b = 0; b < n; b++) {
        while (i < npoints && points[i].hash >> *shift < b) {
            i++;
        }

        bucket[b] = i;
    }

    return bucket;
}


int
trade_ring_find(const trade_ring_t *ring, trade_str_t key)
{
    return trade_ring_find_hash(ring,
                                crc32(0, (const Bytef *) key.data, key.len));
}


int
trade_ring_first(const trade_ring_t *ring, uint32_t hash)
{
    uint32_t  i;

    if (ring->npoints == 0) {
        return -1;
    }

    i = ring->bucket[hash >> ring->shift];

    while (i < ring->npoints && ring->points[i].hash < hash) {
        i++;
    }

    return i < ring->npoints ? (int) i : 0;
}


int
trade_ring_find_hash(const trade_ring_t *ring, uint32_t hash)
{
    int  i;

    i = trade_ring_first(ring, hash);

    return i < 0 ? -1 : (int) ring->points[i].node;
}
