/*
 * Kafka producer on nginx's event loop: one librdkafka producer a worker and
 * block.  It takes records and calls back; it knows no orders.
 *
 * librdkafka's threads never touch nginx: their reports, errors and log lines
 * come through one queue, which wakes the worker by an eventfd.  Each record's
 * handler is called exactly once, with what is known of it:
 *
 *      ACKED        in the topic, on all in-sync replicas
 *      FAILED       not in the topic, for sure
 *      UNCERTAIN    in the topic, or not
 *
 * A producer that can't go on (a fatal error) is drained and replaced, without
 * blocking the worker.
 */

#ifndef NGX_TRADE_KAFKA_H
#define NGX_TRADE_KAFKA_H

#include "ngx_trade_types.h"
#include "ngx_trade_zone.h"
#include "trade_event.h"
#include "trade_outages.h"
#include "trade_queue.h"


struct ngx_trade_kafka_conf_s {
    ngx_str_t               name;       /* of the trade_kafka block */
    ngx_uint_t              index;
    ngx_str_t               file;       /* of the block, for messages */
    ngx_uint_t              line;
    ngx_str_t               brokers;
    ngx_str_t               topic;
    ngx_str_t               source;     /* ce_source */
    ngx_uint_t              key;        /* trade_record_key_e */
    ngx_flag_t              sticky;     /* ids are chosen for their
                                           partitions */
    ngx_uint_t              partitioner;    /* ngx_trade_kafka_partition.c */
    ngx_array_t             properties; /* ngx_keyval_t, NUL-terminated */
    ngx_msec_t              message_timeout;
    ngx_msec_t              outage;     /* so long without an acknowledgement
                                           is an outage */
    ngx_msec_t              queue_delay;        /* trade_queue.h: the target;
                                                   0: none */
    size_t                  message_max;
    ngx_msec_t              keep;       /* how long the topic must be kept,
                                           to restore from it; 0: for ever */
    ngx_uint_t              queue_max;  /* messages */
    ngx_trade_redis_conf_t *redis;      /* the trade_redis block it goes with */
    ngx_trade_topic_t      *shared;     /* with all workers of the host */
    ngx_shm_zone_t         *zone;
};


typedef enum {
    NGX_TRADE_KAFKA_ACKED = 0,
    NGX_TRADE_KAFKA_FAILED,
    NGX_TRADE_KAFKA_UNCERTAIN
} ngx_trade_kafka_result_e;


typedef struct ngx_trade_kafka_msg_s  ngx_trade_kafka_msg_t;

typedef void (*ngx_trade_kafka_pt)(ngx_trade_kafka_msg_t *msg,
    ngx_trade_kafka_result_e result);


/* Owned by the caller until its handler is called. */
struct ngx_trade_kafka_msg_s {
    ngx_trade_kafka_pt      handler;
    void                  (*stalled)(ngx_trade_kafka_msg_t *msg);
                                        /* or NULL: an outage begins while the
                                           record waits; its handler is still
                                           called later; it may be called
                                           twice */
    void                   *data;

    /* valid in the handler, when ACKED */

    int32_t                 partition;
    int64_t                 offset;

    /* the producer's own */

    ngx_queue_t             queue;
    trade_queue_call_t      call;       /* among those with `stalled` */
    unsigned                result:2;

    /* valid in the handler: the record's partition plus 1, 0: not known */

    uint32_t                place;

    /* valid in the handler, when FAILED: it or its batch was too large */

    unsigned                large:1;
};


/*
 * The producer of one block in this worker.  Returns NULL if it can't be made;
 * the log says why.
 */
ngx_trade_kafka_t *ngx_trade_kafka_start(ngx_trade_kafka_conf_t *conf,
    ngx_pool_t *pool, ngx_log_t *log);

/*
 * Ends the producer: queued events get a bounded time to be sent.  Blocks for
 * that time, and calls no handler any more, so it is for a process that ends.
 */
void ngx_trade_kafka_stop(ngx_trade_kafka_t *kafka);

/*
 * Queues a copy of the event for event->partition.  Returns NGX_DECLINED, and
 * calls no handler, if the queue is full, the producer is being replaced, or
 * the topic is known not to have that partition.
 */
ngx_int_t ngx_trade_kafka_produce(ngx_trade_kafka_t *kafka,
    const trade_event_t *event, ngx_trade_kafka_msg_t *msg);

/*
 * Changes a new order id so that it falls into the partition of the ids made
 * about the same time, and their events go out in one request.
 */
void ngx_trade_kafka_partition_stick(ngx_trade_kafka_t *kafka, u_char *id);

/*
 * Returns 1 plus the partition that the topic's partitioner gives to a key now,
 * or 0 if the number of partitions is not known.
 */
uint32_t ngx_trade_kafka_partition(ngx_trade_kafka_t *kafka, trade_str_t key);

/*
 * Decides what to do with a record that could wait for the sweeper as well;
 * `partition` is that of trade_record_t.
 */
trade_outage_advice_e ngx_trade_kafka_advise(ngx_trade_kafka_t *kafka,
    uint32_t partition);

/*
 * Whether a record with `stalled` would wait for longer than `queue_delay`
 * until it is acknowledged.  Not in an outage: then none waits.
 */
ngx_uint_t ngx_trade_kafka_full(ngx_trade_kafka_t *kafka);

/* Whether that partition takes no records now, while others take some. */
ngx_uint_t ngx_trade_kafka_alone(ngx_trade_kafka_t *kafka,
    uint32_t partition);

/* The number of records that are queued or in flight. */
ngx_uint_t ngx_trade_kafka_queued(ngx_trade_kafka_t *kafka);


#endif /* NGX_TRADE_KAFKA_H */
