/*
 * Bounds the lines that the log gets when every order fails alike.
 */

#ifndef NGX_TRADE_LIMIT_H
#define NGX_TRADE_LIMIT_H

#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_TRADE_LIMIT_LINES  10       /* of one kind, a second and process */
#define NGX_TRADE_QUEUE_SAY    10000    /* ms between two lines of a process
                                           that a queue is full */


typedef struct {
    time_t      second;
    ngx_uint_t  lines;
} ngx_trade_limit_t;


/*
 * Whether one more line may be written; after the last one it logs that more
 * are left out.
 */

static ngx_inline ngx_uint_t
ngx_trade_limit(ngx_trade_limit_t *limit, ngx_log_t *log)
{
    if (limit->second != ngx_time()) {
        limit->second = ngx_time();
        limit->lines = 0;
    }

    if (limit->lines == NGX_TRADE_LIMIT_LINES) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "trade: more such lines in this second are left out");
    }

    return limit->lines++ < NGX_TRADE_LIMIT_LINES;
}


/* Whether to say that a queue is full; *said is when it was last said */

static ngx_inline ngx_uint_t
ngx_trade_queue_say(ngx_msec_t *said)
{
    if (*said && ngx_current_msec - *said < NGX_TRADE_QUEUE_SAY) {
        return 0;
    }

    *said = ngx_current_msec;

    return 1;
}


#endif /* NGX_TRADE_LIMIT_H */
