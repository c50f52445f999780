/*
 * Orders that lie in several slots, and whose coordinator did not finish: home
 * is asked what has become of them, the other slot does what follows from
 * that, and home is told.
 *
 *      asks of a slot -> verdict at home -> confirm or release at the other
 *                                                     |
 *                                              told at home
 *
 * A step that fails ends it: it is asked again when its lease is over.  While
 * there is more, and some of it comes to an end, the slot is asked on.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


#define NGX_TRADE_ASK_LEASE  3000           /* ms: longer than all its steps */
#define NGX_TRADE_ASK_MOST   32


typedef struct ngx_trade_ask_s  ngx_trade_ask_t;

struct ngx_trade_ask_s {
    ngx_pool_t             *pool;
    ngx_trade_sweep_t      *sweep;
    ngx_trade_ask_t        *claim;          /* that this one is of */
    u_char                  id[TRADE_ID_LEN];
    unsigned                home;           /* of a claim: its slot */
    unsigned                other;
    unsigned                back:1;         /* what was sold goes back */
    unsigned                more:1;         /* of a claim: there is */
    ngx_uint_t              left;           /* of a claim: under way, itself */
    ngx_uint_t              told;           /* of a claim: came to an end */
    ngx_trade_redis_cmd_t   cmd;
    void                   *mem[TRADE_CALL_SIZE / sizeof(void *)];
};


static void ngx_trade_ask_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_trade_ask_t *ngx_trade_ask_create(ngx_trade_sweep_t *sweep,
    ngx_trade_ask_t *claim);
static void ngx_trade_ask_verdict(ngx_trade_ask_t *ask);
static void ngx_trade_ask_decided(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_ask_apply(ngx_trade_ask_t *ask,
    const trade_reply_t *verdict);
static void ngx_trade_ask_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_ask_told(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static ngx_int_t ngx_trade_ask_reply(ngx_trade_ask_t *ask, unsigned slot,
    ngx_trade_redis_result_e result, trade_reply_t *reply);
static void ngx_trade_ask_send(ngx_trade_ask_t *ask, unsigned slot, int rc,
    const trade_call_t *call, ngx_trade_redis_pt handler);
static trade_str_t ngx_trade_ask_id(ngx_trade_ask_t *ask);
static void ngx_trade_ask_end(ngx_trade_ask_t *ask);


void
ngx_trade_ask_claim(ngx_trade_sweep_t *sweep, ngx_uint_t slot)
{
    int               rc;
    trade_call_t      call;
    trade_known_t     known;
    ngx_trade_ask_t  *ask;

    ask = ngx_trade_ask_create(sweep, NULL);
    if (ask == NULL) {
        return;
    }

    ask->home = slot;
    ngx_trade_worker_known(sweep->worker, sweep->redis, slot, &known);

    rc = trade_call_asks(&call, ask->mem, TRADE_CALL_SIZE,
                         &known, NGX_TRADE_ASK_LEASE, NGX_TRADE_ASK_MOST);

    ngx_trade_ask_send(ask, slot, rc, &call, ngx_trade_ask_claimed);
}


static ngx_trade_ask_t *
ngx_trade_ask_create(ngx_trade_sweep_t *sweep, ngx_trade_ask_t *claim)
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
    ask->claim = claim ? claim : ask;
    ask->claim->left++;

    return ask;
}


static void
ngx_trade_ask_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    unsigned          other;
    trade_str_t       id;
    trade_reply_t     reply;
    ngx_trade_ask_t  *ask, *one;

    ask = cmd->data;

    if (ngx_trade_ask_reply(ask, ask->home, result, &reply) == NGX_OK
        && reply.kind == TRADE_REPLY_ASKS)
    {
        ask->more = reply.more;

        while (trade_reply_ask(&reply.text, ask->home, &id, &other) == 1) {

            one = ngx_trade_ask_create(ask->sweep, ask);
            if (one == NULL) {
                break;
            }

            ngx_memcpy(one->id, id.data, TRADE_ID_LEN);
            one->home = trade_id_slot(id);
            one->other = other;
            ngx_trade_ask_verdict(one);
        }
    }

    ngx_trade_ask_end(ask);
}


static void
ngx_trade_ask_verdict(ngx_trade_ask_t *ask)
{
    int                 rc;
    trade_call_t        call;
    trade_known_t       known;
    ngx_trade_sweep_t  *sweep;

    sweep = ask->sweep;
    ngx_trade_worker_known(sweep->worker, sweep->redis, ask->home, &known);

    rc = trade_call_verdict(&call, ask->mem, TRADE_CALL_SIZE,
                            &known, ngx_trade_ask_id(ask));

    ngx_trade_ask_send(ask, ask->home, rc, &call, ngx_trade_ask_decided);
}


static void
ngx_trade_ask_decided(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t     reply;
    ngx_trade_ask_t  *ask;

    ask = cmd->data;

    if (ngx_trade_ask_reply(ask, ask->home, result, &reply) == NGX_OK
        && cmd->replicated
        && (reply.kind == TRADE_REPLY_SELL || reply.kind == TRADE_REPLY_FREE
            || reply.kind == TRADE_REPLY_BACK))
    {
        ngx_trade_ask_apply(ask, &reply);
        return;
    }

    ngx_trade_ask_end(ask);
}


static void
ngx_trade_ask_apply(ngx_trade_ask_t *ask, const trade_reply_t *verdict)
{
    int                 rc;
    trade_call_t        call;
    trade_known_t       known;
    ngx_trade_sweep_t  *sweep;

    sweep = ask->sweep;
    ngx_trade_worker_known(sweep->worker, sweep->redis, ask->other, &known);

    if (verdict->kind == TRADE_REPLY_SELL) {
        rc = trade_call_confirm(&call, ask->mem, TRADE_CALL_SIZE, &known,
                                ngx_trade_ask_id(ask),
                                ngx_trade_cart_keep(sweep->worker->conf),
                                verdict->value);
    } else {
        ask->back = verdict->kind == TRADE_REPLY_BACK;
        rc = trade_call_release(&call, ask->mem, TRADE_CALL_SIZE, &known,
                                ngx_trade_ask_id(ask), ask->back);
    }

    ngx_trade_ask_send(ask, ask->other, rc, &call, ngx_trade_ask_applied);
}


static void
ngx_trade_ask_applied(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    int                 rc;
    trade_call_t        call;
    trade_known_t       known;
    trade_reply_t       reply;
    ngx_trade_ask_t    *ask;
    ngx_trade_sweep_t  *sweep;

    ask = cmd->data;
    sweep = ask->sweep;

    if (ngx_trade_ask_reply(ask, ask->other, result, &reply) != NGX_OK
        || reply.kind != TRADE_REPLY_APPLIED || !cmd->replicated)
    {
        ngx_trade_ask_end(ask);
        return;
    }

    ngx_trade_worker_known(sweep->worker, sweep->redis, ask->home, &known);

    rc = trade_call_told(&call, ask->mem, TRADE_CALL_SIZE, &known,
                         ngx_trade_ask_id(ask), ask->back, ask->other);

    ngx_trade_ask_send(ask, ask->home, rc, &call, ngx_trade_ask_told);
}


static void
ngx_trade_ask_told(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t     reply;
    ngx_trade_ask_t  *ask;

    ask = cmd->data;

    if (ngx_trade_ask_reply(ask, ask->home, result, &reply) == NGX_OK) {
        ask->claim->told += reply.kind == TRADE_REPLY_SETTLED;
    }

    ngx_trade_ask_end(ask);
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
        ngx_trade_request_call(&ask->cmd, call, handler, ask);
    }

    if (rc != 0
        || ngx_trade_redis_send(ask->sweep->transport, slot, &ask->cmd)
           != NGX_OK)
    {
        ngx_trade_ask_end(ask);
    }
}


static trade_str_t
ngx_trade_ask_id(ngx_trade_ask_t *ask)
{
    return trade_str_of((char *) ask->id, TRADE_ID_LEN);
}


static void
ngx_trade_ask_end(ngx_trade_ask_t *ask)
{
    ngx_trade_ask_t  *claim;

    claim = ask->claim;

    if (ask != claim) {
        ngx_destroy_pool(ask->pool);
    }

    if (--claim->left) {
        return;
    }

    if (claim->more && claim->told) {
        ngx_trade_ask_claim(claim->sweep, claim->home);
    }

    ngx_destroy_pool(claim->pool);
}
