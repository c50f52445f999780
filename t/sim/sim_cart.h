/*
 * The cart of sim_cart.c, and what it has with sim_cart_end.c.
 */

#ifndef SIM_CART_H
#define SIM_CART_H

#include "sim.h"
#include "trade_participant.h"


typedef struct {
    sim_cart_t               *cart;
    trade_participant_t      *participant;
    size_t                    slot;
} sim_cart_command_t;


struct sim_cart_s {
    sim_order_t              *order;    /* NULL: it is no more */
    sim_worker_t             *worker;
    trade_write_args_t        write;
    trade_cart_t              cart;
    trade_cart_flow_t         flow;
    trade_participant_t       participants[SIM_SLOTS - 1];
    sim_cart_command_t        commands[SIM_SLOTS - 1];
    size_t                    nparticipants;
    size_t                    home;
};


/* A new command each time: the earlier ones may still arrive. */
sim_cmd_t *sim_cart_cmd(sim_t *sim, sim_cart_t *cart, size_t slot,
    sim_cmd_pt handler, void *data);
int sim_cart_send(sim_t *sim, sim_cart_t *cart, sim_cmd_t *cmd);
void sim_cart_done(sim_t *sim, sim_cart_t *cart);


#endif /* SIM_CART_H */
