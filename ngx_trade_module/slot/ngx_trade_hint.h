/*
 * Hints: answers that this host gives without Redis, from what a slot has said
 * lately (lib/trade_hint.h; docs/hints.md has the rules).
 */

#ifndef NGX_TRADE_HINT_H
#define NGX_TRADE_HINT_H

#include "ngx_trade_worker.h"


/* A question about a SKU, as it was put to the slot or is put to the hints. */
typedef struct {
    ngx_trade_worker_t       *worker;
    ngx_trade_redis_conf_t   *redis;
    ngx_uint_t                slot;
    trade_str_t               sku;
    uint64_t                  quantity;     /* of an order; 0: the stock */
    ngx_msec_t                ttl;          /* of hints, where it is asked */
    ngx_msec_t                asked;        /* when the slot was asked */
    ngx_atomic_uint_t         connections;  /* of its shard at that time */
} ngx_trade_hint_ask_t;


/*
 * Notes when the slot is asked.  Call it when the call is sent; `ask` has the
 * rest.
 */
void ngx_trade_hint_asked(ngx_trade_hint_ask_t *ask);

/* Keeps what a reply to that question says. */
void ngx_trade_hint_learn(const ngx_trade_hint_ask_t *ask,
    const trade_reply_t *reply);

/*
 * Decides about an order of ask->quantity.  Unless it is to be sent, the slot's
 * refusal is in *reply, with views into `mem`.
 */
trade_hint_step_e ngx_trade_hint_order(const ngx_trade_hint_ask_t *ask,
    ngx_uint_t keyed, char mem[TRADE_HINT_REPLY_MAX], trade_reply_t *reply);

/*
 * Finds the stock of the SKU.  Returns 1, with the slot's reply in *reply, with
 * views into `mem`, and in ask->asked when the slot was asked; or 0.
 */
ngx_uint_t ngx_trade_hint_stock(ngx_trade_hint_ask_t *ask,
    char mem[TRADE_HINT_TEXT], trade_reply_t *reply);

/*
 * Voids the hints that this host has of a slot: it has just changed the stock
 * there, or returned units, and need not be told.
 */
void ngx_trade_hint_void(ngx_trade_redis_conf_t *redis, ngx_uint_t slot);

/*
 * Listens to TRADE_HINT_CHANNEL on the shards of each trade_redis block that
 * has hints.  Returns NGX_ERROR when out of memory.
 */
ngx_int_t ngx_trade_hint_listen(ngx_trade_worker_t *worker);


#endif /* NGX_TRADE_HINT_H */
