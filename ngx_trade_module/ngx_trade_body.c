#include "ngx_trade_request.h"


static ngx_uint_t ngx_trade_body_json(ngx_str_t *type);
static trade_str_t ngx_trade_body_trim(trade_str_t s);
static ngx_uint_t ngx_trade_body_is(trade_str_t s, const char *word);


trade_verdict_e
ngx_trade_body_check(ngx_trade_request_t *req)
{
    ngx_table_elt_t     *type;
    ngx_http_request_t  *r;

    r = req->r;

    if (r->headers_in.content_length_n > (off_t) req->conf->body_max) {
        return TRADE_BODY_TOO_LONG;
    }

    type = r->headers_in.content_type;

    if (type == NULL || !ngx_trade_body_json(&type->value)
        || req->headers.content_encoding.n)
    {
        return TRADE_MEDIA_TYPE;
    }

    return TRADE_DONE;
}


/* application/json, with charset=utf-8 or without, in any case */

static ngx_uint_t
ngx_trade_body_json(ngx_str_t *type)
{
    trade_str_t  rest, name;

    rest = ngx_trade_str(*type);
    name = ngx_trade_body_trim(trade_str_cut(&rest, ';'));

    if (!ngx_trade_body_is(name, "application/json")) {
        return 0;
    }

    rest = ngx_trade_body_trim(rest);

    return rest.len == 0
           || ngx_trade_body_is(rest, "charset=utf-8")
           || ngx_trade_body_is(rest, "charset=\"utf-8\"");
}


static trade_str_t
ngx_trade_body_trim(trade_str_t s)
{
    while (s.len && s.data[0] == ' ') {
        s.data++;
        s.len--;
    }

    while (s.len && s.data[s.len - 1] == ' ') {
        s.len--;
    }

    return s;
}


static ngx_uint_t
ngx_trade_body_is(trade_str_t s, const char *word)
{
    return s.len == ngx_strlen(word)
           && ngx_strncasecmp((u_char *) s.data, (u_char *) word, s.len) == 0;
}


trade_verdict_e
ngx_trade_body_get(ngx_trade_request_t *req, trade_str_t *body)
{
    u_char                   *p;
    ssize_t                   n;
    size_t                    size;
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_request_body_t  *rb;

    rb = req->r->request_body;
    *body = trade_str_of(NULL, 0);

    if (rb == NULL || rb->bufs == NULL) {
        return TRADE_DONE;
    }

    cl = rb->bufs;

    if (cl->next == NULL && !cl->buf->in_file) {
        *body = trade_str_of((char *) cl->buf->pos,
                             cl->buf->last - cl->buf->pos);
        return body->len > req->conf->body_max ? TRADE_BODY_TOO_LONG
                                               : TRADE_DONE;
    }

    for (size = 0; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);

        if (size > req->conf->body_max) {
            return TRADE_BODY_TOO_LONG;
        }
    }

    p = ngx_pnalloc(req->pool, size);
    if (p == NULL) {
        return TRADE_OVERLOADED;
    }

    *body = trade_str_of((char *) p, size);

    for (cl = rb->bufs; cl; cl = cl->next) {
        b = cl->buf;
        size = ngx_buf_size(b);

        if (b->in_file) {
            n = ngx_read_file(b->file, p, size, b->file_pos);

            if (n != (ssize_t) size) {
                return TRADE_OVERLOADED;
            }

            p += size;

        } else if (size) {
            p = ngx_cpymem(p, b->pos, size);
        }
    }

    return TRADE_DONE;
}
