/*
 * trade_status: counters over all workers, shards and backlog, in JSON.
 */

#include "ngx_trade_conf.h"
#include "ngx_trade_lock.h"
#include "ngx_trade_redis.h"
#include "ngx_trade_send.h"
#include "ngx_trade_status.h"
#include "trade_fault.h"
#include "trade_status.h"


#define NGX_TRADE_STATUS_SIZE  8192         /* bytes; doubled if too few */


static ngx_int_t ngx_trade_status_refuse(ngx_http_request_t *r);
static ngx_int_t ngx_trade_status_body(ngx_http_request_t *r,
    ngx_str_t *body);
static void ngx_trade_status_write(trade_buf_t *b,
    ngx_trade_main_conf_t *conf);
static void ngx_trade_status_counters(trade_buf_t *b, ngx_trade_cell_t *sum);
static void ngx_trade_status_answers(trade_buf_t *b, ngx_trade_cell_t *sum);
static void ngx_trade_status_shards(trade_buf_t *b,
    ngx_trade_main_conf_t *conf);


ngx_int_t
ngx_trade_status_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;
    ngx_str_t  body;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_trade_status_refuse(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_trade_status_body(r, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send(r, NGX_HTTP_OK, NULL, &body);
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
    problem.result = TRADE_METHOD;

    ngx_str_set(&allow, "GET, HEAD");

    if (ngx_trade_send_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send_problem(r, &problem);
}


/* The size of the text may change meanwhile, as slots are closed */

static ngx_int_t
ngx_trade_status_body(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t                  size;
    trade_buf_t             b;
    ngx_trade_main_conf_t  *conf;

    conf = ngx_http_get_module_main_conf(r, ngx_trade_module);

    for (size = NGX_TRADE_STATUS_SIZE; /* void */ ; size *= 2) {

        body->data = ngx_pnalloc(r->pool, size);
        if (body->data == NULL) {
            return NGX_ERROR;
        }

        trade_buf_init(&b, (char *) body->data, size);
        ngx_trade_status_write(&b, conf);

        if (!b.overflow) {
            body->len = trade_buf_done(&b).len;
            return NGX_OK;
        }

        (void) ngx_pfree(r->pool, body->data);
    }
}


static void
ngx_trade_status_write(trade_buf_t *b, ngx_trade_main_conf_t *conf)
{
    ngx_uint_t        workers;
    ngx_trade_cell_t  sum;

    ngx_trade_status_sum(conf->zone, &sum, &workers);

    trade_buf_c(b, "{\"workers\":");
    trade_buf_u64(b, workers);
    trade_status_count(b, "in_flight", sum.in_flight);
    trade_status_count(b, "pending", sum.pending);
    trade_status_count(b, "kafka_queued", sum.queued);
    trade_status_count(b, "sweeping", sum.sweeping);
    trade_status_count(b, "sweeper", ngx_trade_zone_get(conf->zone)->sweeper);

    ngx_trade_status_counters(b, &sum);
    ngx_trade_status_answers(b, &sum);
    ngx_trade_lock_status(b, &sum.locks);
    ngx_trade_status_shards(b, conf);
    trade_buf_c(b, "}\n");
}


static void
ngx_trade_status_counters(trade_buf_t *b, ngx_trade_cell_t *sum)
{
    ngx_uint_t  i;

    static const char *const  names[NGX_TRADE_COUNTERS] = {
        [NGX_TRADE_REPLAYED] = "replayed",
        [NGX_TRADE_RECORDED] = "recorded",
        [NGX_TRADE_ACKED] = "acked",
        [NGX_TRADE_NOT_ACKED] = "not_acked",
        [NGX_TRADE_SWEPT] = "swept",
        [NGX_TRADE_UNPUBLISHABLE] = "unpublishable",
        [NGX_TRADE_RESENT] = "resent",
        [NGX_TRADE_ACK_LOST] = "ack_lost",
        [NGX_TRADE_CLIENT_GONE] = "client_gone",
        [NGX_TRADE_REGRESSED] = "regressed",
        [NGX_TRADE_HINT_HITS] = "hint_hits",
        [NGX_TRADE_HINT_AGE] = "hint_age_ms",
        [NGX_TRADE_HINT_DROPPED] = "hint_dropped",
        [NGX_TRADE_HINT_EVICTED] = "hint_evicted"
    };

    for (i = 0; i < NGX_TRADE_COUNTERS; i++) {
        trade_status_count(b, names[i], sum->counters[i]);
    }
}


static void
ngx_trade_status_answers(trade_buf_t *b, ngx_trade_cell_t *sum)
{
    ngx_uint_t  i;

    trade_buf_c(b, ",\"answers\":{");

    for (i = 0; i < TRADE_RESULTS; i++) {
        trade_buf_c(b, i ? "," : "");
        trade_buf_json(b, trade_result_name(i));
        trade_buf_c(b, ":");
        trade_buf_u64(b, sum->results[i]);
    }

    trade_buf_c(b, "}");
}


static void
ngx_trade_status_shards(trade_buf_t *b, ngx_trade_main_conf_t *conf)
{
    ngx_uint_t                 i, n;
    const char                *comma;
    trade_status_shard_t       shard;
    ngx_trade_shard_view_t     view;
    ngx_trade_redis_conf_t   **redis;
    ngx_trade_redis_server_t  *server;

    static const char *const  states[] = {
        [NGX_TRADE_SHARD_NONE] = "unknown",
        [NGX_TRADE_SHARD_DOWN] = "down",
        [NGX_TRADE_SHARD_REFUSED] = "refused",
        [NGX_TRADE_SHARD_REPLICA] = "replica",
        [NGX_TRADE_SHARD_REFUSING] = "refusing",
        [NGX_TRADE_SHARD_UP] = "up"
    };

    trade_buf_c(b, ",\"shards\":[");
    comma = "";
    redis = conf->redis.elts;

    for (i = 0; i < conf->redis.nelts; i++) {
        server = redis[i]->servers.elts;

        for (n = 0; n < redis[i]->servers.nelts; n++) {
            shard.redis = ngx_trade_str(redis[i]->name);
            shard.name = ngx_trade_str(server[n].name);
            shard.address = ngx_trade_str(server[n].address);
            shard.weight = server[n].weight;

            ngx_trade_status_sum_view(conf->zone, server[n].shared, &view);
            shard.state = states[view.state];
            shard.reason = trade_fault_name(view.fault);
            shard.command = trade_fault_command_name(view.command);
            shard.since = view.since;
            shard.due = server[n].shared->due;
            shard.closed = redis[i]->slots->closed;
            shard.owner = redis[i]->owner;
            shard.server = n;

            trade_buf_c(b, comma);
            trade_status_shard(b, &shard);
            comma = ",";
        }
    }

    trade_buf_c(b, "]");
}
