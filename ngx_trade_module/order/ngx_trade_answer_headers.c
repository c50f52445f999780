/*
 * The headers of an answer that depend on the order or the stock.
 */

#include "ngx_trade_request.h"
#include "ngx_trade_send.h"


static ngx_int_t ngx_trade_answer_validators(ngx_trade_request_t *req);
static ngx_int_t ngx_trade_answer_cache(ngx_trade_request_t *req);
static ngx_int_t ngx_trade_answer_location(ngx_http_request_t *r,
    ngx_str_t *id);


ngx_int_t
ngx_trade_answer_headers(ngx_trade_request_t *req, trade_result_e result)
{
    ngx_str_t            value;
    ngx_uint_t           retry;
    ngx_http_request_t  *r;

    r = req->r;

    if (req->answer.replayed && trade_result_status(result) < 300) {
        ngx_str_set(&value, "true");

        if (ngx_trade_send_header(r, "Idempotent-Replayed", &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    retry = result == TRADE_NOT_STARTED
            ? req->answer.retry_after
            : trade_result_retry_after(result, ngx_random());

    if (retry && ngx_trade_send_number(r, "Retry-After", retry) != NGX_OK) {
        return NGX_ERROR;
    }

    if (result == TRADE_METHOD
        && ngx_trade_send_header(r, "Allow", &req->answer.allow) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((result == TRADE_NOT_MODIFIED || trade_result_status(result) < 300)
        && (ngx_trade_answer_validators(req) != NGX_OK
            || ngx_trade_answer_cache(req) != NGX_OK))
    {
        return NGX_ERROR;
    }

    if (req->op->located && req->answer.id.len) {
        return ngx_trade_answer_location(r, &req->answer.id);
    }

    return NGX_OK;
}


/*
 * Last-Modified must be a second that is over, so that any later change has a
 * later one.  A change itself is answered without it, because its second is not
 * over.
 */

static ngx_int_t
ngx_trade_answer_validators(ngx_trade_request_t *req)
{
    uint64_t             now;
    ngx_str_t            value;
    ngx_http_request_t  *r;

    r = req->r;

    if (req->answer.etag.len
        && ngx_trade_send_header(r, "ETag", &req->answer.etag) != NGX_OK)
    {
        return NGX_ERROR;
    }

    now = ngx_trade_redis_clock(ngx_trade_request_redis(req), req->slot);

    if (req->op->changes || req->answer.changed >= now / 1000) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_http_time(value.data, (time_t) req->answer.changed)
                - value.data;

    return ngx_trade_send_header(r, "Last-Modified", &value);
}


/*
 * A cache may show stock for as long as a hint may, from the time at which the
 * slot was asked.  Only the location decides who may see it, so no cache may
 * show it to others.
 */

static ngx_int_t
ngx_trade_answer_cache(ngx_trade_request_t *req)
{
    u_char     *p;
    uint64_t    seconds;
    ngx_str_t  *value;

    if (!req->op->stock || req->op->changes) {
        return NGX_OK;
    }

    value = &req->answer.cache;

    seconds = trade_hint_max_age(req->hint.asked, req->hint.ttl,
                                 ngx_current_msec);
    if (seconds == 0) {
        ngx_str_set(value, "private, no-cache");
        return NGX_OK;
    }

    p = ngx_pnalloc(req->r->pool, sizeof("private, max-age=, must-revalidate")
                                  + NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;
    value->len = ngx_sprintf(p, "private, max-age=%uL, must-revalidate",
                             seconds)
                 - p;

    return NGX_OK;
}


static ngx_int_t
ngx_trade_answer_location(ngx_http_request_t *r, ngx_str_t *id)
{
    size_t                     escapes;
    u_char                    *p;
    ngx_str_t                  value, *name;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    name = &clcf->name;

    escapes = ngx_escape_uri(NULL, name->data, name->len, NGX_ESCAPE_URI);

    value.data = ngx_pnalloc(r->pool, name->len + 2 * escapes + 1 + id->len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = (u_char *) ngx_escape_uri(value.data, name->data, name->len,
                                  NGX_ESCAPE_URI);

    if (name->len == 0 || p[-1] != '/') {
        *p++ = '/';
    }

    p = ngx_cpymem(p, id->data, id->len);
    value.len = p - value.data;

    return ngx_trade_send_header(r, "Location", &value);
}
