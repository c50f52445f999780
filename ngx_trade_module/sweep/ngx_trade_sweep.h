/*
 * The sweeper: publishes what is due, whoever left it.
 *
 *      ngx_trade_sweep_leader.c    which worker of the host sweeps, and when
 *      ngx_trade_sweep_shard.c     one shard: does what lib's trade_sweep says
 *      ngx_trade_sweep_publish.c   the events of one claim: publish, ack
 *      ngx_trade_sweep_indoubt.c   the orders of one claim that are in doubt
 *      ngx_trade_forget.c          beside it: forgets who bought in sales that
 *                                  are over
 */

#ifndef NGX_TRADE_SWEEP_H
#define NGX_TRADE_SWEEP_H

#include "ngx_trade_kafka.h"
#include "ngx_trade_worker.h"
#include "trade_reply.h"
#include "trade_sweep.h"


/* The forgetting of buyers: a round goes through all slots of the shard. */
typedef struct {
    ngx_pool_t              *pool;          /* NULL: nothing is under way */
    void                    *mem;           /* of the call of one SKU */
    ngx_trade_redis_cmd_t    cmd;
    ngx_uint_t               first;         /* the slot to go on with, */
    uint16_t                *slots;         /* the slots asked about, */
    ngx_uint_t               nslots;        /* and how many */
    ngx_str_t                sales;         /* the rest of the reply */
    ngx_uint_t               slot;          /* of the SKU */
    trade_str_t              sku;
    char                     cursor[24];
    size_t                   ncursor;
    ngx_msec_t               round;         /* when it began */
    ngx_msec_t               at;            /* not before */
} ngx_trade_forget_t;


typedef struct {
    trade_sweep_t            state;
    ngx_trade_worker_t      *worker;
    ngx_trade_redis_conf_t  *redis;
    ngx_trade_shard_t       *shard;
    ngx_trade_redis_t       *transport;
    ngx_trade_kafka_t       *producer;
    uint16_t                *slots;         /* that the shard owns */
    ngx_uint_t               nslots;
    ngx_event_t              timer;
    ngx_trade_forget_t       forget;

    void                    *mem;           /* of a call about some slots */

    /* the look under way */

    ngx_trade_redis_cmd_t    cmd;
    ngx_uint_t               first;         /* of the slots asked about */
    uint64_t                 horizon;
    ngx_uint_t               due;
    ngx_int_t                unacked;       /* of this host, when it began */

    unsigned                 active:1;      /* this worker sweeps */
    unsigned                 running:1;
    unsigned                 failed:1;      /* a part of the look */
} ngx_trade_sweep_t;


/* NULL: out of memory. */
ngx_trade_sweeper_t *ngx_trade_sweep_leader_start(ngx_trade_worker_t *worker);

/* Begins nothing new; calls under way end with the transports. */
void ngx_trade_sweep_leader_stop(ngx_trade_sweeper_t *sweeper);

/* A shard has been looked at: counts the due events of all shards anew. */
void ngx_trade_sweep_leader_looked(ngx_trade_sweeper_t *sweeper);


/* The shard number `server` of a block. */
ngx_int_t ngx_trade_sweep_shard_init(ngx_trade_sweep_t *sweep,
    ngx_trade_worker_t *worker, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server);

/* Does what the state machine says, after every event it was fed. */
void ngx_trade_sweep_shard_run(ngx_trade_sweep_t *sweep);

/* Goes on with forgetting buyers, if it is time for that. */
void ngx_trade_forget_begin(ngx_trade_sweep_t *sweep);


/*
 * Claims what the action says and publishes it; then feeds the sweep.
 * `horizon` is a time of the shard's clock in ms; 0: due events now.
 */
ngx_int_t ngx_trade_sweep_publish_claim(ngx_trade_sweep_t *sweep,
    const trade_sweep_action_t *action, uint64_t horizon);


/*
 * ngx_trade_sweep_indoubt.c: finds out about orders that a slot has waited for
 * too long, and tells the other slots; once.
 */
void ngx_trade_sweep_indoubt_claim(ngx_trade_sweep_t *sweep, ngx_uint_t slot);


#endif /* NGX_TRADE_SWEEP_H */
