/*
 * The events of one claim, as ngx_trade_batch.c: published, and settled when
 * the last report is there.
 */

#include "sim.h"


#define SIM_BATCH_BYTES  600            /* of records: two or three */


typedef struct {
    sim_worker_t  *worker;
    size_t         slot;
    uint64_t       sent;
    size_t         left;
    size_t         declined;
    size_t         nacked;
    trade_due_t   *acked;
    sim_msg_t     *msgs;
    sim_cmd_t      call;
    sim_cmd_t      settle;
} sim_batch_t;


static void sim_batch_claimed(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static int sim_batch_take(sim_t *sim, sim_batch_t *batch,
    trade_reply_t *reply);
static void sim_batch_publish(sim_t *sim, sim_batch_t *batch,
    sim_msg_t *msg, const trade_due_t *due, trade_record_t *record);
static void sim_batch_reported(sim_t *sim, sim_msg_t *msg,
    sim_report_e result);
static void sim_batch_done(sim_t *sim, sim_batch_t *batch);
static void sim_batch_settled(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);


int
sim_batch_claim(sim_t *sim, sim_worker_t *worker,
    const trade_sweep_action_t *action)
{
    void           *mem;
    size_t          slot;
    sim_batch_t    *batch;

    slot = sim_slot(action->slot);

    batch = sim_alloc(sim, sizeof(sim_batch_t));
    batch->worker = worker;
    batch->slot = slot;
    batch->sent = sim->now;

    sim_known(worker, slot, &batch->call);

    mem = sim_alloc(sim, TRADE_CALL_SIZE);
    (void) trade_call_claim(&batch->call.call, mem, TRADE_CALL_SIZE,
                            &batch->call.known,
                            sim_sweep_horizon(worker, slot, action->death),
                            SIM_LEASE, action->most, SIM_BATCH_BYTES,
                            sim->payment != 0);

    batch->call.handler = sim_batch_claimed;
    batch->call.data = batch;

    sim_step(sim, worker, "claim");

    return sim_send(sim, worker, slot, &batch->call);
}


static void
sim_batch_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    int            more;
    size_t         n;
    sim_batch_t   *batch;
    sim_worker_t  *worker;
    trade_reply_t  reply;

    batch = cmd->data;
    worker = batch->worker;
    more = 0;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        sim_slot_reply(sim, worker, cmd, &reply, NULL);

        if (reply.kind == TRADE_REPLY_CLAIMED) {
            more = sim_batch_take(sim, batch, &reply) == 0 && reply.more;
        }
    }

    n = batch->declined;
    trade_sweep_claimed(&worker->sweep.state, sim_slots[batch->slot],
                        batch->left + n, more);

    while (n--) {
        trade_sweep_published(&worker->sweep.state, 0,
                              sim_steady(sim, worker));
    }

    if (batch->left == 0) {
        sim_batch_done(sim, batch);
    }

    sim_sweep_run(sim, worker);
}


static int
sim_batch_take(sim_t *sim, sim_batch_t *batch, trade_reply_t *reply)
{
    size_t          i;
    trade_due_t     due;
    trade_str_t     text;
    trade_record_t  record;

    if (reply->value == 0) {
        return 0;
    }

    if (sim->now - batch->sent > SIM_WINDOW || !batch->call.replicated) {
        return -1;
    }

    batch->msgs = sim_alloc(sim, reply->value * sizeof(sim_msg_t));
    batch->acked = sim_alloc(sim, reply->value * sizeof(trade_due_t));

    text = sim_copy(sim, reply->text);

    for (i = 0; i < reply->value; i++) {
        if (trade_reply_claimed(&text, &due, &record) != 1) {
            sim_fail(sim, "a claim's reply that is none");
        }

        sim_batch_publish(sim, batch, &batch->msgs[i], &due, &record);
    }

    return 0;
}


static void
sim_batch_publish(sim_t *sim, sim_batch_t *batch, sim_msg_t *msg,
    const trade_due_t *due, trade_record_t *record)
{
    if (trade_record_as_of(record, due->seq) != 0) {
        sim_fail(sim, "%.*s is due, and its record has no such event",
                 TRADE_ID_LEN, due->id.data);
    }

    sim_check_publish(sim, batch->sent, due);
    sim_step(sim, batch->worker, "sweep");

    msg->worker = batch->worker;
    msg->handler = sim_batch_reported;
    msg->data = batch;
    msg->id = due->id;
    msg->slot = batch->slot;
    msg->record = *record;

    if (sim_produce(sim, msg) == 0) {
        batch->left++;

    } else {
        batch->declined++;
    }
}


static void
sim_batch_reported(sim_t *sim, sim_msg_t *msg, sim_report_e result)
{
    sim_batch_t  *batch;

    batch = msg->data;

    if (result == SIM_ACKED) {
        batch->acked[batch->nacked].id = msg->id;
        batch->acked[batch->nacked++].seq = msg->record.seq;
    }

    trade_sweep_published(&batch->worker->sweep.state, result == SIM_ACKED,
                          sim_steady(sim, batch->worker));

    if (--batch->left == 0) {
        sim_batch_done(sim, batch);
    }

    sim_sweep_run(sim, batch->worker);
}


static void
sim_batch_done(sim_t *sim, sim_batch_t *batch)
{
    void           *mem;
    size_t          size;

    if (batch->nacked == 0) {
        return;
    }

    sim_step(sim, batch->worker, "settle");
    sim_known(batch->worker, batch->slot, &batch->settle);

    size = trade_call_settle_size(batch->nacked);
    mem = sim_alloc(sim, size);
    (void) trade_call_conclude(&batch->settle.call, mem, size,
                               &batch->settle.known, sim->payment, 0,
                               batch->acked, batch->nacked);

    batch->settle.handler = sim_batch_settled;
    batch->settle.data = batch;

    (void) sim_send(sim, batch->worker, batch->slot, &batch->settle);
}


static void
sim_batch_settled(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_batch_t    *batch;
    trade_reply_t   reply;

    batch = cmd->data;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        sim_slot_reply(sim, batch->worker, cmd, &reply, NULL);
    }
}
