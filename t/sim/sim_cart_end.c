/*
 * How it ends: given up, or placed, and each of its slots is told.
 */

#include "sim_cart.h"


static void sim_cart_aborted(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_cart_applied(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_cart_tell(sim_t *sim, sim_cart_t *cart);
static void sim_cart_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);


void
sim_cart_abort(sim_t *sim, sim_cart_t *cart)
{
    sim_cmd_t  *cmd;

    cmd = sim_cart_cmd(sim, cart, cart->home, sim_cart_aborted, cart);
    cmd->durable = sim->durability;

    (void) trade_call_verdict(&cmd->call, sim_alloc(sim, TRADE_CALL_SIZE),
                              TRADE_CALL_SIZE, &cmd->known, cart->make.id, 1);

    if (sim_cart_send(sim, cart, cmd) != 0) {
        trade_cart_flow_lost(&cart->flow);
    }
}


static void
sim_cart_aborted(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t     *cart;
    trade_reply_t   reply;

    cart = cmd->data;

    if (result == SIM_OK && cmd->replicated
        && trade_reply_read(&reply, cmd->text) == 0
        && reply.kind == TRADE_REPLY_FREE)
    {
        trade_cart_flow_aborted(&cart->flow);

    } else {
        trade_cart_flow_lost(&cart->flow);
    }

    sim_cart_run(sim, cart);
    sim_cart_done(cart);
}


void
sim_cart_confirm(sim_t *sim, sim_cart_t *cart)
{
    sim_cart_end(sim, cart, 1);
}


void
sim_cart_end(sim_t *sim, sim_cart_t *cart, int sold)
{
    void              *mem;
    size_t             i;
    sim_cmd_t         *cmd;
    sim_cart_other_t  *other;

    for (i = 0; i < cart->nothers; i++) {
        other = &cart->others[i];
        cmd = sim_cart_cmd(sim, cart, other->slot, sim_cart_applied, other);
        mem = sim_alloc(sim, TRADE_CALL_SIZE);

        if (sold) {
            (void) trade_call_confirm(&cmd->call, mem, TRADE_CALL_SIZE,
                                      &cmd->known, cart->make.id,
                                      SIM_HOLD_KEEP);
        } else {
            (void) trade_call_release(&cmd->call, mem, TRADE_CALL_SIZE,
                                      &cmd->known, cart->make.id, 0);
        }

        (void) sim_cart_send(sim, cart, cmd);
        sim_step(sim, cart->worker, "a part is told");
    }
}


static void
sim_cart_applied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t        *cart;
    trade_reply_t      reply;
    sim_cart_other_t  *other;

    other = cmd->data;
    cart = other->cart;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        other->done = reply.kind == TRADE_REPLY_APPLIED;
    }

    if (cart->under_way == 1 + (cart->order != NULL)) {
        sim_cart_tell(sim, cart);
    }

    sim_cart_done(cart);
}


static void
sim_cart_tell(sim_t *sim, sim_cart_t *cart)
{
    void       *mem;
    size_t      i, n, size;
    unsigned    slots[SIM_SLOTS];
    sim_cmd_t  *cmd;

    for (n = 0, i = 0; i < cart->nothers; i++) {
        if (cart->others[i].done) {
            slots[n++] = cart->others[i].part->order.slot;
        }
    }

    if (n == 0) {
        return;
    }

    sim_step(sim, cart->worker, "home is told");

    cmd = sim_cart_cmd(sim, cart, cart->home, sim_cart_told, cart);
    size = trade_call_told_size(n);
    mem = sim_alloc(sim, size);

    (void) trade_call_told(&cmd->call, mem, size, &cmd->known, cart->make.id, 0,
                           slots, n);
    (void) sim_cart_send(sim, cart, cmd);
}


static void
sim_cart_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    (void) sim;
    (void) result;

    sim_cart_done(cmd->data);
}
