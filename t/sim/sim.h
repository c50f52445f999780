/*
 * The gateway under deterministic simulation.  A seed makes a schedule: the
 * requests of clients and their times, how long each message takes, what is
 * lost, who dies, what clocks do.  lib/ is real, and the rules of the scripts
 * are in fake_redis.c.  These files play nginx's event loop, the network, Redis
 * and Kafka:
 *
 *      sim_event.c     time, chance, memory, the queue of events
 *      sim_client.c    clients and what they are told
 *      sim_intent.c    what they want
 *      sim_action.c    and what they do with orders that they have
 *      sim_order.c     an order in a worker, as ngx_trade_run.c
 *      sim_call.c      and its call, as ngx_trade_write.c
 *      sim_reply.c     the reply to its call
 *      sim_slot.c      what a worker has seen of a slot
 *      sim_hint.c      hints of a host, and their checks
 *      sim_cart.c      an order that lies in several slots: trade_cart,
 *                      trade_participant
 *      sim_indoubt.c   and what becomes of it: calls of trade_indoubt
 *      sim_sweep.c     the sweeper of a worker, as ngx_trade_sweep*.c
 *      sim_batch.c     the events of one claim: trade_claim
 *      sim_conn.c      connections, with a trade_pipe each
 *      sim_redis.c     the server: sessions, WAIT, replica
 *      sim_loss.c      restarts, failovers, losses
 *      sim_kafka.c     the producers and the topic
 *      sim_world.c     workers that die and pause, and all other faults
 *      sim_check.c     what must be true, all along
 *      sim_life.c      of the events of an order
 *      sim_due.c       of what is due of it
 *      sim_participant*.c
 *                      of what each slot has of one that lies in several
 *      sim_stock.c     of the stock
 *      sim_told.c      of what clients are told
 *      sim_fold.c      and of the topic
 *
 * All memory of a schedule is taken from one arena and never given back, so
 * that whatever dies can be left where it is.
 */

#ifndef SIM_H
#define SIM_H

#include "sim_event.h"
#include "sim_worker.h"

#include <setjmp.h>


/* The intent of a client; one order, however often the client asks. */
typedef struct {
    int             buyer;
    int             change;             /* of stock: how much; 0: an order */
    size_t          slot;
    size_t          nitems;
    trade_item_t    items[3];
    int             cart;               /* they lie in several slots */
    trade_str_t     json;
    trade_str_t     fingerprint;
    trade_str_t     key;                /* empty: none */
    trade_str_t     made;               /* the id first recorded */
    int             left;               /* attempts it may still make, */
    int             actions;            /* and at what it has ordered */
} sim_intent_t;


/* An event, as the shard has it in the order's record. */
typedef struct {
    trade_state_e   state;
    uint64_t        version;
    uint64_t        at;                 /* ms of the shard's clock */
    sim_attempt_t  *by;                 /* made it; NULL: time has */
    int             replicated;
    int             acked;
    int             published;
    uint64_t        claimed;            /* ms of the shard's clock */
} sim_life_t;


/* The state of an order in one slot. */
typedef enum {
    SIM_PARTICIPANT_NONE = 0,
    SIM_PARTICIPANT_HELD,
    SIM_PARTICIPANT_SOLD,
    SIM_PARTICIPANT_FREED               /* or back */
} sim_participant_e;


/* One request of it. */
struct sim_attempt_s {
    sim_intent_t   *intent;
    char            id[TRADE_ID_LEN];
    uint64_t        sent;               /* ms, by the client */
    int             had;                /* intent->made, by then; of a find:
                                           the order that it asks for */
    uint64_t        deadline;           /* ms of the shard's clock */
    uint64_t        called;             /* ms, first sent to Redis */
    int             dry_run;
    trade_action_e  action;
    sim_attempt_t  *of;                 /* that this looks up, or acts on */
    int             buyer;              /* the actor; -1: not named */
    int             answered;
    trade_result_e result;
    int             named;              /* it was told an id: */
    char            answer[TRADE_ID_LEN];
    int             made;               /* recorded, in Redis */
    int             found;              /* a look-up's record is there */
    int             denied;             /* a 404 when it could not run more */
    trade_state_e   wrong;              /* the state that allowed it not */

    sim_life_t      events[SIM_EVENTS]; /* of the order it made, by seq */
    size_t          nevents;
    uint64_t        pay_by;             /* ms of the shard's clock; 0: has no
                                           time to be paid yet */

    int             in_redis;           /* some slot has something of it, */
    sim_participant_e has[SIM_SLOTS];   /* of a cart: in each slot, */
    uint64_t        held[SIM_SLOTS];    /* and since when, ms of its clock */
    int             vanished;           /* its record, in the end */
};


/* How much of each fault there is, of 1000. */
typedef struct {
    unsigned        delay;              /* messages: long */
    unsigned        cut;                /* connections: break after a write */
    unsigned        stick;              /* connections: can't be written to */
    unsigned        error;              /* commands: not run */
    unsigned        step;               /* workers: die at a step */
    unsigned        fail;               /* Kafka: a record */
    unsigned        wander;             /* faults of the world, a second */
    unsigned        fence;              /* operators: fence a slot */
    unsigned        losses;             /* may Redis lose writes? */
} sim_faults_t;


struct sim_shard_s {
    fake_store_t    store;
    fake_store_t    replica;
    fake_store_t    synced;             /* on its way to the replica */
    fake_store_t    snapshot;
    size_t          slot;
    int64_t         jump;               /* of its clock */
    int             syncing;
    uint64_t        acked;              /* offset of the replica */
    unsigned        epoch;
    uint64_t        failed_over;        /* ms, the last time */
    unsigned        scripts;            /* it has, a bit each */
    uint64_t        stalled;            /* ms: it runs nothing before */
    sim_session_t  *waits[SIM_WORKERS * SIM_CONNS * 4];
    size_t          nwaits;
    int             lost;               /* writes */
};


struct sim_s {
    uint64_t        seed;
    uint64_t        random;
    int             verbose;
    jmp_buf         died;               /* taken if the worker dies */

    uint64_t        now;                /* ms */
    uint64_t        healed;             /* ms, when faults end */
    int             jumped;             /* a shard's clock has */
    uint64_t        nevents;
    sim_moment_t    wheel[SIM_WHEEL];
    size_t          pending;            /* events in it */
    sim_event_t    *spare;              /* memory of earlier events */
    char           *arena;
    size_t          used;

    sim_faults_t    faults;
    int             durability;
    uint64_t        payment;            /* ms to pay an order; 0: off */
    uint64_t        hint_ttl;           /* ms; 0: off */
    uint64_t        refused[SIM_SKUS][SIM_QUANTITY + 1];    /* ms: when a
                                           script has refused so many */
    uint64_t        hits;               /* of hints */

    sim_host_t      hosts[SIM_HOSTS];
    sim_worker_t    workers[SIM_WORKERS];
    sim_worker_t   *runs;

    uint64_t        broken;             /* Kafka, until then, ms */
    sim_msg_t      *topic[SIM_RECORDS];
    size_t          ntopic;
    int64_t         live[SIM_SKUS][SIM_BUYERS];     /* units, says the topic */
    unsigned char   forgotten[SIM_SKUS];    /* its buyers, as they may be */

    sim_intent_t    intents[SIM_INTENTS];
    size_t          nintents;
    sim_attempt_t   attempts[SIM_ATTEMPTS];
    size_t          nattempts;
    uint64_t        opened;             /* ms: a slot, the last time */
    int             vanished;           /* it was tried */

    /* from here on memory outlives a schedule */

    sim_shard_t     shards[SIM_SLOTS];  /* a slot each */
    char            text[FAKE_REPLY_MAX];
};


/* sim_event.c */

uint64_t sim_random(sim_t *sim, uint64_t n);            /* 0 .. n - 1 */
int sim_chance(sim_t *sim, unsigned of_1000);           /* 0 when healed */
uint64_t sim_until(sim_t *sim, uint64_t ms);    /* within, and not healed */
void *sim_alloc(sim_t *sim, size_t size);               /* zeroed */
trade_str_t sim_copy(sim_t *sim, trade_str_t s);
void sim_at(sim_t *sim, uint64_t at, sim_event_pt run, void *data,
    sim_worker_t *worker);
int sim_next(sim_t *sim);                               /* 0: none left */
void sim_trace(sim_t *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_fail(sim_t *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
void sim_start(sim_t *sim, uint64_t seed);
uint64_t sim_clock(const sim_t *sim, size_t slot);      /* its shard's */

/* Of a worker: its ngx_current_msec. */
uint64_t sim_steady(const sim_t *sim, const sim_worker_t *worker);


/* sim_client.c */

extern const unsigned     sim_slots[SIM_SLOTS];
extern const char *const  sim_skus[SIM_SKUS];
extern const char *const  sim_buyers[SIM_BUYERS];

size_t sim_slot(unsigned number);               /* in sim_slots */

void sim_clients(sim_t *sim);
void sim_client_told(sim_t *sim, sim_attempt_t *attempt,
    trade_result_e result, trade_str_t id);
sim_attempt_t *sim_attempt_by(sim_t *sim, trade_str_t id);
int sim_accepted(const sim_attempt_t *attempt);      /* 2xx */
void sim_client_probes(sim_t *sim);

/* Sends it to a worker, for the intent; NULL: none is there, or no more. */
sim_attempt_t *sim_client_send(sim_t *sim, sim_intent_t *intent,
    trade_action_e action, sim_attempt_t *of, uint64_t ms);


/* sim_intent.c */

void sim_intent_make(sim_t *sim, sim_intent_t *intent);


/* sim_action.c */

int sim_is_action(const sim_attempt_t *attempt); /* pays, delivers, cancels */
void sim_action_ordered(sim_t *sim, sim_attempt_t *attempt);
void sim_action_told(sim_t *sim, sim_attempt_t *attempt);


/* sim_order.c */

void sim_order_begin(sim_t *sim, sim_worker_t *worker,
    sim_attempt_t *attempt);
void sim_order_answers(sim_t *sim, sim_worker_t *worker);
void sim_order_ready(sim_t *sim, sim_order_t *order);
void sim_order_event(sim_t *sim, sim_order_t *order,
    trade_flow_event_e event, trade_result_e result);
int sim_order_ack(sim_t *sim, sim_order_t *order, int check);   /* 0, or -1 */


/* sim_call.c: lays out order->call */

void sim_call_prepare(sim_t *sim, sim_order_t *order);


/* sim_reply.c */

void sim_reply_handler(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);
void sim_reply_acked(sim_t *sim, sim_cmd_t *cmd, sim_result_e result);

/* Now and then an outage of Kafka begins while the order waits for it. */
void sim_reply_stall(sim_t *sim, sim_order_t *order);


/* sim_cart.c */

void sim_cart_prepare(sim_t *sim, sim_order_t *order,
    const trade_write_args_t *write, const trade_order_t *items);

/* 1: order->call is laid out; 0: sim_order_ready() is called when it is. */
int sim_cart_ready(sim_t *sim, sim_cart_t *cart);

/* Kafka has it.  1: and the participants have answered; 0: it goes on then. */
int sim_cart_acked(sim_cart_t *cart);
int sim_cart_sold(const sim_cart_t *cart);
void sim_cart_end(sim_t *sim, sim_cart_t *cart, int sold);
void sim_cart_leave(sim_t *sim, sim_cart_t *cart);


/* sim_indoubt.c */

void sim_indoubt_claim(sim_t *sim, sim_worker_t *worker, size_t slot);


/* sim_sweep.c, sim_batch.c */

void sim_sweep_start(sim_t *sim, sim_worker_t *worker);
void sim_sweep_run(sim_t *sim, sim_worker_t *worker);
uint64_t sim_sweep_horizon(sim_t *sim, sim_worker_t *worker, size_t slot,
    uint64_t death);
int sim_batch_claim(sim_t *sim, sim_worker_t *worker,
    const trade_sweep_action_t *action);


/* sim_conn.c */

void sim_conns_open(sim_t *sim, sim_worker_t *worker);
int sim_send(sim_t *sim, sim_worker_t *worker, size_t slot, sim_cmd_t *cmd);
void sim_conn_reply(sim_t *sim, void *wire);
void sim_conn_break(sim_t *sim, sim_conn_t *conn);
void sim_conns_flush(sim_t *sim, sim_worker_t *worker);


/* sim_redis.c */

void sim_redis_init(sim_t *sim);
void sim_redis_free(sim_t *sim);
void sim_redis_start(sim_t *sim);
void sim_redis_arrive(sim_t *sim, void *wire);

/* To the replica, what is new. */
void sim_redis_sync(sim_t *sim, sim_shard_t *shard);

/* The name of a key, in `mem`, of TRADE_SLOT_KEY_MAX bytes. */
trade_str_t sim_key(char *mem, size_t slot, const char *kind,
    trade_str_t name);


/* sim_loss.c */

void sim_redis_fault(sim_t *sim, sim_shard_t *shard);
void sim_redis_snapshot(sim_t *sim);
int sim_closed(const sim_t *sim, size_t slot);
int sim_lost(const sim_t *sim);         /* any shard has lost writes */
void sim_redis_open(sim_t *sim, size_t slot);
void sim_redis_fence(sim_t *sim, size_t slot);


/* sim_kafka.c: 0, or -1 when it takes none */

int sim_produce(sim_t *sim, sim_msg_t *msg);


/* sim_world.c */

void sim_world(sim_t *sim);
void sim_step(sim_t *sim, sim_worker_t *worker, const char *name);
void sim_die(sim_t *sim, sim_worker_t *worker);
void sim_round(sim_t *sim, sim_worker_t *worker);


/* sim_slot.c */

/* Writes the worker's view of the slot into cmd->seen. */
void sim_seen(sim_worker_t *worker, size_t slot, sim_cmd_t *cmd);

/* It learns from a reply; `op` is NULL if the call makes no record. */
void sim_slot_reply(sim_t *sim, sim_worker_t *worker, const sim_cmd_t *cmd,
    const trade_reply_t *reply, const trade_flow_op_t *op);


/* sim_check.c */

void sim_check_ran(sim_t *sim, const sim_wire_t *wire);
void sim_check_publish(sim_t *sim, uint64_t sent, const trade_due_t *event);
void sim_check_appended(sim_t *sim, const sim_msg_t *msg);

/* The id's event with that state, or with TRADE_STATE_NONE that sequence, is in
   the topic. */
int sim_check_in_topic(const sim_t *sim, trade_str_t id, uint64_t seq,
    trade_state_e state);


/* sim_life.c */

void sim_life_ran(sim_t *sim, const sim_wire_t *wire, trade_str_t word);
void sim_life_replicated(sim_t *sim, size_t slot);
void sim_life_failover(sim_t *sim, size_t slot);
void sim_life_appended(sim_t *sim, const sim_msg_t *msg);

/* The order's record in such a store. */
trade_str_t sim_life_record(const sim_t *sim, const fake_store_t *store,
    const sim_attempt_t *order);

/* Looks at the order's record for changes that `by`, or NULL, has made. */
void sim_life_look(sim_t *sim, sim_attempt_t *order, sim_attempt_t *by);


/* sim_due.c */

/* 1, and *score, unless that is NULL: the order's event is due; or 0. */
int sim_due_at(const sim_t *sim, const sim_attempt_t *order, uint64_t seq,
    int64_t *score);

/* An ack without a script has run; the ack's worker is done with its reply. */
void sim_due_removed(sim_t *sim, const sim_wire_t *wire);
void sim_due_done(sim_t *sim, const sim_cmd_t *cmd, sim_result_e result);

void sim_due_acked(sim_t *sim, const sim_wire_t *wire);     /* if it was one */
void sim_due_claimed(sim_t *sim, const sim_wire_t *wire);
void sim_due_unpaid(sim_t *sim, sim_attempt_t *order);


/* sim_stock.c */

size_t sim_sku(trade_str_t sku);                /* in sim_skus */
uint64_t sim_version(const sim_t *sim, size_t slot);

/* Its units go back. */
int sim_ended(const trade_record_t *record);

/* A field of a SKU's stock; the units that a buyer has of it. */
int64_t sim_stock(const sim_t *sim, size_t slot, const char *name,
    size_t sku);
int64_t sim_bought(const sim_t *sim, size_t slot, size_t sku, size_t buyer);

void sim_stock_check(sim_t *sim, size_t slot);

/* A forget has run. */
void sim_stock_forgot(sim_t *sim, const sim_wire_t *wire);

/* Each unit is available, held or sold, and that by an order. */
void sim_stock_exact(sim_t *sim, size_t slot);

void sim_stock_appended(sim_t *sim, const sim_intent_t *intent,
    const trade_record_t *record);


/* sim_told.c: an attempt is answered; the schedule ends. */

void sim_told(sim_t *sim, sim_attempt_t *attempt);
void sim_told_end(sim_t *sim);


/* sim_fold.c */

void sim_check_due(sim_t *sim);
int sim_check_idle(sim_t *sim);
void sim_check_end(sim_t *sim);


#endif /* SIM_H */
