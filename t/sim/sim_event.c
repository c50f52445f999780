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
static void sim_push(sim_t *sim, sim_event_t event);
static sim_event_t sim_pop(sim_t *sim);


void
sim_start(sim_t *sim, uint64_t seed)
{
    int            verbose;
    char          *arena;
    size_t         max_heap;
    sim_event_t   *heap;

    verbose = sim->verbose;
    arena = sim->arena;
    heap = sim->heap;
    max_heap = sim->max_heap;
    memset(sim, 0, offsetof(sim_t, shards));

    sim->verbose = verbose;
    sim->arena = arena ? arena : malloc(SIM_ARENA);
    sim->heap = heap;
    sim->max_heap = max_heap;

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
    sim_event_t  event;

    event.at = at;
    event.n = sim->nevents++;
    event.run = run;
    event.data = data;
    event.worker = worker;
    event.life = worker ? worker->life : 0;

    sim_push(sim, event);
}


static void
sim_push(sim_t *sim, sim_event_t event)
{
    size_t  i;

    if (sim->nheap == sim->max_heap) {
        sim->max_heap = sim->max_heap ? sim->max_heap * 2 : 1024;
        sim->heap = realloc(sim->heap, sim->max_heap * sizeof(sim_event_t));
    }

    for (i = sim->nheap++; i; i = (i - 1) / 2) {
        if (sim_before(&sim->heap[(i - 1) / 2], &event)) {
            break;
        }

        sim->heap[i] = sim->heap[(i - 1) / 2];
    }

    sim->heap[i] = event;
}


static sim_event_t
sim_pop(sim_t *sim)
{
    size_t       i, child;
    sim_event_t  top, last;

    top = sim->heap[0];
    last = sim->heap[--sim->nheap];

    for (i = 0; (child = 2 * i + 1) < sim->nheap; i = child) {
        if (child + 1 < sim->nheap
            && sim_before(&sim->heap[child + 1], &sim->heap[child]))
        {
            child++;
        }

        if (sim_before(&last, &sim->heap[child])) {
            break;
        }

        sim->heap[i] = sim->heap[child];
    }

    sim->heap[i] = last;

    return top;
}


/* What a worker is told while it is paused it hears when it goes on */

int
sim_next(sim_t *sim)
{
    sim_event_t  event;

    if (sim->nheap == 0) {
        return 0;
    }

    event = sim_pop(sim);

    if (event.at > sim->now) {
        sim->now = event.at;
    }

    if (event.worker) {
        if (!event.worker->alive || event.worker->life != event.life) {
            return 1;
        }

        if (event.worker->paused > sim->now) {
            event.at = event.worker->paused;
            sim_push(sim, event);
            return 1;
        }
    }

    sim->runs = event.worker;

    if (setjmp(sim->died) == 0) {
        event.run(sim, event.data);
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
