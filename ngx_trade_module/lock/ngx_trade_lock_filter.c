/*
 * Ends a request's locks as soon as its answer has been sent.  The request
 * itself may live on: nginx keeps it for up to 30 s while it reads the rest of
 * what the client sends (lingering close), and frees its pool only then.
 */

#include "ngx_trade_lock.h"


static ngx_int_t ngx_trade_lock_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_trade_lock_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static void ngx_trade_lock_output(ngx_http_request_t *r, ngx_uint_t last);
static void ngx_trade_lock_flushed(ngx_event_t *ev);
static void ngx_trade_lock_over_all(ngx_trade_lock_ctx_t *ctx);


static ngx_http_output_header_filter_pt  ngx_trade_lock_next_header_filter;
static ngx_http_output_body_filter_pt    ngx_trade_lock_next_body_filter;


void
ngx_trade_lock_filter_init(void)
{
    ngx_trade_lock_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_trade_lock_header_filter;

    ngx_trade_lock_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_trade_lock_body_filter;
}


static ngx_int_t
ngx_trade_lock_header_filter(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_trade_lock_next_header_filter(r);

    /* an answer to HEAD, or a 304, has no body to wait for */

    if (r == r->main && r->header_only && (rc == NGX_OK || rc == NGX_AGAIN)) {
        ngx_trade_lock_output(r, 1);
    }

    return rc;
}


static ngx_int_t
ngx_trade_lock_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t     rc;
    ngx_uint_t    last, flush;
    ngx_chain_t  *cl;

    last = 0;
    flush = (in == NULL);       /* the rest of an earlier output */

    for (cl = in; cl; cl = cl->next) {
        last |= cl->buf->last_buf;
        flush |= cl->buf->flush;
    }

    rc = ngx_trade_lock_next_body_filter(r, in);

    if (r == r->main && (last || flush) && rc != NGX_ERROR) {
        ngx_trade_lock_output(r, last);
    }

    return rc;
}


/* `last`: the end of the answer has just been passed on */

static void
ngx_trade_lock_output(ngx_http_request_t *r, ngx_uint_t last)
{
    ngx_trade_lock_ctx_t      *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    ctx = ngx_trade_lock_ctx(r);

    if (ctx == NULL) {
        return;
    }

    ctx->answered |= last;

    if (!ctx->answered) {

        /* an answer that its backend has cut short ends with a flush */

        ctx->sent.handler = ngx_trade_lock_flushed;
        ctx->sent.data = ctx;
        ctx->sent.log = r->connection->log;

        ngx_post_event(&ctx->sent, &ngx_posted_events);
        return;
    }

    if (r->out || r->postponed || r->buffered || r->connection->buffered) {
        return;
    }

    /* the locks cover the post_action behind the answer, too */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->post_action.data == NULL) {
        ngx_trade_lock_over_all(ctx);
    }
}


/* nginx is done with a request that does not wait to write */

static void
ngx_trade_lock_flushed(ngx_event_t *ev)
{
    ngx_trade_lock_ctx_t  *ctx;

    ctx = ev->data;

    if (ctx->r->connection->write->handler == ngx_http_empty_handler) {
        ngx_trade_lock_over_all(ctx);
    }
}


static void
ngx_trade_lock_over_all(ngx_trade_lock_ctx_t *ctx)
{
    for ( /* void */ ; ctx; ctx = ctx->next) {
        ngx_trade_lock_over(ctx);
    }
}
