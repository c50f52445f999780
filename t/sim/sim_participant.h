/*
 * The checks of the parts of an order that lies in several slots.
 */

#ifndef SIM_PARTICIPANT_H
#define SIM_PARTICIPANT_H

#include "sim.h"


extern const char *const  sim_participant_names[];

/* Its hold, of a slot that is not home; data is NULL: there is none. */
trade_str_t sim_participant_hold(const sim_t *sim, const sim_attempt_t *order,
    size_t slot);
void sim_participant_held(sim_t *sim, const sim_attempt_t *order, size_t slot,
    const sim_wire_t *wire);
int sim_participant_in(const sim_intent_t *intent, size_t slot);

/* And the version that holding it has taken; 0: none. */
sim_participant_e sim_participant(const sim_t *sim, const sim_attempt_t *order,
    size_t slot, uint64_t *version);

/* Home is told that a slot has done its part, or of its own event's ack. */
void sim_participant_confirmed(sim_t *sim, const sim_wire_t *wire);
void sim_participant_acked(sim_t *sim, const sim_attempt_t *order);

/* After every script; it picks the ones about a part, or a whole order. */
void sim_participant_ran(sim_t *sim, const sim_wire_t *wire);
void sim_participant_failover(sim_t *sim, size_t slot);

/* Of an order that was confirmed home is gone, and another slot asks. */
void sim_participant_vanish(sim_t *sim);
void sim_participant_end(sim_t *sim);

/* Its end is in the topic. */
int sim_participant_ended(const sim_t *sim, const sim_attempt_t *order);


#endif /* SIM_PARTICIPANT_H */
