/*
 * A worker's connections to the shard, as ngx_trade_redis_conn.c and
 * ngx_trade_redis_cmd.c have them: what one round has queued is written at its
 * end, with one WAIT behind what is durable.
 */

#include "sim.h"

#include <string.h>


static void sim_conn_up(sim_t *sim, void *data);
static void sim_conn_encode(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static void sim_conn_queue(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static void sim_conn_flush(sim_t *sim, sim_conn_t *conn);
static void sim_conn_write(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static void sim_conn_timer(sim_t *sim, void *data);
static void sim_conn_broken(sim_t *sim, void *data);
static void sim_conn_waited(sim_t *sim, sim_cmd_t *wait, sim_result_e result);
static void sim_conn_finish(sim_t *sim, sim_cmd_t *cmd);
static void sim_conn_fail(sim_t *sim, sim_conn_t *conn);
static void sim_queue_init(sim_queue_t *queue);
static void sim_queue_put(sim_queue_t *queue, sim_cmd_t *cmd);
static sim_cmd_t *sim_queue_get(sim_queue_t *queue);
static sim_queue_t sim_queue_take(sim_queue_t *queue);


void
sim_conns_open(sim_t *sim, sim_worker_t *worker)
{
    size_t       i;
    sim_conn_t  *conn;

    for (i = 0; i < SIM_SLOTS * SIM_CONNS; i++) {
        conn = &worker->conns[i / SIM_CONNS][i % SIM_CONNS];
        memset(conn, 0, sizeof(*conn));

        conn->worker = worker;
        conn->shard = &sim->shards[i / SIM_CONNS];
        sim_queue_init(&conn->sent);
        sim_queue_init(&conn->held);
        sim_queue_init(&conn->later);

        sim_at(sim, sim->now + sim_random(sim, 20), sim_conn_up, conn,
               worker);
    }
}


/* The handshake tells the shard's clock, as it was a moment ago */

static void
sim_conn_up(sim_t *sim, void *data)
{
    uint64_t     delay;
    sim_conn_t  *conn = data;

    if (conn->shard->stalled > sim->now) {
        sim_at(sim, conn->shard->stalled + sim_random(sim, 50), sim_conn_up,
               conn, conn->worker);
        return;
    }

    conn->session = sim_alloc(sim, sizeof(sim_session_t));
    conn->session->shard = conn->shard;
    conn->session->epoch = conn->shard->epoch;
    conn->session->last = &conn->session->first;
    conn->opened++;
    conn->ready = 1;
    conn->stuck = 0;

    delay = sim_random(sim, 5);
    conn->worker->clock[conn->shard->slot] =
        (int64_t) (sim_clock(sim, conn->shard->slot) - delay)
        - (int64_t) sim_steady(sim, conn->worker);
}


int
sim_send(sim_t *sim, sim_worker_t *worker, size_t slot, sim_cmd_t *cmd)
{
    size_t       i;
    sim_conn_t  *conn, *waiting;

    waiting = NULL;
    cmd->durable = cmd->call.durable && sim->durability;

    for (i = 0; i < SIM_CONNS; i++) {
        conn = &worker->conns[slot][i];

        if (!conn->ready) {
            continue;
        }

        if (conn->waiting && !cmd->durable) {
            waiting = waiting ? waiting : conn;
            continue;
        }

        cmd->body = 0;
        sim_conn_queue(sim, conn, cmd);
        return 0;
    }

    if (waiting) {
        cmd->body = 0;
        sim_conn_queue(sim, waiting, cmd);
        return 0;
    }

    return -1;
}


static void
sim_conn_queue(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd)
{
    if (cmd->durable && conn->waiting) {
        cmd->written = 0;
        sim_queue_put(&conn->later, cmd);
        return;
    }

    sim_conn_encode(sim, conn, cmd);
}


static void
sim_conn_encode(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd)
{
    cmd->written = 0;
    cmd->queued = sim_steady(sim, conn->worker);

    sim_queue_put(&conn->sent, cmd);

    if (cmd->durable) {
        conn->wait = 1;
    }

    if (!conn->timed) {
        conn->timed = 1;
        sim_at(sim, sim->now + SIM_REDIS, sim_conn_timer, conn,
               conn->worker);
    }

    sim_round(sim, conn->worker);
}


void
sim_conns_flush(sim_t *sim, sim_worker_t *worker)
{
    size_t       i;
    sim_conn_t  *conn;

    for (i = 0; i < SIM_SLOTS * SIM_CONNS; i++) {
        conn = &worker->conns[i / SIM_CONNS][i % SIM_CONNS];

        if (conn->ready) {
            sim_conn_flush(sim, conn);
        }
    }
}


static void
sim_conn_flush(sim_t *sim, sim_conn_t *conn)
{
    sim_cmd_t  *cmd, *wait;

    if (conn->wait) {
        wait = &conn->wait_cmd;
        wait->wait = 1;
        wait->handler = sim_conn_waited;
        wait->data = conn;
        conn->wait = 0;
        sim_conn_encode(sim, conn, wait);
        conn->waiting = 1;
    }

    if (sim_chance(sim, sim->faults.stick)) {
        conn->stuck = sim->now + 1 + sim_random(sim, 1500);
    }

    if (conn->stuck > sim->now) {
        sim_round(sim, conn->worker);
        return;
    }

    for (cmd = conn->sent.first; cmd; cmd = cmd->next) {
        if (!cmd->written) {
            sim_conn_write(sim, conn, cmd);
        }
    }
}


static void
sim_conn_write(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd)
{
    uint64_t        at;
    sim_wire_t     *wire;
    sim_session_t  *session;

    session = conn->session;

    cmd->written = 1;

    wire = sim_alloc(sim, sizeof(sim_wire_t));
    wire->session = session;
    wire->conn = conn;
    wire->worker = conn->worker;
    wire->life = conn->worker->life;
    wire->opened = conn->opened;
    wire->cmd = cmd;
    wire->wait = cmd->wait;
    wire->body = cmd->body;

    at = sim->now + 1 + sim_random(sim, 3);

    if (sim_chance(sim, sim->faults.delay)) {
        at += sim_random(sim, sim_random(sim, 2) ? 300 : 3000);
    }

    session->arrives = at > session->arrives ? at : session->arrives;
    sim_at(sim, session->arrives, sim_redis_arrive, wire, NULL);

    if (sim_chance(sim, sim->faults.cut)) {
        sim_at(sim, sim->now + sim_random(sim, 8), sim_conn_broken, conn,
               conn->worker);
    }
}


static void
sim_conn_timer(sim_t *sim, void *data)
{
    uint64_t     age;
    sim_conn_t  *conn = data;

    conn->timed = 0;

    if (!conn->ready || conn->sent.first == NULL) {
        return;
    }

    age = sim_steady(sim, conn->worker) - conn->sent.first->queued;

    if (age < SIM_REDIS) {
        conn->timed = 1;
        sim_at(sim, sim->now + SIM_REDIS - age, sim_conn_timer, conn,
               conn->worker);
        return;
    }

    sim_conn_fail(sim, conn);
}


static void
sim_conn_broken(sim_t *sim, void *data)
{
    sim_conn_t  *conn = data;

    if (conn->ready) {
        sim_conn_fail(sim, conn);
    }
}


/* From outside: the server has gone */

void
sim_conn_break(sim_t *sim, sim_conn_t *conn)
{
    sim_at(sim, sim->now + sim_random(sim, 30), sim_conn_broken, conn,
           conn->worker);
}


/*
 * What was written may have been run, or may be yet: half of the time it
 * arrives all the same, and late.
 */

static void
sim_conn_fail(sim_t *sim, sim_conn_t *conn)
{
    sim_cmd_t    *cmd;
    sim_queue_t   held, sent, later;

    sim_trace(sim, "a connection to shard %zu breaks", conn->shard->slot);

    conn->ready = 0;
    conn->wait = 0;
    conn->waiting = 0;

    if (sim_random(sim, 2)) {
        conn->session->cut = 1;
    }

    sim_at(sim, sim->now + 25 + sim_random(sim, 50), sim_conn_up, conn,
           conn->worker);

    /* handlers may queue commands: the lists are taken over first */

    held = sim_queue_take(&conn->held);
    sent = sim_queue_take(&conn->sent);
    later = sim_queue_take(&conn->later);

    while ((cmd = sim_queue_get(&held)) != NULL) {
        cmd->replicated = 0;
        sim_conn_finish(sim, cmd);
    }

    while ((cmd = sim_queue_get(&sent)) != NULL) {
        cmd->handler(sim, cmd, cmd->written ? SIM_LOST : SIM_UNSENT);
    }

    while ((cmd = sim_queue_get(&later)) != NULL) {
        cmd->handler(sim, cmd, SIM_UNSENT);
    }
}


/* Of a connection that is gone meanwhile a reply is never read */

void
sim_conn_reply(sim_t *sim, void *data)
{
    sim_cmd_t   *cmd;
    sim_wire_t  *wire = data;
    sim_conn_t  *conn;

    conn = wire->conn;

    if (!conn->ready || conn->opened != wire->opened) {
        return;
    }

    cmd = sim_queue_get(&conn->sent);
    cmd->replied = sim_steady(sim, conn->worker);
    cmd->text = wire->text;
    cmd->integer = wire->integer;
    cmd->err = wire->err;

    if (cmd->err && !cmd->body
        && trade_str_eq(cmd->text, trade_str_c("NOSCRIPT")))
    {
        cmd->body = 1;
        sim_conn_queue(sim, conn, cmd);
        return;
    }

    if (cmd->durable && !cmd->err) {
        sim_queue_put(&conn->held, cmd);
        return;
    }

    cmd->replicated = !cmd->durable;
    sim_conn_finish(sim, cmd);
}


static void
sim_conn_finish(sim_t *sim, sim_cmd_t *cmd)
{
    cmd->handler(sim, cmd, cmd->err ? SIM_ERR : SIM_OK);
}


static void
sim_conn_waited(sim_t *sim, sim_cmd_t *wait, sim_result_e result)
{
    unsigned      replicated;
    sim_cmd_t    *cmd;
    sim_conn_t   *conn;
    sim_queue_t   held;

    conn = wait->data;

    if (result != SIM_OK) {
        return;                         /* of a connection that broke */
    }

    conn->waiting = 0;
    replicated = wait->integer >= sim->durability;

    held = sim_queue_take(&conn->held);

    while ((cmd = sim_queue_get(&conn->later)) != NULL) {
        sim_conn_encode(sim, conn, cmd);
    }

    while ((cmd = sim_queue_get(&held)) != NULL) {
        cmd->replicated = replicated;
        sim_conn_finish(sim, cmd);
    }
}


static void
sim_queue_init(sim_queue_t *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}


static void
sim_queue_put(sim_queue_t *queue, sim_cmd_t *cmd)
{
    cmd->next = NULL;
    *queue->last = cmd;
    queue->last = &cmd->next;
}


static sim_cmd_t *
sim_queue_get(sim_queue_t *queue)
{
    sim_cmd_t  *cmd;

    cmd = queue->first;

    if (cmd) {
        queue->first = cmd->next;

        if (queue->first == NULL) {
            queue->last = &queue->first;
        }
    }

    return cmd;
}


/* All of it, to be got: nothing is put there any more */

static sim_queue_t
sim_queue_take(sim_queue_t *queue)
{
    sim_queue_t  taken;

    taken = *queue;
    sim_queue_init(queue);

    return taken;
}
