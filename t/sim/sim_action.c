/*
 * Clients that have an order: some pay, deliver or cancel it, one of them or
 * two at once, and again.
 */

#include "sim.h"


#define SIM_ACTION_DELAY  4000          /* ms, at most, before it is done */


typedef struct {
    sim_attempt_t   *of;
    trade_action_e   action;
    int              buyer;
} sim_action_t;


static trade_action_e sim_action_some(sim_t *sim);
static void sim_action_plan(sim_t *sim, sim_attempt_t *of,
    trade_action_e action, int buyer, uint64_t ms);
static void sim_action_try(sim_t *sim, void *data);


int
sim_is_action(const sim_attempt_t *attempt)
{
    return trade_actions[attempt->action].to != TRADE_STATE_NONE;
}


/* A change of stock too, now and then: it is not there for this */

void
sim_action_ordered(sim_t *sim, sim_attempt_t *attempt)
{
    int       buyer;
    size_t    n;
    uint64_t  ms;

    if (attempt->intent->change && sim_random(sim, 8)) {
        return;
    }

    ms = sim_random(sim, SIM_ACTION_DELAY);

    for (n = sim_random(sim, 4); n; n /= 2) {
        buyer = -1;

        if (sim_random(sim, 2)) {
            buyer = sim_random(sim, 6) ? attempt->intent->buyer
                                       : (int) sim_random(sim, SIM_BUYERS);
        }

        sim_action_plan(sim, attempt, sim_action_some(sim), buyer,
                        sim_random(sim, 2) ? ms : sim_random(sim, 100));
    }
}


static trade_action_e
sim_action_some(sim_t *sim)
{
    static const trade_action_e  actions[] = {
        TRADE_ACTION_PAY, TRADE_ACTION_PAY, TRADE_ACTION_CANCEL,
        TRADE_ACTION_CANCEL, TRADE_ACTION_DELIVER
    };

    return actions[sim_random(sim, sizeof(actions) / sizeof(actions[0]))];
}


static void
sim_action_plan(sim_t *sim, sim_attempt_t *of, trade_action_e action, int buyer,
    uint64_t ms)
{
    sim_action_t  *plan;

    plan = sim_alloc(sim, sizeof(sim_action_t));
    plan->of = of;
    plan->action = action;
    plan->buyer = buyer;

    sim_at(sim, sim->now + 1 + ms, sim_action_try, plan, NULL);
}


static void
sim_action_try(sim_t *sim, void *data)
{
    sim_action_t   *plan = data;
    sim_attempt_t  *attempt;

    if (plan->of->intent->actions <= 0) {
        return;
    }

    plan->of->intent->actions--;

    attempt = sim_client_send(sim, plan->of->intent, plan->action, plan->of,
                              sim_random(sim, 5));

    if (attempt) {
        attempt->buyer = plan->buyer;
    }

    /* a double click; or nobody was there */

    if (attempt == NULL || sim_chance(sim, 80)) {
        sim_action_plan(sim, plan->of, plan->action, plan->buyer,
                        sim_random(sim, 100));
    }
}


/* Or not told anything: it asks again, or goes on */

void
sim_action_told(sim_t *sim, sim_attempt_t *attempt)
{
    trade_action_e  action;

    action = attempt->action;

    if (sim_accepted(attempt)) {
        if (sim_random(sim, 3) == 0) {
            return;
        }

        if (sim_random(sim, 2)) {
            action = sim_action_some(sim);
        }

    } else if (attempt->answered && !trade_result_unknown(attempt->result)
               && sim_random(sim, 2))
    {
        action = sim_action_some(sim);
    }

    sim_action_plan(sim, attempt->of, action, attempt->buyer,
                    sim_random(sim, sim_random(sim, 2) ? 50 : 3000));
}
