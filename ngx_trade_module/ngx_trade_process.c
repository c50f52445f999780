#include "ngx_trade_process.h"
#include "ngx_trade_hint.h"
#include "ngx_trade_kafka.h"
#include "ngx_trade_lock.h"
#include "ngx_trade_request.h"
#include "ngx_trade_sweep.h"


static ngx_int_t ngx_trade_process_listen(ngx_trade_worker_t *worker);
static ngx_int_t ngx_trade_process_transports(ngx_trade_worker_t *worker);
static void ngx_trade_process_cleanup(void *data);


ngx_trade_worker_t *
ngx_trade_process_start(ngx_cycle_t *cycle, ngx_trade_main_conf_t *conf)
{
    ngx_pool_t          *pool;
    ngx_pool_cleanup_t  *cln;
    ngx_trade_worker_t  *worker;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    worker = ngx_pcalloc(pool, sizeof(ngx_trade_worker_t));
    cln = ngx_pool_cleanup_add(cycle->pool, 0);

    if (worker == NULL || cln == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    worker->pool = pool;
    worker->log = cycle->log;
    worker->conf = conf;
    worker->cell = ngx_trade_zone_enter(conf->zone);

    ngx_trade_run_init(worker);

    /* without a master a reload drops this cycle and calls no exit_process */

    cln->handler = ngx_trade_process_cleanup;
    cln->data = conf;

    conf->worker = worker;

    worker->digest = trade_digest_create();

    if (worker->digest == NULL
        || ngx_trade_process_transports(worker) != NGX_OK
        || (worker->sweeper = ngx_trade_sweep_leader_start(worker)) == NULL
        || (conf->locks
            && (worker->locks = ngx_trade_lock_run_start(worker)) == NULL)
        || ngx_trade_process_listen(worker) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_CRIT, cycle->log, 0,
                      "trade: this process can't start its connections: it "
                      "answers orders with 500; a line above has the cause,"
                      " or memory is short");
        ngx_trade_process_stop(worker);
        return NULL;
    }

    return worker;
}


static ngx_int_t
ngx_trade_process_transports(ngx_trade_worker_t *worker)
{
    size_t                    size;
    ngx_uint_t                i, nredis, nkafka;
    ngx_trade_redis_conf_t  **redis;
    ngx_trade_kafka_conf_t  **kafka;

    redis = worker->conf->redis.elts;
    nredis = worker->conf->redis.nelts;
    kafka = worker->conf->kafka.elts;
    nkafka = worker->conf->kafka.nelts;
    size = TRADE_SLOTS * sizeof(ngx_trade_seen_t);

    worker->redis = ngx_pcalloc(worker->pool, nredis * sizeof(void *));
    worker->seen = ngx_pcalloc(worker->pool, nredis * sizeof(void *));
    worker->kafka = ngx_pcalloc(worker->pool, nkafka * sizeof(void *));

    if (worker->redis == NULL || worker->seen == NULL
        || worker->kafka == NULL)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < nkafka; i++) {
        worker->kafka[i] = ngx_trade_kafka_start(kafka[i], worker->pool,
                                                 worker->log);
        if (worker->kafka[i] == NULL) {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < nredis; i++) {
        worker->seen[i] = ngx_pcalloc(worker->pool, size);
        worker->redis[i] = ngx_trade_redis_start(redis[i], worker->pool,
                                                 worker->log);

        if (worker->seen[i] == NULL || worker->redis[i] == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* The channels of all features share one connection a shard */

static ngx_int_t
ngx_trade_process_listen(ngx_trade_worker_t *worker)
{
    ngx_uint_t  i;

    if (ngx_trade_hint_listen(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < worker->conf->redis.nelts; i++) {
        if (ngx_trade_redis_sub_start(worker->redis[i], worker->pool)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_trade_process_stop(ngx_trade_worker_t *worker)
{
    ngx_uint_t  i;

    worker->conf->worker = NULL;

    if (worker->sweeper) {
        ngx_trade_sweep_leader_stop(worker->sweeper);
    }

    if (worker->locks) {
        ngx_trade_lock_run_stop(worker->locks);
    }

    for (i = 0; worker->kafka && i < worker->conf->kafka.nelts; i++) {
        if (worker->kafka[i]) {
            ngx_trade_kafka_stop(worker->kafka[i]);
        }
    }

    for (i = 0; worker->redis && i < worker->conf->redis.nelts; i++) {
        if (worker->redis[i]) {
            ngx_trade_redis_stop(worker->redis[i]);
        }
    }

    ngx_trade_zone_leave(worker->conf->zone);
    ngx_trade_backlog_sweeper_leave(worker->conf->zone);
    trade_digest_free(worker->digest);
    ngx_destroy_pool(worker->pool);
}


static void
ngx_trade_process_cleanup(void *data)
{
    ngx_trade_main_conf_t  *conf = data;

    if (conf->worker) {
        ngx_trade_process_stop(conf->worker);
    }
}
