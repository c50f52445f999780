/*
 * Asking a slot, and what this host has seen of it.
 */

#ifndef NGX_TRADE_SLOT_H
#define NGX_TRADE_SLOT_H

#include "ngx_trade_worker.h"
#include "trade_call.h"
#include "trade_slot_reply.h"


/* Makes a command of `call`, which must live until the handler is called. */
void ngx_trade_slot_call(ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data);

/*
 * Takes from a reply what it says about its slot: the version, the record made
 * at it, the shard's clock, and whether the slot is open.  Call it for every
 * reply that could be read.  It logs a loss each time that a reply tells of
 * one, and a closed slot once on a host.
 *
 * `cmd` is the command that was answered; `op` is the operation that it is for,
 * NULL if that makes no record.
 */
void ngx_trade_slot_reply(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot,
    const ngx_trade_redis_cmd_t *cmd, const trade_reply_t *reply,
    const trade_flow_op_t *op);


#endif /* NGX_TRADE_SLOT_H */
