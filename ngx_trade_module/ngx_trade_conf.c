/*
 * The configuration as a whole: defaults, inheritance, and the checks that need
 * all of it.
 */

#include "ngx_trade_conf.h"
#include "ngx_trade_lock.h"
#include "ngx_trade_request.h"


#define NGX_TRADE_EVENT_ROOM  1024      /* bytes of an event besides twice
                                           its body */


static ngx_int_t ngx_trade_conf_variables(ngx_conf_t *cf,
    ngx_http_variable_t *v);
static void ngx_trade_conf_shards(ngx_conf_t *cf, ngx_trade_redis_conf_t *one,
    ngx_trade_redis_conf_t *two);
static void ngx_trade_conf_shared(ngx_conf_t *cf, ngx_trade_redis_conf_t *one,
    ngx_trade_redis_conf_t *two);
static ngx_uint_t ngx_trade_conf_same(ngx_str_t *one, ngx_str_t *two);


ngx_int_t
ngx_trade_conf_pre(ngx_conf_t *cf)
{
    if (ngx_trade_conf_variables(cf, ngx_trade_variables) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_trade_conf_variables(cf, ngx_trade_lock_variables);
}


static ngx_int_t
ngx_trade_conf_variables(ngx_conf_t *cf, ngx_http_variable_t *v)
{
    ngx_http_variable_t  *var;

    for ( /* void */ ; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


void *
ngx_trade_conf_create_main(ngx_conf_t *cf)
{
    ngx_trade_main_conf_t  *tmcf;

    tmcf = ngx_pcalloc(cf->pool, sizeof(ngx_trade_main_conf_t));
    if (tmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&tmcf->redis, cf->pool, 1, sizeof(void *)) != NGX_OK
        || ngx_array_init(&tmcf->kafka, cf->pool, 1, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    tmcf->lease = NGX_CONF_UNSET_MSEC;
    tmcf->order_keep = NGX_CONF_UNSET_MSEC;
    tmcf->limit_keep = NGX_CONF_UNSET_MSEC;
    tmcf->payment_timeout = NGX_CONF_UNSET_MSEC;
    tmcf->pending_max = NGX_CONF_UNSET_UINT;

    return tmcf;
}


char *
ngx_trade_conf_init_main(ngx_conf_t *cf, void *conf)
{
    ngx_trade_main_conf_t *tmcf = conf;

    ngx_conf_init_msec_value(tmcf->lease, 7000);
    ngx_conf_init_msec_value(tmcf->order_keep, TRADE_KEEP_ORDER);
    ngx_conf_init_msec_value(tmcf->limit_keep, 0);
    ngx_conf_init_msec_value(tmcf->payment_timeout, 0);
    ngx_conf_init_uint_value(tmcf->pending_max, 100000);

    return NGX_CONF_OK;
}


void *
ngx_trade_conf_create_loc(ngx_conf_t *cf)
{
    ngx_trade_loc_conf_t  *tlcf;

    tlcf = ngx_pcalloc(cf->pool, sizeof(ngx_trade_loc_conf_t));
    if (tlcf == NULL) {
        return NULL;
    }

    tlcf->timeout = NGX_CONF_UNSET_MSEC;
    tlcf->hint_ttl = NGX_CONF_UNSET_MSEC;
    tlcf->body_max = NGX_CONF_UNSET_SIZE;
    tlcf->max_quantity = NGX_CONF_UNSET_UINT;
    tlcf->max_items = NGX_CONF_UNSET_UINT;
    tlcf->key_required = NGX_CONF_UNSET;
    tlcf->buyer = NGX_CONF_UNSET_PTR;
    tlcf->ticket = NGX_CONF_UNSET_PTR;
    tlcf->issuer = NGX_CONF_UNSET_PTR;
    tlcf->lock = NGX_CONF_UNSET_PTR;
    tlcf->lock_status = NGX_CONF_UNSET_UINT;

    return tlcf;
}


char *
ngx_trade_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_trade_loc_conf_t *prev = parent;
    ngx_trade_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (conf->handler && clcf->handler != conf->handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "location \"%V\" has another handler behind "
                           "\"trade_orders\", \"trade_stock\", "
                           "\"trade_status\" or \"trade_ticket_issue\", "
                           "before the end of http",
                           &clcf->name);
        return NGX_CONF_ERROR;
    }

    /*
     * "if" and "limit_except" make locations inside of one: they are of its
     * kind
     */

    if ((clcf->noname || clcf->lmt_excpt) && conf->handler == NULL) {
        conf->handler = prev->handler;
        conf->redis = prev->redis;
        conf->kafka = prev->kafka;

        if (clcf->lmt_excpt && clcf->handler == NULL) {
            clcf->handler = conf->handler;
        }
    }

    ngx_conf_merge_msec_value(conf->timeout, prev->timeout, 2000);
    ngx_conf_merge_msec_value(conf->hint_ttl, prev->hint_ttl, 200);
    ngx_conf_merge_str_value(conf->problem_base, prev->problem_base, "");
    ngx_conf_merge_size_value(conf->body_max, prev->body_max, 16384);
    ngx_conf_merge_uint_value(conf->max_quantity, prev->max_quantity, 1000);
    ngx_conf_merge_uint_value(conf->max_items, prev->max_items, 50);
    ngx_conf_merge_value(conf->key_required, prev->key_required, 0);
    ngx_conf_merge_bitmask_value(conf->actions, prev->actions,
                                 NGX_TRADE_ACTIONS_DEFAULT);
    ngx_conf_merge_ptr_value(conf->buyer, prev->buyer, NULL);
    ngx_conf_merge_ptr_value(conf->ticket, prev->ticket, NULL);
    ngx_conf_merge_ptr_value(conf->issuer, prev->issuer, NULL);
    ngx_conf_merge_ptr_value(conf->lock, prev->lock, NULL);
    ngx_conf_merge_uint_value(conf->lock_status, prev->lock_status, 423);

    if (conf->redis && conf->hint_ttl) {
        conf->redis->hints = 1;
    }

    /* names with many escapes may need more, so each order is measured, too */

    if (conf->kafka
        && 2 * conf->body_max + NGX_TRADE_EVENT_ROOM
           > conf->kafka->message_max)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"trade_body_max\" %uz is too much for "
                      "message.max.bytes %uz of trade_kafka \"%V\" in %V:%ui",
                      conf->body_max, conf->kafka->message_max,
                      &conf->kafka->name, &conf->kafka->file,
                      conf->kafka->line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_trade_conf_post(ngx_conf_t *cf)
{
    ngx_uint_t                 i, n;
    ngx_trade_main_conf_t     *tmcf;
    ngx_trade_redis_conf_t   **redis;
    ngx_trade_kafka_conf_t   **kafka;
    ngx_http_core_loc_conf_t  *clcf;

    tmcf = ngx_http_conf_get_module_main_conf(cf, ngx_trade_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    kafka = tmcf->kafka.elts;

    for (i = 0; i < tmcf->kafka.nelts; i++) {
        kafka[i]->keep = tmcf->order_keep;

        if (tmcf->lease <= kafka[i]->message_timeout
                           + TRADE_LEASE_MARGIN)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"trade_lease\" %Mms must be longer than "
                          "message.timeout.ms %M of trade_kafka \"%V\" and 2s, "
                          "in %V:%ui", tmcf->lease, kafka[i]->message_timeout,
                          &kafka[i]->name, &kafka[i]->file, kafka[i]->line);
            return NGX_ERROR;
        }
    }

    redis = tmcf->redis.elts;

    for (i = 0; i < tmcf->redis.nelts; i++) {

        if (tmcf->zone == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "trade_redis \"%V\" in %V:%ui needs a \"trade_zone\"",
                          &redis[i]->name, &redis[i]->file, redis[i]->line);
            return NGX_ERROR;
        }

        if (ngx_trade_redis_conf_resolve(cf, redis[i], clcf) != NGX_OK) {
            return NGX_ERROR;
        }

        for (n = 0; n <= i; n++) {
            ngx_trade_conf_shards(cf, redis[n], redis[i]);
        }

        for (n = 0; n < i; n++) {
            ngx_trade_conf_shared(cf, redis[n], redis[i]);
        }
    }

    return ngx_trade_lock_conf_post(cf);
}


/* A server keeps the identity of one shard, and is refused as any other one */

static void
ngx_trade_conf_shards(ngx_conf_t *cf, ngx_trade_redis_conf_t *one,
    ngx_trade_redis_conf_t *two)
{
    ngx_uint_t                 i, j;
    ngx_trade_redis_server_t  *s1, *s2;

    s1 = one->servers.elts;
    s2 = two->servers.elts;

    for (j = 0; j < two->servers.nelts; j++) {
        for (i = 0; i < (one == two ? j : one->servers.nelts); i++) {

            if (ngx_trade_conf_same(&s1[i].identity, &s2[j].identity)
                || !ngx_trade_redis_same(&s1[i], &s2[j]))
            {
                continue;
            }

            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "shard \"%V\" of trade_redis \"%V\" (\"%V\") and "
                          "shard \"%V\" of \"%V\" (\"%V\") are at one address: "
                          "a server can be one shard only, the other one is "
                          "refused, in %V:%ui", &s1[i].name, &one->name,
                          &s1[i].address, &s2[j].name, &two->name,
                          &s2[j].address, &two->file, two->line);
        }
    }
}


/* Each block that has a server publishes all events that are due there */

static void
ngx_trade_conf_shared(ngx_conf_t *cf, ngx_trade_redis_conf_t *one,
    ngx_trade_redis_conf_t *two)
{
    ngx_uint_t                 i, j;
    ngx_trade_kafka_conf_t    *a, *b;
    ngx_trade_redis_server_t  *s1, *s2;

    a = one->kafka;
    b = two->kafka;

    if (a == NULL || b == NULL
        || (ngx_trade_conf_same(&a->brokers, &b->brokers)
            && ngx_trade_conf_same(&a->topic, &b->topic)))
    {
        return;
    }

    s1 = one->servers.elts;
    s2 = two->servers.elts;

    for (i = 0; i < one->servers.nelts; i++) {
        for (j = 0; j < two->servers.nelts; j++) {
            if (ngx_trade_redis_same(&s1[i], &s2[j])) {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "trade_redis \"%V\" and \"%V\" share server "
                              "\"%V\", but not the topic: what is due there is "
                              "published to either, in %V:%ui", &one->name,
                              &two->name, &s1[i].address, &two->file,
                              two->line);
                return;
            }
        }
    }
}


static ngx_uint_t
ngx_trade_conf_same(ngx_str_t *one, ngx_str_t *two)
{
    return one->len == two->len
           && ngx_memcmp(one->data, two->data, one->len) == 0;
}


ngx_int_t
ngx_trade_conf_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_uint_t                  i, n;
    ngx_trade_main_conf_t      *tmcf;
    ngx_trade_kafka_conf_t    **kafka;
    ngx_trade_redis_conf_t    **redis;
    ngx_trade_redis_server_t   *server;

    tmcf = zone->data;

    if (ngx_trade_zone_root(zone) == NULL) {
        return NGX_ERROR;
    }

    kafka = tmcf->kafka.elts;

    for (i = 0; i < tmcf->kafka.nelts; i++) {
        kafka[i]->zone = zone;
        kafka[i]->shared = ngx_trade_zone_topic(zone, &kafka[i]->name,
                                                &kafka[i]->topic);
        if (kafka[i]->shared == NULL) {
            return NGX_ERROR;
        }
    }

    redis = tmcf->redis.elts;

    for (i = 0; i < tmcf->redis.nelts; i++) {
        redis[i]->slots = ngx_trade_zone_slots(zone, &redis[i]->name);

        if (redis[i]->slots == NULL) {
            return NGX_ERROR;
        }

        server = redis[i]->servers.elts;

        for (n = 0; n < redis[i]->servers.nelts; n++) {
            server[n].shared = ngx_trade_zone_shard(zone, &redis[i]->name,
                                                    &server[n].name);
            if (server[n].shared == NULL) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}
