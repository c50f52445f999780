#include "ngx_trade_hash_conf.h"
#include "ngx_trade_hash_peer.h"
#include "ngx_trade_hash_ring.h"
#include "ngx_trade_hash_status.h"
#include "ngx_trade_hash_upstream.h"


static ngx_int_t ngx_trade_hash_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_trade_hash_node_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_hash_spill_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_trade_hash_text(ngx_http_variable_value_t *v,
    u_char *data, size_t len);
static ngx_int_t ngx_trade_hash_init_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_trade_hash_commands[] = {

    { ngx_string("trade_hash"),
      NGX_HTTP_UPS_CONF|NGX_CONF_TAKE123,
      ngx_trade_hash_conf_directive,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("trade_hash_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_trade_hash_status_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_variable_t  ngx_trade_hash_variables[] = {

    { ngx_string("trade_hash_node"), NULL, ngx_trade_hash_node_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("trade_hash_spill"), NULL, ngx_trade_hash_spill_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static ngx_http_module_t  ngx_trade_hash_module_ctx = {
    ngx_trade_hash_add_variables,      /* preconfiguration */
    ngx_trade_hash_conf_check,         /* postconfiguration */

    ngx_trade_hash_conf_create_main,   /* create main configuration */
    NULL,                              /* init main configuration */

    ngx_trade_hash_conf_create,        /* create server configuration */
    NULL,                              /* merge server configuration */

    ngx_trade_hash_status_create,      /* create location configuration */
    NULL                               /* merge location configuration */
};


ngx_module_t  ngx_trade_hash_module = {
    NGX_MODULE_V1,
    &ngx_trade_hash_module_ctx,        /* module context */
    ngx_trade_hash_commands,           /* module directives */
    NGX_HTTP_MODULE,                   /* module type */
    NULL,                              /* init master */
    ngx_trade_hash_conf_warn,          /* init module */
    ngx_trade_hash_init_process,       /* init process */
    NULL,                              /* init thread */
    NULL,                              /* exit thread */
    NULL,                              /* exit process */
    NULL,                              /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_trade_hash_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *v, *var;

    for (v = ngx_trade_hash_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_trade_hash_node_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_trade_hash_peer_t  *hp;

    hp = ngx_http_get_module_ctx(r, ngx_trade_hash_module);

    return ngx_trade_hash_text(v, hp ? hp->node.data : NULL,
                               hp ? hp->node.len : 0);
}


static ngx_int_t
ngx_trade_hash_spill_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_uint_t              known;
    static u_char           digits[] = "012";
    ngx_trade_hash_peer_t  *hp;

    hp = ngx_http_get_module_ctx(r, ngx_trade_hash_module);
    known = hp && hp->node.len && hp->spill != NGX_TRADE_HASH_UNKNOWN;

    return ngx_trade_hash_text(v, known ? &digits[hp->spill] : NULL, known);
}


/* Without a length there is no value */

static ngx_int_t
ngx_trade_hash_text(ngx_http_variable_value_t *v, u_char *data, size_t len)
{
    if (len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = len;
    v->data = data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* A zone may have other peers than the configuration: addresses from before */

static ngx_int_t
ngx_trade_hash_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_trade_hash_conf_t          *thcf;
    ngx_http_upstream_main_conf_t  *umcf;

    umcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_upstream_module);

    for (i = 0; (thcf = ngx_trade_hash_upstream_next(umcf, &i)); /* void */) {
        ngx_trade_hash_ring_post(thcf);
    }

    return NGX_OK;
}
