/*
 * trade_status: counters over all workers, shards and backlog, in JSON.
 */

#include "ngx_trade_module.h"
#include "ngx_trade_send.h"


#define NGX_TRADE_STATUS_SHARD  256         /* bytes, and its names */


static ngx_int_t ngx_trade_status_refuse(ngx_http_request_t *r);
static size_t ngx_trade_status_size(ngx_trade_main_conf_t *conf);
static u_char *ngx_trade_status_counters(u_char *p, ngx_trade_cell_t *sum);
static u_char *ngx_trade_status_answers(u_char *p, ngx_trade_cell_t *sum);
static u_char *ngx_trade_status_shards(u_char *p,
    ngx_trade_main_conf_t *conf);
static u_char *ngx_trade_status_closed(u_char *p,
    ngx_trade_redis_conf_t *redis, ngx_uint_t server);


ngx_int_t
ngx_trade_status_handler(ngx_http_request_t *r)
{
    u_char                 *p;
    ngx_int_t               rc;
    ngx_str_t               body;
    ngx_uint_t              workers;
    ngx_trade_cell_t        sum;
    ngx_trade_main_conf_t  *conf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_trade_status_refuse(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    conf = ngx_http_get_module_main_conf(r, ngx_trade_module);
    ngx_trade_zone_sum(conf->zone, &sum, &workers);

    body.data = ngx_pnalloc(r->pool, ngx_trade_status_size(conf));
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(body.data, "{\"workers\":%ui,\"in_flight\":%ui,"
                    "\"pending\":%ui,\"kafka_queued\":%ui,"
                    "\"sweeping\":%ui,\"sweeper\":%uA", workers,
                    sum.in_flight, sum.pending, sum.queued, sum.sweeping,
                    ngx_trade_zone_get(conf->zone)->sweeper);

    p = ngx_trade_status_counters(p, &sum);
    p = ngx_trade_status_answers(p, &sum);
    p = ngx_trade_lock_status(p, &sum.locks);
    p = ngx_trade_status_shards(p, conf);
    p = ngx_sprintf(p, "}\n");

    body.len = p - body.data;

    return ngx_trade_send(r, NGX_HTTP_OK, &body);
}


static ngx_int_t
ngx_trade_status_refuse(ngx_http_request_t *r)
{
    ngx_int_t         rc;
    ngx_str_t         allow;
    trade_problem_t   problem;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&problem, sizeof(trade_problem_t));
    problem.verdict = TRADE_METHOD;

    ngx_str_set(&allow, "GET, HEAD");

    if (ngx_trade_send_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send_problem(r, &problem);
}


static size_t
ngx_trade_status_size(ngx_trade_main_conf_t *conf)
{
    size_t                     size;
    ngx_uint_t                 i, n;
    ngx_trade_redis_conf_t   **redis;
    ngx_trade_redis_server_t  *server;

    size = 512 + NGX_TRADE_LOCK_STATUS_SIZE
           + (TRADE_VERDICTS + NGX_TRADE_COUNTERS) * 64;
    redis = conf->redis.elts;

    for (i = 0; i < conf->redis.nelts; i++) {
        server = redis[i]->servers.elts;

        for (n = 0; n < TRADE_SLOTS; n++) {
            size += redis[i]->slots->closed[n] ? sizeof("4095,") : 0;
        }

        for (n = 0; n < redis[i]->servers.nelts; n++) {
            size += NGX_TRADE_STATUS_SHARD + redis[i]->name.len
                    + server[n].name.len + server[n].address.len;
        }
    }

    return size;
}


static u_char *
ngx_trade_status_counters(u_char *p, ngx_trade_cell_t *sum)
{
    ngx_uint_t  i;

    static const char *const  names[NGX_TRADE_COUNTERS] = {
        [NGX_TRADE_REPLAYED] = "replayed",
        [NGX_TRADE_PLACED] = "recorded",
        [NGX_TRADE_ACKED] = "acked",
        [NGX_TRADE_NOT_ACKED] = "not_acked",
        [NGX_TRADE_SWEPT] = "swept",
        [NGX_TRADE_UNPUBLISHABLE] = "unpublishable",
        [NGX_TRADE_RESENT] = "resent",
        [NGX_TRADE_UNSETTLED] = "unsettled",
        [NGX_TRADE_CLIENT_GONE] = "client_gone",
        [NGX_TRADE_REGRESSED] = "regressed"
    };

    for (i = 0; i < NGX_TRADE_COUNTERS; i++) {
        p = ngx_sprintf(p, ",\"%s\":%uL", names[i], sum->counters[i]);
    }

    return p;
}


static u_char *
ngx_trade_status_answers(u_char *p, ngx_trade_cell_t *sum)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    p = ngx_sprintf(p, ",\"answers\":{");

    for (i = 0; i < TRADE_VERDICTS; i++) {
        name = ngx_trade_ngx_str(trade_verdict_name(i));
        p = ngx_sprintf(p, "%s\"%V\":%uL", i ? "," : "", &name,
                        sum->answers[i]);
    }

    return ngx_sprintf(p, "}");
}


static u_char *
ngx_trade_status_shards(u_char *p, ngx_trade_main_conf_t *conf)
{
    ngx_uint_t                 i, n;
    const char                *comma;
    ngx_trade_redis_conf_t   **redis;
    ngx_trade_redis_server_t  *server;

    static const char *const  states[] = {
        [NGX_TRADE_SHARD_NONE] = "unknown",
        [NGX_TRADE_SHARD_DOWN] = "down",
        [NGX_TRADE_SHARD_REFUSED] = "refused",
        [NGX_TRADE_SHARD_UP] = "up"
    };

    p = ngx_sprintf(p, ",\"shards\":[");
    comma = "";
    redis = conf->redis.elts;

    for (i = 0; i < conf->redis.nelts; i++) {
        server = redis[i]->servers.elts;

        for (n = 0; n < redis[i]->servers.nelts; n++) {
            p = ngx_sprintf(p, "%s{\"redis\":\"%V\",\"name\":\"%V\","
                            "\"address\":\"%V\",\"weight\":%ui,"
                            "\"state\":\"%s\",\"due\":%ui,\"closed\":",
                            comma, &redis[i]->name,
                            &server[n].name, &server[n].address,
                            server[n].weight,
                            states[ngx_trade_zone_shard_state(conf->zone,
                                                          server[n].shared)],
                            server[n].shared->due);

            p = ngx_trade_status_closed(p, redis[i], n);
            *p++ = '}';
            comma = ",";
        }
    }

    return ngx_sprintf(p, "]");
}


/* The slots that scripts have found closed: loss has been noticed there */

static u_char *
ngx_trade_status_closed(u_char *p, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server)
{
    ngx_uint_t   slot;
    const char  *comma;

    comma = "";
    *p++ = '[';

    for (slot = 0; slot < TRADE_SLOTS; slot++) {
        if (redis->owner[slot] == server && redis->slots->closed[slot]) {
            p = ngx_sprintf(p, "%s%ui", comma, slot);
            comma = ",";
        }
    }

    *p++ = ']';

    return p;
}
