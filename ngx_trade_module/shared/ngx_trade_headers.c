#include "ngx_trade_headers.h"


static const struct {
    ngx_str_t  name;                /* in lower case */
    size_t     offset;
} ngx_trade_headers[] = {
    { ngx_string("idempotency-key"),
      offsetof(ngx_trade_headers_t, idempotency_key) },
    { ngx_string("trade-ticket"),
      offsetof(ngx_trade_headers_t, trade_ticket) },
    { ngx_string("content-encoding"),
      offsetof(ngx_trade_headers_t, content_encoding) },
    { ngx_string("traceparent"),
      offsetof(ngx_trade_headers_t, traceparent) },
    { ngx_string("tracestate"),
      offsetof(ngx_trade_headers_t, tracestate) },
    { ngx_string("if-match"),
      offsetof(ngx_trade_headers_t, if_match) },
    { ngx_string("if-none-match"),
      offsetof(ngx_trade_headers_t, if_none_match) },
    { ngx_string("if-unmodified-since"),
      offsetof(ngx_trade_headers_t, if_unmodified_since) }
};


void
ngx_trade_headers_read(ngx_http_request_t *r, ngx_trade_headers_t *headers)
{
    ngx_uint_t           i, n;
    ngx_list_part_t     *part;
    ngx_table_elt_t     *h;
    ngx_trade_header_t  *header;

    ngx_memzero(headers, sizeof(ngx_trade_headers_t));

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            for (n = 0;
                 n < sizeof(ngx_trade_headers) / sizeof(ngx_trade_headers[0]);
                 n++)
            {
                if (h[i].key.len != ngx_trade_headers[n].name.len
                    || ngx_memcmp(h[i].lowcase_key,
                                  ngx_trade_headers[n].name.data,
                                  h[i].key.len)
                       != 0)
                {
                    continue;
                }

                header = (ngx_trade_header_t *)
                         ((u_char *) headers + ngx_trade_headers[n].offset);
                header->value = h[i].value;
                header->n++;
            }
        }
    }
}


trade_result_e
ngx_trade_headers_key(const ngx_trade_headers_t *headers,
    char mem[TRADE_KEY_MAX], trade_str_t *key)
{
    trade_str_t                value;
    const ngx_trade_header_t  *header;

    header = &headers->idempotency_key;
    *key = trade_str_of(NULL, 0);

    if (header->n == 0) {
        return TRADE_DONE;
    }

    value = trade_str_of((char *) header->value.data, header->value.len);

    return header->n == 1 && trade_key_parse(value, mem, key) == 0
           ? TRADE_DONE : TRADE_KEY_MALFORMED;
}
