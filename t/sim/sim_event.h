/*
 * The events of a schedule, in the order of their times.
 */

#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "sim_worker.h"


typedef void (*sim_event_pt)(sim_t *sim, void *data);


typedef struct sim_event_s  sim_event_t;

struct sim_event_s {
    uint64_t        at;
    uint64_t        n;                  /* in order, at the same time */
    sim_event_pt    run;
    void           *data;
    sim_worker_t   *worker;             /* NULL: happens outside of them */
    unsigned        life;               /* of that worker */
    sim_event_t    *next;
};


/*
 * The events of all times that are equal modulo SIM_WHEEL, in their order.  A
 * wheel of these is faster than a heap, since most events are a few ms ahead.
 */

#define SIM_WHEEL  4096                 /* ms */

typedef struct {
    sim_event_t    *first;
    sim_event_t    *last;               /* if there is a first one */
} sim_moment_t;


#endif /* SIM_EVENT_H */
