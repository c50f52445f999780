/*
 * What must be true of the parts of an order that lies in several slots.
 */

#ifndef SIM_PART_H
#define SIM_PART_H

#include "sim.h"


extern const char *const  sim_part_names[];

/* Its hold, of a slot that is not home; data is NULL: there is none. */
trade_str_t sim_part_hold(const sim_t *sim, const sim_attempt_t *order,
    size_t slot);
void sim_part_held(sim_t *sim, const sim_attempt_t *order, size_t slot,
    const sim_wire_t *wire);
int sim_part_in(const sim_intent_t *intent, size_t slot);

/* And the version that holding it has taken; 0: none. */
sim_part_e sim_part(const sim_t *sim, const sim_attempt_t *order,
    size_t slot, uint64_t *version);

/* Home is told that a slot has done its part, or of its own event's ack. */
void sim_part_confirmed(sim_t *sim, const sim_wire_t *wire);
void sim_part_settled(sim_t *sim, const sim_attempt_t *order);

/* Of every script: those that are about a part, or all of an order. */
void sim_part_ran(sim_t *sim, const sim_wire_t *wire);
void sim_part_failover(sim_t *sim, size_t slot);

/* Of an order that was confirmed home is gone, and another slot asks. */
void sim_part_vanish(sim_t *sim);
void sim_part_end(sim_t *sim);

/* Its end is in the topic. */
int sim_part_ended(const sim_t *sim, const sim_attempt_t *order);


#endif /* SIM_PART_H */
