/*
 * The commands of a cart: each that is sent is counted until it is done, since
 * the cart lives as long as one is under way.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


ngx_int_t
ngx_trade_cart_call_send(ngx_trade_cart_t *cart, ngx_uint_t slot,
    ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data)
{
    ngx_int_t  rc;

    cmd->replicated = 1;
    cmd->awaited = 1;
    ngx_trade_slot_call(cmd, call, handler, data);

    rc = ngx_trade_redis_send(cart->redis, slot, cmd);

    if (rc == NGX_OK) {
        trade_cart_flow_sent(&cart->flow);
    }

    return rc;
}


void
ngx_trade_cart_call_done(ngx_trade_cart_t *cart)
{
    switch (trade_cart_flow_done(&cart->flow)) {

    case TRADE_CART_ACKED:
        ngx_trade_run_event(cart->req, TRADE_FLOW_ACKED, TRADE_DONE);
        break;

    case TRADE_CART_OVER:
        ngx_destroy_pool(cart->pool);
        break;

    default:
        break;
    }
}
