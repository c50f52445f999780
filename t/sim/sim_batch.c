/*
 * The events of one claim are published, and their slot is told: lib's
 * trade_claim decides.
 */

#include "sim.h"
#include "trade_claim.h"


#define SIM_BATCH_BYTES  600            /* of records: two or three */


typedef struct {
    sim_worker_t   *worker;
    size_t          slot;
    uint64_t        sent;           /* ms of the world, for the checker */
    trade_claim_t   claim;
    sim_msg_t      *msgs;
    sim_cmd_t       call;
    sim_cmd_t       ack;
} sim_batch_t;


static void sim_batch_claimed(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_batch_take(sim_t *sim, sim_batch_t *batch,
    const trade_reply_t *reply);
static void sim_batch_publish(sim_t *sim, sim_batch_t *batch,
    sim_msg_t *msg, const trade_due_t *due, const trade_record_t *record);
static void sim_batch_reported(sim_t *sim, sim_msg_t *msg,
    sim_report_e result);
static void sim_batch_done(sim_t *sim, sim_batch_t *batch);
static void sim_batch_acked(sim_t *sim, sim_cmd_t *cmd,
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
    trade_claim_start(&batch->claim, action->slot, sim_steady(sim, worker));

    sim_seen(worker, slot, &batch->call);

    mem = sim_alloc(sim, TRADE_CALL_SIZE);
    (void) trade_call_claim(&batch->call.call, mem, TRADE_CALL_SIZE,
                            &batch->call.seen,
                            sim_sweep_horizon(sim, worker, slot,
                                              action->death),
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
    sim_batch_t   *batch;
    sim_worker_t  *worker;
    trade_reply_t  reply;

    batch = cmd->data;
    worker = batch->worker;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        sim_slot_reply(sim, worker, cmd, &reply, NULL);
        sim_batch_take(sim, batch, &reply);
    }

    if (trade_claim_begun(&batch->claim, &worker->sweep.state,
                          sim_steady(sim, worker)))
    {
        sim_batch_done(sim, batch);
    }

    sim_sweep_run(sim, worker);
}


static void
sim_batch_take(sim_t *sim, sim_batch_t *batch, const trade_reply_t *reply)
{
    size_t              i, n;
    trade_due_t         due;
    trade_str_t         text;
    trade_record_t      record;
    trade_claim_next_e  next;

    n = trade_claim_reply(&batch->claim, reply, batch->call.replicated,
                          sim_steady(sim, batch->worker), SIM_WINDOW);

    batch->msgs = sim_alloc(sim, n * sizeof(sim_msg_t));
    batch->claim.acked = sim_alloc(sim, n * sizeof(trade_due_t));
    text = sim_copy(sim, reply->text);

    for (i = 0; i < n; i++) {
        next = trade_claim_next(&text, &due, &record);

        if (next == TRADE_CLAIM_WRONG) {
            sim_fail(sim, "%.*s is due, and its record has no such event",
                     TRADE_ID_LEN, due.id.data);
        }

        if (next != TRADE_CLAIM_EVENT) {
            sim_fail(sim, "a claim's reply that is none");
        }

        sim_batch_publish(sim, batch, &batch->msgs[i], &due, &record);
    }
}


static void
sim_batch_publish(sim_t *sim, sim_batch_t *batch, sim_msg_t *msg,
    const trade_due_t *due, const trade_record_t *record)
{
    sim_check_publish(sim, batch->sent, due);
    sim_step(sim, batch->worker, "sweep");

    msg->worker = batch->worker;
    msg->handler = sim_batch_reported;
    msg->data = batch;
    msg->id = due->id;
    msg->slot = batch->slot;
    msg->record = *record;

    trade_claim_produced(&batch->claim, sim_produce(sim, msg) == 0);
}


static void
sim_batch_reported(sim_t *sim, sim_msg_t *msg, sim_report_e result)
{
    trade_due_t   due;
    sim_batch_t  *batch;

    batch = msg->data;

    due.id = msg->id;
    due.seq = msg->record.seq;
    due.partition = 0;

    if (trade_claim_reported(&batch->claim, &batch->worker->sweep.state, &due,
                             result == SIM_ACKED, 0,
                             sim_steady(sim, batch->worker)))
    {
        sim_batch_done(sim, batch);
    }

    sim_sweep_run(sim, batch->worker);
}


static void
sim_batch_done(sim_t *sim, sim_batch_t *batch)
{
    void    *mem;
    size_t   size;

    sim_seen(batch->worker, batch->slot, &batch->ack);

    size = trade_call_ack_events_size(batch->claim.nacked);
    mem = sim_alloc(sim, size);

    if (trade_claim_ack(&batch->claim, &batch->ack.call, mem, size,
                        &batch->ack.seen, sim->payment)
        != 1)
    {
        return;
    }

    sim_step(sim, batch->worker, "ack");

    batch->ack.handler = sim_batch_acked;
    batch->ack.data = batch;

    (void) sim_send(sim, batch->worker, batch->slot, &batch->ack);
}


static void
sim_batch_acked(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_batch_t    *batch;
    trade_reply_t   reply;

    batch = cmd->data;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        sim_slot_reply(sim, batch->worker, cmd, &reply, NULL);
    }
}
