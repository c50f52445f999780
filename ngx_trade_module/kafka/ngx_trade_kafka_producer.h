/*
 * One librdkafka producer, tied to the event loop.  A block has one, and for a
 * while a second one: a dying producer that has not reported all its records.
 */

#ifndef NGX_TRADE_KAFKA_PRODUCER_H
#define NGX_TRADE_KAFKA_PRODUCER_H

#include <ngx_event.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "ngx_trade_kafka.h"
#include "trade_batch_size.h"
#include "ngx_trade_limit.h"


/*
 * A question to the brokers about the topic.  A thread asks it, because
 * librdkafka waits for the answer.  The thread writes the answer, and then
 * `answered`.
 */
typedef struct {
    pthread_t                thread;
    rd_kafka_resp_err_t      error;
    ngx_atomic_t             partitions;    /* number; 0: never found */
    ngx_atomic_t             answered;
    ngx_msec_t               asked_at;
    unsigned                 asked:1;   /* the thread must be joined */
} ngx_trade_kafka_question_t;


typedef struct {
    ngx_queue_t              queue;     /* among the producers of its block */
    ngx_trade_kafka_t       *kafka;
    rd_kafka_t              *rk;
    rd_kafka_topic_t        *topic;
    ngx_connection_t        *wakeup;    /* eventfd */
    ngx_trade_kafka_question_t  question;
    size_t                   batch_set;     /* batch.size, before it is
                                               limited */
    size_t                   batch_bytes;   /* of a batch, at most */
    size_t                   batch_most;    /* records; 0: no bound */
    unsigned                 dying:1;
} ngx_trade_kafka_producer_t;


/* The settings of the topic that the gateway checks. */
typedef struct {
    ngx_int_t                min_insync;
    ngx_int_t                retention;     /* ms; -1: for ever */
    ngx_uint_t               compacted;
    size_t                   max_bytes;     /* of a batch; 0: not known */
} ngx_trade_kafka_topic_t;


struct ngx_trade_kafka_s {
    ngx_trade_kafka_conf_t      *conf;
    ngx_log_t                   *log;
    ngx_trade_kafka_producer_t  *current;   /* NULL: it could not be made */
    ngx_queue_t                  dying;
    ngx_queue_t                  waiting;   /* messages without a report */
    ngx_queue_t                  reported;  /* messages with a report, to be
                                               handed back */
    trade_outages_t              outages;
    trade_queue_t                queue;     /* records that requests wait
                                               for */
    ngx_msec_t                   outage_at;     /* the last report in an
                                                   outage; 0: none */
    ngx_msec_t                   full_said;     /* the last line that it is
                                                   full; 0: none */
    ngx_event_t                  stall;     /* fires when an outage may begin */
    ngx_event_t                  reports;
    ngx_event_t                  poll;      /* fallback, and replacement */
    ngx_uint_t                   queued;
    ngx_uint_t                   sticky;        /* partition of new ids now */
    ngx_uint_t                   sticky_ids;    /* ids that it has got */
    time_t                       since;
    rd_kafka_queue_t            *check;     /* the settings are asked for on
                                               it */
    ngx_msec_t                   check_at;  /* when to ask */
    ngx_trade_kafka_topic_t      topic;     /* the last answer */
    trade_batch_size_t           batch_size;
    char                         cause[256];    /* librdkafka's last error */
    ngx_msec_t                   cause_at;      /* when it came */
    ngx_msec_t                   topic_at;  /* when to look for the topic
                                               again */
    ngx_msec_t                   topic_seen;    /* when it was last found */
    unsigned                     unsaid:1;  /* the log does not have `cause` */
    unsigned                     checked:1; /* there was an answer */
    unsigned                     doubted:1; /* look at the topic again */
    unsigned                     replace:1; /* `current` has failed for good */
    unsigned                     stopping:1;
};


/* Returns NULL, after a line in the log, when librdkafka refuses. */
ngx_trade_kafka_producer_t *ngx_trade_kafka_producer_create(
    ngx_trade_kafka_t *kafka);

/* Serves the producer's reports, errors and log lines. */
void ngx_trade_kafka_producer_poll(ngx_trade_kafka_producer_t *producer);

/*
 * Lets the producer die: its records are reported as failed or uncertain.  When
 * none is left, a thread destroys it, because that blocks.
 */
void ngx_trade_kafka_producer_abandon(ngx_trade_kafka_producer_t *producer);

/*
 * Lets the producer deliver its records; then it is destroyed in the same way.
 */
void ngx_trade_kafka_producer_retire(ngx_trade_kafka_producer_t *producer);

/* Flushes, purges and destroys the producer at once, in bounded time. */
void ngx_trade_kafka_producer_close(ngx_trade_kafka_producer_t *producer);

/* ngx_trade_kafka.c: takes the result of a record. */
void ngx_trade_kafka_report(ngx_trade_kafka_t *kafka,
    ngx_trade_kafka_msg_t *msg);

/* ngx_trade_kafka.c: librdkafka says that all brokers are down. */
void ngx_trade_kafka_down(ngx_trade_kafka_t *kafka);

/* ngx_trade_kafka.c: the current producer has failed for good. */
void ngx_trade_kafka_fatal(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_thread.c: runs `start` in a thread that takes no signals.
 * Returns an error number or 0.
 */
int ngx_trade_kafka_thread(pthread_t *thread,
    void *(*start)(void *data), void *data);

/*
 * ngx_trade_kafka_batch.c: how large batches may be.  `set` puts the present
 * bounds into the configuration of a new producer.  `changed` tells whether
 * other bounds are right by now.  `refused` is called when a record was refused
 * because it or its batch was too large.
 */
void ngx_trade_kafka_batch_set(ngx_trade_kafka_producer_t *producer,
    rd_kafka_conf_t *conf);
ngx_uint_t ngx_trade_kafka_batch_changed(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_batch_refused(ngx_trade_kafka_producer_t *producer,
    const rd_kafka_message_t *message);

/*
 * ngx_trade_kafka_log.c: logs librdkafka's lines, and outages.  No two workers
 * of the host write one line, and during an outage only its own lines are
 * written.
 */

/* Takes a line or an error of librdkafka; `err` is 0 for a line. */
void ngx_trade_kafka_log_client(ngx_trade_kafka_t *kafka, ngx_uint_t level,
    const char *text);
void ngx_trade_kafka_log_error(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t err, const char *reason);

/*
 * A record of `size` bytes was not delivered, may not have been, or was not
 * taken.
 */
void ngx_trade_kafka_log_record(ngx_trade_kafka_t *kafka, const char *what,
    size_t size, rd_kafka_resp_err_t err);

/*
 * Records wait, and none was acknowledged: none at all, or none of a partition,
 * given as its number plus 1.  `again`: the partitions take records again.
 */
void ngx_trade_kafka_log_stall(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_log_partition(ngx_trade_kafka_t *kafka,
    uint32_t partition);
void ngx_trade_kafka_log_again(ngx_trade_kafka_t *kafka);

/*
 * Kafka has acknowledged a record; or, without `acked`, it has answered a
 * question that was asked at `asked`, in ms.
 */
void ngx_trade_kafka_log_alive(ngx_trade_kafka_t *kafka, ngx_uint_t acked,
    ngx_msec_t asked);

/* Called at each poll. */
void ngx_trade_kafka_log_poll(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_topic.c: whether the topic exists and takes records.  The
 * check is called at each poll.  The end of the question may be called in any
 * thread, before the producer is destroyed; it waits for the answer.
 */
void ngx_trade_kafka_topic_check(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_topic_end(ngx_trade_kafka_producer_t *producer);

/* ngx_trade_kafka_topic.c: takes the result of a record's delivery. */
void ngx_trade_kafka_topic_delivered(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error);

/*
 * ngx_trade_kafka_partition.c: chooses an event's partition, or sets
 * RD_KAFKA_PARTITION_UA to let the key choose.  Returns NGX_DECLINED if it
 * can't be told now.
 */
ngx_int_t ngx_trade_kafka_partition_for(ngx_trade_kafka_t *kafka,
    const trade_event_t *event, int32_t *partition);

/*
 * ngx_trade_kafka_partition.c: the number of a partitioner by its name in
 * librdkafka.
 */
ngx_uint_t ngx_trade_kafka_partition_rule(const char *name);

/* ngx_trade_kafka_check.c: called at each poll; and to give up. */
void ngx_trade_kafka_check(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_check_end(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_property.c: makes librdkafka's configuration of the block.
 * Returns NULL, with the reason in `error`, when librdkafka refuses it.
 */
rd_kafka_conf_t *ngx_trade_kafka_property_conf(ngx_trade_kafka_conf_t *conf,
    char *error, size_t size);


#endif /* NGX_TRADE_KAFKA_PRODUCER_H */
