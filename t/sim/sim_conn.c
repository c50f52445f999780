/*
 * A worker's connections to the shards.  A connection writes the commands of a
 * round at the end of it, unless it is stuck.  lib's trade_choice chooses the
 * connection of a command; trade_pipe has the commands, and decides about WAIT.
 */

#include "sim.h"
#include "trade_choice.h"

#include <string.h>


static void sim_conn_up(sim_t *sim, void *data);
static void sim_conn_encode(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static const trade_pipe_t *sim_conn_pipe(void *data, size_t i);
static void sim_conn_queue(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static void sim_conn_flush(sim_t *sim, sim_conn_t *conn);
static void sim_conn_write(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd);
static void sim_conn_timer(sim_t *sim, void *data);
static void sim_conn_broken(sim_t *sim, void *data);
static void sim_conn_waited(sim_t *sim, sim_cmd_t *wait, sim_result_e result);
static void sim_conn_finish(sim_t *sim, sim_cmd_t *cmd);
static void sim_conn_fail(sim_t *sim, sim_conn_t *conn);
static sim_cmd_t *sim_conn_take(trade_pipe_list_t *list);


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
    memset(&conn->pipe, 0, sizeof(trade_pipe_t));
    conn->opened++;
    conn->ready = 1;
    conn->stuck = 0;
    conn->worker->host->connections[conn->shard->slot]++;

    delay = sim_random(sim, 5);
    conn->worker->clock[conn->shard->slot] =
        (int64_t) (sim_clock(sim, conn->shard->slot) - delay)
        - (int64_t) sim_steady(sim, conn->worker);
}


/* A shard has one slot here: all workers number its connections from 0 */

int
sim_send(sim_t *sim, sim_worker_t *worker, size_t slot, sim_cmd_t *cmd)
{
    size_t          i;
    trade_choice_t  choice;

    cmd->durable = cmd->call.durable && sim->durability;
    cmd->link.durable = cmd->durable;
    cmd->link.script = cmd->call.script != NULL;
    trade_pipe_begin(&cmd->link);

    memset(&choice, 0, sizeof(choice));
    choice.connections = SIM_CONNS;
    choice.durable = cmd->durable;

    if (!trade_choice_next(&choice, sim_conn_pipe, worker->conns[slot], &i)) {
        return -1;
    }

    sim_conn_queue(sim, &worker->conns[slot][i], cmd);

    return 0;
}


static const trade_pipe_t *
sim_conn_pipe(void *data, size_t i)
{
    sim_conn_t  *conns = data;

    return conns[i].ready ? &conns[i].pipe : NULL;
}


static void
sim_conn_queue(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd)
{
    if (trade_pipe_put(&conn->pipe, &cmd->link)) {
        sim_conn_encode(sim, conn, cmd);
    }
}


static void
sim_conn_encode(sim_t *sim, sim_conn_t *conn, sim_cmd_t *cmd)
{
    cmd->queued = sim_steady(sim, conn->worker);

    trade_pipe_sent(&conn->pipe, &cmd->link, 1);

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
    sim_cmd_t         *wait;
    trade_pipe_cmd_t  *link;

    if (conn->pipe.wait) {
        wait = &conn->wait_cmd;
        wait->wait = 1;
        wait->handler = sim_conn_waited;
        wait->data = conn;
        sim_conn_encode(sim, conn, wait);
        trade_pipe_waits(&conn->pipe);
    }

    if (sim_chance(sim, sim->faults.stick)) {
        conn->stuck = sim->now + 1 + sim_random(sim, 1500);
    }

    if (conn->stuck > sim->now) {
        sim_round(sim, conn->worker);
        return;
    }

    for (link = conn->pipe.sent.first; link; link = link->next) {
        if (link->end > conn->pipe.written) {
            sim_conn_write(sim, conn, (sim_cmd_t *) link);
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

    trade_pipe_wrote(&conn->pipe, 1);

    wire = sim_alloc(sim, sizeof(sim_wire_t));
    wire->session = session;
    wire->conn = conn;
    wire->worker = conn->worker;
    wire->life = conn->worker->life;
    wire->opened = conn->opened;
    wire->cmd = cmd;
    wire->wait = cmd->wait;
    wire->body = cmd->link.body;

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
    sim_cmd_t   *oldest;
    sim_conn_t  *conn = data;

    conn->timed = 0;

    if (!conn->ready || conn->pipe.sent.first == NULL) {
        return;
    }

    oldest = (sim_cmd_t *) conn->pipe.sent.first;
    age = sim_steady(sim, conn->worker) - oldest->queued;

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
 * Redis may have run the written commands, or may still run them: half of the
 * time they arrive all the same, and late.
 */

static void
sim_conn_fail(sim_t *sim, sim_conn_t *conn)
{
    sim_cmd_t          *cmd;
    trade_pipe_list_t   done, lost;

    sim_trace(sim, "a connection to shard %zu breaks", conn->shard->slot);

    conn->ready = 0;
    trade_pipe_close(&conn->pipe);

    if (sim_random(sim, 2)) {
        conn->session->cut = 1;
    }

    sim_at(sim, sim->now + 25 + sim_random(sim, 50), sim_conn_up, conn,
           conn->worker);

    /* handlers may queue commands: the pipe is emptied first */

    trade_pipe_drop(&conn->pipe, &done, &lost);

    while ((cmd = sim_conn_take(&done)) != NULL) {
        sim_conn_finish(sim, cmd);
    }

    while ((cmd = sim_conn_take(&lost)) != NULL) {
        cmd->handler(sim, cmd, trade_pipe_written(&conn->pipe, &cmd->link)
                               ? SIM_LOST : SIM_UNSENT);
    }
}


/* Of a connection that is gone meanwhile a reply is never read */

void
sim_conn_reply(sim_t *sim, void *data)
{
    sim_cmd_t           *cmd;
    sim_wire_t          *wire = data;
    sim_conn_t          *conn;
    trade_pipe_cmd_t    *link;
    trade_pipe_reply_e   next;

    conn = wire->conn;

    if (!conn->ready || conn->opened != wire->opened) {
        return;
    }

    next = trade_pipe_reply(&conn->pipe, wire->err,
                            wire->err && trade_str_eq(wire->text,
                                                      trade_str_c("NOSCRIPT")),
                            &link);

    cmd = (sim_cmd_t *) link;
    cmd->replied = sim_steady(sim, conn->worker);
    cmd->text = wire->text;
    cmd->integer = wire->integer;
    cmd->err = wire->err;

    if (next == TRADE_PIPE_AGAIN) {
        sim_conn_queue(sim, conn, cmd);

    } else if (next == TRADE_PIPE_DONE) {
        sim_conn_finish(sim, cmd);
    }
}


static void
sim_conn_finish(sim_t *sim, sim_cmd_t *cmd)
{
    cmd->replicated = cmd->link.replicated;
    cmd->handler(sim, cmd, cmd->err ? SIM_ERR : SIM_OK);
}


static void
sim_conn_waited(sim_t *sim, sim_cmd_t *wait, sim_result_e result)
{
    int                 enough;
    sim_cmd_t          *cmd;
    sim_conn_t         *conn;
    trade_pipe_list_t   later, done;

    conn = wait->data;
    enough = result == SIM_OK && wait->integer >= sim->durability;

    trade_pipe_waited(&conn->pipe, enough, &later, &done);

    while ((cmd = sim_conn_take(&later)) != NULL) {
        sim_conn_encode(sim, conn, cmd);
    }

    while ((cmd = sim_conn_take(&done)) != NULL) {
        sim_conn_finish(sim, cmd);
    }
}


/* A command begins with its link */

static sim_cmd_t *
sim_conn_take(trade_pipe_list_t *list)
{
    return (sim_cmd_t *) trade_pipe_take(list);
}
