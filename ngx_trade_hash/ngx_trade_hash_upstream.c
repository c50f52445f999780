#include "ngx_trade_hash_upstream.h"


ngx_trade_hash_conf_t *
ngx_trade_hash_upstream_conf(ngx_http_upstream_srv_conf_t *us)
{
    ngx_trade_hash_conf_t  *thcf;

    if (us->srv_conf == NULL) {
        return NULL;                    /* there is no upstream{} */
    }

    thcf = ngx_http_conf_upstream_srv_conf(us, ngx_trade_hash_module);

    return thcf->key ? thcf : NULL;
}


ngx_trade_hash_conf_t *
ngx_trade_hash_upstream_next(const ngx_http_upstream_main_conf_t *umcf,
    ngx_uint_t *i)
{
    ngx_trade_hash_conf_t          *thcf;
    ngx_http_upstream_srv_conf_t  **uscf;

    if (umcf == NULL) {
        return NULL;
    }

    uscf = umcf->upstreams.elts;

    while (*i < umcf->upstreams.nelts) {
        thcf = ngx_trade_hash_upstream_conf(uscf[(*i)++]);

        if (thcf) {
            return thcf;
        }
    }

    return NULL;
}
