/*
 * sim [-v] [SEED [COUNT]]: runs COUNT schedules, one by default, from SEED on,
 * and ends at the first that breaks a promise, with the line that replays it.
 * -v prints what happens.
 */

#include "sim_participant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* ms, after all is well */
#define SIM_PROBES   4000               /* clients look up orders */
#define SIM_VANISH   5000               /* a record is older than need be */
#define SIM_OPENS    7000               /* closed slots are opened */
#define SIM_LATEST   12000              /* nothing is on its way any more */
#define SIM_ENDS     90000              /* nothing may be left */


static struct {
    uint64_t  requests;
    uint64_t  hits;
    uint64_t  events;
    uint64_t  losses;
} sim_sum;


static void sim_schedule(sim_t *sim, uint64_t seed);
static void sim_faults(sim_t *sim);
static unsigned sim_some(sim_t *sim, unsigned few, unsigned many);
static void sim_after(sim_t *sim, uint64_t ms);


static void
sim_schedule(sim_t *sim, uint64_t seed)
{
    uint64_t  next;

    sim_start(sim, seed);
    sim_faults(sim);
    sim_redis_start(sim);
    sim_world(sim);
    sim_clients(sim);

    next = sim->healed;

    while (sim_next(sim)) {
        if (sim->now < next) {
            continue;
        }

        sim_after(sim, next - sim->healed);
        next += 1000;

        if (next > sim->healed + SIM_LATEST && sim_check_idle(sim)) {
            break;
        }
    }

    sim_check_end(sim);

    sim_sum.requests += sim->nattempts;
    sim_sum.events += sim->ntopic;
    sim_sum.losses += sim_lost(sim);
    sim_sum.hits += sim->hits;
}


/* Once a second, when there are no faults any more */

static void
sim_after(sim_t *sim, uint64_t ms)
{
    size_t  i;

    if (ms == SIM_PROBES) {
        sim_client_probes(sim);
    }

    if (ms >= SIM_VANISH && !sim->vanished && !sim_lost(sim)
        && sim_check_idle(sim))
    {
        sim->vanished = 1;
        sim_participant_vanish(sim);
    }

    for (i = 0; ms >= SIM_OPENS && i < SIM_SLOTS; i++) {
        if (sim_closed(sim, i)) {
            sim_redis_open(sim, i);
        }
    }

    sim_check_due(sim);

    if (ms > SIM_ENDS) {
        sim_fail(sim, "it does not come to an end");
    }
}


static unsigned
sim_some(sim_t *sim, unsigned few, unsigned many)
{
    switch (sim_random(sim, 3)) {

    case 0:
        return 0;

    case 1:
        return few;

    default:
        return many;
    }
}


static void
sim_faults(sim_t *sim)
{
    sim->healed = sim->now + 2000
                  + sim_random(sim, sim_random(sim, 4) ? 6000 : 14000);
    sim->durability = sim_random(sim, 2);
    sim->payment = sim_random(sim, 3) ? 0 : 500 + sim_random(sim, 5000);

    sim->hint_ttl = sim_random(sim, 4) ? 50 << 2 * sim_random(sim, 4) : 0;

    sim->faults.delay = sim_some(sim, 10, 60);
    sim->faults.cut = sim_some(sim, 5, 40);
    sim->faults.stick = sim_some(sim, 5, 20);
    sim->faults.error = sim_some(sim, 5, 20);
    sim->faults.step = sim_some(sim, 2, 10);
    sim->faults.fail = sim_some(sim, 40, 200);
    sim->faults.wander = sim_some(sim, 30, 120);
    sim->faults.fence = sim_some(sim, 0, 8);
    sim->faults.losses = sim_random(sim, 4) == 0;

    if (sim->faults.losses) {
        sim->faults.wander = 120;
    }
}


int
main(int argc, char **argv)
{
    uint64_t      i, first, n;
    static sim_t  sim;

    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        sim.verbose = 1;
        argc--;
        argv++;
    }

    first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    sim_redis_init(&sim);

    for (i = 0; i < n; i++) {
        sim_schedule(&sim, first + i);
    }

    printf("%" PRIu64 " schedules from seed %" PRIu64 " on: %" PRIu64
           " requests, %" PRIu64 " refused by hints, %" PRIu64 " events, %"
           PRIu64 " with lost writes\n", n, first, sim_sum.requests,
           sim_sum.hits, sim_sum.events, sim_sum.losses);

    sim_redis_free(&sim);
    free(sim.arena);

    return 0;
}
