/*
 * Hints of a host, and their checks.
 */

#ifndef SIM_HINT_H
#define SIM_HINT_H

#include "sim.h"


/* The host has no hints, and was told of nothing. */
void sim_hint_start(sim_t *sim, sim_host_t *host);

/*
 * Decides about an order; with TRADE_HINT_REFUSE *result says why.  The
 * refusal is checked.
 */
trade_hint_step_e sim_hint_order(sim_t *sim, sim_order_t *order, int keyed,
    trade_result_e *result);

/* The order's call is sent; and has a reply. */
void sim_hint_asked(sim_t *sim, sim_order_t *order);
void sim_hint_learn(sim_t *sim, const sim_order_t *order,
    const trade_reply_t *reply);

/* Looks the order's key up. */
void sim_hint_find(sim_t *sim, sim_order_t *order);

/*
 * This host has changed the stock, or returned units; `ran` is when the script
 * ran that did, in ms, or 0.
 */
void sim_hint_void(sim_t *sim, sim_worker_t *worker, size_t slot,
    uint64_t ran);

/* A script has replied to an order's call. */
void sim_hint_refused(sim_t *sim, const sim_cmd_t *cmd, trade_str_t text);

/* A script has published that units came back. */
void sim_hint_publish(sim_t *sim, size_t slot, uint64_t version);


#endif /* SIM_HINT_H */
