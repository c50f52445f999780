/*
 * Counts of what became of the requests of each node, in shared memory, of all
 * workers, since nginx has read its configuration.  There are counts only if
 * the configuration has a `trade_hash_status`.
 */

#ifndef NGX_TRADE_HASH_COUNT_H
#define NGX_TRADE_HASH_COUNT_H

#include "ngx_trade_hash.h"


/*
 * Each try of a request adds 1 to FIRST, TAKEN_OVER or ROUND_ROBIN of the node
 * that gets it.
 */

enum {
    NGX_TRADE_HASH_FIRST = 0,           /* it was the first choice */
    NGX_TRADE_HASH_TAKEN_OVER,          /* another node was, and full */
    NGX_TRADE_HASH_ROUND_ROBIN,         /* round robin chose it, or `sticky` */

    NGX_TRADE_HASH_GIVEN_AWAY,          /* it was the first choice, and full */

    /* its key went past it, for it was in this trade_bound_state_e */

    NGX_TRADE_HASH_SKIPPED,
    NGX_TRADE_HASH_COUNTS = NGX_TRADE_HASH_SKIPPED + TRADE_BOUND_AVAILABLE
};


struct ngx_trade_hash_count_s {
    ngx_trade_hash_count_t        *next;
    ngx_http_upstream_srv_conf_t  *upstream;    /* an address to compare */
    ngx_str_t                      name;
    ngx_atomic_t                   value[NGX_TRADE_HASH_COUNTS];
};


/* Adds the zone of the counts to the configuration. */
ngx_int_t ngx_trade_hash_count_add(ngx_conf_t *cf,
    ngx_trade_hash_main_conf_t *thmcf);

/* Sets the zone's size; all upstreams have been read. */
void ngx_trade_hash_count_size(ngx_trade_hash_main_conf_t *thmcf,
    ngx_http_upstream_main_conf_t *umcf);

/*
 * Finds the counts of each node of a ring, or makes them.  A node for which the
 * zone has no room is not counted, and the log says so.
 */
void ngx_trade_hash_count_attach(const ngx_trade_hash_conf_t *conf,
    ngx_trade_hash_ring_t *ring, ngx_log_t *log);

/*
 * Counts one try.  A number below 0 in `choice` stands for no node, and
 * choice->first for a choice without the ring.
 */
void ngx_trade_hash_count_try(const ngx_trade_hash_ring_t *ring,
    const trade_bound_choice_t *choice);


#endif /* NGX_TRADE_HASH_COUNT_H */
