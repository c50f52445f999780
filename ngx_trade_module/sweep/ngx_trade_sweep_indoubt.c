/*
 * Recovery of orders whose items lie in several slots and whose coordinator did
 * not finish.  lib's trade_indoubt decides what each order needs next; its
 * calls are sent from here, one after the other.
 */

#include "ngx_trade_sweep.h"
#include "ngx_trade_slot.h"
#include "trade_indoubt.h"


#define NGX_TRADE_SWEEP_INDOUBT_MOST  32    /* orders of a claim */


typedef struct ngx_trade_sweep_indoubt_s  ngx_trade_sweep_indoubt_t;

struct ngx_trade_sweep_indoubt_s {
    ngx_pool_t                 *pool;
    ngx_trade_sweep_t          *sweep;
    ngx_trade_sweep_indoubt_t  *claim;      /* that this one is of */
    ngx_uint_t                  slot;       /* of a claim */
    trade_indoubt_claim_t       state;      /* of a claim */
    trade_indoubt_t             one;        /* of the others */
    ngx_trade_redis_cmd_t       cmd;
    void                       *mem[TRADE_CALL_SIZE / sizeof(void *)];
};


static void ngx_trade_sweep_indoubt_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_sweep_indoubt_begin(ngx_trade_sweep_indoubt_t *claim,
    trade_str_t text);
static ngx_trade_sweep_indoubt_t *ngx_trade_sweep_indoubt_create(
    ngx_trade_sweep_t *sweep);
static void ngx_trade_sweep_indoubt_step(ngx_trade_sweep_indoubt_t *indoubt);
static void ngx_trade_sweep_indoubt_replied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_int_t ngx_trade_sweep_indoubt_reply(
    ngx_trade_sweep_indoubt_t *indoubt, unsigned slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply);
static void ngx_trade_sweep_indoubt_send(ngx_trade_sweep_indoubt_t *indoubt,
    unsigned slot, int rc,
    const trade_call_t *call, ngx_trade_redis_pt handler);
static void ngx_trade_sweep_indoubt_end(ngx_trade_sweep_indoubt_t *indoubt);


void
ngx_trade_sweep_indoubt_claim(ngx_trade_sweep_t *sweep, ngx_uint_t slot)
{
    int                         rc;
    trade_call_t                call;
    trade_slot_seen_t           seen;
    ngx_trade_sweep_indoubt_t  *indoubt;

    indoubt = ngx_trade_sweep_indoubt_create(sweep);
    if (indoubt == NULL) {
        return;
    }

    indoubt->claim = indoubt;
    indoubt->slot = slot;
    trade_indoubt_claim_start(&indoubt->state);
    ngx_trade_worker_seen(sweep->worker, sweep->redis, slot, &seen);

    rc = trade_call_indoubt(&call, indoubt->mem, TRADE_CALL_SIZE, &seen,
                            TRADE_INDOUBT_LEASE, NGX_TRADE_SWEEP_INDOUBT_MOST);

    ngx_trade_sweep_indoubt_send(indoubt, slot, rc, &call,
                                 ngx_trade_sweep_indoubt_claimed);
}


static ngx_trade_sweep_indoubt_t *
ngx_trade_sweep_indoubt_create(ngx_trade_sweep_t *sweep)
{
    ngx_pool_t                 *pool;
    ngx_trade_sweep_indoubt_t  *indoubt;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, sweep->worker->log);
    if (pool == NULL) {
        return NULL;
    }

    indoubt = ngx_pcalloc(pool, sizeof(ngx_trade_sweep_indoubt_t));
    if (indoubt == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    indoubt->pool = pool;
    indoubt->sweep = sweep;

    return indoubt;
}


static void
ngx_trade_sweep_indoubt_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t               reply;
    ngx_trade_sweep_indoubt_t  *claim;

    claim = cmd->data;

    if (ngx_trade_sweep_indoubt_reply(claim, claim->slot, result,
                                      &reply) == NGX_OK
        && trade_indoubt_claim_reply(&claim->state, &reply))
    {
        ngx_trade_sweep_indoubt_begin(claim, reply.text);
    }

    ngx_trade_sweep_indoubt_end(claim);
}


/* An order without memory is named again when the lease of its claim is over */

static void
ngx_trade_sweep_indoubt_begin(ngx_trade_sweep_indoubt_t *claim,
    trade_str_t text)
{
    trade_indoubt_t             one;
    ngx_trade_sweep_indoubt_t  *indoubt;

    while (trade_indoubt_read(&one, &text, claim->slot) == 1) {

        indoubt = ngx_trade_sweep_indoubt_create(claim->sweep);
        if (indoubt == NULL) {
            return;
        }

        indoubt->claim = claim;
        indoubt->one = one;
        trade_indoubt_claim_add(&claim->state);

        ngx_trade_sweep_indoubt_step(indoubt);
    }
}


static void
ngx_trade_sweep_indoubt_step(ngx_trade_sweep_indoubt_t *indoubt)
{
    int                 rc;
    unsigned            slot;
    trade_call_t        call;
    trade_slot_seen_t   seen;
    ngx_trade_sweep_t  *sweep;

    if (indoubt->one.step == TRADE_INDOUBT_ENDED) {
        ngx_trade_sweep_indoubt_end(indoubt);
        return;
    }

    sweep = indoubt->sweep;
    slot = trade_indoubt_slot(&indoubt->one);
    ngx_trade_worker_seen(sweep->worker, sweep->redis, slot, &seen);

    rc = trade_indoubt_call(&indoubt->one, &call, indoubt->mem, TRADE_CALL_SIZE,
                            &seen,
                            trade_keep_hold(sweep->worker->conf->order_keep));

    ngx_trade_sweep_indoubt_send(indoubt, slot, rc, &call,
                                 ngx_trade_sweep_indoubt_replied);
}


static void
ngx_trade_sweep_indoubt_replied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_int_t                   rc;
    trade_reply_t               reply;
    ngx_trade_sweep_indoubt_t  *indoubt;

    indoubt = cmd->data;
    rc = ngx_trade_sweep_indoubt_reply(indoubt,
                                       trade_indoubt_slot(&indoubt->one),
                                       result, &reply);

    trade_indoubt_reply(&indoubt->one, rc == NGX_OK ? &reply : NULL,
                        cmd->replicated);
    ngx_trade_sweep_indoubt_step(indoubt);
}


/* NGX_OK: the reply has been read.  Otherwise it is logged */

static ngx_int_t
ngx_trade_sweep_indoubt_reply(ngx_trade_sweep_indoubt_t *indoubt, unsigned slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply)
{
    ngx_trade_sweep_t  *sweep;

    sweep = indoubt->sweep;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(reply, indoubt->cmd.text) == 0)
    {
        ngx_trade_slot_reply(sweep->worker, sweep->redis, slot, &indoubt->cmd,
                             reply, NULL);
        return NGX_OK;
    }

    if ((result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR)
        && ngx_trade_limit(&sweep->worker->limit, sweep->worker->log))
    {
        ngx_log_error(NGX_LOG_ERR, sweep->worker->log, 0,
                      "trade: shard \"%V\" answers of an order in slot %ud: "
                      "%*s",
                      ngx_trade_redis_shard_name(sweep->redis, slot), slot,
                      (size_t) ngx_min(indoubt->cmd.text.len, 160),
                      indoubt->cmd.text.data);
    }

    return NGX_ERROR;
}


/* It ends here where that can't be sent; `rc` is that of laying it out */

static void
ngx_trade_sweep_indoubt_send(ngx_trade_sweep_indoubt_t *indoubt, unsigned slot,
    int rc, const trade_call_t *call, ngx_trade_redis_pt handler)
{
    indoubt->cmd.replicated = 1;

    if (rc == 0) {
        ngx_trade_slot_call(&indoubt->cmd, call, handler, indoubt);
    }

    if (rc != 0
        || ngx_trade_redis_send(indoubt->sweep->transport, slot, &indoubt->cmd)
           != NGX_OK)
    {
        ngx_trade_sweep_indoubt_end(indoubt);
    }
}


static void
ngx_trade_sweep_indoubt_end(ngx_trade_sweep_indoubt_t *indoubt)
{
    ngx_trade_sweep_indoubt_t  *claim;
    trade_indoubt_claim_e       next;

    claim = indoubt->claim;
    next = trade_indoubt_claim_end(&claim->state,
                                   indoubt == claim ? NULL : &indoubt->one);

    if (indoubt != claim) {
        ngx_destroy_pool(indoubt->pool);
    }

    if (next == TRADE_INDOUBT_CLAIM_AWAIT) {
        return;
    }

    if (next == TRADE_INDOUBT_CLAIM_AGAIN) {
        ngx_trade_sweep_indoubt_claim(claim->sweep, claim->slot);
    }

    ngx_destroy_pool(claim->pool);
}
