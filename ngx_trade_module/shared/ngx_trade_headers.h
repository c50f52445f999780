/*
 * Finds the request headers that the module reads, in one pass.
 */

#ifndef NGX_TRADE_HEADERS_H
#define NGX_TRADE_HEADERS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "trade_key.h"
#include "trade_result.h"


typedef struct {
    ngx_str_t    value;             /* of the last one */
    ngx_uint_t   n;                 /* how many there are */
} ngx_trade_header_t;


typedef struct {
    ngx_trade_header_t  idempotency_key;
    ngx_trade_header_t  trade_ticket;
    ngx_trade_header_t  content_encoding;
    ngx_trade_header_t  traceparent;
    ngx_trade_header_t  tracestate;
    ngx_trade_header_t  if_match;
    ngx_trade_header_t  if_none_match;
    ngx_trade_header_t  if_unmodified_since;
} ngx_trade_headers_t;


void ngx_trade_headers_read(ngx_http_request_t *r,
    ngx_trade_headers_t *headers);

/*
 * Reads the Idempotency-Key into `mem`; *key is empty if there is none.
 * Returns TRADE_DONE, or TRADE_KEY_MALFORMED.
 */
trade_result_e ngx_trade_headers_key(const ngx_trade_headers_t *headers,
    char mem[TRADE_KEY_MAX], trade_str_t *key);


#endif /* NGX_TRADE_HEADERS_H */
