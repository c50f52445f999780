/*
 * What this host has seen of a slot.
 */

#ifndef NGX_TRADE_SLOT_H
#define NGX_TRADE_SLOT_H

#include "ngx_trade_worker.h"
#include "trade_slot_reply.h"


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
