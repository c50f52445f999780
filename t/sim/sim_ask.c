/*
 * Recovery of orders in several slots: sends the calls of lib's trade_indoubt.
 */

#include "sim.h"
#include "trade_indoubt.h"


#define SIM_ASK_MOST  4


typedef struct {
    sim_worker_t           *worker;
    size_t                  slot;
    trade_indoubt_claim_t   state;
} sim_ask_claim_t;

typedef struct {
    sim_ask_claim_t        *claim;
    trade_indoubt_t         one;
} sim_ask_t;


static void sim_ask_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static void sim_ask_begin(sim_t *sim, sim_ask_claim_t *claim,
    trade_str_t text);
static void sim_ask_step(sim_t *sim, sim_ask_t *ask);
static void sim_ask_replied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static int sim_ask_reply(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd,
    sim_result_e result, trade_reply_t *reply);
static sim_cmd_t *sim_ask_cmd(sim_t *sim, sim_worker_t *worker, size_t slot,
    sim_cmd_pt handler, void *data);
static int sim_ask_send(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd);
static void sim_ask_end(sim_t *sim, sim_ask_claim_t *claim,
    const trade_indoubt_t *one);


void
sim_ask_claim(sim_t *sim, sim_worker_t *worker, size_t slot)
{
    sim_cmd_t        *cmd;
    sim_ask_claim_t  *claim;

    claim = sim_alloc(sim, sizeof(sim_ask_claim_t));
    claim->worker = worker;
    claim->slot = slot;
    trade_indoubt_claim_start(&claim->state);

    cmd = sim_ask_cmd(sim, worker, slot, sim_ask_claimed, claim);

    (void) trade_call_asks(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                           TRADE_CALL_SIZE, &cmd->known, TRADE_INDOUBT_LEASE,
                           SIM_ASK_MOST);

    if (sim_ask_send(sim, worker, cmd) != 0) {
        sim_ask_end(sim, claim, NULL);
    }
}


static void
sim_ask_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t     reply;
    sim_ask_claim_t  *claim;

    claim = cmd->data;

    if (sim_ask_reply(sim, claim->worker, cmd, result, &reply) == 0
        && trade_indoubt_claim_reply(&claim->state, &reply))
    {
        sim_ask_begin(sim, claim, sim_copy(sim, reply.text));
    }

    sim_ask_end(sim, claim, NULL);
}


static void
sim_ask_begin(sim_t *sim, sim_ask_claim_t *claim, trade_str_t text)
{
    sim_ask_t        *ask;
    trade_indoubt_t   one;

    while (trade_indoubt_read(&one, &text, sim_slots[claim->slot]) == 1) {
        ask = sim_alloc(sim, sizeof(sim_ask_t));
        ask->claim = claim;
        ask->one = one;
        trade_indoubt_claim_add(&claim->state);

        sim_ask_step(sim, ask);
    }

    if (text.len) {
        sim_fail(sim, "asks that are none: %.*s", (int) text.len, text.data);
    }
}


static void
sim_ask_step(sim_t *sim, sim_ask_t *ask)
{
    sim_cmd_t     *cmd;
    sim_worker_t  *worker;

    if (ask->one.step == TRADE_INDOUBT_ENDED) {
        sim_ask_end(sim, ask->claim, &ask->one);
        return;
    }

    worker = ask->claim->worker;
    cmd = sim_ask_cmd(sim, worker, sim_slot(trade_indoubt_slot(&ask->one)),
                      sim_ask_replied, ask);

    (void) trade_indoubt_call(&ask->one, &cmd->call,
                              sim_alloc(sim, TRADE_CALL_SIZE), TRADE_CALL_SIZE,
                              &cmd->known, SIM_HOLD_KEEP);

    if (sim_ask_send(sim, worker, cmd) != 0) {
        sim_ask_end(sim, ask->claim, &ask->one);
    }
}


static void
sim_ask_replied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    int             rc;
    sim_ask_t      *ask;
    trade_reply_t   reply;

    ask = cmd->data;
    rc = sim_ask_reply(sim, ask->claim->worker, cmd, result, &reply);

    trade_indoubt_reply(&ask->one, rc == 0 ? &reply : NULL, cmd->replicated);
    sim_ask_step(sim, ask);
}


static int
sim_ask_reply(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd,
    sim_result_e result, trade_reply_t *reply)
{
    if (result != SIM_OK || trade_reply_read(reply, cmd->text) != 0) {
        return -1;
    }

    sim_slot_reply(sim, worker, cmd, reply, NULL);

    return 0;
}


static sim_cmd_t *
sim_ask_cmd(sim_t *sim, sim_worker_t *worker, size_t slot, sim_cmd_pt handler,
    void *data)
{
    sim_cmd_t  *cmd;

    cmd = sim_alloc(sim, sizeof(sim_cmd_t));
    cmd->handler = handler;
    cmd->data = data;
    sim_known(worker, slot, cmd);

    return cmd;
}


static int
sim_ask_send(sim_t *sim, sim_worker_t *worker, sim_cmd_t *cmd)
{
    sim_step(sim, worker, "ask");

    return sim_send(sim, worker, cmd->slot, cmd);
}


static void
sim_ask_end(sim_t *sim, sim_ask_claim_t *claim, const trade_indoubt_t *one)
{
    if (trade_indoubt_claim_end(&claim->state, one)
        == TRADE_INDOUBT_CLAIM_AGAIN)
    {
        sim_ask_claim(sim, claim->worker, claim->slot);
    }
}
