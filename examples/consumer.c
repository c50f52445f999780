/*
 * consumer: takes a topic of the gateway into PostgreSQL.  README.md says what
 * it guarantees; consumer.py is the same in Python.
 *
 * The one hard thing: poll() may call consumer_rebalance(), which takes away
 * the partitions, and with them the batch in hand.
 */

#include "batch.h"
#include "figures.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define CONSUMER_POLL        100        /* ms */
#define CONSUMER_BACKOFF     100        /* ms, twice as long each time, */
#define CONSUMER_BACKOFF_MAX 5000       /* up to this */


typedef struct {
    rd_kafka_t  *rk;
    store_t     *store;
    dead_t      *dead;
    batch_t      batch;
    size_t       max;                   /* records of a batch */
    int          paused;                /* until the batch could be written */
    int          failed;                /* ended by what can't be put right */
    figures_t    figures;
} consumer_t;


static int consumer_open(consumer_t *c, const options_t *options);
static int consumer_join(consumer_t *c, const options_t *options);
static int consumer_close(consumer_t *c);
static void consumer_gather(consumer_t *c);
static void consumer_take(consumer_t *c, rd_kafka_message_t *m);
static void consumer_error(consumer_t *c, const rd_kafka_message_t *m);
static void consumer_finish(consumer_t *c);
static int consumer_try(consumer_t *c);
static void consumer_pause(consumer_t *c, int pause);
static void consumer_wait(consumer_t *c, int ms);
static void consumer_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
    rd_kafka_topic_partition_list_t *partitions, void *data);
static int consumer_starts(consumer_t *c,
    rd_kafka_topic_partition_list_t *partitions);
static int consumer_statistics(rd_kafka_t *rk, char *json, size_t len,
    void *data);
static int64_t consumer_now(void);
static void consumer_signal(int signo);


static volatile sig_atomic_t  consumer_stopped;


int
main(int argc, char **argv)
{
    int         rc;
    consumer_t  c;
    options_t   options;

    rc = options_read(&options, argc, argv);

    if (rc != 0) {
        return rc > 0 ? 0 : 2;
    }

    (void) signal(SIGTERM, consumer_signal);
    (void) signal(SIGINT, consumer_signal);

    if (consumer_open(&c, &options) != 0) {
        return 1;
    }

    free(options.properties);

    while (!consumer_stopped && !c.failed) {
        consumer_gather(&c);
        consumer_finish(&c);
    }

    return consumer_close(&c);
}


static int
consumer_open(consumer_t *c, const options_t *options)
{
    rd_kafka_conf_t  *conf;

    memset(c, 0, sizeof(*c));
    c->max = options->batch;
    c->batch.wait = (int64_t) options->wait * 1000;

    conf = options_conf(options);

    if (conf == NULL) {
        return -1;
    }

    c->dead = dead_open(conf, options->topic, options->group);
    c->store = store_open(options->database);

    return c->dead && c->store ? consumer_join(c, options) : -1;
}


static int
consumer_join(consumer_t *c, const options_t *options)
{
    char                              why[256];
    size_t                            i;
    rd_kafka_conf_t                  *conf;
    rd_kafka_resp_err_t               err;
    rd_kafka_topic_partition_list_t  *topics;

    /*
     * An offset that is no more, or not yet, in the topic is a loss: an error,
     * where "earliest" would begin anew and say nothing.  The eager protocol
     * takes away all partitions at once.
     */

    static const char *const  own[][2] = {
        { "enable.auto.commit", "false" },
        { "auto.offset.reset", "error" },
        { "partition.assignment.strategy", "range,roundrobin" },
        { "statistics.interval.ms", "1000" }
    };

    conf = options_conf(options);
    (void) rd_kafka_conf_set(conf, "group.id", options->group, NULL, 0);

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        (void) rd_kafka_conf_set(conf, own[i][0], own[i][1], NULL, 0);
    }

    rd_kafka_conf_set_opaque(conf, c);
    rd_kafka_conf_set_rebalance_cb(conf, consumer_rebalance);
    rd_kafka_conf_set_stats_cb(conf, consumer_statistics);

    c->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));

    if (c->rk == NULL) {
        fprintf(stderr, "consumer: %s\n", why);
        rd_kafka_conf_destroy(conf);
        return -1;
    }

    (void) rd_kafka_poll_set_consumer(c->rk);

    topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, options->topic,
                                      RD_KAFKA_PARTITION_UA);
    err = rd_kafka_subscribe(c->rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);

    if (err) {
        fprintf(stderr, "consumer: %s\n", rd_kafka_err2str(err));
        return -1;
    }

    return 0;
}


/* The batch in hand is finished when the partitions are given back. */

static int
consumer_close(consumer_t *c)
{
    rd_kafka_resp_err_t  err;

    err = rd_kafka_consumer_close(c->rk);

    if (err) {
        fprintf(stderr, "consumer: %s\n", rd_kafka_err2str(err));
        c->failed = 1;
    }

    batch_drop(&c->batch);
    rd_kafka_destroy(c->rk);
    dead_close(c->dead);
    store_close(c->store);
    figures_assign(&c->figures, NULL);
    free(c->batch.records);

    return c->failed;
}


/* Waits for a record, and takes what has come with it. */

static void
consumer_gather(consumer_t *c)
{
    rd_kafka_message_t  *m;

    do {
        m = rd_kafka_consumer_poll(c->rk, c->batch.n > c->batch.nheld
                                          ? 0 : CONSUMER_POLL);

        if (m) {
            consumer_take(c, m);
        }

    } while (m && c->batch.n - c->batch.nheld < c->max && !consumer_stopped
             && !c->failed);
}


static void
consumer_take(consumer_t *c, rd_kafka_message_t *m)
{
    if (m->err) {
        consumer_error(c, m);
        rd_kafka_message_destroy(m);
        return;
    }

    if (batch_add(&c->batch, m) != 0) {
        fprintf(stderr, "consumer: out of memory\n");
        rd_kafka_message_destroy(m);
        c->failed = 1;
    }
}


static void
consumer_error(consumer_t *c, const rd_kafka_message_t *m)
{
    fprintf(stderr, "consumer: %s\n", rd_kafka_message_errstr(m));

    if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        fprintf(stderr, "consumer: [%d]: what is to be read next is not in "
                "the topic: records were lost\n", (int) m->partition);
        c->failed = 1;
    }

    if (rd_kafka_fatal_error(c->rk, NULL, 0)) {
        c->failed = 1;
    }
}


static void
consumer_finish(consumer_t *c)
{
    int  ms;

    if (!batch_ready(&c->batch, consumer_now()) || consumer_try(c) == 0) {
        return;
    }

    consumer_pause(c, 1);
    ms = CONSUMER_BACKOFF;

    do {
        fprintf(stderr, "consumer: again in %d ms\n", ms);
        consumer_wait(c, ms);
        ms = 2 * ms < CONSUMER_BACKOFF_MAX ? 2 * ms : CONSUMER_BACKOFF_MAX;

    } while (c->batch.n && !consumer_stopped && !c->failed
             && consumer_try(c) != 0);

    consumer_pause(c, 0);
}


/* The order of things is the whole guarantee. */

static int
consumer_try(consumer_t *c)
{
    int                               i;
    rd_kafka_resp_err_t               err;
    rd_kafka_topic_partition_list_t  *offsets;

    if (batch_write(&c->batch, c->store, consumer_now()) != 0
        || batch_bury(&c->batch, c->dead) != 0)
    {
        return -1;
    }

    offsets = batch_offsets(&c->batch);
    err = rd_kafka_commit(c->rk, offsets, 0);

    for (i = 0; i < offsets->cnt && err == 0; i++) {
        err = offsets->elems[i].err;
    }

    if (err == 0) {
        figures_commit(&c->figures, offsets);
    }

    rd_kafka_topic_partition_list_destroy(offsets);

    if (err) {
        fprintf(stderr, "consumer: commit: %s\n", rd_kafka_err2str(err));
        return -1;
    }

    figures_count(&c->figures, &c->batch);
    batch_clear(&c->batch);

    return 0;
}


/* While it is paused nothing is read, but it stays in the group. */

static void
consumer_pause(consumer_t *c, int pause)
{
    rd_kafka_topic_partition_list_t  *partitions;

    c->paused = pause;

    if (rd_kafka_assignment(c->rk, &partitions) != 0) {
        return;
    }

    (void) (pause ? rd_kafka_pause_partitions : rd_kafka_resume_partitions)
        (c->rk, partitions);

    rd_kafka_topic_partition_list_destroy(partitions);
}


static void
consumer_wait(consumer_t *c, int ms)
{
    int64_t              end;
    rd_kafka_message_t  *m;

    end = consumer_now() + ms;

    while (consumer_now() < end && c->batch.n && !consumer_stopped
           && !c->failed)
    {
        m = rd_kafka_consumer_poll(c->rk, CONSUMER_POLL);

        if (m) {
            consumer_take(c, m);
        }
    }
}


static void
consumer_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
    rd_kafka_topic_partition_list_t *partitions, void *data)
{
    consumer_t  *c = data;

    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
        && consumer_starts(c, partitions) == 0)
    {
        (void) rd_kafka_assign(rk, partitions);
        figures_assign(&c->figures, partitions);

        if (c->paused) {
            (void) rd_kafka_pause_partitions(rk, partitions);
        }

        return;
    }

    if (c->batch.n && !c->paused && !rd_kafka_assignment_lost(rk)) {
        (void) consumer_try(c);
    }

    batch_drop(&c->batch);              /* not committed: another reads it */
    figures_assign(&c->figures, NULL);
    (void) rd_kafka_assign(rk, NULL);
}


/* Where nothing was committed, from the beginning.  -1: not to be found out. */

static int
consumer_starts(consumer_t *c, rd_kafka_topic_partition_list_t *partitions)
{
    int                  i;
    rd_kafka_resp_err_t  err;

    while ((err = rd_kafka_committed(c->rk, partitions, 5000)) != 0) {
        fprintf(stderr, "consumer: committed offsets: %s\n",
                rd_kafka_err2str(err));

        if (consumer_stopped) {
            return -1;
        }
    }

    for (i = 0; i < partitions->cnt; i++) {
        if (partitions->elems[i].offset < 0) {
            partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
        }
    }

    return 0;
}


static int
consumer_statistics(rd_kafka_t *rk, char *json, size_t len, void *data)
{
    consumer_t  *c = data;

    (void) rk;
    (void) len;

    figures_tell(&c->figures, json, c->paused);

    return 0;                           /* the JSON is librdkafka's to free */
}


static int64_t
consumer_now(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


static void
consumer_signal(int signo)
{
    (void) signo;
    consumer_stopped = 1;
}
