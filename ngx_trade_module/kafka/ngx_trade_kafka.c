#include "ngx_trade_kafka_producer.h"
#include "ngx_trade_timer.h"


#define NGX_TRADE_KAFKA_POLL_MS     1000    /* fallback, and the pause before
                                               a producer is replaced */
#define NGX_TRADE_KAFKA_ROUND_MAX   512     /* reports that one round hands
                                               back */


static void ngx_trade_kafka_reports(ngx_event_t *ev);
static void ngx_trade_kafka_poll(ngx_event_t *ev);
static void ngx_trade_kafka_stall_set(ngx_trade_kafka_t *kafka);
static void ngx_trade_kafka_stall(ngx_event_t *ev);
static void ngx_trade_kafka_stalled(ngx_trade_kafka_t *kafka, uint32_t out);
static void ngx_trade_kafka_left(ngx_trade_kafka_t *kafka,
    ngx_trade_kafka_msg_t *msg);
static rd_kafka_headers_t *ngx_trade_kafka_headers(
    const trade_event_t *event);


ngx_trade_kafka_t *
ngx_trade_kafka_start(ngx_trade_kafka_conf_t *conf, ngx_pool_t *pool,
    ngx_log_t *log)
{
    ngx_trade_kafka_t  *kafka;

    kafka = ngx_pcalloc(pool, sizeof(ngx_trade_kafka_t));
    if (kafka == NULL) {
        return NULL;
    }

    kafka->conf = conf;
    kafka->log = log;
    trade_outages_init(&kafka->outages, conf->outage);
    trade_queue_init(&kafka->queue, conf->queue_delay);

    ngx_queue_init(&kafka->dying);
    ngx_queue_init(&kafka->waiting);
    ngx_queue_init(&kafka->reported);

    kafka->reports.handler = ngx_trade_kafka_reports;
    kafka->reports.data = kafka;
    kafka->reports.log = log;

    kafka->poll.handler = ngx_trade_kafka_poll;
    kafka->poll.data = kafka;
    kafka->poll.log = log;
    kafka->poll.cancelable = 1;

    kafka->stall.handler = ngx_trade_kafka_stall;
    kafka->stall.data = kafka;
    kafka->stall.log = log;
    kafka->stall.cancelable = 1;

    /* without a producer the record is tried again, as after a failure */

    kafka->current = ngx_trade_kafka_producer_create(kafka);
    kafka->replace = kafka->current == NULL;

    kafka->topic_at = ngx_current_msec;
    ngx_trade_kafka_topic_check(kafka);

    ngx_trade_timer_set(&kafka->poll, NGX_TRADE_KAFKA_POLL_MS);

    return kafka;
}


void
ngx_trade_kafka_stop(ngx_trade_kafka_t *kafka)
{
    ngx_queue_t                 *q;
    ngx_trade_kafka_producer_t  *producer;

    kafka->stopping = 1;
    ngx_trade_kafka_check_end(kafka);

    if (kafka->poll.timer_set) {
        ngx_del_timer(&kafka->poll);
    }

    if (kafka->stall.timer_set) {
        ngx_del_timer(&kafka->stall);
    }

    if (kafka->reports.posted) {
        ngx_delete_posted_event(&kafka->reports);
    }

    while (!ngx_queue_empty(&kafka->dying)) {
        q = ngx_queue_head(&kafka->dying);
        ngx_queue_remove(q);
        producer = ngx_queue_data(q, ngx_trade_kafka_producer_t, queue);
        ngx_trade_kafka_producer_close(producer);
    }

    if (kafka->current) {
        ngx_trade_kafka_producer_close(kafka->current);
        kafka->current = NULL;
    }
}


ngx_int_t
ngx_trade_kafka_produce(ngx_trade_kafka_t *kafka, const trade_event_t *event,
    ngx_trade_kafka_msg_t *msg)
{
    int32_t               partition;
    rd_kafka_headers_t   *headers;
    rd_kafka_resp_err_t   err;

    if (kafka->current == NULL || kafka->replace
        || kafka->queued >= kafka->conf->queue_max
        || ngx_trade_kafka_partition_for(kafka, event, &partition) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    headers = ngx_trade_kafka_headers(event);
    if (headers == NULL) {
        return NGX_DECLINED;
    }

    err = rd_kafka_producev(kafka->current->rk,
                            RD_KAFKA_V_RKT(kafka->current->topic),
                            RD_KAFKA_V_PARTITION(partition),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                            RD_KAFKA_V_KEY(event->key.data, event->key.len),
                            RD_KAFKA_V_VALUE((void *) event->value.data,
                                             event->value.len),
                            RD_KAFKA_V_HEADERS(headers),
                            RD_KAFKA_V_OPAQUE(msg),
                            RD_KAFKA_V_END);

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_headers_destroy(headers);
        kafka->doubted |= err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;

        ngx_trade_kafka_log_record(kafka, "is not taken", event->value.len,
                                   err);

        return NGX_DECLINED;
    }

    kafka->queued++;
    msg->place = partition == RD_KAFKA_PARTITION_UA ? 0 : partition + 1;

    if (msg->stalled) {
        trade_queue_enter(&kafka->queue, &msg->call, ngx_current_msec);
    }

    ngx_queue_insert_tail(&kafka->waiting, &msg->queue);
    trade_outages_published(&kafka->outages, msg->place, ngx_current_msec);
    ngx_trade_kafka_stall_set(kafka);

    return NGX_OK;
}


static rd_kafka_headers_t *
ngx_trade_kafka_headers(const trade_event_t *event)
{
    size_t               i;
    rd_kafka_headers_t  *headers;

    headers = rd_kafka_headers_new(event->nheaders);

    for (i = 0; headers && i < event->nheaders; i++) {
        if (rd_kafka_header_add(headers, event->headers[i].name, -1,
                                event->headers[i].value.data,
                                event->headers[i].value.len)
            != RD_KAFKA_RESP_ERR_NO_ERROR)
        {
            rd_kafka_headers_destroy(headers);
            return NULL;
        }
    }

    return headers;
}


/* A record that has waited in an outage does not tell how fast brokers are */

static void
ngx_trade_kafka_left(ngx_trade_kafka_t *kafka, ngx_trade_kafka_msg_t *msg)
{
    if (trade_outages_any(&kafka->outages)) {
        kafka->outage_at = ngx_current_msec;
    }

    if (msg->result == NGX_TRADE_KAFKA_ACKED
        && msg->call.at > kafka->outage_at)
    {
        trade_queue_replied(&kafka->queue, &msg->call, ngx_current_msec);

    } else {
        trade_queue_left(&kafka->queue, ngx_current_msec);
    }
}


ngx_uint_t
ngx_trade_kafka_full(ngx_trade_kafka_t *kafka)
{
    if (trade_outages_any(&kafka->outages)
        || !trade_queue_full(&kafka->queue, ngx_current_msec))
    {
        return 0;
    }

    if (ngx_trade_queue_say(&kafka->full_said)) {
        ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                      "kafka \"%V\": %uL orders wait for acknowledgements, "
                      "which takes more than %M ms (\"queue_delay\"): new "
                      "orders are refused", &kafka->conf->name,
                      kafka->queue.calls, kafka->conf->queue_delay);
    }

    return 1;
}


ngx_uint_t
ngx_trade_kafka_queued(ngx_trade_kafka_t *kafka)
{
    return kafka->queued;
}


void
ngx_trade_kafka_report(ngx_trade_kafka_t *kafka, ngx_trade_kafka_msg_t *msg)
{
    kafka->queued--;

    if (kafka->stopping) {
        return;
    }

    if (msg->stalled) {
        ngx_trade_kafka_left(kafka, msg);
    }

    /* a broker that refuses a record as too large is well */

    if (trade_outages_reported(&kafka->outages, msg->place,
                               msg->result == NGX_TRADE_KAFKA_ACKED
                               || msg->large, ngx_current_msec))
    {
        ngx_trade_kafka_log_again(kafka);
    }

    if (msg->result == NGX_TRADE_KAFKA_ACKED) {
        ngx_trade_kafka_log_alive(kafka, 1, 0);
    }

    ngx_queue_remove(&msg->queue);
    ngx_queue_insert_tail(&kafka->reported, &msg->queue);

    if (!kafka->reports.posted) {
        ngx_post_event(&kafka->reports, &ngx_posted_events);
    }
}


/*
 * Hands a flood of reports back in rounds, so that the event loop goes on in
 * between
 */

static void
ngx_trade_kafka_reports(ngx_event_t *ev)
{
    ngx_uint_t              n;
    ngx_queue_t            *q;
    ngx_trade_kafka_t      *kafka;
    ngx_trade_kafka_msg_t  *msg;

    kafka = ev->data;

    for (n = 0; !ngx_queue_empty(&kafka->reported); n++) {

        if (n == NGX_TRADE_KAFKA_ROUND_MAX) {
            ngx_post_event(ev, &ngx_posted_next_events);
            return;
        }

        q = ngx_queue_head(&kafka->reported);
        ngx_queue_remove(q);
        msg = ngx_queue_data(q, ngx_trade_kafka_msg_t, queue);

        msg->handler(msg, msg->result);
    }
}


trade_outage_advice_e
ngx_trade_kafka_advise(ngx_trade_kafka_t *kafka, uint32_t partition)
{
    return trade_outages_advise(&kafka->outages, partition, ngx_current_msec);
}


ngx_uint_t
ngx_trade_kafka_alone(ngx_trade_kafka_t *kafka, uint32_t partition)
{
    return trade_outages_alone(&kafka->outages, partition);
}


void
ngx_trade_kafka_down(ngx_trade_kafka_t *kafka)
{
    trade_outages_down(&kafka->outages);

    if (kafka->stall.timer_set) {
        ngx_del_timer(&kafka->stall);
    }

    ngx_trade_kafka_stall_set(kafka);
}


static void
ngx_trade_kafka_stall_set(ngx_trade_kafka_t *kafka)
{
    uint64_t  wait;

    if (kafka->stall.timer_set) {
        return;
    }

    wait = trade_outages_wake(&kafka->outages, ngx_current_msec);

    if (wait) {
        ngx_trade_timer_set(&kafka->stall, wait);
    }
}


static void
ngx_trade_kafka_stall(ngx_event_t *ev)
{
    uint32_t            out;
    ngx_trade_kafka_t  *kafka;

    kafka = ev->data;

    while (trade_outages_begins(&kafka->outages, &out, ngx_current_msec)) {

        if (out == 0) {
            ngx_trade_kafka_log_stall(kafka);

        } else if (kafka->outages.nout == 1) {
            ngx_trade_kafka_log_partition(kafka, out);
        }

        ngx_trade_kafka_stalled(kafka, out);
    }

    ngx_trade_kafka_stall_set(kafka);
}


/* Tells the waiting requests about an outage.  This frees none of them */

static void
ngx_trade_kafka_stalled(ngx_trade_kafka_t *kafka, uint32_t out)
{
    ngx_queue_t            *q, *next;
    ngx_trade_kafka_msg_t  *msg;

    for (q = ngx_queue_head(&kafka->waiting);
         q != ngx_queue_sentinel(&kafka->waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        msg = ngx_queue_data(q, ngx_trade_kafka_msg_t, queue);

        if (msg->stalled && trade_outages_concerns(out, msg->place)) {
            msg->stalled(msg);
        }
    }
}


void
ngx_trade_kafka_fatal(ngx_trade_kafka_t *kafka)
{
    /*
     * librdkafka must not be destroyed in its own callback, so the poll timer
     * does it
     */

    kafka->replace = 1;
}


static void
ngx_trade_kafka_poll(ngx_event_t *ev)
{
    ngx_queue_t                 *q, *next;
    ngx_trade_kafka_t           *kafka;
    ngx_trade_kafka_producer_t  *producer;

    kafka = ev->data;

    for (q = ngx_queue_head(&kafka->dying);
         q != ngx_queue_sentinel(&kafka->dying);
         q = next)
    {
        next = ngx_queue_next(q);
        producer = ngx_queue_data(q, ngx_trade_kafka_producer_t, queue);
        ngx_trade_kafka_producer_poll(producer);
    }

    if (kafka->current) {
        ngx_trade_kafka_producer_poll(kafka->current);
    }

    ngx_trade_kafka_check(kafka);
    ngx_trade_kafka_topic_check(kafka);
    ngx_trade_kafka_log_poll(kafka);

    if (kafka->replace || ngx_trade_kafka_batch_changed(kafka)) {
        ngx_trade_kafka_check_end(kafka);

        if (kafka->current && kafka->replace) {
            ngx_trade_kafka_producer_abandon(kafka->current);

        } else if (kafka->current) {
            ngx_trade_kafka_producer_retire(kafka->current);
        }

        kafka->current = ngx_trade_kafka_producer_create(kafka);
        kafka->replace = kafka->current == NULL;

        /* asks at once: this producer may not live until the next poll */

        ngx_trade_kafka_topic_check(kafka);
    }

    ngx_trade_timer_set(ev, NGX_TRADE_KAFKA_POLL_MS);
}
