/*
 * Hosts and workers of the simulation, and what they hold.
 */

#ifndef SIM_WORKER_H
#define SIM_WORKER_H

#include "fake_redis.h"
#include "trade_call_cart.h"
#include "trade_deaths.h"
#include "trade_event.h"
#include "trade_flow.h"
#include "trade_hint_table.h"
#include "trade_pipe.h"
#include "trade_slot_reply.h"
#include "trade_sweep.h"


#define SIM_HOSTS         2
#define SIM_WORKERS       4             /* of all hosts */
#define SIM_CONNS         2             /* a worker, to each shard */
#define SIM_SLOTS         3             /* and shards */
#define SIM_SKUS          6
#define SIM_ATTEMPTS      384
#define SIM_INTENTS       32
#define SIM_RECORDS       1024          /* of the topic */
#define SIM_BUYERS        4
#define SIM_QUANTITY      2             /* of an item, at most */
#define SIM_EVENTS        3             /* of an order, at most */

/* ms, as README.md has them by default */
#define SIM_TIMEOUT       2000          /* of a request */
#define SIM_REDIS         1000          /* of a command */
#define SIM_WAIT          500
#define SIM_KAFKA         4000          /* message.timeout.ms */
#define SIM_LEASE         7000
#define SIM_WINDOW        trade_publish_window(SIM_LEASE, SIM_KAFKA)
#define SIM_HOLD_KEEP     trade_keep_hold((uint64_t) TRADE_KEEP_ORDER)

#define SIM_FORGET_OVER   300           /* ms behind the end of a sale */

#define SIM_JUMPS         2000          /* ms: the shard's clock, at most */


typedef struct sim_s          sim_t;
typedef struct sim_worker_s   sim_worker_t;
typedef struct sim_shard_s    sim_shard_t;
typedef struct sim_conn_s     sim_conn_t;
typedef struct sim_cmd_s      sim_cmd_t;
typedef struct sim_attempt_s  sim_attempt_t;
typedef struct sim_msg_s      sim_msg_t;


/* A connection's end at the server. */
typedef struct sim_wire_s  sim_wire_t;

typedef struct {
    sim_shard_t    *shard;
    unsigned        epoch;              /* of the server */
    unsigned        cut:1;              /* nothing more arrives */
    unsigned        blocked:1;          /* by a WAIT */
    uint64_t        woff;               /* offset of its last write */
    uint64_t        arrives;            /* ms: not before those before */
    uint64_t        replies;
    sim_wire_t     *wait;
    sim_wire_t     *first;              /* that have not run */
    sim_wire_t    **last;
} sim_session_t;


/* A command on its way; it may run when nobody waits for it any more. */
struct sim_wire_s {
    sim_session_t  *session;
    sim_conn_t     *conn;
    sim_worker_t   *worker;
    unsigned        life;
    unsigned        opened;             /* of the connection */
    sim_cmd_t      *cmd;
    unsigned        wait:1;
    unsigned        body:1;
    sim_wire_t     *next;

    int             err;
    int64_t         integer;
    trade_str_t     text;
};


typedef enum {
    SIM_OK = 0,
    SIM_ERR,
    SIM_UNSENT,
    SIM_LOST
} sim_result_e;


typedef void (*sim_cmd_pt)(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);


struct sim_cmd_s {
    trade_pipe_cmd_t  link;             /* the first: see sim_conn_take() */
    trade_call_t       call;
    sim_attempt_t     *attempt;         /* that it is to make an event for */
    size_t             slot;
    trade_slot_seen_t  seen;            /* that goes with it */
    char               last[TRADE_ID_LEN];
    sim_cmd_pt         handler;
    void              *data;
    unsigned           coordinates:1;   /* of who makes the order */
    unsigned           durable:1;
    unsigned           replicated:1;
    unsigned           wait:1;
    unsigned           gone:1;          /* an ack has found that its order is
                                           lost, and the slot is open */
    trade_str_t        text;
    int64_t            integer;
    int                err;
    uint64_t           queued;
    uint64_t           replied;
    uint64_t           ran;             /* ms: the last time, 0: never */
};


struct sim_conn_s {
    sim_worker_t   *worker;
    sim_shard_t    *shard;
    sim_session_t  *session;
    unsigned        opened;
    unsigned        ready:1;
    unsigned        timed:1;
    uint64_t        stuck;              /* ms: nothing is written before */
    trade_pipe_t    pipe;               /* a command is a byte of it */
    sim_cmd_t       wait_cmd;
};


typedef struct {
    uint64_t        version[SIM_SLOTS];
    unsigned char   closed[SIM_SLOTS];
    trade_hint_table_t *hints;
    uint64_t        returned[SIM_SLOTS];
    uint64_t        returned_at[SIM_SLOTS];
    uint64_t        connections[SIM_SLOTS];
    uint64_t        heard[SIM_SLOTS];   /* ms: when the units came back that
                                           it knows of */
    sim_worker_t   *sweeper;
    unsigned        sweeper_life;
    uint64_t        swept_at;
    unsigned        deaths;             /* of its workers, */
    unsigned        deaths_swept;       /* and what they have left */
    uint64_t        steady;             /* its clock, less ours */
} sim_host_t;


typedef struct {
    trade_sweep_t   state;
    unsigned        active:1;
    unsigned        running:1;
    trade_deaths_t  deaths;
    unsigned        timer;              /* the one that counts */
    size_t          peeks;
    size_t          forgets;            /* so far */
} sim_sweep_t;


typedef struct sim_order_s  sim_order_t;
typedef struct sim_cart_s   sim_cart_t;


struct sim_worker_s {
    sim_host_t     *host;
    int             number;
    unsigned        life;               /* goes up with each process */
    unsigned        alive:1;
    unsigned        round:1;            /* its end is posted */
    size_t          flows;              /* orders under way */
    uint64_t        paused;             /* ms: until then */
    int64_t         clock[SIM_SLOTS];   /* the shards', less the host's */
    sim_conn_t      conns[SIM_SLOTS][SIM_CONNS];
    struct {
        char        id[TRADE_ID_LEN];
        uint64_t    version;
    }               seen[SIM_SLOTS];
    sim_sweep_t     sweep;
    sim_order_t    *ready;
};


typedef enum {
    SIM_ACKED = 0,
    SIM_NOT_ACKED
} sim_report_e;

typedef void (*sim_report_pt)(sim_t *sim, sim_msg_t *msg,
    sim_report_e result);

struct sim_msg_s {
    sim_worker_t   *worker;
    unsigned        life;
    sim_report_pt   handler;
    void           *data;
    trade_str_t     id;
    size_t          slot;
    trade_record_t  record;
    trade_str_t     bytes;              /* all of the event */
    int             late;               /* goes on without its worker */
    sim_report_e    result;
};


struct sim_order_s {
    sim_worker_t     *worker;
    sim_attempt_t    *attempt;
    trade_flow_t      flow;
    uint64_t          deadline;         /* ms of the worker's clock */
    unsigned          timer;            /* the one that counts */
    unsigned          pausing:1;
    unsigned          answer_ready:1;
    size_t            slot;
    trade_str_t       id;
    trade_record_t    record;
    int               changes;          /* is no look-up */
    sim_cart_t       *cart;             /* NULL: all is in one slot */
    sim_cmd_t        *call;
    uint64_t          asked;            /* ms of the worker's clock: when the
                                           call was sent, */
    uint64_t          connections;      /* and its host's count then */
    sim_cmd_t         ack;
    sim_msg_t         msg;
    sim_order_t      *next;             /* of the worker: `ready` */
};


#endif /* SIM_WORKER_H */
