/*
 * The phase in which a request takes its lock, the request's continuation when
 * that is decided, and its end.
 */

#include "ngx_trade_lock.h"


static ngx_uint_t ngx_trade_lock_has(const ngx_trade_lock_ctx_t *ctx,
    const ngx_trade_lock_conf_t *conf, const ngx_str_t *name);
static ngx_trade_lock_ctx_t *ngx_trade_lock_create(ngx_http_request_t *r,
    ngx_trade_lock_conf_t *conf, ngx_str_t *name);
static ngx_int_t ngx_trade_lock_name(ngx_http_request_t *r,
    ngx_trade_worker_t *worker, ngx_http_complex_value_t *value,
    ngx_str_t *name);
static ngx_uint_t ngx_trade_lock_expects_body(ngx_http_request_t *r);
static ngx_int_t ngx_trade_lock_read_body(ngx_http_request_t *r);
static void ngx_trade_lock_body_read(ngx_http_request_t *r);
static ngx_int_t ngx_trade_lock_suspend(ngx_http_request_t *r);
static void ngx_trade_lock_go(ngx_http_request_t *r,
    ngx_trade_lock_ctx_t *ctx);
static void ngx_trade_lock_cleanup(void *data);


ngx_int_t
ngx_trade_lock_handler(ngx_http_request_t *r)
{
    ngx_str_t               name, owner;
    ngx_trade_worker_t     *worker;
    ngx_trade_lock_ctx_t   *ctx;
    ngx_trade_lock_conf_t  *conf;
    ngx_trade_loc_conf_t   *tlcf;
    ngx_trade_main_conf_t  *tmcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_trade_module);
    conf = tlcf->lock;

    /* the lock of a request covers its subrequests */

    if (conf == NULL || r != r->main) {
        return NGX_DECLINED;
    }

    ctx = ngx_trade_lock_ctx(r);

    if (ctx && ctx->resuming) {
        ctx->resuming = 0;
        return NGX_DECLINED;
    }

    tmcf = ngx_http_get_module_main_conf(r, ngx_trade_module);
    worker = tmcf->worker;

    if (worker == NULL
        || ngx_trade_lock_name(r, worker, &conf->key, &name) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (name.len == 0) {
        return NGX_DECLINED;
    }

    ngx_str_null(&owner);

    if (conf->owner
        && ngx_trade_lock_name(r, worker, conf->owner, &owner) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_trade_lock_has(ctx, conf, &name)) {
        return NGX_DECLINED;
    }

    /* a client that sends its body slowly must hold up nobody */

    if (ngx_trade_lock_expects_body(r)) {
        return ngx_trade_lock_read_body(r);
    }

    ctx = ngx_trade_lock_create(r, conf, &name);

    if (ctx == NULL
        || ngx_trade_lock_run_begin(worker->locks, ctx, conf, &owner) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_lock_suspend(r);
}


/*
 * Whether the request has this lock: an internal redirect enters the phase
 * again
 */

static ngx_uint_t
ngx_trade_lock_has(const ngx_trade_lock_ctx_t *ctx,
    const ngx_trade_lock_conf_t *conf, const ngx_str_t *name)
{
    for ( /* void */ ; ctx; ctx = ctx->next) {
        if (ctx->redis == conf->redis
            && ctx->name.len == name->len
            && ngx_memcmp(ctx->name.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Finds the context by its cleanup: internal redirects clear a request's
 * contexts
 */

ngx_trade_lock_ctx_t *
ngx_trade_lock_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_trade_lock_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


static ngx_trade_lock_ctx_t *
ngx_trade_lock_create(ngx_http_request_t *r, ngx_trade_lock_conf_t *conf,
    ngx_str_t *name)
{
    ngx_pool_cleanup_t    *cln;
    ngx_trade_lock_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_trade_lock_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_trade_lock_ctx_t));

    ctx->next = ngx_trade_lock_ctx(r);
    ctx->r = r;
    ctx->redis = conf->redis;
    ctx->name = *name;
    ctx->waited = -1;

    cln->handler = ngx_trade_lock_cleanup;

    return ctx;
}


/* A name that is too long for a key is replaced by its digest */

static ngx_int_t
ngx_trade_lock_name(ngx_http_request_t *r, ngx_trade_worker_t *worker,
    ngx_http_complex_value_t *value, ngx_str_t *name)
{
    u_char       *p;
    trade_str_t   whole;

    if (ngx_http_complex_value(r, value, name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (name->len <= TRADE_LOCK_NAME_MAX) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, sizeof("sha256:") + TRADE_DIGEST_LEN);
    whole = ngx_trade_str(*name);

    if (p == NULL) {
        return NGX_ERROR;
    }

    name->data = p;
    name->len = sizeof("sha256:") - 1 + TRADE_DIGEST_LEN;
    p = ngx_cpymem(p, "sha256:", sizeof("sha256:") - 1);

    return trade_digest_hex(worker->digest, &whole, 1, (char *) p) == 0
           ? NGX_OK : NGX_ERROR;
}


static ngx_uint_t
ngx_trade_lock_expects_body(ngx_http_request_t *r)
{
    return (r->headers_in.content_length_n > 0 || r->headers_in.chunked)
           && r->request_body == NULL && !r->discard_body;
}


static ngx_int_t
ngx_trade_lock_read_body(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->method == NGX_HTTP_PUT && clcf->handler == NULL) {

        /* ngx_http_dav_module renames the file that the body is in */

        r->request_body_in_file_only = 1;
        r->request_body_in_persistent_file = 1;
        r->request_body_in_clean_file = 1;
        r->request_body_file_group_access = 1;
        r->request_body_file_log_level = 0;
    }

    rc = ngx_http_read_client_request_body(r, ngx_trade_lock_body_read);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


/* Runs the phase again, which finds that the body is there */

static void
ngx_trade_lock_body_read(ngx_http_request_t *r)
{
    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


static ngx_int_t
ngx_trade_lock_suspend(ngx_http_request_t *r)
{
    ngx_event_t  *rev;

    rev = r->connection->read;

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);

    } else if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DONE;
}


/*
 * Continues or answers the requests that were decided in this round of the
 * event loop, so that none ends within the call that decided
 */

void
ngx_trade_lock_tell(ngx_event_t *ev)
{
    ngx_int_t              rc;
    ngx_queue_t           *q;
    ngx_connection_t      *c;
    ngx_trade_lock_t      *lock;
    ngx_trade_locks_t     *locks;
    ngx_http_request_t    *r;
    ngx_trade_lock_ctx_t  *ctx;

    locks = ev->data;

    while (!ngx_queue_empty(&locks->ready)) {
        q = ngx_queue_head(&locks->ready);
        ngx_queue_remove(q);
        lock = ngx_queue_data(q, ngx_trade_lock_t, queue);
        lock->ready = 0;

        ctx = lock->ctx;
        r = ctx->r;
        c = r->connection;

        if (lock->refused) {
            ctx->lock = NULL;
            lock->ctx = NULL;
            rc = ngx_trade_lock_answer(r, lock->flow.result, lock->status);
            ngx_trade_lock_run_done(lock);
            ngx_http_finalize_request(r, rc);

        } else {
            ngx_trade_lock_go(r, ctx);
        }

        ngx_http_run_posted_requests(c);
    }
}


static void
ngx_trade_lock_go(ngx_http_request_t *r, ngx_trade_lock_ctx_t *ctx)
{
    ctx->resuming = 1;

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_core_run_phases(r);
}


/* The request is torn down: its client has gone, or its answer was not sent */

static void
ngx_trade_lock_cleanup(void *data)
{
    ngx_trade_lock_ctx_t *ctx = data;

    if (ctx->sent.posted) {
        ngx_delete_posted_event(&ctx->sent);
    }

    ngx_trade_lock_over(ctx);
}


void
ngx_trade_lock_over(ngx_trade_lock_ctx_t *ctx)
{
    ngx_trade_lock_t         *lock;
    ngx_trade_lock_counts_t  *counts;

    lock = ctx->lock;

    if (lock == NULL) {
        return;
    }

    ctx->lock = NULL;
    ctx->lost = trade_lock_lost(&lock->flow, ngx_current_msec);
    lock->ctx = NULL;
    counts = lock->locks->counts;

    if (lock->ready) {
        ngx_queue_remove(&lock->queue);
        lock->ready = 0;
    }

    if (!lock->counted && !lock->refused) {
        counts->counters[NGX_TRADE_LOCK_INTERRUPTED]++;
    }

    ngx_trade_lock_run_event(lock, TRADE_LOCK_OVER, 0);
}
