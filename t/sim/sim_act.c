/*
 * Clients that have an order: some pay, deliver or cancel it, one of them or
 * two at once, and again.
 */

#include "sim.h"


#define SIM_ACT_PATIENCE  4000          /* ms, at most, before it is done */


typedef struct {
    sim_attempt_t   *of;
    trade_action_e   action;
    int              buyer;
} sim_act_t;


static trade_action_e sim_act_some(sim_t *sim);
static void sim_act_plan(sim_t *sim, sim_attempt_t *of,
    trade_action_e action, int buyer, uint64_t ms);
static void sim_act_try(sim_t *sim, void *data);


int
sim_acts(const sim_attempt_t *attempt)
{
    return trade_actions[attempt->action].to != TRADE_STATE_NONE;
}


/* A change of stock too, now and then: it is not there for this */

void
sim_act_ordered(sim_t *sim, sim_attempt_t *attempt)
{
    int       buyer;
    size_t    n;
    uint64_t  ms;

    if (attempt->intent->change && sim_random(sim, 8)) {
        return;
    }

    ms = sim_random(sim, SIM_ACT_PATIENCE);

    for (n = sim_random(sim, 4); n; n /= 2) {
        buyer = -1;

        if (sim_random(sim, 2)) {
            buyer = sim_random(sim, 6) ? attempt->intent->buyer
                                       : (int) sim_random(sim, SIM_BUYERS);
        }

        sim_act_plan(sim, attempt, sim_act_some(sim), buyer,
                     sim_random(sim, 2) ? ms : sim_random(sim, 100));
    }
}


static trade_action_e
sim_act_some(sim_t *sim)
{
    static const trade_action_e  actions[] = {
        TRADE_ACTION_PAY, TRADE_ACTION_PAY, TRADE_ACTION_CANCEL,
        TRADE_ACTION_CANCEL, TRADE_ACTION_DELIVER
    };

    return actions[sim_random(sim, sizeof(actions) / sizeof(actions[0]))];
}


static void
sim_act_plan(sim_t *sim, sim_attempt_t *of, trade_action_e action, int buyer,
    uint64_t ms)
{
    sim_act_t  *act;

    act = sim_alloc(sim, sizeof(sim_act_t));
    act->of = of;
    act->action = action;
    act->buyer = buyer;

    sim_at(sim, sim->now + 1 + ms, sim_act_try, act, NULL);
}


static void
sim_act_try(sim_t *sim, void *data)
{
    sim_act_t      *act = data;
    sim_attempt_t  *attempt;

    if (act->of->intent->acts <= 0) {
        return;
    }

    act->of->intent->acts--;

    attempt = sim_client_send(sim, act->of->intent, act->action, act->of,
                              sim_random(sim, 5));

    if (attempt) {
        attempt->buyer = act->buyer;
    }

    /* a double click; or nobody was there */

    if (attempt == NULL || sim_chance(sim, 80)) {
        sim_act_plan(sim, act->of, act->action, act->buyer,
                     sim_random(sim, 100));
    }
}


/* Or not told anything: it asks again, or goes on */

void
sim_act_told(sim_t *sim, sim_attempt_t *attempt)
{
    trade_action_e  action;

    action = attempt->action;

    if (sim_accepted(attempt)) {
        if (sim_random(sim, 3) == 0) {
            return;
        }

        if (sim_random(sim, 2)) {
            action = sim_act_some(sim);
        }

    } else if (attempt->answered && !trade_result_unknown(attempt->result)
               && sim_random(sim, 2))
    {
        action = sim_act_some(sim);
    }

    sim_act_plan(sim, attempt->of, action, attempt->buyer,
                 sim_random(sim, sim_random(sim, 2) ? 50 : 3000));
}
