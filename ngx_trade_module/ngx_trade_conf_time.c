/*
 * The directives whose value is a time or "off".
 */

#include "ngx_trade_conf.h"


static char *ngx_trade_conf_keep(ngx_conf_t *cf, ngx_msec_t *keep);


char *
ngx_trade_conf_order_keep(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    return ngx_trade_conf_keep(cf, &tmcf->order_keep);
}


char *
ngx_trade_conf_limit_keep(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    return ngx_trade_conf_keep(cf, &tmcf->limit_keep);
}


static char *
ngx_trade_conf_keep(ngx_conf_t *cf, ngx_msec_t *keep)
{
    ngx_int_t   ms;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (*keep != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        *keep = 0;
        return NGX_CONF_OK;
    }

    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms < TRADE_KEEP_MIN) {
        return "must be \"off\" or at least 24h";
    }

    *keep = ms;

    return NGX_CONF_OK;
}


char *
ngx_trade_conf_payment_timeout(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    ngx_int_t   ms;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (tmcf->payment_timeout != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        tmcf->payment_timeout = 0;
        return NGX_CONF_OK;
    }

    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms == 0) {
        return "must be \"off\" or a time";
    }

    tmcf->payment_timeout = ms;

    return NGX_CONF_OK;
}
