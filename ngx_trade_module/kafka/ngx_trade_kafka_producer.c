#include "ngx_trade_kafka_producer.h"

#include <dlfcn.h>
#include <sys/eventfd.h>


/* a process that is told to stop is killed about a second later */
#define NGX_TRADE_KAFKA_FLUSH_MS    300
#define NGX_TRADE_KAFKA_PURGE_MS    100
#define NGX_TRADE_KAFKA_DESTROY_MS  300


static ngx_int_t ngx_trade_kafka_producer_watch(
    ngx_trade_kafka_producer_t *producer);
static void ngx_trade_kafka_producer_wakeup(ngx_event_t *rev);
static void ngx_trade_kafka_producer_delivered(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *opaque);
static ngx_trade_kafka_result_e ngx_trade_kafka_producer_result(
    const rd_kafka_message_t *message);
static const char *ngx_trade_kafka_producer_fate(
    const rd_kafka_message_t *message);
static void ngx_trade_kafka_producer_error(rd_kafka_t *rk, int err,
    const char *reason, void *opaque);
static void ngx_trade_kafka_producer_log(const rd_kafka_t *rk, int level,
    const char *facility, const char *text);
static void ngx_trade_kafka_producer_release(
    ngx_trade_kafka_producer_t *producer);
static void ngx_trade_kafka_producer_bury(
    ngx_trade_kafka_producer_t *producer, ngx_msec_t wait);
static void ngx_trade_kafka_producer_pin(void);
static void *ngx_trade_kafka_producer_destroy(void *data);


ngx_trade_kafka_producer_t *
ngx_trade_kafka_producer_create(ngx_trade_kafka_t *kafka)
{
    char                         error[256];
    rd_kafka_conf_t             *conf;
    ngx_trade_kafka_producer_t  *producer;

    producer = ngx_calloc(sizeof(ngx_trade_kafka_producer_t), kafka->log);
    if (producer == NULL) {
        return NULL;
    }

    producer->kafka = kafka;

    conf = ngx_trade_kafka_property_conf(kafka->conf, error, sizeof(error));

    if (conf) {
        ngx_trade_kafka_batch_set(producer, conf);
        rd_kafka_conf_set_opaque(conf, producer);
        rd_kafka_conf_set_dr_msg_cb(conf, ngx_trade_kafka_producer_delivered);
        rd_kafka_conf_set_error_cb(conf, ngx_trade_kafka_producer_error);
        rd_kafka_conf_set_log_cb(conf, ngx_trade_kafka_producer_log);

        producer->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error,
                                    sizeof(error));
        if (producer->rk == NULL) {
            rd_kafka_conf_destroy(conf);
        }
    }

    if (producer->rk == NULL) {
        ngx_log_error(NGX_LOG_CRIT, kafka->log, 0,
                      "kafka \"%V\": rd_kafka_new() failed: %s",
                      &kafka->conf->name, error);
        ngx_free(producer);
        return NULL;
    }

    (void) rd_kafka_set_log_queue(producer->rk, NULL);

    producer->topic = rd_kafka_topic_new(producer->rk,
                                         (char *) kafka->conf->topic.data,
                                         NULL);

    if (producer->topic == NULL
        || ngx_trade_kafka_producer_watch(producer) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_CRIT, kafka->log, 0,
                      "kafka \"%V\": its topic or its eventfd can't be "
                      "made",
                      &kafka->conf->name);
        ngx_trade_kafka_producer_release(producer);
        (void) ngx_trade_kafka_producer_destroy(producer);
        return NULL;
    }

    return producer;
}


static ngx_int_t
ngx_trade_kafka_producer_watch(ngx_trade_kafka_producer_t *producer)
{
    int                fd;
    uint64_t           one;
    ngx_connection_t  *c;
    rd_kafka_queue_t  *queue;

    fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);
    if (fd == -1) {
        return NGX_ERROR;
    }

    c = ngx_get_connection(fd, producer->kafka->log);
    if (c == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    producer->wakeup = c;

    c->data = producer;
    c->read->handler = ngx_trade_kafka_producer_wakeup;
    c->write->handler = ngx_trade_kafka_producer_wakeup;
    c->read->log = c->log;
    c->write->log = c->log;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    one = 1;
    queue = rd_kafka_queue_get_main(producer->rk);
    rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof(one));
    rd_kafka_queue_destroy(queue);

    return NGX_OK;
}


static void
ngx_trade_kafka_producer_wakeup(ngx_event_t *rev)
{
    uint64_t                     n;
    ngx_connection_t            *c;
    ngx_trade_kafka_producer_t  *producer;

    c = rev->data;
    producer = c->data;

    /*
     * the counter first, then the queue: a report that comes in between wakes
     * again
     */

    while (read(c->fd, &n, sizeof(n)) == -1 && ngx_errno == NGX_EINTR) {
        /* void */
    }

    ngx_trade_kafka_producer_poll(producer);
}


void
ngx_trade_kafka_producer_poll(ngx_trade_kafka_producer_t *producer)
{
    (void) rd_kafka_poll(producer->rk, 0);

    if (producer->dying && rd_kafka_outq_len(producer->rk) == 0) {
        ngx_queue_remove(&producer->queue);
        ngx_trade_kafka_producer_release(producer);
        ngx_trade_kafka_producer_bury(producer, 0);
    }
}


/*
 * Runs in a thread: librdkafka waits for its own threads, and one of these may
 * be waiting for a name server.
 */

static void
ngx_trade_kafka_producer_bury(ngx_trade_kafka_producer_t *producer,
    ngx_msec_t wait)
{
    pthread_t        thread;
    struct timespec  end;

    if (ngx_trade_kafka_thread(&thread, ngx_trade_kafka_producer_destroy,
                               producer)
        != 0)
    {
        (void) ngx_trade_kafka_producer_destroy(producer);
        return;
    }

    (void) clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (end.tv_nsec / 1000000 + wait) / 1000;
    end.tv_nsec = (end.tv_nsec + wait * 1000000) % 1000000000;

    if (wait == 0 || pthread_timedjoin_np(thread, NULL, &end) != 0) {
        ngx_trade_kafka_producer_pin();
        (void) pthread_detach(thread);
    }
}


static void
ngx_trade_kafka_producer_pin(void)
{
    Dl_info  module;

    if (dladdr((void *) ngx_trade_kafka_producer_destroy, &module)) {
        (void) dlopen(module.dli_fname, RTLD_NOW|RTLD_NOLOAD|RTLD_NODELETE);
    }
}


static void
ngx_trade_kafka_producer_delivered(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *opaque)
{
    ngx_trade_kafka_msg_t       *msg;
    ngx_trade_kafka_producer_t  *producer;

    producer = opaque;
    msg = message->_private;

    msg->partition = message->partition;
    msg->offset = message->offset;

    msg->result = ngx_trade_kafka_producer_result(message);
    msg->large = message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;

    if (msg->large) {
        ngx_trade_kafka_batch_refused(producer, message);

    } else if (msg->result != NGX_TRADE_KAFKA_ACKED) {
        ngx_trade_kafka_log_record(producer->kafka,
                                   ngx_trade_kafka_producer_fate(message),
                                   message->len, message->err);
    }

    ngx_trade_kafka_topic_delivered(producer->kafka, message->err);
    ngx_trade_kafka_report(producer->kafka, msg);
}


/*
 * An acknowledgement without an offset is librdkafka's conclusion: it takes an
 * event for acknowledged when the broker acknowledges a later one of the
 * partition, for it expects the broker to refuse a gap.  But a broker that has
 * nothing of the producer in that partition accepts one.
 */

static ngx_trade_kafka_result_e
ngx_trade_kafka_producer_result(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return message->offset >= 0 ? NGX_TRADE_KAFKA_ACKED
                                    : NGX_TRADE_KAFKA_UNCERTAIN;
    }

    return rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED
           ? NGX_TRADE_KAFKA_FAILED : NGX_TRADE_KAFKA_UNCERTAIN;
}


/* The words of the log for an event that does not count as acknowledged */

static const char *
ngx_trade_kafka_producer_fate(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return "has no offset, and may not be in the topic";
    }

    return ngx_trade_kafka_producer_result(message) == NGX_TRADE_KAFKA_FAILED
           ? "was not delivered" : "was not delivered, or perhaps it was";
}


static void
ngx_trade_kafka_producer_error(rd_kafka_t *rk, int err, const char *reason,
    void *opaque)
{
    u_char                       text[320];
    char                         fatal[256];
    ngx_trade_kafka_producer_t  *producer;

    producer = opaque;

    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !producer->dying) {
        ngx_trade_kafka_down(producer->kafka);
    }

    if (err != RD_KAFKA_RESP_ERR__FATAL) {
        ngx_trade_kafka_log_error(producer->kafka, err, reason);
        return;
    }

    (void) rd_kafka_fatal_error(rk, fatal, sizeof(fatal));

    (void) ngx_snprintf(text, sizeof(text),
                        "the producer can't go on and is replaced: %s%Z",
                        fatal);

    ngx_trade_kafka_log_client(producer->kafka, NGX_LOG_CRIT, (char *) text);

    if (!producer->dying) {
        ngx_trade_kafka_fatal(producer->kafka);
    }
}


/* Called from rd_kafka_poll() only, because log lines go through the queue */

static void
ngx_trade_kafka_producer_log(const rd_kafka_t *rk, int level,
    const char *facility, const char *text)
{
    ngx_uint_t                   nlevel;
    ngx_trade_kafka_producer_t  *producer;

    producer = rd_kafka_opaque(rk);
    nlevel = ngx_max(level + 1, NGX_LOG_CRIT);      /* of syslog */

    /* librdkafka reports these as errors, too */

    if (ngx_strcmp(facility, "FATAL") == 0
        || ngx_strcmp(facility, "FAIL") == 0)
    {
        nlevel = NGX_LOG_DEBUG;
    }

    ngx_trade_kafka_log_client(producer->kafka, nlevel, text);
}


void
ngx_trade_kafka_producer_abandon(ngx_trade_kafka_producer_t *producer)
{
    producer->dying = 1;
    ngx_queue_insert_tail(&producer->kafka->dying, &producer->queue);

    (void) rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE
                                        |RD_KAFKA_PURGE_F_INFLIGHT
                                        |RD_KAFKA_PURGE_F_NON_BLOCKING);
}


void
ngx_trade_kafka_producer_retire(ngx_trade_kafka_producer_t *producer)
{
    producer->dying = 1;
    ngx_queue_insert_tail(&producer->kafka->dying, &producer->queue);
}


void
ngx_trade_kafka_producer_close(ngx_trade_kafka_producer_t *producer)
{
    if (rd_kafka_flush(producer->rk, NGX_TRADE_KAFKA_FLUSH_MS)
        != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        (void) rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE);
        (void) rd_kafka_flush(producer->rk, NGX_TRADE_KAFKA_PURGE_MS);

        (void) rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_INFLIGHT);
        (void) rd_kafka_flush(producer->rk, NGX_TRADE_KAFKA_PURGE_MS);
    }

    ngx_trade_kafka_producer_release(producer);
    ngx_trade_kafka_producer_bury(producer, NGX_TRADE_KAFKA_DESTROY_MS);
}


static void
ngx_trade_kafka_producer_release(ngx_trade_kafka_producer_t *producer)
{
    rd_kafka_queue_t  *queue;

    if (producer->wakeup) {
        queue = rd_kafka_queue_get_main(producer->rk);
        rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
        rd_kafka_queue_destroy(queue);

        ngx_close_connection(producer->wakeup);
        producer->wakeup = NULL;
    }
}


static void *
ngx_trade_kafka_producer_destroy(void *data)
{
    ngx_trade_kafka_producer_t  *producer = data;

    ngx_trade_kafka_topic_end(producer);

    if (producer->topic) {
        rd_kafka_topic_destroy(producer->topic);
    }

    rd_kafka_destroy(producer->rk);
    ngx_free(producer);

    return NULL;
}
