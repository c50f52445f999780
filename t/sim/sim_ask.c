/*
 * Orders that lie in several slots, and whose coordinator did not finish, as
 * ngx_trade_ask.c.
 */

#include "sim.h"


#define SIM_ASK_LEASE  3000             /* ms, as there */
#define SIM_ASK_MOST   4


typedef struct {
    sim_worker_t  *worker;
    trade_str_t    id;
    size_t         home;
    size_t         other;
    int            back;                /* what was sold goes back */
} sim_ask_t;


static void sim_ask_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static void sim_ask_verdict(sim_t *sim, sim_ask_t *ask);
static void sim_ask_decided(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static void sim_ask_apply(sim_t *sim, sim_ask_t *ask,
    const trade_reply_t *verdict);
static void sim_ask_applied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static void sim_ask_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
static int sim_ask_reply(sim_t *sim, sim_cmd_t *cmd, sim_result_e result,
    trade_reply_t *reply);
static sim_cmd_t *sim_ask_cmd(sim_t *sim, sim_ask_t *ask, size_t slot,
    sim_cmd_pt handler);
static sim_ask_t *sim_ask_create(sim_t *sim, sim_worker_t *worker);
static void sim_ask_send(sim_t *sim, sim_ask_t *ask, sim_cmd_t *cmd);


void
sim_ask_claim(sim_t *sim, sim_worker_t *worker, size_t slot)
{
    sim_cmd_t  *cmd;
    sim_ask_t  *ask;

    ask = sim_ask_create(sim, worker);
    ask->home = slot;
    cmd = sim_ask_cmd(sim, ask, slot, sim_ask_claimed);

    (void) trade_call_asks(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                           TRADE_CALL_SIZE, &cmd->known, SIM_ASK_LEASE,
                           SIM_ASK_MOST);

    sim_ask_send(sim, ask, cmd);
}


static void
sim_ask_claimed(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    unsigned        other;
    sim_ask_t      *ask, *one;
    trade_str_t     id, text;
    trade_reply_t   reply;

    ask = cmd->data;

    if (sim_ask_reply(sim, cmd, result, &reply) != 0
        || reply.kind != TRADE_REPLY_ASKS)
    {
        return;
    }

    text = sim_copy(sim, reply.text);

    while (trade_reply_ask(&text, sim_slots[ask->home], &id, &other) == 1) {
        one = sim_ask_create(sim, ask->worker);
        one->id = id;
        one->home = sim_slot(trade_id_slot(id));
        one->other = sim_slot(other);
        sim_ask_verdict(sim, one);
    }

    if (text.len) {
        sim_fail(sim, "asks that are none: %.*s", (int) text.len, text.data);
    }
}


static void
sim_ask_verdict(sim_t *sim, sim_ask_t *ask)
{
    sim_cmd_t  *cmd;

    cmd = sim_ask_cmd(sim, ask, ask->home, sim_ask_decided);

    (void) trade_call_verdict(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                              TRADE_CALL_SIZE, &cmd->known, ask->id);

    sim_ask_send(sim, ask, cmd);
}


static void
sim_ask_decided(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t  reply;

    if (sim_ask_reply(sim, cmd, result, &reply) == 0 && cmd->replicated
        && (reply.kind == TRADE_REPLY_SELL || reply.kind == TRADE_REPLY_FREE
            || reply.kind == TRADE_REPLY_BACK))
    {
        sim_ask_apply(sim, cmd->data, &reply);
    }
}


static void
sim_ask_apply(sim_t *sim, sim_ask_t *ask, const trade_reply_t *verdict)
{
    void       *mem;
    sim_cmd_t  *cmd;

    cmd = sim_ask_cmd(sim, ask, ask->other, sim_ask_applied);
    mem = sim_alloc(sim, TRADE_CALL_SIZE);

    if (verdict->kind == TRADE_REPLY_SELL) {
        (void) trade_call_confirm(&cmd->call, mem, TRADE_CALL_SIZE,
                                  &cmd->known, ask->id, SIM_HOLD_KEEP,
                                  verdict->value);
    } else {
        ask->back = verdict->kind == TRADE_REPLY_BACK;
        (void) trade_call_release(&cmd->call, mem, TRADE_CALL_SIZE,
                                  &cmd->known, ask->id, ask->back);
    }

    sim_ask_send(sim, ask, cmd);
}


static void
sim_ask_applied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_ask_t     *ask;
    trade_reply_t  reply;

    ask = cmd->data;

    if (sim_ask_reply(sim, cmd, result, &reply) != 0
        || reply.kind != TRADE_REPLY_APPLIED || !cmd->replicated)
    {
        return;
    }

    cmd = sim_ask_cmd(sim, ask, ask->home, sim_ask_told);

    (void) trade_call_told(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                           TRADE_CALL_SIZE, &cmd->known, ask->id, ask->back,
                           sim_slots[ask->other]);

    sim_ask_send(sim, ask, cmd);
}


static void
sim_ask_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    trade_reply_t  reply;

    (void) sim_ask_reply(sim, cmd, result, &reply);
}


static int
sim_ask_reply(sim_t *sim, sim_cmd_t *cmd, sim_result_e result,
    trade_reply_t *reply)
{
    sim_ask_t  *ask;

    ask = cmd->data;

    if (result != SIM_OK || trade_reply_read(reply, cmd->text) != 0) {
        return -1;
    }

    sim_slot_reply(sim, ask->worker, cmd, reply, NULL);

    return 0;
}


static sim_ask_t *
sim_ask_create(sim_t *sim, sim_worker_t *worker)
{
    sim_ask_t  *ask;

    ask = sim_alloc(sim, sizeof(sim_ask_t));
    ask->worker = worker;

    return ask;
}


static sim_cmd_t *
sim_ask_cmd(sim_t *sim, sim_ask_t *ask, size_t slot, sim_cmd_pt handler)
{
    sim_cmd_t  *cmd;

    cmd = sim_alloc(sim, sizeof(sim_cmd_t));
    cmd->handler = handler;
    cmd->data = ask;
    sim_known(ask->worker, slot, cmd);

    return cmd;
}


static void
sim_ask_send(sim_t *sim, sim_ask_t *ask, sim_cmd_t *cmd)
{
    sim_step(sim, ask->worker, "ask");
    (void) sim_send(sim, ask->worker, cmd->slot, cmd);
}
