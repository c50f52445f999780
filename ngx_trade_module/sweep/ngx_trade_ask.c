/*
 * Recovery of orders whose items lie in several slots and whose coordinator did
 * not finish.  lib's trade_indoubt decides what each order needs next; its
 * calls are sent from here, one after the other.
 */

#include "ngx_trade_sweep.h"
#include "ngx_trade_slot.h"
#include "trade_indoubt.h"


#define NGX_TRADE_ASK_MOST  32              /* orders of a claim */


typedef struct ngx_trade_ask_s  ngx_trade_ask_t;

struct ngx_trade_ask_s {
    ngx_pool_t             *pool;
    ngx_trade_sweep_t      *sweep;
    ngx_trade_ask_t        *claim;          /* that this one is of */
    ngx_uint_t              slot;           /* of a claim */
    trade_indoubt_claim_t   state;          /* of a claim */
    trade_indoubt_t         one;            /* of the others */
    ngx_trade_redis_cmd_t   cmd;
    void                   *mem[TRADE_CALL_SIZE / sizeof(void *)];
};


static void ngx_trade_ask_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_ask_begin(ngx_trade_ask_t *claim, trade_str_t text);
static ngx_trade_ask_t *ngx_trade_ask_create(ngx_trade_sweep_t *sweep);
static void ngx_trade_ask_step(ngx_trade_ask_t *ask);
static void ngx_trade_ask_replied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_int_t ngx_trade_ask_reply(ngx_trade_ask_t *ask, unsigned slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply);
static void ngx_trade_ask_send(ngx_trade_ask_t *ask, unsigned slot, int rc,
    const trade_call_t *call, ngx_trade_redis_pt handler);
static void ngx_trade_ask_end(ngx_trade_ask_t *ask);


void
ngx_trade_ask_claim(ngx_trade_sweep_t *sweep, ngx_uint_t slot)
{
    int               rc;
    trade_call_t      call;
    trade_known_t     known;
    ngx_trade_ask_t  *ask;

    ask = ngx_trade_ask_create(sweep);
    if (ask == NULL) {
        return;
    }

    ask->claim = ask;
    ask->slot = slot;
    trade_indoubt_claim_start(&ask->state);
    ngx_trade_worker_known(sweep->worker, sweep->redis, slot, &known);

    rc = trade_call_asks(&call, ask->mem, TRADE_CALL_SIZE, &known,
                         TRADE_INDOUBT_LEASE, NGX_TRADE_ASK_MOST);

    ngx_trade_ask_send(ask, slot, rc, &call, ngx_trade_ask_claimed);
}


static ngx_trade_ask_t *
ngx_trade_ask_create(ngx_trade_sweep_t *sweep)
{
    ngx_pool_t       *pool;
    ngx_trade_ask_t  *ask;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, sweep->worker->log);
    if (pool == NULL) {
        return NULL;
    }

    ask = ngx_pcalloc(pool, sizeof(ngx_trade_ask_t));
    if (ask == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    ask->pool = pool;
    ask->sweep = sweep;

    return ask;
}


static void
ngx_trade_ask_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t     reply;
    ngx_trade_ask_t  *claim;

    claim = cmd->data;

    if (ngx_trade_ask_reply(claim, claim->slot, result, &reply) == NGX_OK
        && trade_indoubt_claim_reply(&claim->state, &reply))
    {
        ngx_trade_ask_begin(claim, reply.text);
    }

    ngx_trade_ask_end(claim);
}


/* What finds no memory is named again when the lease of its claim is over */

static void
ngx_trade_ask_begin(ngx_trade_ask_t *claim, trade_str_t text)
{
    trade_indoubt_t   one;
    ngx_trade_ask_t  *ask;

    while (trade_indoubt_read(&one, &text, claim->slot) == 1) {

        ask = ngx_trade_ask_create(claim->sweep);
        if (ask == NULL) {
            return;
        }

        ask->claim = claim;
        ask->one = one;
        trade_indoubt_claim_add(&claim->state);

        ngx_trade_ask_step(ask);
    }
}


static void
ngx_trade_ask_step(ngx_trade_ask_t *ask)
{
    int                 rc;
    unsigned            slot;
    trade_call_t        call;
    trade_known_t       known;
    ngx_trade_sweep_t  *sweep;

    if (ask->one.step == TRADE_INDOUBT_ENDED) {
        ngx_trade_ask_end(ask);
        return;
    }

    sweep = ask->sweep;
    slot = trade_indoubt_slot(&ask->one);
    ngx_trade_worker_known(sweep->worker, sweep->redis, slot, &known);

    rc = trade_indoubt_call(&ask->one, &call, ask->mem, TRADE_CALL_SIZE,
                            &known,
                            trade_keep_hold(sweep->worker->conf->order_keep));

    ngx_trade_ask_send(ask, slot, rc, &call, ngx_trade_ask_replied);
}


static void
ngx_trade_ask_replied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_int_t         rc;
    trade_reply_t     reply;
    ngx_trade_ask_t  *ask;

    ask = cmd->data;
    rc = ngx_trade_ask_reply(ask, trade_indoubt_slot(&ask->one), result,
                             &reply);

    trade_indoubt_reply(&ask->one, rc == NGX_OK ? &reply : NULL,
                        cmd->replicated);
    ngx_trade_ask_step(ask);
}


/* NGX_OK: the reply has been read.  Otherwise it is logged */

static ngx_int_t
ngx_trade_ask_reply(ngx_trade_ask_t *ask, unsigned slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply)
{
    ngx_trade_sweep_t  *sweep;

    sweep = ask->sweep;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(reply, ask->cmd.text) == 0)
    {
        ngx_trade_slot_reply(sweep->worker, sweep->redis, slot, &ask->cmd,
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
                      (size_t) ngx_min(ask->cmd.text.len, 160),
                      ask->cmd.text.data);
    }

    return NGX_ERROR;
}


/* It ends here where that can't be sent; `rc` is that of laying it out */

static void
ngx_trade_ask_send(ngx_trade_ask_t *ask, unsigned slot, int rc,
    const trade_call_t *call, ngx_trade_redis_pt handler)
{
    ask->cmd.replicated = 1;

    if (rc == 0) {
        ngx_trade_slot_call(&ask->cmd, call, handler, ask);
    }

    if (rc != 0
        || ngx_trade_redis_send(ask->sweep->transport, slot, &ask->cmd)
           != NGX_OK)
    {
        ngx_trade_ask_end(ask);
    }
}


static void
ngx_trade_ask_end(ngx_trade_ask_t *ask)
{
    ngx_trade_ask_t        *claim;
    trade_indoubt_claim_e   next;

    claim = ask->claim;
    next = trade_indoubt_claim_end(&claim->state,
                                   ask == claim ? NULL : &ask->one);

    if (ask != claim) {
        ngx_destroy_pool(ask->pool);
    }

    if (next == TRADE_INDOUBT_CLAIM_AWAIT) {
        return;
    }

    if (next == TRADE_INDOUBT_CLAIM_AGAIN) {
        ngx_trade_ask_claim(claim->sweep, claim->slot);
    }

    ngx_destroy_pool(claim->pool);
}
