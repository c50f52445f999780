/*
 * One librdkafka producer, tied to the event loop.  A block has one, and for a
 * while a second one: a dying producer that still owes reports.
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
 * librdkafka waits for the answer.  The thread writes the
 * answer, then `answered`.
 */
typedef struct {
    pthread_t                thread;
    rd_kafka_resp_err_t      error;
    ngx_atomic_t             partitions;    /* when last found; 0: never */
    ngx_atomic_t             answered;
    ngx_msec_t               asked_at;
    unsigned                 asked:1;   /* the thread is to be joined */
} ngx_trade_kafka_question_t;


typedef struct {
    ngx_queue_t              queue;     /* of its block's producers */
    ngx_trade_kafka_t       *kafka;
    rd_kafka_t              *rk;
    rd_kafka_topic_t        *topic;
    ngx_connection_t        *wakeup;    /* eventfd */
    ngx_trade_kafka_question_t  question;
    size_t                   batch_set;     /* batch.size, without a limit */
    size_t                   batch_bytes;   /* of a batch, at most */
    size_t                   batch_most;    /* records; 0: no bound */
    unsigned                 dying:1;
} ngx_trade_kafka_producer_t;


/* Settings of the topic that matter to us. */
typedef struct {
    ngx_int_t                min_insync;
    ngx_int_t                retention;     /* ms; -1: for ever */
    ngx_uint_t               compacted;
    size_t                   max_bytes;     /* of a batch; 0: not known */
} ngx_trade_kafka_topic_t;


struct ngx_trade_kafka_s {
    ngx_trade_kafka_conf_t      *conf;
    ngx_log_t                   *log;
    ngx_trade_kafka_producer_t  *current;   /* NULL: none can be made */
    ngx_queue_t                  dying;
    ngx_queue_t                  waiting;   /* messages, without a report */
    ngx_queue_t                  reported;  /* messages, to be handed back */
    trade_outage_t               outage;
    ngx_event_t                  stall;     /* does an outage begin? */
    ngx_event_t                  reports;
    ngx_event_t                  poll;      /* fallback, and replacement */
    ngx_uint_t                   queued;
    ngx_uint_t                   sticky;        /* the partition of now */
    ngx_uint_t                   steered;       /* ids into it */
    time_t                       since;
    rd_kafka_queue_t            *check;     /* what is asked of the topic */
    ngx_msec_t                   check_at;  /* when to ask */
    ngx_trade_kafka_topic_t      topic;     /* what was answered last */
    trade_batch_size_t           batch_size;
    char                         cause[256];    /* librdkafka's last error, */
    ngx_msec_t                   cause_at;      /* and when it came */
    ngx_msec_t                   topic_at;  /* when to look at it again */
    ngx_msec_t                   topic_seen;    /* when it was last found */
    unsigned                     unsaid:1;  /* the log does not have `cause` */
    unsigned                     checked:1; /* there was an answer */
    unsigned                     doubted:1; /* look at the topic again */
    unsigned                     replace:1; /* current has failed for good */
    unsigned                     stopping:1;
};


/* NULL, and a line in the log, when librdkafka refuses. */
ngx_trade_kafka_producer_t *ngx_trade_kafka_producer_create(
    ngx_trade_kafka_t *kafka);

/* Serves its reports, errors and log lines. */
void ngx_trade_kafka_producer_poll(ngx_trade_kafka_producer_t *producer);

/*
 * Lets it die: what it holds is reported as failed or uncertain.  Once it owes
 * nothing it is destroyed by a thread of its own, for that blocks.
 */
void ngx_trade_kafka_producer_abandon(ngx_trade_kafka_producer_t *producer);

/* Lets it deliver what it holds; then it is destroyed likewise. */
void ngx_trade_kafka_producer_retire(ngx_trade_kafka_producer_t *producer);

/* Flushes, purges and destroys it here and now, in bounded time. */
void ngx_trade_kafka_producer_close(ngx_trade_kafka_producer_t *producer);

/* ngx_trade_kafka.c: a record's fate is known. */
void ngx_trade_kafka_report(ngx_trade_kafka_t *kafka,
    ngx_trade_kafka_msg_t *msg);

/* ngx_trade_kafka.c: librdkafka says that all brokers are down. */
void ngx_trade_kafka_down(ngx_trade_kafka_t *kafka);

/* ngx_trade_kafka.c: the current producer can't go on. */
void ngx_trade_kafka_fatal(ngx_trade_kafka_t *kafka);

/* Runs `start` in a thread that takes no signals; not 0: it can't. */
int ngx_trade_kafka_producer_thread(pthread_t *thread,
    void *(*start)(void *data), void *data);

/*
 * ngx_trade_kafka_batch.c: how large batches may be.  `set` puts the bounds of
 * now into the configuration of a new producer.  `changed` says whether other
 * bounds are right by now.  `refused`: a record was refused for its size, or
 * its batch's.
 */
void ngx_trade_kafka_batch_set(ngx_trade_kafka_producer_t *producer,
    rd_kafka_conf_t *conf);
ngx_uint_t ngx_trade_kafka_batch_changed(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_batch_refused(ngx_trade_kafka_producer_t *producer,
    const rd_kafka_message_t *message);

/*
 * ngx_trade_kafka_log.c: what the log says of librdkafka and of outages.  No
 * line is written twice, by whatever worker of the host, and while an outage
 * lasts only what is said of it.
 */

/* A line or an error of librdkafka; `err` is 0 for a line. */
void ngx_trade_kafka_log_client(ngx_trade_kafka_t *kafka, ngx_uint_t level,
    const char *text);
void ngx_trade_kafka_log_error(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t err, const char *reason);

/* A record of `size` bytes was not delivered, or perhaps, or not taken. */
void ngx_trade_kafka_log_record(ngx_trade_kafka_t *kafka, const char *what,
    size_t size, rd_kafka_resp_err_t err);

/* Records wait, and none is acknowledged. */
void ngx_trade_kafka_log_stall(ngx_trade_kafka_t *kafka);

/*
 * Kafka has acknowledged a record; or, without `acked`, has answered what was
 * asked at `asked`, ms.
 */
void ngx_trade_kafka_log_alive(ngx_trade_kafka_t *kafka, ngx_uint_t acked,
    ngx_msec_t asked);

/* Called at each poll. */
void ngx_trade_kafka_log_poll(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_topic.c: whether the topic exists and takes records.  The
 * check is called at each poll; the question's end in any thread, before the
 * producer is destroyed: it waits for the answer.
 */
void ngx_trade_kafka_topic_check(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_topic_end(ngx_trade_kafka_producer_t *producer);

/* ngx_trade_kafka_topic.c: how the delivery of a record has ended. */
void ngx_trade_kafka_topic_delivered(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error);

/* ngx_trade_kafka_partition.c: how many partitions there are; 0: not known. */
ngx_uint_t ngx_trade_kafka_partitions(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_partition.c: where an event goes, RD_KAFKA_PARTITION_UA to
 * let the key choose.  NGX_DECLINED: not now.
 */
ngx_int_t ngx_trade_kafka_partition_for(ngx_trade_kafka_t *kafka,
    const trade_event_t *event, int32_t *partition);

/*
 * ngx_trade_kafka_partition.c: the number of a partitioner, by librdkafka's
 * name.
 */
ngx_uint_t ngx_trade_kafka_partitioner(const char *name);

/* ngx_trade_kafka_check.c: called at each poll; and to give up. */
void ngx_trade_kafka_check(ngx_trade_kafka_t *kafka);
void ngx_trade_kafka_check_end(ngx_trade_kafka_t *kafka);

/*
 * ngx_trade_kafka_conf.c: librdkafka's configuration of the block; NULL and
 * the reason in `error` when it is refused.
 */
rd_kafka_conf_t *ngx_trade_kafka_properties(ngx_trade_kafka_conf_t *conf,
    char *error, size_t size);


#endif /* NGX_TRADE_KAFKA_PRODUCER_H */
