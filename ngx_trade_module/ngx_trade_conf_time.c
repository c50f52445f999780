#include "ngx_trade_conf.h"


char *
ngx_trade_conf_time_or_off(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *p = conf;

    ngx_int_t               ms;
    ngx_str_t              *value;
    ngx_msec_t             *field;
    ngx_trade_conf_time_t  *time;

    field = (ngx_msec_t *) (p + cmd->offset);
    time = cmd->post;
    value = cf->args->elts;

    if (*field != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        *field = 0;
        return NGX_CONF_OK;
    }

    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms < time->min) {
        return time->error;
    }

    *field = ms;

    return NGX_CONF_OK;
}
