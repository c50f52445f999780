/*
 * How it ends: its slots are told whether it was placed.
 */

#include "sim_cart.h"


static void sim_cart_applied(sim_t *sim, sim_cmd_t *cmd,
    sim_result_e result);


void
sim_cart_end(sim_t *sim, sim_cart_t *cart, int sold)
{
    size_t               i;
    sim_cmd_t           *cmd;
    sim_cart_command_t  *command;

    for (i = 0; i < cart->nparticipants; i++) {
        command = &cart->commands[i];

        if (!trade_participant_holds(command->participant)) {
            continue;
        }

        cmd = sim_cart_cmd(sim, cart, command->slot, sim_cart_applied, command);

        if (trade_participant_end(sold, &cmd->call,
                                  sim_alloc(sim, TRADE_CALL_SIZE),
                                  TRADE_CALL_SIZE, &cmd->seen, cart->write.id,
                                  SIM_HOLD_KEEP)
            != 0)
        {
            continue;
        }

        (void) sim_cart_send(sim, cart, cmd);
        sim_step(sim, cart->worker, "a part is told");
    }
}


static void
sim_cart_applied(sim_t *sim, sim_cmd_t *cmd, sim_result_e result)
{
    sim_cart_t          *cart;
    trade_reply_t        reply;
    sim_cart_command_t  *command;

    command = cmd->data;
    cart = command->cart;

    if (result == SIM_OK && trade_reply_read(&reply, cmd->text) == 0) {
        trade_participant_ended(command->participant, cart->flow.placed,
                                &reply);
        sim_slot_reply(sim, cart->worker, cmd, &reply, NULL);
    }

    sim_cart_done(sim, cart);
}


int
sim_cart_acked(sim_cart_t *cart)
{
    return trade_cart_flow_acked(&cart->flow);
}


int
sim_cart_sold(const sim_cart_t *cart)
{
    return trade_participant_all_sold(cart->participants, cart->nparticipants);
}
