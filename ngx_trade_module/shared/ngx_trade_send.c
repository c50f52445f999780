#include "ngx_trade_send.h"
#include "ngx_trade_types.h"


static ngx_int_t ngx_trade_send_cache_control(ngx_http_request_t *r,
    ngx_str_t *value);


static ngx_str_t  ngx_trade_send_no_store = ngx_string("no-store");


ngx_int_t
ngx_trade_send_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    if (value->data == NULL) {
        return NGX_ERROR;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}


ngx_int_t
ngx_trade_send_number(ngx_http_request_t *r, const char *name,
    ngx_uint_t value)
{
    ngx_str_t  text;

    text.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    text.len = ngx_sprintf(text.data, "%ui", value) - text.data;

    return ngx_trade_send_header(r, name, &text);
}


ngx_int_t
ngx_trade_send(ngx_http_request_t *r, ngx_uint_t status, ngx_str_t *cache,
    ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    if (ngx_trade_send_cache_control(r, cache ? cache
                                              : &ngx_trade_send_no_store)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (status >= NGX_HTTP_BAD_REQUEST) {
        ngx_str_set(&r->headers_out.content_type, "application/problem+json");

    } else {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    r->headers_out.content_length_n = body->len;

    if (status == NGX_HTTP_NOT_MODIFIED) {
        ngx_str_null(&r->headers_out.content_type);
        r->headers_out.content_length_n = -1;
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.status = status;

    /* error_page may have led here from an error of another location */

    r->err_status = 0;

    r->disable_not_modified = 1;
    r->allow_ranges = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_trade_send_document(ngx_http_request_t *r, trade_problem_t *problem,
    ngx_str_t *body)
{
    void                  *mem;
    size_t                 size;
    trade_str_t            text;
    trade_buf_t            b;
    ngx_trade_loc_conf_t  *tlcf;

    tlcf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    problem->base = trade_str_of((char *) tlcf->problem_base.data,
                                 tlcf->problem_base.len);
    size = trade_problem_size(problem);

    mem = ngx_pnalloc(r->pool, size);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);
    trade_problem_write(&b, problem);

    text = trade_buf_done(&b);
    body->data = (u_char *) text.data;
    body->len = text.len;

    return b.overflow ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_trade_send_problem(ngx_http_request_t *r, trade_problem_t *problem)
{
    ngx_str_t  body;

    if (ngx_trade_send_document(r, problem, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_trade_send(r, problem->status
                             ? problem->status
                             : trade_result_status(problem->result),
                          NULL, &body);
}


/*
 * `expires` overwrites the Cache-Control that headers_out knows.  So it gets
 * elements that are in no list and are never sent, and does not know the real
 * one.
 */

static ngx_int_t
ngx_trade_send_cache_control(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_table_elt_t  *unsent;
#if (nginx_version < 1023000)
    ngx_table_elt_t **p;
#endif

    unsent = ngx_pcalloc(r->pool, 2 * sizeof(ngx_table_elt_t));
    if (unsent == NULL) {
        return NGX_ERROR;
    }

    r->headers_out.expires = &unsent[0];

#if (nginx_version < 1023000)

    if (ngx_array_init(&r->headers_out.cache_control, r->pool, 1,
                       sizeof(ngx_table_elt_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_array_push(&r->headers_out.cache_control);
    *p = &unsent[1];

#else
    r->headers_out.cache_control = &unsent[1];
#endif

    return ngx_trade_send_header(r, "Cache-Control", value);
}
