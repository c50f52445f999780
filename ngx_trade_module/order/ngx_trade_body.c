#include "ngx_trade_request.h"
#include "trade_media.h"


trade_result_e
ngx_trade_body_check(ngx_trade_request_t *req)
{
    ngx_table_elt_t     *type;
    ngx_http_request_t  *r;

    r = req->r;

    if (r->headers_in.content_length_n > (off_t) req->conf->body_max) {
        return TRADE_BODY_TOO_LONG;
    }

    type = r->headers_in.content_type;

    if (type == NULL || !trade_media_json(ngx_trade_str(type->value))
        || req->headers.content_encoding.n)
    {
        return TRADE_MEDIA_TYPE;
    }

    return TRADE_DONE;
}


trade_result_e
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
