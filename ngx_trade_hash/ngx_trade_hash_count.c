#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_upstream.h"


#define NGX_TRADE_HASH_COUNT_ROOM   512     /* bytes for a node and its name */
#define NGX_TRADE_HASH_COUNT_SPARE  64      /* nodes that DNS may add */


static ngx_int_t ngx_trade_hash_count_init(ngx_shm_zone_t *zone, void *data);
static ngx_trade_hash_count_t *ngx_trade_hash_count_node(
    ngx_slab_pool_t *shpool, ngx_http_upstream_srv_conf_t *us,
    ngx_str_t *name);
static void ngx_trade_hash_count_one(const ngx_trade_hash_ring_t *ring,
    int node, ngx_uint_t which);


ngx_int_t
ngx_trade_hash_count_add(ngx_conf_t *cf, ngx_trade_hash_main_conf_t *thmcf)
{
    ngx_str_t  name = ngx_string("trade_hash_status");

    if (thmcf->zone) {
        return NGX_OK;
    }

    thmcf->zone = ngx_shared_memory_add(cf, &name, 0, &ngx_trade_hash_module);
    if (thmcf->zone == NULL) {
        return NGX_ERROR;
    }

    thmcf->zone->init = ngx_trade_hash_count_init;
    thmcf->zone->data = thmcf;
    thmcf->zone->noreuse = 1;

    return NGX_OK;
}


void
ngx_trade_hash_count_size(ngx_trade_hash_main_conf_t *thmcf,
    ngx_http_upstream_main_conf_t *umcf)
{
    size_t                  nodes;
    ngx_uint_t              i;
    ngx_trade_hash_conf_t  *thcf;

    if (thmcf->zone == NULL) {
        return;
    }

    thmcf->upstreams = umcf;
    nodes = 0;

    for (i = 0; (thcf = ngx_trade_hash_upstream_next(umcf, &i)); /* void */) {
        nodes += thcf->upstream->servers->nelts + NGX_TRADE_HASH_COUNT_SPARE;
    }

    thmcf->zone->shm.size = ngx_align(nodes * NGX_TRADE_HASH_COUNT_ROOM,
                                      ngx_pagesize)
                            + 8 * ngx_pagesize;
}


/* The rings have been made by now, and the workers inherit them */

static ngx_int_t
ngx_trade_hash_count_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_uint_t                   i;
    ngx_trade_hash_conf_t       *thcf;
    ngx_trade_hash_main_conf_t  *thmcf;

    thmcf = zone->data;

    ((ngx_slab_pool_t *) zone->shm.addr)->log_nomem = 0;

    for (i = 0;
         (thcf = ngx_trade_hash_upstream_next(thmcf->upstreams, &i));
         /* void */ )
    {
        ngx_trade_hash_count_attach(thcf, thcf->ring, zone->shm.log);
    }

    return NGX_OK;
}


void
ngx_trade_hash_count_attach(const ngx_trade_hash_conf_t *conf,
    ngx_trade_hash_ring_t *ring, ngx_log_t *log)
{
    uint32_t          i;
    ngx_str_t         name;
    ngx_shm_zone_t   *zone;
    ngx_slab_pool_t  *shpool;

    zone = conf->main->zone;

    if (zone == NULL) {
        return;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);

    for (i = 0; i < ring->ring.nnodes; i++) {
        name.data = (u_char *) ring->ring.nodes[i].name;
        name.len = ngx_strlen(name.data);

        ring->count[i] = ngx_trade_hash_count_node(shpool, conf->upstream,
                                                   &name);

        if (ring->count[i] == NULL) {
            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "trade_hash_status does not count node \"%V\" of "
                          "upstream \"%V\": names of DNS have filled its zone, "
                          "which a reload makes empty",
                          &name, &conf->upstream->host);
        }
    }

    ngx_shmtx_unlock(&shpool->mutex);
}


/* The caller has locked the zone */

static ngx_trade_hash_count_t *
ngx_trade_hash_count_node(ngx_slab_pool_t *shpool,
    ngx_http_upstream_srv_conf_t *us, ngx_str_t *name)
{
    ngx_trade_hash_count_t  *count;

    for (count = shpool->data; count; count = count->next) {
        if (count->upstream == us
            && count->name.len == name->len
            && ngx_memcmp(count->name.data, name->data, name->len) == 0)
        {
            return count;
        }
    }

    count = ngx_slab_calloc_locked(shpool, sizeof(ngx_trade_hash_count_t)
                                           + name->len);
    if (count == NULL) {
        return NULL;
    }

    count->upstream = us;
    count->name.len = name->len;
    count->name.data = (u_char *) (count + 1);
    ngx_memcpy(count->name.data, name->data, name->len);

    count->next = shpool->data;
    shpool->data = count;

    return count;
}


void
ngx_trade_hash_count_try(const ngx_trade_hash_ring_t *ring,
    const trade_bound_choice_t *choice)
{
    if (choice->first < 0) {
        ngx_trade_hash_count_one(ring, choice->node,
                                 NGX_TRADE_HASH_ROUND_ROBIN);
        return;
    }

    if (choice->owner >= 0 && choice->owner != choice->first) {
        ngx_trade_hash_count_one(ring, choice->owner,
                                 NGX_TRADE_HASH_SKIPPED
                                 + ring->load[choice->owner].state);
    }

    if (choice->node == choice->first) {
        ngx_trade_hash_count_one(ring, choice->node, NGX_TRADE_HASH_FIRST);
        return;
    }

    ngx_trade_hash_count_one(ring, choice->first, NGX_TRADE_HASH_GIVEN_AWAY);
    ngx_trade_hash_count_one(ring, choice->node, NGX_TRADE_HASH_TAKEN_OVER);
}


static void
ngx_trade_hash_count_one(const ngx_trade_hash_ring_t *ring, int node,
    ngx_uint_t which)
{
    if (node >= 0 && ring->count[node]) {
        (void) ngx_atomic_fetch_add(&ring->count[node]->value[which], 1);
    }
}
