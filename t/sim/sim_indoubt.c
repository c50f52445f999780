/*
 * Recovery of orders in several slots: sends the calls of lib's trade_indoubt.
 */

#include "sim.h"
#include "trade_indoubt.h"


#define SIM_INDOUBT_MOST  4


typedef struct {
    sim_worker_t           *worker;
    size_t                  slot;
    trade_indoubt_claim_t   state;
} sim_indoubt_claim_t;

typedef struct {
    sim_indoubt_claim_t    *claim;
    trade_indoubt_t         one;
} sim_indoubt_t;


static void sim_indoubt_claimed(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_indoubt_begin(sim_t *sim, sim_indoubt_claim_t *claim,
    trade_str_t text);
static void sim_indoubt_step(sim_t *sim, sim_indoubt_t *indoubt);
static void sim_indoubt_replied(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static int sim_indoubt_reply(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd,
    sim_result_e result, trade_reply_t *reply);
static sim_cmd_t *sim_indoubt_cmd(sim_t *sim, sim_worker_t *worker, size_t slot,
    sim_cmd_pt handler, void *data);
static int sim_indoubt_send(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd);
static void sim_indoubt_end(sim_t *sim, sim_indoubt_claim_t *claim,
    const trade_indoubt_t *one);


void
sim_indoubt_claim(sim_t *sim, sim_worker_t *worker, size_t slot)
{
    sim_cmd_t            *cmd;
    sim_indoubt_claim_t  *claim;

    claim = sim_alloc(sim, sizeof(sim_indoubt_claim_t));
    claim->worker = worker;
    claim->slot = slot;
    trade_indoubt_claim_start(&claim->state);

    cmd = sim_indoubt_cmd(sim, worker, slot, sim_indoubt_claimed, claim);

    (void) trade_call_indoubt(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                              TRADE_CALL_SIZE, &cmd->seen, TRADE_INDOUBT_LEASE,
                              SIM_INDOUBT_MOST);

    if (sim_indoubt_send(sim, worker, cmd) != 0) {
        sim_indoubt_end(sim, claim, NULL);
    }
}


static void
sim_indoubt_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t         reply;
    sim_indoubt_claim_t  *claim;

    claim = cmd->data;

    if (sim_indoubt_reply(sim, claim->worker, cmd, result, &reply) == 0
        && trade_indoubt_claim_reply(&claim->state, &reply))
    {
        sim_indoubt_begin(sim, claim, sim_copy(sim, reply.text));
    }

    sim_indoubt_end(sim, claim, NULL);
}


static void
sim_indoubt_begin(sim_t *sim, sim_indoubt_claim_t *claim, trade_str_t text)
{
    sim_indoubt_t    *indoubt;
    trade_indoubt_t   one;

    while (trade_indoubt_read(&one, &text, sim_slots[claim->slot]) == 1) {
        indoubt = sim_alloc(sim, sizeof(sim_indoubt_t));
        indoubt->claim = claim;
        indoubt->one = one;
        trade_indoubt_claim_add(&claim->state);

        sim_indoubt_step(sim, indoubt);
    }

    if (text.len) {
        sim_fail(sim, "asks that are none: %.*s", (int) text.len, text.data);
    }
}


static void
sim_indoubt_step(sim_t *sim, sim_indoubt_t *indoubt)
{
    sim_cmd_t     *cmd;
    sim_worker_t  *worker;

    if (indoubt->one.step == TRADE_INDOUBT_ENDED) {
        sim_indoubt_end(sim, indoubt->claim, &indoubt->one);
        return;
    }

    worker = indoubt->claim->worker;
    cmd = sim_indoubt_cmd(sim, worker,
                          sim_slot(trade_indoubt_slot(&indoubt->one)),
                          sim_indoubt_replied, indoubt);

    (void) trade_indoubt_call(&indoubt->one, &cmd->call,
                              sim_alloc(sim, TRADE_CALL_SIZE), TRADE_CALL_SIZE,
                              &cmd->seen, SIM_HOLD_KEEP);

    if (sim_indoubt_send(sim, worker, cmd) != 0) {
        sim_indoubt_end(sim, indoubt->claim, &indoubt->one);
    }
}


static void
sim_indoubt_replied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    int             rc;
    sim_indoubt_t  *indoubt;
    trade_reply_t   reply;

    indoubt = cmd->data;
    rc = sim_indoubt_reply(sim, indoubt->claim->worker, cmd, result, &reply);

    trade_indoubt_reply(&indoubt->one, rc == 0 ? &reply : NULL,
                        cmd->replicated);
    sim_indoubt_step(sim, indoubt);
}


static int
sim_indoubt_reply(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd,
    sim_result_e result, trade_reply_t *reply)
{
    if (result != SIM_OK || trade_reply_read(reply, cmd->text) != 0) {
        return -1;
    }

    sim_slot_reply(sim, worker, cmd, reply, NULL);

    return 0;
}


static sim_cmd_t *
sim_indoubt_cmd(sim_t *sim, sim_worker_t *worker, size_t slot,
    sim_cmd_pt handler, void *data)
{
    sim_cmd_t  *cmd;

    cmd = sim_alloc(sim, sizeof(sim_cmd_t));
    cmd->handler = handler;
    cmd->data = data;
    sim_seen(worker, slot, cmd);

    return cmd;
}


static int
sim_indoubt_send(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd)
{
    sim_step(sim, worker, "ask");

    return sim_send(sim, worker, cmd->slot, cmd);
}


static void
sim_indoubt_end(sim_t *sim, sim_indoubt_claim_t *claim,
    const trade_indoubt_t *one)
{
    if (trade_indoubt_claim_end(&claim->state, one)
        == TRADE_INDOUBT_CLAIM_AGAIN)
    {
        sim_indoubt_claim(sim, claim->worker, claim->slot);
    }
}
