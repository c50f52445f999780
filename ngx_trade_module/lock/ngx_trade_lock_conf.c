/*
 * trade_lock set $key [owner=$var] [ttl=time] [wait=time] [max=number] | off
 */

#include "ngx_trade_block.h"
#include "ngx_trade_lock.h"
#include "ngx_trade_redis_conf.h"


#define NGX_TRADE_LOCK_TTL_MIN  100         /* ms */
#define NGX_TRADE_LOCK_TTL_MAX  TRADE_DAY


static char *ngx_trade_lock_conf_arg(ngx_conf_t *cf,
    ngx_trade_lock_conf_t *lock, ngx_str_t *arg);
static char *ngx_trade_lock_conf_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t *value);


char *
ngx_trade_conf_lock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_loc_conf_t *tlcf = conf;

    char                   *rv;
    ngx_str_t              *value;
    ngx_uint_t              i;
    ngx_trade_lock_conf_t  *lock;
    ngx_trade_main_conf_t  *tmcf;

    value = cf->args->elts;
    tmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_module);

    if (tlcf->lock != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        tlcf->lock = NULL;
        return NGX_CONF_OK;
    }

    if (cf->args->nelts < 3) {
        return "needs a trade_redis and a key, or \"off\"";
    }

    lock = ngx_pcalloc(cf->pool, sizeof(ngx_trade_lock_conf_t));
    if (lock == NULL) {
        return NGX_CONF_ERROR;
    }

    lock->ttl = 5000;
    lock->redis = ngx_trade_block_find(&tmcf->redis, &value[1]);

    if (lock->redis == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no trade_redis \"%V\" before \"%V\"", &value[1],
                           &value[0]);
        return NGX_CONF_ERROR;
    }

    rv = ngx_trade_lock_conf_value(cf, &value[2], &lock->key);

    for (i = 3; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_trade_lock_conf_arg(cf, lock, &value[i]);
    }

    tlcf->lock = lock;
    ngx_trade_redis_conf_locks(lock->redis);
    tmcf->locks = 1;

    return rv;
}


static char *
ngx_trade_lock_conf_arg(ngx_conf_t *cf, ngx_trade_lock_conf_t *lock,
    ngx_str_t *arg)
{
    u_char     *p;
    ngx_int_t   n;
    ngx_str_t   name, text;

    p = (u_char *) ngx_strchr(arg->data, '=');
    name.data = arg->data;
    name.len = p ? (size_t) (p - arg->data) : 0;
    text.data = p + 1;
    text.len = arg->len - name.len - 1;
    n = NGX_ERROR;

    if (name.len == 5 && ngx_strncmp(name.data, "owner", 5) == 0) {
        lock->owner = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
        return lock->owner ? ngx_trade_lock_conf_value(cf, &text, lock->owner)
                           : NGX_CONF_ERROR;
    }

    if (name.len == 3 && ngx_strncmp(name.data, "ttl", 3) == 0) {
        n = ngx_parse_time(&text, 0);
        lock->ttl = n;

        if (n < NGX_TRADE_LOCK_TTL_MIN || n > NGX_TRADE_LOCK_TTL_MAX) {
            return "needs a ttl of 100ms to 24h";
        }

    } else if (name.len == 4 && ngx_strncmp(name.data, "wait", 4) == 0) {
        n = ngx_parse_time(&text, 0);
        lock->wait = n;

    } else if (name.len == 3 && ngx_strncmp(name.data, "max", 3) == 0) {
        n = ngx_atoi(text.data, text.len);
        lock->max = n;
        n = n ? n : NGX_ERROR;
    }

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           arg);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_trade_lock_conf_value(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    if (text->len == 0) {
        return "has an empty key or owner";
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? NGX_CONF_OK
                                                          : NGX_CONF_ERROR;
}


/*
 * Runs behind the access phase, so that a request without access takes no lock,
 * and before the content
 */

ngx_int_t
ngx_trade_lock_conf_post(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_trade_main_conf_t      *tmcf;
    ngx_http_core_main_conf_t  *cmcf;

    tmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_module);
    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (!tmcf->locks) {
        return NGX_OK;
    }

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_trade_lock_handler;

    ngx_trade_lock_filter_init();

    return NGX_OK;
}
