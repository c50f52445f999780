/*
 * Forgets what buyers have bought of SKUs whose sale is over (forget.lua).
 * Once an hour it asks all slots of a shard for such SKUs, some slots each
 * second, and removes the buyers of a SKU with one call after the other.
 */

#include "ngx_trade_sweep.h"
#include "ngx_trade_slot.h"
#include "trade_call_forget.h"


#define NGX_TRADE_FORGET_PERIOD  TRADE_HOUR /* between the starts of two
                                               rounds */
#define NGX_TRADE_FORGET_SLOTS   256        /* slots that a call looks at */
#define NGX_TRADE_FORGET_FIELDS  4000       /* and fields of them: ~1 ms */
#define NGX_TRADE_FORGET_BUYERS  200        /* of a call: ~0.2 ms */


static void ngx_trade_forget_sales(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_forget_next(ngx_trade_sweep_t *sweep);
static ngx_int_t ngx_trade_forget_send(ngx_trade_sweep_t *sweep,
    ngx_uint_t slot);
static void ngx_trade_forget_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_int_t ngx_trade_forget_reply(ngx_trade_sweep_t *sweep,
    ngx_uint_t slot, ngx_trade_redis_result_e result, trade_reply_t *reply);
static void ngx_trade_forget_end(ngx_trade_sweep_t *sweep);


void
ngx_trade_forget_begin(ngx_trade_sweep_t *sweep)
{
    void                *mem;
    size_t               size;
    trade_call_t         call;
    ngx_trade_forget_t  *forget;

    forget = &sweep->forget;

    if (forget->pool || sweep->nslots == 0
        || (ngx_msec_int_t) (ngx_current_msec - forget->at) < 0)
    {
        return;
    }

    if (forget->first == 0) {
        forget->round = ngx_current_msec;
    }

    forget->nslots = ngx_min(sweep->nslots - forget->first,
                             NGX_TRADE_FORGET_SLOTS);
    size = trade_call_sales_size(forget->nslots);

    forget->pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, sweep->worker->log);
    if (forget->pool == NULL) {
        return;
    }

    ngx_str_null(&forget->sales);
    ngx_memzero(&forget->cmd, sizeof(ngx_trade_redis_cmd_t));

    mem = ngx_palloc(forget->pool, size);

    if (mem == NULL
        || trade_call_sales(&call, mem, size, &sweep->slots[forget->first],
                            forget->nslots, TRADE_FORGET_OVER,
                            sweep->worker->conf->limit_keep,
                            NGX_TRADE_FORGET_FIELDS)
           != 0)
    {
        ngx_trade_forget_end(sweep);
        return;
    }

    ngx_trade_slot_call(&forget->cmd, &call, ngx_trade_forget_sales, sweep);

    if (ngx_trade_redis_send(sweep->transport, sweep->slots[forget->first],
                             &forget->cmd)
        != NGX_OK)
    {
        ngx_trade_forget_end(sweep);
    }
}


static void
ngx_trade_forget_sales(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_str_t            text;
    ngx_uint_t           read;
    trade_reply_t        reply;
    ngx_trade_sweep_t   *sweep;
    ngx_trade_forget_t  *forget;

    sweep = cmd->data;
    forget = &sweep->forget;

    if (ngx_trade_forget_reply(sweep, sweep->slots[forget->first], result,
                               &reply)
        != NGX_OK
        || reply.kind != TRADE_REPLY_SALES)
    {
        ngx_trade_forget_end(sweep);
        return;
    }

    read = ngx_min(ngx_max(reply.value, 1), forget->nslots);
    forget->slots = &sweep->slots[forget->first];
    forget->first += read;

    text = ngx_trade_ngx_str(reply.text);
    forget->sales.data = ngx_pstrdup(forget->pool, &text);
    forget->sales.len = forget->sales.data ? text.len : 0;

    if (forget->first == sweep->nslots) {
        forget->first = 0;
        forget->at = forget->round + NGX_TRADE_FORGET_PERIOD;
    }

    ngx_trade_forget_next(sweep);
}


/* Goes to the next SKU, and to its first buyer */

static void
ngx_trade_forget_next(ngx_trade_sweep_t *sweep)
{
    size_t               position;
    trade_str_t          text;
    ngx_trade_forget_t  *forget;

    forget = &sweep->forget;
    text = ngx_trade_str(forget->sales);

    while (trade_reply_sale(&text, &position, &forget->sku) == 1) {
        forget->sales = ngx_trade_ngx_str(text);

        if (position > forget->nslots) {
            continue;
        }

        forget->ncursor = 1;
        forget->cursor[0] = '0';
        forget->slot = forget->slots[position - 1];

        if (ngx_trade_forget_send(sweep, forget->slot) == NGX_OK) {
            return;
        }

        break;
    }

    ngx_trade_forget_end(sweep);
}


static ngx_int_t
ngx_trade_forget_send(ngx_trade_sweep_t *sweep, ngx_uint_t slot)
{
    trade_call_t         call;
    trade_slot_seen_t    seen;
    ngx_trade_forget_t  *forget;

    forget = &sweep->forget;

    if (forget->mem == NULL) {
        forget->mem = ngx_palloc(sweep->worker->pool, TRADE_CALL_CHANGE_SIZE);
        if (forget->mem == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_trade_worker_seen(sweep->worker, sweep->redis, slot, &seen);

    if (trade_call_forget(&call, forget->mem, TRADE_CALL_CHANGE_SIZE, &seen,
                          forget->sku, TRADE_FORGET_OVER,
                          sweep->worker->conf->limit_keep,
                          trade_str_of(forget->cursor, forget->ncursor),
                          NGX_TRADE_FORGET_BUYERS)
        != 0)
    {
        return NGX_ERROR;
    }

    ngx_memzero(&forget->cmd, sizeof(ngx_trade_redis_cmd_t));
    ngx_trade_slot_call(&forget->cmd, &call, ngx_trade_forget_done, sweep);

    return ngx_trade_redis_send(sweep->transport, slot, &forget->cmd);
}


static void
ngx_trade_forget_done(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t        reply;
    ngx_trade_sweep_t   *sweep;
    ngx_trade_forget_t  *forget;

    sweep = cmd->data;
    forget = &sweep->forget;

    if (ngx_trade_forget_reply(sweep, forget->slot, result, &reply) != NGX_OK
        || !sweep->active)
    {
        ngx_trade_forget_end(sweep);
        return;
    }

    if (reply.kind == TRADE_REPLY_FORGOT
        && reply.text.len <= sizeof(forget->cursor)
        && !trade_str_eq(reply.text, trade_str_c("0")))
    {
        forget->ncursor = reply.text.len;
        ngx_memcpy(forget->cursor, reply.text.data, reply.text.len);

        if (ngx_trade_forget_send(sweep, forget->slot) != NGX_OK) {
            ngx_trade_forget_end(sweep);
        }

        return;
    }

    ngx_trade_forget_next(sweep);
}


/* Returns NGX_OK if the reply has been read.  Logs it otherwise */

static ngx_int_t
ngx_trade_forget_reply(ngx_trade_sweep_t *sweep, ngx_uint_t slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply)
{
    trade_str_t  text;

    text = sweep->forget.cmd.text;

    if (result == NGX_TRADE_REDIS_OK && trade_reply_read(reply, text) == 0) {
        ngx_trade_slot_reply(sweep->worker, sweep->redis, slot,
                             &sweep->forget.cmd, reply, NULL);
        return NGX_OK;
    }

    if ((result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR)
        && ngx_trade_limit(&sweep->worker->limit, sweep->worker->log))
    {
        ngx_log_error(NGX_LOG_ERR, sweep->worker->log, 0,
                      "trade: shard \"%V\" did not forget the buyers of "
                      "sales that are over, in slot %ui; it is asked again "
                      "later; its reply is: %*s", &sweep->shard->name, slot,
                      (size_t) ngx_min(text.len, 160), text.data);
    }

    return NGX_ERROR;
}


static void
ngx_trade_forget_end(ngx_trade_sweep_t *sweep)
{
    ngx_trade_forget_t  *forget;

    forget = &sweep->forget;

    ngx_destroy_pool(forget->pool);
    forget->pool = NULL;
}
