/*
 * Sends the answers that the module makes itself, in its content handlers, and
 * the problem documents of trade_lock.  If trade_lock passes a request on to
 * another handler, that handler answers.
 *
 * An answer is final.  A change may have been made by the time it is sent, so
 * nginx's filters must not replace it (not_modified answers 412 or 304, range
 * answers 206), and no cache may keep it, unless its maker says otherwise.
 */

#ifndef NGX_TRADE_SEND_H
#define NGX_TRADE_SEND_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "trade_problem.h"


/*
 * Appends a header to the answer.  `name` must be static; `value` must live as
 * long as the request.  Returns NGX_OK, or NGX_ERROR when out of memory or when
 * `value` has no data.
 */
ngx_int_t ngx_trade_send_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* Does the same with a decimal number. */
ngx_int_t ngx_trade_send_number(ngx_http_request_t *r, const char *name,
    ngx_uint_t value);

/*
 * Sends the answer: `body` is JSON, a problem document if `status` is 400 or
 * more, and must live as long as the request; 304 has none.  `cache` is the
 * value of Cache-Control, which must live as long, or NULL: no-store.  Append
 * other headers before.  The caller finalises the request with the result.
 */
ngx_int_t ngx_trade_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *cache, ngx_str_t *body);

/*
 * Writes a problem document into the request's pool; its base is that of the
 * location.  Returns NGX_OK, or NGX_ERROR when out of memory.
 */
ngx_int_t ngx_trade_send_document(ngx_http_request_t *r,
    trade_problem_t *problem, ngx_str_t *body);

/* Sends a problem document with the status of its result, or with `status`. */
ngx_int_t ngx_trade_send_problem(ngx_http_request_t *r,
    trade_problem_t *problem);


#endif /* NGX_TRADE_SEND_H */
