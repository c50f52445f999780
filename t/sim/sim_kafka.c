/*
 * Producers and the topic.  A record's fate is drawn when it is produced: it
 * is appended or not, now or late, and its report says so, or says nothing of
 * worth.  The records of a dead worker's producer may still be appended.
 */

#include "sim.h"

#include <string.h>


static void sim_kafka_append(sim_t *sim, void *data);
static void sim_kafka_report(sim_t *sim, void *data);
static trade_str_t sim_kafka_bytes(sim_t *sim, const trade_event_t *event);


int
sim_produce(sim_t *sim, sim_msg_t *msg)
{
    char           *mem;
    size_t          size;
    uint64_t        at, report;
    trade_buf_t     b;
    trade_event_t   event;

    if (sim_chance(sim, sim->faults.fail / 4)) {
        return -1;
    }

    size = trade_event_size(msg->record.body.len);
    mem = sim_alloc(sim, size);
    trade_buf_init(&b, mem, size);

    if (trade_event_build(&event, &b, msg->id, sim_slots[msg->slot],
                          &msg->record, trade_str_c("/sim"))
        != 0)
    {
        sim_fail(sim, "no event can be made of a record");
    }

    msg->bytes = sim_kafka_bytes(sim, &event);
    msg->life = msg->worker->life;
    msg->result = SIM_ACKED;

    at = sim->now + 1 + sim_random(sim, 6);
    report = at + 1 + sim_random(sim, 6);

    if (sim->broken > at) {
        at = sim->broken + sim_random(sim, 100);
        report = at + 1 + sim_random(sim, 100);
    }

    if (sim_chance(sim, sim->faults.fail)) {
        report = sim->now + sim_random(sim, SIM_KAFKA);
        at = report - sim_random(sim, report - sim->now + 1);
    }

    if (report > sim->now + SIM_KAFKA || sim_chance(sim, sim->faults.fail)) {
        msg->result = SIM_NOT_ACKED;

        /* for sure; or it was under way, and still may be */

        report = sim->now + sim_random(sim, SIM_KAFKA);
        at = sim_random(sim, 2) ? 0 : report + sim_random(sim, 2000) - 1000;
    }

    if (at) {
        msg->late = sim_random(sim, 2);
        sim_at(sim, at, sim_kafka_append, msg, NULL);
    }

    sim_at(sim, report, sim_kafka_report, msg, msg->worker);

    return 0;
}


static void
sim_kafka_append(sim_t *sim, void *data)
{
    sim_msg_t  *msg = data;

    if (!msg->late
        && (!msg->worker->alive || msg->worker->life != msg->life))
    {
        return;
    }

    if (sim->ntopic == SIM_RECORDS) {
        sim_fail(sim, "the topic is full");
    }

    sim_trace(sim, "topic: %.*s, %s", TRADE_ID_LEN, msg->id.data,
              trade_state_name(msg->record.state).data);
    sim->topic[sim->ntopic++] = msg;

    sim_check_appended(sim, msg);
}


static void
sim_kafka_report(sim_t *sim, void *data)
{
    sim_msg_t  *msg = data;

    msg->handler(sim, msg, msg->result);
}


/* Key, value and headers, as one string to compare */

static trade_str_t
sim_kafka_bytes(sim_t *sim, const trade_event_t *event)
{
    size_t       i, size;
    trade_buf_t  b;

    size = event->key.len + event->value.len + 4;

    for (i = 0; i < event->nheaders; i++) {
        size += strlen(event->headers[i].name) + event->headers[i].value.len
                + 2;
    }

    trade_buf_init(&b, sim_alloc(sim, size), size);
    trade_buf_str(&b, event->key);
    trade_buf_c(&b, "\n");
    trade_buf_str(&b, event->value);

    for (i = 0; i < event->nheaders; i++) {
        trade_buf_c(&b, "\n");
        trade_buf_c(&b, event->headers[i].name);
        trade_buf_c(&b, " ");
        trade_buf_str(&b, event->headers[i].value);
    }

    return trade_buf_done(&b);
}
