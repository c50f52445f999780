/*
 * The end of a schedule: whether what clients were told is in the topic.
 */

#include "sim.h"

#include <stdio.h>


static void sim_told_placed(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_acted(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_unpaid(sim_t *sim, sim_attempt_t *attempt);


void
sim_told_end(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (sim_acts(attempt)) {
            sim_told_acted(sim, attempt);

        } else if (attempt->action == TRADE_ACTION_PLACE) {
            sim_told_placed(sim, attempt);
            sim_told_unpaid(sim, attempt);
        }
    }
}


static void
sim_told_placed(sim_t *sim, sim_attempt_t *attempt)
{
    int          in_topic, status;
    trade_str_t  id;

    if (!(attempt->answered || attempt->denied)) {
        return;
    }

    status = trade_verdict_status(attempt->verdict);
    id = trade_str_of(attempt->answered && status < 300
                      ? attempt->answer : attempt->id, TRADE_ID_LEN);
    in_topic = sim_check_in_topic(sim, id, 1, NULL);

    if (attempt->denied && in_topic) {
        sim_fail(sim, "%.*s was unknown past its deadline, and is in the "
                 "topic", TRADE_ID_LEN, id.data);
    }

    if (!attempt->answered) {
        return;
    }

    if (status < 300 && !in_topic && !sim->shards[attempt->intent->slot].lost) {
        sim_fail(sim, "%.*s was accepted, and is not in the topic",
                 TRADE_ID_LEN, id.data);
    }

    if (status >= 300 && in_topic && !trade_verdict_unknown(attempt->verdict))
    {
        sim_fail(sim, "%.*s was refused, and is in the topic", TRADE_ID_LEN,
                 id.data);
    }
}


static void
sim_told_acted(sim_t *sim, sim_attempt_t *attempt)
{
    char         text[16];
    const char  *to;
    trade_str_t  id;

    if (!attempt->answered) {
        return;
    }

    to = trade_actions[attempt->action].to;
    id = trade_str_of(attempt->id, TRADE_ID_LEN);

    if (sim_accepted(attempt)) {
        if (!sim_check_in_topic(sim, id, 0, to)
            && !sim->shards[attempt->intent->slot].lost)
        {
            sim_fail(sim, "%.*s was said to be %s, and is not in the topic",
                     TRADE_ID_LEN, id.data, to);
        }

        return;
    }

    if (attempt->made && !trade_verdict_unknown(attempt->verdict)) {
        sim_fail(sim, "%.*s became %s by what was refused", TRADE_ID_LEN,
                 id.data, to);
    }

    if (attempt->verdict == TRADE_WRONG_STATE
        && !sim->shards[attempt->intent->slot].lost
        && sim->shards[attempt->intent->slot].failed_over < attempt->sent)
    {
        (void) snprintf(text, sizeof(text), "%.*s", (int) attempt->wrong.len,
                        attempt->wrong.data);

        if (!sim_check_in_topic(sim, id, 0, text)) {
            sim_fail(sim, "%.*s was said to be %s, and never was",
                     TRADE_ID_LEN, id.data, text);
        }
    }
}


/* Where orders have a time to be paid none stays as it was placed */

static void
sim_told_unpaid(sim_t *sim, sim_attempt_t *attempt)
{
    if (sim->payment && !sim->shards[attempt->intent->slot].lost
        && !attempt->intent->change && attempt->made
        && attempt->nevents == 1)
    {
        sim_fail(sim, "%.*s was not paid, and has not expired", TRADE_ID_LEN,
                 attempt->id);
    }
}
