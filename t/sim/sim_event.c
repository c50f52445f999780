#define _GNU_SOURCE                     /* program_invocation_name */

#include "sim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SIM_ARENA  (16 * 1024 * 1024)
#define SIM_BEGIN  1000000
#define SIM_EPOCH  1767323045000        /* ms since 1970, of the shard */


static int sim_before(const sim_event_t *a, const sim_event_t *b);
static void sim_put(sim_t *sim, sim_event_t *event);
static sim_event_t *sim_take(sim_t *sim);
static void sim_spare(sim_t *sim, sim_event_t *event);


void
sim_start(sim_t *sim, uint64_t seed)
{
    int    verbose;
    char  *arena;

    verbose = sim->verbose;
    arena = sim->arena;
    memset(sim, 0, offsetof(sim_t, shards));

    sim->verbose = verbose;
    sim->arena = arena ? arena : malloc(SIM_ARENA);

    sim->seed = seed;
    sim->random = (seed + 1) * 0x9e3779b97f4a7c15;
    sim->now = SIM_BEGIN;
}


/* splitmix64 */

uint64_t
sim_random(sim_t *sim, uint64_t n)
{
    uint64_t  x;

    x = sim->random += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;

    return (x ^ x >> 31) % n;
}


int
sim_chance(sim_t *sim, unsigned of_1000)
{
    return of_1000 && sim->now < sim->healed
           && sim_random(sim, 1000) < of_1000;
}


uint64_t
sim_until(sim_t *sim, uint64_t ms)
{
    uint64_t  at;

    at = sim->now + sim_random(sim, ms);

    return at < sim->healed ? at : sim->healed;
}


void *
sim_alloc(sim_t *sim, size_t size)
{
    void  *p;

    size = (size + 15) & ~(size_t) 15;

    if (sim->used + size > SIM_ARENA) {
        sim_fail(sim, "the schedule needs more memory than there is");
    }

    p = sim->arena + sim->used;
    sim->used += size;

    return memset(p, 0, size);
}


trade_str_t
sim_copy(sim_t *sim, trade_str_t s)
{
    char  *p;

    p = sim_alloc(sim, s.len + 1);

    if (s.len) {
        memcpy(p, s.data, s.len);
    }

    return trade_str_of(p, s.len);
}


uint64_t
sim_clock(const sim_t *sim, size_t slot)
{
    return SIM_EPOCH + (sim->now - SIM_BEGIN) + sim->shards[slot].jump;
}


uint64_t
sim_steady(const sim_t *sim, const sim_worker_t *worker)
{
    return sim->now + worker->host->steady;
}


static int
sim_before(const sim_event_t *a, const sim_event_t *b)
{
    return a->at < b->at || (a->at == b->at && a->n < b->n);
}


void
sim_at(sim_t *sim, uint64_t at, sim_event_pt run, void *data,
    sim_worker_t *worker)
{
    sim_event_t  *event;

    event = sim->spare;

    if (event) {
        sim->spare = event->next;

    } else {
        event = sim_alloc(sim, sizeof(sim_event_t));
    }

    event->at = at;
    event->n = sim->nevents++;
    event->run = run;
    event->data = data;
    event->worker = worker;
    event->life = worker ? worker->life : 0;

    sim_put(sim, event);
}


/* Events of the past are events of now, before all others */

static void
sim_put(sim_t *sim, sim_event_t *event)
{
    sim_event_t    **next;
    sim_moment_t    *moment;

    moment = &sim->wheel[(event->at > sim->now ? event->at : sim->now)
                         % SIM_WHEEL];

    if (moment->first && sim_before(moment->last, event)) {
        next = &moment->last->next;

    } else {
        next = &moment->first;

        while (*next && sim_before(*next, event)) {
            next = &(*next)->next;
        }
    }

    event->next = *next;
    *next = event;

    if (event->next == NULL) {
        moment->last = event;
    }

    sim->pending++;
}


/* There is one; time goes on until then */

static sim_event_t *
sim_take(sim_t *sim)
{
    sim_event_t   *event;
    sim_moment_t  *moment;

    for ( ;; ) {
        moment = &sim->wheel[sim->now % SIM_WHEEL];
        event = moment->first;

        if (event && event->at <= sim->now) {
            break;
        }

        sim->now++;
    }

    moment->first = event->next;
    sim->pending--;

    return event;
}


static void
sim_spare(sim_t *sim, sim_event_t *event)
{
    event->next = sim->spare;
    sim->spare = event;
}


/* A paused worker runs its events when it goes on */

int
sim_next(sim_t *sim)
{
    void          *data;
    sim_event_t   *event;
    sim_event_pt   run;

    if (sim->pending == 0) {
        return 0;
    }

    event = sim_take(sim);

    if (event->worker) {
        if (!event->worker->alive || event->worker->life != event->life) {
            sim_spare(sim, event);
            return 1;
        }

        if (event->worker->paused > sim->now) {
            event->at = event->worker->paused;
            sim_put(sim, event);
            return 1;
        }
    }

    run = event->run;
    data = event->data;
    sim->runs = event->worker;
    sim_spare(sim, event);

    if (setjmp(sim->died) == 0) {
        run(sim, data);
    }

    sim->runs = NULL;

    return 1;
}


void
sim_trace(sim_t *sim, const char *format, ...)
{
    va_list  args;

    if (!sim->verbose) {
        return;
    }

    printf("%8" PRIu64 "  ", sim->now - SIM_BEGIN);

    if (sim->runs) {
        printf("worker %d.%u: ", sim->runs->number, sim->runs->life);
    }

    va_start(args, format);
    vprintf(format, args);
    va_end(args);

    printf("\n");
}


void
sim_fail(sim_t *sim, const char *format, ...)
{
    va_list  args;

    fflush(stdout);
    fprintf(stderr, "seed %" PRIu64 " at %" PRIu64 " ms: ", sim->seed,
            sim->now - SIM_BEGIN);

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);

    fprintf(stderr, "\nreplay it: %s -v %" PRIu64 "\n",
            program_invocation_name, sim->seed);

    _Exit(1);
}
