/*
 * The view that a worker and its host have of a slot, as in ngx_trade_slot.c.
 */

#include "sim.h"

#include <string.h>


static void sim_slot_seen(sim_worker_t *worker, size_t slot,
    const trade_slot_reply_t *told);


void
sim_seen(sim_worker_t *worker, size_t slot, sim_cmd_t *cmd)
{
    trade_slot_seen_t  *seen;

    seen = &cmd->seen;
    memset(seen, 0, sizeof(*seen));

    seen->slot = sim_slots[slot];
    seen->version = worker->host->version[slot];

    if (worker->seen[slot].version) {
        memcpy(cmd->last, worker->seen[slot].id, TRADE_ID_LEN);
        seen->record = trade_str_of(cmd->last, TRADE_ID_LEN);
        seen->record_version = worker->seen[slot].version;
    }

    cmd->slot = slot;
}


void
sim_slot_reply(sim_t *sim, sim_worker_t *worker, const sim_cmd_t *cmd,
    const trade_reply_t *reply, const trade_flow_op_t *op)
{
    int                  confirmed;
    trade_slot_reply_t   told;

    confirmed = trade_slot_reply_confirmed(cmd->replicated, cmd->durable,
                                           sim->durability);
    trade_slot_reply(&told, reply, op, confirmed);

    if (told.version) {
        sim_slot_seen(worker, cmd->slot, &told);
    }

    if (told.clock) {
        worker->clock[cmd->slot] = told.clock - cmd->replied;
    }

    if (told.state != TRADE_REPLY_SLOT_UNTOLD) {
        worker->host->closed[cmd->slot] = told.state != TRADE_REPLY_SLOT_OPEN;
    }
}


static void
sim_slot_seen(sim_worker_t *worker, size_t slot,
    const trade_slot_reply_t *told)
{
    if (told->version > worker->host->version[slot]) {
        worker->host->version[slot] = told->version;
    }

    if (told->made.len && told->version >= worker->seen[slot].version) {
        memcpy(worker->seen[slot].id, told->made.data, TRADE_ID_LEN);
        worker->seen[slot].version = told->version;
    }
}
