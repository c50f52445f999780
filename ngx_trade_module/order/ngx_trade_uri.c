/*
 * The SKU that a URI names: behind the location, /v1/stock/A%2F1, or as an
 * argument, /v1/stock?sku=A/1.
 *
 * r->uri is decoded, its slashes are merged and its dots resolved, so the SKU
 * is read from the URI as the client sent it.
 */

#include "ngx_trade_request.h"
#include "trade_uri.h"


static ngx_int_t ngx_trade_uri_path(ngx_http_request_t *r, ngx_str_t *sku);
static ngx_int_t ngx_trade_uri_raw(ngx_http_request_t *r, trade_str_t *path);
static ngx_int_t ngx_trade_uri_decode(ngx_http_request_t *r, trade_str_t s,
    ngx_uint_t form, ngx_str_t *text);


trade_result_e
ngx_trade_uri_sku(ngx_http_request_t *r, ngx_str_t *sku, const char **why)
{
    size_t       n;
    ngx_int_t    rc;
    trade_str_t  value;

    *why = NULL;

    rc = ngx_trade_uri_path(r, sku);

    if (rc == NGX_DECLINED) {
        return TRADE_NOT_FOUND;
    }

    n = trade_uri_argument(ngx_trade_str(r->args), "sku", &value);

    if (rc == NGX_OK && n == 0) {
        return sku->len ? TRADE_DONE : TRADE_NOT_FOUND;
    }

    if (rc == NGX_OK && sku->len) {
        *why = "the path names a SKU, and so does the argument \"sku\"";
        return TRADE_BAD_URI;
    }

    if (rc == NGX_OK && n > 1) {
        *why = "the argument \"sku\" stands there twice";
        return TRADE_BAD_URI;
    }

    if (rc == NGX_OK) {
        rc = ngx_trade_uri_decode(r, value, 1, sku);
    }

    if (rc == NGX_ABORT) {
        *why = "a percent sign has no two hex digits behind it";
        return TRADE_BAD_URI;
    }

    return rc == NGX_OK ? TRADE_DONE : TRADE_OVERLOADED;
}


trade_result_e
ngx_trade_uri_argument(ngx_http_request_t *r, const char *name,
    ngx_str_t *value, const char **fault)
{
    size_t       n;
    trade_str_t  text;

    n = trade_uri_argument(ngx_trade_str(r->args), name, &text);

    if (n != 1) {
        *fault = n ? "stands there twice" : "is missing";
        return TRADE_BAD_URI;
    }

    switch (ngx_trade_uri_decode(r, text, 1, value)) {

    case NGX_OK:
        return TRADE_DONE;

    case NGX_ABORT:
        *fault = "has a percent sign without two hex digits behind it";
        return TRADE_BAD_URI;

    default:
        return TRADE_OVERLOADED;
    }
}


/*
 * Cuts off the location's prefix.  Returns NGX_DECLINED if the URI does not
 * have it, NGX_ABORT if the URI is badly encoded
 */

static ngx_int_t
ngx_trade_uri_path(ngx_http_request_t *r, ngx_str_t *sku)
{
    trade_str_t  path;

    if (ngx_trade_uri_raw(r, &path) != NGX_OK) {
        return ngx_trade_request_subject(r, sku);
    }

    return ngx_trade_uri_decode(r, path, 0, sku);
}


/*
 * Does the same with the URI as it was sent.  Returns NGX_DECLINED where the
 * end of the prefix can't be told: the URI was rewritten, it begins in another
 * way than the location does, or it has parts that nginx resolves
 */

static ngx_int_t
ngx_trade_uri_raw(ngx_http_request_t *r, trade_str_t *path)
{
    trade_str_t                sent;
    ngx_str_t                 *name;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    name = &clcf->name;

    sent = ngx_trade_str(r->unparsed_uri);
    sent = trade_str_cut(&sent, '?');
    sent = trade_str_cut(&sent, '#');

    if (!r->valid_unparsed_uri || name->len == 0 || sent.len < name->len
        || ngx_memcmp(sent.data, name->data, name->len) != 0)
    {
        return NGX_DECLINED;
    }

    *path = trade_str_of(sent.data + name->len, sent.len - name->len);

    if (path->len && name->data[name->len - 1] != '/') {
        if (path->data[0] != '/') {
            return NGX_DECLINED;
        }

        path->data++;
        path->len--;
    }

    return trade_uri_dotted(*path) ? NGX_DECLINED : NGX_OK;
}


static ngx_int_t
ngx_trade_uri_decode(ngx_http_request_t *r, trade_str_t s, ngx_uint_t form,
    ngx_str_t *text)
{
    char         *mem;
    trade_buf_t   b;

    mem = ngx_pnalloc(r->pool, s.len + 1);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, s.len);

    if (trade_uri_decode(&b, s, form) != 0) {
        return NGX_ABORT;
    }

    *text = ngx_trade_ngx_str(trade_buf_done(&b));

    return NGX_OK;
}
