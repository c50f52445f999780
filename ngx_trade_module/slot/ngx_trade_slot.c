#include "ngx_trade_slot.h"


static void ngx_trade_slot_seen(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot,
    const trade_slot_reply_t *told);
static void ngx_trade_slot_lost(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot);
static void ngx_trade_slot_closed(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot, trade_str_t why);


void
ngx_trade_slot_call(ngx_trade_redis_cmd_t *cmd, const trade_call_t *call,
    ngx_trade_redis_pt handler, void *data)
{
    cmd->script = call->script;
    cmd->argv = call->argv;
    cmd->argc = call->argc;
    cmd->nkeys = call->nkeys;
    cmd->durable = call->durable;
    cmd->handler = handler;
    cmd->data = data;
}


void
ngx_trade_slot_reply(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot,
    const ngx_trade_redis_cmd_t *cmd, const trade_reply_t *reply,
    const trade_flow_op_t *op)
{
    ngx_uint_t          confirmed;
    trade_slot_reply_t  told;

    confirmed = trade_slot_reply_confirmed(cmd->replicated, cmd->durable,
                                           redis->durability);
    trade_slot_reply(&told, reply, op, confirmed);

    if (told.version) {
        ngx_trade_slot_seen(worker, redis, slot, &told);
    }

    if (told.clock) {
        ngx_trade_redis_clock_is(worker->redis[redis->index], slot, cmd,
                                 told.clock);
    }

    switch (told.state) {

    case TRADE_REPLY_SLOT_OPEN:
        redis->slots->closed[slot] = 0;
        break;

    case TRADE_REPLY_SLOT_CLOSED:
        ngx_trade_slot_closed(worker, redis, slot, told.why);
        break;

    case TRADE_REPLY_SLOT_LOST:
        ngx_trade_slot_lost(worker, redis, slot);
        break;

    default:
        break;
    }
}


static void
ngx_trade_slot_seen(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot,
    const trade_slot_reply_t *told)
{
    ngx_trade_seen_t  *record;

    ngx_trade_zone_raise(&redis->slots->version[slot], told->version);

    record = &worker->seen[redis->index][slot];

    if (told->made.len == TRADE_ID_LEN && told->version >= record->version) {
        ngx_memcpy(record->id, told->made.data, TRADE_ID_LEN);
        record->version = told->version;
        record->at = ngx_current_msec;
    }
}


static void
ngx_trade_slot_lost(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot)
{
    worker->cell->counters[NGX_TRADE_REGRESSED]++;
    redis->slots->closed[slot] = 1;

    ngx_log_error(NGX_LOG_CRIT, worker->log, 0,
                  "trade: slot %ui of shard \"%V\" has lost acknowledged "
                  "writes and is closed: run \"tradectl reconcile %ui\", "
                  "which restores it from the topic and opens it (\"tradectl "
                  "open\" restores nothing, and what was sold may be sold "
                  "again)", slot, ngx_trade_redis_shard_name(redis, slot),
                  slot);
}


static void
ngx_trade_slot_closed(ngx_trade_worker_t *worker,
    ngx_trade_redis_conf_t *redis, ngx_uint_t slot, trade_str_t why)
{
    if (redis->slots->closed[slot]) {
        return;
    }

    redis->slots->closed[slot] = 1;

    if (!ngx_trade_limit(&worker->limit, worker->log)) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                  "trade: slot %ui of shard \"%V\" is closed: %*s: its items "
                  "are not sold until \"tradectl reconcile %ui\" has restored "
                  "and opened it", slot,
                  ngx_trade_redis_shard_name(redis, slot), why.len, why.data,
                  slot);
}
