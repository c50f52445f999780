/*
 * trade_hash: the balancing method of an upstream.  Its configuration, which
 * the files of this folder share.  ngx_trade_hash_conf.c fills it, and
 * ngx_trade_hash_ring.c makes the ring.
 */

#ifndef NGX_TRADE_HASH_H
#define NGX_TRADE_HASH_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "trade_bound.h"


#define NGX_TRADE_HASH_POINTS_MAX  (1 << 22)    /* of a ring: 32 MB */

#define NGX_TRADE_HASH_HASHES  4294967296.0     /* of crc32 */

/* nginx 1.27.3 and later change the peers of a zone at run time ("resolve") */

#if (NGX_HTTP_UPSTREAM_ZONE && defined NGX_HTTP_UPSTREAM_MODIFY)
#define NGX_TRADE_HASH_RESOLVE  1
#endif


typedef struct ngx_trade_hash_count_s  ngx_trade_hash_count_t;


typedef struct {
    ngx_shm_zone_t                *zone;    /* NULL without a status */
    ngx_http_upstream_main_conf_t *upstreams;
} ngx_trade_hash_main_conf_t;


/* The part of the ring that a node owns */

typedef struct {
    uint32_t                       points;
    uint64_t                       hashes;
} ngx_trade_hash_share_t;


/* The nodes of an upstream.  Peers of one `server` name are one node. */

typedef struct {
    trade_ring_t                   ring;
    uint32_t                      *node;    /* of each peer, in their order */
    ngx_uint_t                     npeers;
    ngx_trade_hash_share_t        *share;   /* of each node */
    trade_bound_node_t            *load;    /* of each node: room for a try */
    ngx_trade_hash_count_t       **count;   /* of each node, or NULL */
    ngx_uint_t                     config;  /* the version of the peers */
} ngx_trade_hash_ring_t;


typedef struct {
    ngx_trade_hash_main_conf_t    *main;
    ngx_http_complex_value_t      *key;     /* NULL without trade_hash */
    ngx_uint_t                     bound;   /* as trade_bound_choose(); or 0 */
    ngx_uint_t                     points;  /* per weight */
    ngx_trade_hash_ring_t         *ring;
    ngx_http_upstream_srv_conf_t  *upstream;
    ngx_event_t                    rebuild;
    ngx_uint_t                     refused; /* version that gave no ring */

    u_char                        *file;    /* of the directive */
    ngx_uint_t                     line;
} ngx_trade_hash_conf_t;


extern ngx_module_t  ngx_trade_hash_module;


#endif /* NGX_TRADE_HASH_H */
