/*
 * How it ends: its slots are told whether it was placed, and then home is.
 */

#include "sim_cart.h"


static void sim_cart_applied(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);
static void sim_cart_tell_call(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd,
    uint64_t seq);
static void sim_cart_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);


void
sim_cart_end(sim_t *sim, sim_cart_t *cart, int sold)
{
    void              *mem;
    size_t             i;
    sim_cmd_t         *cmd;
    sim_cart_other_t  *other;

    for (i = 0; i < cart->nothers; i++) {
        other = &cart->others[i];

        if (!other->holds) {
            continue;
        }

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
        if (cart->placed && reply.kind == TRADE_REPLY_APPLIED) {
            other->sold = 1;
            cart->to_tell = 1;
        }
    }

    sim_cart_done(sim, cart);
}


int
sim_cart_settle(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd, uint64_t seq)
{
    if (!cart->to_tell || cart->under_way > 1) {
        return 0;
    }

    sim_cart_tell_call(sim, cart, cmd, seq);

    return 1;
}


int
sim_cart_tell(sim_t *sim, sim_cart_t *cart)
{
    sim_cmd_t  *cmd;

    if (!cart->to_tell) {
        return -1;
    }

    sim_step(sim, cart->worker, "home is told");

    cmd = sim_cart_cmd(sim, cart, cart->home, sim_cart_told, cart);
    sim_cart_tell_call(sim, cart, cmd, 0);

    return sim_cart_send(sim, cart, cmd);
}


static void
sim_cart_tell_call(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd, uint64_t seq)
{
    void      *mem;
    size_t     i, n, size;
    unsigned   slots[SIM_SLOTS];

    cart->to_tell = 0;

    for (n = 0, i = 0; i < cart->nothers; i++) {
        if (cart->others[i].sold) {
            slots[n++] = cart->others[i].part->order.slot;
        }
    }

    size = trade_call_told_size(n);
    mem = sim_alloc(sim, size);

    (void) trade_call_told(&cmd->call, mem, size, &cmd->known, cart->make.id,
                           0, seq, slots, n);
}


static void
sim_cart_told(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    (void) result;

    sim_cart_done(sim, cmd->data);
}
