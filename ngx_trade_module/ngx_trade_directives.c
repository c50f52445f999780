/*
 * The directives of http and of locations, except those that set a plain
 * number.
 */

#include "ngx_trade_block.h"
#include "ngx_trade_conf.h"
#include "ngx_trade_request.h"
#include "ngx_trade_status.h"
#include "ngx_trade_ticket.h"
#include "trade_id.h"


/* for so long hints may refuse orders that Redis would take */
#define NGX_TRADE_HINT_TTL_MAX  10000       /* ms */


static char *ngx_trade_conf_block(ngx_conf_t *cf, ngx_uint_t type,
    void *block);
static char *ngx_trade_conf_pair(ngx_conf_t *cf, void *conf,
    ngx_http_handler_pt handler);
static char *ngx_trade_conf_location(ngx_conf_t *cf,
    ngx_http_handler_pt handler);
static void ngx_trade_conf_prefix(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


ngx_conf_bitmask_t  ngx_trade_conf_actions[] = {
    { ngx_string("place"), 1 << TRADE_ACTION_PLACE },
    { ngx_string("get"), 1 << TRADE_ACTION_GET },
    { ngx_string("pay"), 1 << TRADE_ACTION_PAY },
    { ngx_string("deliver"), 1 << TRADE_ACTION_DELIVER },
    { ngx_string("cancel"), 1 << TRADE_ACTION_CANCEL },
    { ngx_null_string, 0 }
};


char *
ngx_trade_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    u_char     *p;
    ssize_t     size;
    ngx_str_t  *value, name, text;

    value = cf->args->elts;

    if (tmcf->zone) {
        return "is duplicate";
    }

    p = (u_char *) ngx_strchr(value[1].data, ':');

    if (p == NULL || p == value[1].data) {
        return "needs a name and a size, as in main:16m";
    }

    name.data = value[1].data;
    name.len = p - name.data;
    text.data = p + 1;
    text.len = value[1].data + value[1].len - text.data;

    size = ngx_parse_size(&text);

    if (size == NGX_ERROR || size < NGX_TRADE_ZONE_MIN) {
        return "has an invalid size, or one below 2m";
    }

    tmcf->zone = ngx_shared_memory_add(cf, &name, size, &ngx_trade_module);
    if (tmcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    tmcf->zone->init = ngx_trade_conf_init_zone;
    tmcf->zone->data = tmcf;

    return NGX_CONF_OK;
}


char *
ngx_trade_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    char                     *rv;
    ngx_str_t                *value;
    ngx_trade_redis_conf_t   *redis, **last;

    value = cf->args->elts;

    if (!trade_ident_valid(ngx_trade_str(value[1]))) {
        return "needs a name of 1 to 64 of A-Z a-z 0-9 _ . : -";
    }

    if (ngx_trade_block_find(&tmcf->redis, &value[1])) {
        return "is duplicate";
    }

    redis = ngx_trade_redis_conf_create(cf, &value[1]);
    last = ngx_array_push(&tmcf->redis);

    if (redis == NULL || last == NULL) {
        return NGX_CONF_ERROR;
    }

    *last = redis;
    redis->index = tmcf->redis.nelts - 1;

    rv = ngx_trade_conf_block(cf, NGX_TRADE_REDIS_CONF, redis);

    return rv == NGX_CONF_OK ? ngx_trade_redis_conf_done(cf, redis) : rv;
}


char *
ngx_trade_conf_kafka(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    char                     *rv;
    ngx_str_t                *value;
    ngx_trade_kafka_conf_t   *kafka, **last;

    value = cf->args->elts;

    if (!trade_ident_valid(ngx_trade_str(value[1]))) {
        return "needs a name of 1 to 64 of A-Z a-z 0-9 _ . : -";
    }

    if (ngx_trade_block_find(&tmcf->kafka, &value[1])) {
        return "is duplicate";
    }

    kafka = ngx_trade_kafka_conf_create(cf, &value[1]);
    last = ngx_array_push(&tmcf->kafka);

    if (kafka == NULL || last == NULL) {
        return NGX_CONF_ERROR;
    }

    *last = kafka;
    kafka->index = tmcf->kafka.nelts - 1;

    rv = ngx_trade_conf_block(cf, NGX_TRADE_KAFKA_CONF, kafka);

    return rv == NGX_CONF_OK ? ngx_trade_kafka_conf_done(cf, kafka) : rv;
}


/*
 * The directives of a block have the type `type`, and the block itself stands
 * where a location's configuration would stand.
 */

static char *
ngx_trade_conf_block(ngx_conf_t *cf, ngx_uint_t type, void *block)
{
    char                 *rv;
    ngx_conf_t            saved;
    ngx_http_conf_ctx_t  *ctx;

    ctx = ngx_pcalloc(cf->pool, sizeof(ngx_http_conf_ctx_t));
    if (ctx == NULL) {
        return NGX_CONF_ERROR;
    }

    *ctx = *(ngx_http_conf_ctx_t *) cf->ctx;

    ctx->loc_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    if (ctx->loc_conf == NULL) {
        return NGX_CONF_ERROR;
    }

    ctx->loc_conf[ngx_trade_module.ctx_index] = block;

    saved = *cf;
    cf->ctx = ctx;
    cf->cmd_type = type;

    rv = ngx_conf_parse(cf, NULL);

    *cf = saved;

    return rv;
}


char *
ngx_trade_conf_positive(ngx_conf_t *cf, void *post, void *data)
{
    ngx_uint_t  *value = data;      /* as wide as size_t and ngx_msec_t */

    return *value ? NGX_CONF_OK : "must not be 0";
}


/* A part of a URI that needs no escape, neither there nor in JSON */

char *
ngx_trade_conf_uri(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t *value = data;

    u_char  c;
    size_t  i;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c <= ' ' || c >= 0x7f || ngx_strchr("\"<>\\^`{|}", c)) {
            return "must have characters of a URI only; encode others by %";
        }
    }

    return value->len ? NGX_CONF_OK : "must not be empty";
}


char *
ngx_trade_conf_pending(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    ngx_int_t   max;
    ngx_str_t  *value;

    value = cf->args->elts;

    if (tmcf->pending_max != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    if (ngx_strncmp(value[1].data, "max=", 4) != 0) {
        return "needs max=number";
    }

    max = ngx_atoi(value[1].data + 4, value[1].len - 4);

    if (max == NGX_ERROR || max == 0) {
        return "needs max=number";
    }

    tmcf->pending_max = max;

    return NGX_CONF_OK;
}


char *
ngx_trade_conf_orders(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_trade_conf_pair(cf, conf, ngx_trade_orders_handler);
}


char *
ngx_trade_conf_stock(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_trade_conf_pair(cf, conf, ngx_trade_stock_handler);
}


char *
ngx_trade_conf_hint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_loc_conf_t *tlcf = conf;

    ngx_int_t   ms;
    ngx_str_t  *value, text;

    value = cf->args->elts;

    if (tlcf->hint_ttl != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        tlcf->hint_ttl = 0;
        return NGX_CONF_OK;
    }

    if (value[1].len <= 4 || ngx_strncmp(value[1].data, "ttl=", 4) != 0) {
        return "must be \"off\" or ttl=<time>";
    }

    text.data = value[1].data + 4;
    text.len = value[1].len - 4;
    ms = ngx_parse_time(&text, 0);

    if (ms < 1 || ms > NGX_TRADE_HINT_TTL_MAX) {
        return "needs a ttl of 1ms to 10s";
    }

    tlcf->hint_ttl = ms;

    return NGX_CONF_OK;
}


char *
ngx_trade_conf_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_main_conf_t  *tmcf;

    tmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_module);

    if (tmcf->zone == NULL) {
        return "needs a \"trade_zone\" before it";
    }

    return ngx_trade_conf_location(cf, ngx_trade_status_handler);
}


char *
ngx_trade_conf_ticket_issue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *rv;

    rv = ngx_trade_conf_location(cf, ngx_trade_ticket_issue_handler);

    return rv == NGX_CONF_OK ? ngx_trade_conf_ticket_issuer(cf, conf) : rv;
}


/*
 * Sets a location's shards and topic.  A worker that finds an event due in a
 * shard must know its topic, so a block goes with one block of the other kind
 * only.
 */

static char *
ngx_trade_conf_pair(ngx_conf_t *cf, void *conf, ngx_http_handler_pt handler)
{
    ngx_trade_loc_conf_t *tlcf = conf;

    ngx_str_t              *value;
    ngx_trade_main_conf_t  *tmcf;

    value = cf->args->elts;
    tmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_module);

    tlcf->redis = ngx_trade_block_find(&tmcf->redis, &value[1]);
    tlcf->kafka = ngx_trade_block_find(&tmcf->kafka, &value[2]);

    if (tlcf->redis == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no trade_redis \"%V\" before \"%V\"", &value[1],
                           &value[0]);
        return NGX_CONF_ERROR;
    }

    if (tlcf->kafka == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "no trade_kafka \"%V\" before \"%V\"", &value[2],
                           &value[0]);
        return NGX_CONF_ERROR;
    }

    if ((tlcf->redis->kafka && tlcf->redis->kafka != tlcf->kafka)
        || (tlcf->kafka->redis && tlcf->kafka->redis != tlcf->redis))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "trade_redis \"%V\" or trade_kafka \"%V\" goes with "
                           "another one already", &value[1], &value[2]);
        return NGX_CONF_ERROR;
    }

    tlcf->redis->kafka = tlcf->kafka;
    tlcf->kafka->redis = tlcf->redis;

    return ngx_trade_conf_location(cf, handler);
}


/* The URI behind the prefix names the subject, so the prefix must be known */

static char *
ngx_trade_conf_location(ngx_conf_t *cf, ngx_http_handler_pt handler)
{
    ngx_trade_loc_conf_t      *tlcf;
    ngx_http_core_loc_conf_t  *clcf;

    tlcf = ngx_http_conf_get_module_loc_conf(cf, ngx_trade_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        return "stands in a location that has a handler already";
    }

#if (NGX_PCRE)
    if (clcf->regex) {
        return "needs a location given by its prefix";
    }
#endif

    if (clcf->named || clcf->noname) {
        return "needs a location given by its prefix";
    }

    if (handler == ngx_trade_orders_handler
        || handler == ngx_trade_stock_handler)
    {
        ngx_trade_conf_prefix(cf, clcf);
    }

    clcf->handler = handler;
    tlcf->handler = handler;

    return NGX_CONF_OK;
}


/* "location /" has no other form, and takes all URIs */

static void
ngx_trade_conf_prefix(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_str_t  *value;

    value = cf->args->elts;

    if (clcf->exact_match) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" stands in \"location = %V\", which no URI "
                           "with an id or an SKU behind it can reach: use "
                           "\"location %V\"", &value[0], &clcf->name,
                           &clcf->name);

    } else if (clcf->name.len > 1
               && clcf->name.data[clcf->name.len - 1] == '/')
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" stands in \"location %V\", which the URI "
                           "without the slash does not reach: use "
                           "\"location %*s\"", &value[0], &clcf->name,
                           clcf->name.len - 1, clcf->name.data);
    }
}
