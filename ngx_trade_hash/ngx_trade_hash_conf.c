#include "ngx_trade_hash_conf.h"
#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_peer.h"
#include "ngx_trade_hash_ring.h"
#include "ngx_trade_hash_upstream.h"


#define NGX_TRADE_HASH_BOUND_MIN  1010
#define NGX_TRADE_HASH_BOUND_MAX  10000


static ngx_int_t ngx_trade_hash_conf_method(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *us);
static char *ngx_trade_hash_conf_key(ngx_conf_t *cf,
    ngx_trade_hash_conf_t *conf, ngx_str_t *value);
static char *ngx_trade_hash_conf_parameter(ngx_conf_t *cf,
    ngx_trade_hash_conf_t *conf, ngx_str_t *value);
static ngx_int_t ngx_trade_hash_conf_upstream(ngx_conf_t *cf,
    ngx_http_upstream_srv_conf_t *us);


void *
ngx_trade_hash_conf_create_main(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_trade_hash_main_conf_t));
}


void *
ngx_trade_hash_conf_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_trade_hash_conf_t));
}


char *
ngx_trade_hash_conf_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                   *rv;
    ngx_str_t              *value;
    ngx_uint_t              i;
    ngx_trade_hash_conf_t  *thcf = conf;

    if (thcf->key) {
        return "is duplicate";
    }

    value = cf->args->elts;

    rv = ngx_trade_hash_conf_key(cf, thcf, &value[1]);

    for (i = 2; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_trade_hash_conf_parameter(cf, thcf, &value[i]);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (thcf->points == 0) {
        thcf->points = TRADE_RING_POINTS;
    }

    thcf->main = ngx_http_conf_get_module_main_conf(cf, ngx_trade_hash_module);
    thcf->upstream = ngx_http_conf_get_module_srv_conf(cf,
                                                     ngx_http_upstream_module);
    thcf->file = cf->conf_file->file.name.data;
    thcf->line = cf->conf_file->line;

    return ngx_trade_hash_conf_method(cf, thcf->upstream) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* Makes trade_hash the upstream's method */

static ngx_int_t
ngx_trade_hash_conf_method(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    ngx_uint_t                   i;
    ngx_http_upstream_server_t  *server;

    if (us->peer.init_upstream) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "another load balancing method, or \"keepalive\", "
                           "stands before \"trade_hash\"");
        return NGX_ERROR;
    }

    server = us->servers->elts;

    for (i = 0; i < us->servers->nelts; i++) {
        if (server[i].backup) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"trade_hash\" does not support parameter "
                               "\"backup\" of server \"%V\"", &server[i].name);
            return NGX_ERROR;
        }
    }

    us->peer.init_upstream = ngx_trade_hash_conf_upstream;

    us->flags = NGX_HTTP_UPSTREAM_CREATE
#ifdef NGX_HTTP_UPSTREAM_MODIFY
                |NGX_HTTP_UPSTREAM_MODIFY
#endif
                |NGX_HTTP_UPSTREAM_WEIGHT
                |NGX_HTTP_UPSTREAM_MAX_CONNS
                |NGX_HTTP_UPSTREAM_MAX_FAILS
                |NGX_HTTP_UPSTREAM_FAIL_TIMEOUT
                |NGX_HTTP_UPSTREAM_DOWN;

    return NGX_OK;
}


static char *
ngx_trade_hash_conf_key(ngx_conf_t *cf, ngx_trade_hash_conf_t *conf,
    ngx_str_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    if (value->len == 0
        || ngx_strncmp(value->data, "bounded=", 8) == 0
        || ngx_strncmp(value->data, "points=", 7) == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no key: \"trade_hash\" begins with it");
        return NGX_CONF_ERROR;
    }

    conf->key = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (conf->key == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = conf->key;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


static char *
ngx_trade_hash_conf_parameter(ngx_conf_t *cf, ngx_trade_hash_conf_t *conf,
    ngx_str_t *value)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "bounded=", 8) == 0 && conf->bound == 0) {
        n = ngx_atofp(value->data + 8, value->len - 8, 3);

        if (n < NGX_TRADE_HASH_BOUND_MIN || n > NGX_TRADE_HASH_BOUND_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" must be from 1.01 to 10, with at most "
                               "three decimals", value);
            return NGX_CONF_ERROR;
        }

        conf->bound = n;

        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "points=", 7) == 0 && conf->points == 0) {
        n = ngx_atoi(value->data + 7, value->len - 7);

        if (n < 1 || n > NGX_TRADE_HASH_POINTS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" must be from 1 to %d", value,
                               NGX_TRADE_HASH_POINTS_MAX);
            return NGX_CONF_ERROR;
        }

        conf->points = n;

        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       value);

    return NGX_CONF_ERROR;
}


/* Handler `init_upstream`: all lines of upstream{} have been read */

static ngx_int_t
ngx_trade_hash_conf_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    uint64_t                     points;
    ngx_uint_t                   i;
    ngx_trade_hash_conf_t       *thcf;
    ngx_http_upstream_server_t  *server;

    thcf = ngx_trade_hash_upstream_conf(us);
    server = us->servers->elts;

    for (points = 0, i = 0; i < us->servers->nelts; i++) {

        if (server[i].weight > TRADE_RING_WEIGHT_MAX) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"trade_hash\" takes no weight above %d: server "
                          "\"%V\" of upstream \"%V\" in %s:%ui",
                          TRADE_RING_WEIGHT_MAX, &server[i].name, &us->host,
                          thcf->file, thcf->line);
            return NGX_ERROR;
        }

        points += (uint64_t) server[i].weight * thcf->points;
    }

    if (points > NGX_TRADE_HASH_POINTS_MAX) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the ring of upstream \"%V\" would have %uL points, and "
                      "may have %d: lower the weights or \"points=\" in %s:%ui",
                      &us->host, points, NGX_TRADE_HASH_POINTS_MAX,
                      thcf->file, thcf->line);
        return NGX_ERROR;
    }

    if (ngx_http_upstream_init_round_robin(cf, us) != NGX_OK) {
        return NGX_ERROR;
    }

    us->peer.init = ngx_trade_hash_peer_init;

    return ngx_trade_hash_ring_init(cf->pool, cf->log, thcf);
}


/* A method behind trade_hash has taken its place, and only nginx has warned */

ngx_int_t
ngx_trade_hash_conf_check(ngx_conf_t *cf)
{
    ngx_uint_t                      i;
    ngx_trade_hash_conf_t          *thcf;
    ngx_trade_hash_main_conf_t     *thmcf;
    ngx_http_upstream_main_conf_t  *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    thmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_hash_module);

    for (i = 0; (thcf = ngx_trade_hash_upstream_next(umcf, &i)); /* void */) {

        if (thcf->ring == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "upstream \"%V\" has another load balancing method "
                          "behind \"trade_hash\" in %s:%ui",
                          &thcf->upstream->host, thcf->file, thcf->line);
            return NGX_ERROR;
        }
    }

    ngx_trade_hash_count_size(thmcf, umcf);

    return NGX_OK;
}


/* All of the configuration has been read, also for `nginx -t` */

ngx_int_t
ngx_trade_hash_conf_warn(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_core_conf_t                *ccf;
    ngx_trade_hash_conf_t          *thcf;
    ngx_http_upstream_main_conf_t  *umcf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    umcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_upstream_module);

    if (ccf->worker_processes < 2) {
        return NGX_OK;
    }

    for (i = 0; (thcf = ngx_trade_hash_upstream_next(umcf, &i)); /* void */) {

        if (thcf->bound == 0) {
            continue;
        }

#if (NGX_HTTP_UPSTREAM_ZONE)
        if (thcf->upstream->shm_zone) {
            continue;
        }
#endif

        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "upstream \"%V\" has no \"zone\", so each of the %i "
                      "workers keeps \"bounded=\" by its own requests only, "
                      "in %s:%ui", &thcf->upstream->host, ccf->worker_processes,
                      thcf->file, thcf->line);
    }

    return NGX_OK;
}
