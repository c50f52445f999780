/*
 * Sends the answers that the module makes itself: those of its content
 * handlers, and the problem documents of trade_lock.  What trade_lock lets
 * through to another handler is not answered here.
 *
 * An answer is final.  A change may have been made by the time it is sent, so
 * nginx's filters must not replace it (not_modified answers 412 or 304, range
 * answers 206), and no cache may keep it.
 */

#ifndef NGX_TRADE_SEND_H
#define NGX_TRADE_SEND_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "trade_problem.h"


/*
 * Appends a header to the answer.  `name` must be static; `value` must live as
 * long as the request.  NGX_OK, or NGX_ERROR: out of memory, or `value` has
 * no data.
 */
ngx_int_t ngx_trade_send_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* The same with a decimal number. */
ngx_int_t ngx_trade_send_number(ngx_http_request_t *r, const char *name,
    ngx_uint_t value);

/*
 * Sends the answer: `body` is JSON, a problem document if `status` is 400 or
 * more, and must live as long as the request; 304 has none.  Headers are
 * appended before.  The caller finalises the request with what it returns.
 */
ngx_int_t ngx_trade_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *body);

/* Sends a problem document with the status of its verdict, or its own. */
ngx_int_t ngx_trade_send_problem(ngx_http_request_t *r,
    const trade_problem_t *problem);


#endif /* NGX_TRADE_SEND_H */
