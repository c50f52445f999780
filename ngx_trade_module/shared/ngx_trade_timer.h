/*
 * Sets a timer.  The module sets all its timers so.
 */

#ifndef NGX_TRADE_TIMER_H
#define NGX_TRADE_TIMER_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


/*
 * Lets `ev` expire in `ms`, whether or not it is set. ngx_add_timer() alone
 * keeps the old time of a timer that is set if the new one differs by less than
 * 300 ms (NGX_TIMER_LAZY_DELAY).
 */

static ngx_inline void
ngx_trade_timer_set(ngx_event_t *ev, ngx_msec_t ms)
{
    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_add_timer(ev, ms);
}


#endif /* NGX_TRADE_TIMER_H */
