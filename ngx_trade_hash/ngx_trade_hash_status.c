#include "ngx_trade_hash_count.h"
#include "ngx_trade_hash_load.h"
#include "ngx_trade_hash_ring.h"
#include "ngx_trade_hash_status.h"
#include "ngx_trade_hash_text.h"
#include "ngx_trade_hash_upstream.h"


static ngx_int_t ngx_trade_hash_status_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_trade_hash_status_metrics(ngx_http_request_t *r);
static ngx_int_t ngx_trade_hash_status_read(ngx_http_request_t *r,
    ngx_array_t *upstreams);
static ngx_int_t ngx_trade_hash_status_send(ngx_http_request_t *r,
    ngx_buf_t *b);


void *
ngx_trade_hash_status_create(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_trade_hash_loc_conf_t));
}


char *
ngx_trade_hash_status_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_hash_loc_conf_t *thlcf = conf;

    ngx_str_t                   *value;
    ngx_http_core_loc_conf_t    *clcf;
    ngx_trade_hash_main_conf_t  *thmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_trade_hash_status_handler) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(value[1].data, "json") == 0) {
            thlcf->form = NGX_TRADE_HASH_STATUS_JSON;

        } else if (ngx_strcmp(value[1].data, "metrics") == 0) {
            thlcf->form = NGX_TRADE_HASH_STATUS_METRICS;

        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\": it must be \"json\" "
                               "or \"metrics\"", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

    clcf->handler = ngx_trade_hash_status_handler;

    thmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_hash_module);

    return ngx_trade_hash_count_add(cf, thmcf) == NGX_OK ? NGX_CONF_OK
                                                         : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_trade_hash_status_handler(ngx_http_request_t *r)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_uint_t    metrics;
    ngx_array_t   upstreams;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_array_init(&upstreams, r->pool, 4,
                       sizeof(ngx_trade_hash_conf_t *))
        != NGX_OK
        || ngx_trade_hash_status_read(r, &upstreams) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    metrics = ngx_trade_hash_status_metrics(r);

    b = metrics ? ngx_trade_hash_text_metrics(r->pool, &upstreams)
                : ngx_trade_hash_text_json(r->pool, &upstreams);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (metrics) {
        ngx_str_set(&r->headers_out.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");

    } else {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;

    return ngx_trade_hash_status_send(r, b);
}


static ngx_uint_t
ngx_trade_hash_status_metrics(ngx_http_request_t *r)
{
    static const ngx_str_t      end = ngx_string("/metrics");
    ngx_trade_hash_loc_conf_t  *thlcf;

    thlcf = ngx_http_get_module_loc_conf(r, ngx_trade_hash_module);

    if (thlcf->form != NGX_TRADE_HASH_STATUS_BY_URI) {
        return thlcf->form == NGX_TRADE_HASH_STATUS_METRICS;
    }

    return r->uri.len >= end.len
           && ngx_memcmp(r->uri.data + r->uri.len - end.len, end.data, end.len)
              == 0;
}


/* The upstreams that have trade_hash, with the load as it is now */

static ngx_int_t
ngx_trade_hash_status_read(ngx_http_request_t *r, ngx_array_t *upstreams)
{
    ngx_uint_t                      i;
    ngx_trade_hash_conf_t          *thcf, **upstream;
    ngx_http_upstream_rr_peers_t   *peers;
    ngx_http_upstream_main_conf_t  *umcf;

    umcf = ngx_http_get_module_main_conf(r, ngx_http_upstream_module);

    for (i = 0; (thcf = ngx_trade_hash_upstream_next(umcf, &i)); /* void */) {
        upstream = ngx_array_push(upstreams);
        if (upstream == NULL) {
            return NGX_ERROR;
        }

        *upstream = thcf;
        peers = thcf->upstream->peer.data;

        ngx_http_upstream_rr_peers_rlock(peers);

        ngx_trade_hash_ring_post(thcf);
        ngx_trade_hash_load(thcf->ring, peers, NULL, ngx_time());

        ngx_http_upstream_rr_peers_unlock(peers);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_hash_status_send(ngx_http_request_t *r, ngx_buf_t *b)
{
    ngx_int_t         rc;
    ngx_chain_t       out;
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    ngx_str_set(&h->key, "Cache-Control");
    ngx_str_set(&h->value, "no-store");

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->last_buf = r == r->main;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
