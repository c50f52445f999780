/*
 * The preconditions of a request: reads them from its headers, and checks them
 * here for a request that changes nothing.  The script checks those of a
 * change.
 */

#include "ngx_trade_request.h"


static ngx_int_t ngx_trade_condition_tags(ngx_trade_request_t *req,
    ngx_trade_header_t *header, int weak, int cut, trade_str_t *set);


trade_result_e
ngx_trade_condition_read(ngx_trade_request_t *req)
{
    time_t               since;
    ngx_uint_t           stock;
    ngx_trade_header_t  *header;

    req->condition.unmodified = TRADE_PRECONDITION_UNSET;

    header = &req->headers.if_unmodified_since;

    if (header->n == 1) {
        since = ngx_parse_http_time(header->value.data, header->value.len);

        /* a value that is no date is no precondition */

        if (since != NGX_ERROR && since >= 0) {
            req->condition.unmodified = since;
        }
    }

    stock = req->op->stock;

    switch (ngx_trade_condition_tags(req, &req->headers.if_match, 0, stock,
                                     &req->condition.match))
    {
    case NGX_OK:
        break;

    case NGX_DECLINED:
        return TRADE_PRECONDITION_MALFORMED;

    default:
        return TRADE_OVERLOADED;
    }

    switch (ngx_trade_condition_tags(req, &req->headers.if_none_match, 1,
                                     stock && req->op->changes,
                                     &req->condition.none_match))
    {
    case NGX_OK:
        return TRADE_DONE;

    case NGX_DECLINED:
        return TRADE_PRECONDITION_MALFORMED;

    default:
        return TRADE_OVERLOADED;
    }
}


/* Returns NGX_DECLINED if the header is malformed */

static ngx_int_t
ngx_trade_condition_tags(ngx_trade_request_t *req,
    ngx_trade_header_t *header, int weak, int cut, trade_str_t *set)
{
    char         *mem;
    size_t        size;
    trade_buf_t   b;

    if (header->n == 0) {
        return NGX_OK;
    }

    if (header->n > 1) {
        return NGX_DECLINED;
    }

    size = trade_precondition_size(header->value.len);

    mem = ngx_pnalloc(req->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);

    return trade_precondition_tags(&b, ngx_trade_str(header->value), weak, cut,
                                   set)
           == 0 ? NGX_OK : NGX_DECLINED;
}


trade_result_e
ngx_trade_condition_show(ngx_trade_request_t *req)
{
    trade_str_t  tag;

    tag = ngx_trade_str(req->answer.etag);

    if (tag.len) {
        tag = trade_str_of(tag.data + 1, tag.len - 2);
    }

    switch (trade_precondition_check(&req->condition, tag,
                                     req->answer.changed))
    {
    case TRADE_PRECONDITION_FAILS:
        return TRADE_PRECONDITION_FAILED;

    case TRADE_PRECONDITION_LISTED:
        return TRADE_NOT_MODIFIED;

    default:
        return TRADE_DONE;
    }
}


trade_result_e
ngx_trade_condition_create(ngx_trade_request_t *req)
{
    return trade_precondition_check(&req->condition, trade_str_of(NULL, 0),
                                    TRADE_PRECONDITION_UNSET)
           == TRADE_PRECONDITION_HOLDS
           ? TRADE_DONE : TRADE_PRECONDITION_FAILED;
}
