/*
 * One request to an upstream with trade_hash: the choice of its peer.
 */

#ifndef NGX_TRADE_HASH_PEER_H
#define NGX_TRADE_HASH_PEER_H

#include "ngx_trade_hash.h"


#define NGX_TRADE_HASH_UNKNOWN  -1      /* round robin chose the peer */


/*
 * The round robin data come first: its functions get a pointer to all of it.
 * It is the context of the request too, for the variables.
 */

typedef struct {
    ngx_http_upstream_rr_peer_data_t   rrp;
    ngx_trade_hash_conf_t             *conf;
    ngx_http_request_t                *request;
    ngx_str_t                          key;
    uint32_t                           hash;

    trade_bound_choice_t               choice;  /* of the last try; */
    ngx_str_t                          node;    /* its node's name */
    int                                spill;   /* trade_bound_how_e */
} ngx_trade_hash_peer_t;


/* Handler `peer.init` of the upstream. */
ngx_int_t ngx_trade_hash_peer_init(ngx_http_request_t *r,
    ngx_http_upstream_srv_conf_t *us);


#endif /* NGX_TRADE_HASH_PEER_H */
