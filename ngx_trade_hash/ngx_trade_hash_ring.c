#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_ring.h"

#include <errno.h>


static ngx_trade_hash_ring_t *ngx_trade_hash_ring_create(
    ngx_http_upstream_rr_peers_t *peers, ngx_uint_t points);
static int ngx_trade_hash_ring_read(ngx_trade_hash_ring_t *ring,
    ngx_http_upstream_rr_peers_t *peers);
static int ngx_trade_hash_ring_add(trade_ring_t *ring,
    const ngx_http_upstream_rr_peer_t *peer, uint32_t *node);
static ngx_int_t ngx_trade_hash_ring_build(ngx_trade_hash_ring_t *ring);
static void ngx_trade_hash_ring_share(ngx_trade_hash_ring_t *ring);
static void ngx_trade_hash_ring_free(ngx_trade_hash_ring_t *ring);
static void ngx_trade_hash_ring_cleanup(void *data);
static ngx_uint_t ngx_trade_hash_ring_config(
    const ngx_http_upstream_rr_peers_t *peers);
static ngx_uint_t ngx_trade_hash_ring_same(const trade_ring_t *a,
    const trade_ring_t *b);
static void ngx_trade_hash_ring_update(ngx_event_t *ev);


ngx_int_t
ngx_trade_hash_ring_init(ngx_pool_t *pool, ngx_log_t *log,
    ngx_trade_hash_conf_t *conf)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    conf->ring = ngx_trade_hash_ring_create(conf->upstream->peer.data,
                                            conf->points);

    if (conf->ring == NULL
        || ngx_trade_hash_ring_build(conf->ring) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "no memory for the ring of upstream \"%V\" in %s:%ui",
                      &conf->upstream->host, conf->file, conf->line);
        ngx_trade_hash_ring_free(conf->ring);
        conf->ring = NULL;
        return NGX_ERROR;
    }

    cln->handler = ngx_trade_hash_ring_cleanup;
    cln->data = conf;

    conf->rebuild.data = conf;
    conf->rebuild.handler = ngx_trade_hash_ring_update;

    return NGX_OK;
}


static void
ngx_trade_hash_ring_cleanup(void *data)
{
    ngx_trade_hash_conf_t  *conf = data;

    ngx_trade_hash_ring_free(conf->ring);
}


/* The nodes of the peers, with their names and weights, without points */

static ngx_trade_hash_ring_t *
ngx_trade_hash_ring_create(ngx_http_upstream_rr_peers_t *peers,
    ngx_uint_t points)
{
    int                     rc;
    ngx_trade_hash_ring_t  *ring;

    ring = calloc(1, sizeof(ngx_trade_hash_ring_t));
    if (ring == NULL) {
        return NULL;
    }

    trade_ring_init(&ring->ring);
    ring->ring.per_weight = points;

    ngx_http_upstream_rr_peers_rlock(peers);

    rc = ngx_trade_hash_ring_read(ring, peers);

    ngx_http_upstream_rr_peers_unlock(peers);

    if (rc != 0) {
        ngx_trade_hash_ring_free(ring);
        return NULL;
    }

    return ring;
}


static int
ngx_trade_hash_ring_read(ngx_trade_hash_ring_t *ring,
    ngx_http_upstream_rr_peers_t *peers)
{
    int                           rc;
    ngx_uint_t                    i, n;
    ngx_http_upstream_rr_peer_t  *peer;

    for (n = 0, peer = peers->peer; peer; peer = peer->next) {
        n++;
    }

    ring->node = calloc(n + 1, sizeof(uint32_t));
    ring->share = calloc(n + 1, sizeof(ngx_trade_hash_share_t));
    ring->load = calloc(n + 1, sizeof(trade_bound_node_t));
    ring->count = calloc(n + 1, sizeof(ngx_trade_hash_count_t *));

    if (ring->node == NULL || ring->share == NULL
        || ring->load == NULL || ring->count == NULL)
    {
        return ENOMEM;
    }

    for (i = 0, peer = peers->peer; peer; peer = peer->next, i++) {
        rc = ngx_trade_hash_ring_add(&ring->ring, peer, &ring->node[i]);
        if (rc != 0) {
            return rc;
        }
    }

    ring->npeers = n;
    ring->config = ngx_trade_hash_ring_config(peers);

    for (i = 0; i < ring->ring.nnodes; i++) {
        ring->load[i].weight = ring->ring.nodes[i].weight;
    }

    return 0;
}


/*
 * Peers of one name may differ in weight: the ring has the points of the most.
 * A weight out of range comes from DNS only.
 */

static int
ngx_trade_hash_ring_add(trade_ring_t *ring,
    const ngx_http_upstream_rr_peer_t *peer, uint32_t *node)
{
    unsigned     weight;
    trade_str_t  name;

    name = trade_str_of((char *) peer->server.data, peer->server.len);
    weight = ngx_max(1, ngx_min(peer->weight, TRADE_RING_WEIGHT_MAX));

    for (*node = 0; *node < ring->nnodes; (*node)++) {
        if (trade_str_eq(trade_str_c(ring->nodes[*node].name), name)) {
            if (ring->nodes[*node].weight < weight) {
                ring->nodes[*node].weight = weight;
            }

            return 0;
        }
    }

    return trade_ring_add(ring, name, weight);
}


static ngx_int_t
ngx_trade_hash_ring_build(ngx_trade_hash_ring_t *ring)
{
    uint32_t  i;
    uint64_t  points;

    for (points = 0, i = 0; i < ring->ring.nnodes; i++) {
        points += (uint64_t) ring->ring.nodes[i].weight
                  * ring->ring.per_weight;
    }

    if (points > NGX_TRADE_HASH_POINTS_MAX
        || trade_ring_build(&ring->ring) != 0)
    {
        return NGX_ERROR;
    }

    ngx_trade_hash_ring_share(ring);

    return NGX_OK;
}


/* A point owns the hashes behind the point before it, up to itself */

static void
ngx_trade_hash_ring_share(ngx_trade_hash_ring_t *ring)
{
    uint32_t                   i, before;
    uint64_t                   hashes;
    const trade_ring_t        *r;
    const trade_ring_point_t  *point;

    r = &ring->ring;

    for (i = 0; i < r->npoints; i++) {
        point = &r->points[i];
        before = r->points[i ? i - 1 : r->npoints - 1].hash;
        hashes = (uint32_t) (point->hash - before);

        ring->share[point->node].points++;
        ring->share[point->node].hashes += hashes ? hashes : 1ULL << 32;
    }
}


static void
ngx_trade_hash_ring_free(ngx_trade_hash_ring_t *ring)
{
    if (ring) {
        trade_ring_free(&ring->ring);
        free(ring->node);
        free(ring->share);
        free(ring->load);
        free(ring->count);
        free(ring);
    }
}


/* The version of the peers, or 0 where they never change */

static ngx_uint_t
ngx_trade_hash_ring_config(const ngx_http_upstream_rr_peers_t *peers)
{
#if (NGX_TRADE_HASH_RESOLVE)
    return peers->config ? *peers->config : 0;
#else
    return 0;
#endif
}


ngx_uint_t
ngx_trade_hash_ring_current(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peers_t *peers)
{
    return ring->config == ngx_trade_hash_ring_config(peers);
}


ngx_int_t
ngx_trade_hash_ring_node(const ngx_trade_hash_ring_t *ring,
    const ngx_http_upstream_rr_peer_t *peer)
{
    uint32_t     i;
    trade_str_t  name;

    name = trade_str_of((char *) peer->server.data, peer->server.len);

    for (i = 0; i < ring->ring.nnodes; i++) {
        if (trade_str_eq(trade_str_c(ring->ring.nodes[i].name), name)) {
            return i;
        }
    }

    return NGX_DECLINED;
}


void
ngx_trade_hash_ring_post(ngx_trade_hash_conf_t *conf)
{
    ngx_uint_t  config;

    config = ngx_trade_hash_ring_config(conf->upstream->peer.data);

    if (config != conf->ring->config && config != conf->refused
        && !conf->rebuild.posted)
    {
        conf->rebuild.log = ngx_cycle->log;
        ngx_post_event(&conf->rebuild, &ngx_posted_events);
    }
}


/* The peers have changed: behind the round of the event loop that noticed it */

static void
ngx_trade_hash_ring_update(ngx_event_t *ev)
{
    ngx_uint_t               same;
    trade_ring_t             points;
    ngx_trade_hash_ring_t   *ring;
    ngx_trade_hash_conf_t   *conf;
    ngx_trade_hash_share_t  *share;

    conf = ev->data;

    ring = ngx_trade_hash_ring_create(conf->upstream->peer.data, conf->points);
    same = ring && ngx_trade_hash_ring_same(&ring->ring, &conf->ring->ring);

    if (same) {
        points = ring->ring;
        ring->ring = conf->ring->ring;
        conf->ring->ring = points;

        share = ring->share;
        ring->share = conf->ring->share;
        conf->ring->share = share;

    } else if (ring == NULL || ngx_trade_hash_ring_build(ring) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, ev->log, 0,
                      "upstream \"%V\" keeps the ring of its old servers: the "
                      "new one has more than %d points, or there is no memory",
                      &conf->upstream->host, NGX_TRADE_HASH_POINTS_MAX);
        conf->refused = ring ? ring->config : conf->refused;
        ngx_trade_hash_ring_free(ring);
        return;
    }

    ngx_trade_hash_ring_free(conf->ring);
    conf->ring = ring;

    ngx_trade_hash_count_attach(conf, ring, ev->log);

    ngx_log_error(NGX_LOG_INFO, ev->log, 0,
                  "upstream \"%V\" has %uD nodes and %uD points%s",
                  &conf->upstream->host, ring->ring.nnodes, ring->ring.npoints,
                  same ? " as before" : "");
}


static ngx_uint_t
ngx_trade_hash_ring_same(const trade_ring_t *a, const trade_ring_t *b)
{
    uint32_t  i;

    if (a->nnodes != b->nnodes) {
        return 0;
    }

    for (i = 0; i < a->nnodes; i++) {
        if (a->nodes[i].weight != b->nodes[i].weight
            || strcmp(a->nodes[i].name, b->nodes[i].name) != 0)
        {
            return 0;
        }
    }

    return 1;
}
