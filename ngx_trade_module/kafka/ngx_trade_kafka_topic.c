/*
 * Whether the topic exists and takes records.  Each worker asks the brokers
 * when it starts, then now and then, and soon after a record was refused; its
 * librdkafka learns from the answer, too.  The log says what is wrong, once for
 * all workers of the host, and says when it is right again.
 */

#include "ngx_trade_kafka_producer.h"


/*
 * Records found the fault, so only an acknowledgement shows that it has ended.
 */
#define NGX_TRADE_KAFKA_TOPIC_REFUSED    0x10000

#define NGX_TRADE_KAFKA_TOPIC_WELL_MS    10000  /* to the next look */
#define NGX_TRADE_KAFKA_TOPIC_WRONG_MS   5000   /* after a fault */
#define NGX_TRADE_KAFKA_TOPIC_SILENT_MS  1000   /* after no answer */
#define NGX_TRADE_KAFKA_TOPIC_WAIT_MS    3000   /* for an answer */


static void ngx_trade_kafka_topic_ask(ngx_trade_kafka_producer_t *producer);
static void *ngx_trade_kafka_topic_asking(void *data);
static ngx_msec_t ngx_trade_kafka_topic_answered(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error);
static ngx_uint_t ngx_trade_kafka_topic_late(ngx_trade_topic_t *shared,
    ngx_msec_t asked_at);
static void ngx_trade_kafka_topic_partitions(ngx_trade_kafka_t *kafka,
    ngx_atomic_uint_t n);
static void ngx_trade_kafka_topic_note(ngx_trade_kafka_t *kafka,
    ngx_atomic_uint_t wrong);
static void ngx_trade_kafka_topic_log(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error);


void
ngx_trade_kafka_topic_check(ngx_trade_kafka_t *kafka)
{
    ngx_trade_kafka_question_t  *question;

    if (kafka->current == NULL) {
        return;
    }

    question = &kafka->current->question;

    if (question->asked) {
        if (question->answered) {
            ngx_trade_kafka_topic_end(kafka->current);
            kafka->topic_at = ngx_current_msec
                    + ngx_trade_kafka_topic_answered(kafka, question->error);
        }

        return;
    }

    if (kafka->doubted
        || (ngx_msec_int_t) (ngx_current_msec - kafka->topic_at) >= 0)
    {
        kafka->doubted = 0;
        ngx_trade_kafka_topic_ask(kafka->current);
    }
}


static void
ngx_trade_kafka_topic_ask(ngx_trade_kafka_producer_t *producer)
{
    ngx_trade_kafka_question_t  *question;

    question = &producer->question;
    question->answered = 0;
    question->asked_at = ngx_current_msec;

    question->asked = ngx_trade_kafka_thread(&question->thread,
                                             ngx_trade_kafka_topic_asking,
                                             producer)
                      == 0;
}


static void *
ngx_trade_kafka_topic_asking(void *data)
{
    ngx_trade_kafka_producer_t  *producer = data;

    rd_kafka_resp_err_t              error;
    const struct rd_kafka_metadata  *metadata;

    error = rd_kafka_metadata(producer->rk, 0, producer->topic, &metadata,
                              NGX_TRADE_KAFKA_TOPIC_WAIT_MS);

    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = metadata->topic_cnt ? metadata->topics[0].err
                                    : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;

        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            producer->question.partitions = metadata->topics[0].partition_cnt;
        }

        rd_kafka_metadata_destroy(metadata);
    }

    producer->question.error = error;
    ngx_memory_barrier();
    producer->question.answered = 1;

    return NULL;
}


void
ngx_trade_kafka_topic_end(ngx_trade_kafka_producer_t *producer)
{
    if (producer->question.asked) {
        (void) pthread_join(producer->question.thread, NULL);
        producer->question.asked = 0;
    }
}


/* Returns the time until the next look, in ms */

static ngx_msec_t
ngx_trade_kafka_topic_answered(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error)
{
    ngx_msec_t          asked_at;
    ngx_atomic_uint_t   wrong;
    ngx_trade_topic_t  *shared;

    shared = kafka->conf->shared;
    asked_at = kafka->current->question.asked_at;

    /* librdkafka's own errors, below 0, say nothing about the topic */

    if (error < 0
        || (error && ngx_trade_kafka_topic_late(shared, asked_at)))
    {
        return NGX_TRADE_KAFKA_TOPIC_SILENT_MS;
    }

    wrong = shared->wrong;

    /* a user that may see a topic need not be allowed to write to it */

    if (error || !(wrong & NGX_TRADE_KAFKA_TOPIC_REFUSED)) {
        ngx_trade_kafka_topic_note(kafka, error);
    }

    if (error) {
        return NGX_TRADE_KAFKA_TOPIC_WRONG_MS;
    }

    kafka->topic_seen = ngx_current_msec;
    shared->found_at = asked_at;
    ngx_trade_kafka_log_alive(kafka, 0, asked_at);
    ngx_trade_kafka_topic_partitions(kafka,
                                     kafka->current->question.partitions);

    return NGX_TRADE_KAFKA_TOPIC_WELL_MS;
}


/* Whether the topic was well after a question was asked: ask again then */

static ngx_uint_t
ngx_trade_kafka_topic_late(ngx_trade_topic_t *shared, ngx_msec_t asked_at)
{
    return (ngx_msec_int_t) (shared->acked_at - asked_at) > 0
           || (ngx_msec_int_t) (shared->found_at - asked_at) > 0;
}


/* One worker of the host logs it */

static void
ngx_trade_kafka_topic_partitions(ngx_trade_kafka_t *kafka,
    ngx_atomic_uint_t n)
{
    ngx_atomic_t       *shared;
    ngx_atomic_uint_t   old;

    shared = &kafka->conf->shared->partitions;
    old = *shared;

    if (n == 0 || n == old || !ngx_atomic_cmp_set(shared, old, n)
        || old == 0)
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                  "kafka \"%V\": topic \"%V\" has %uA partitions, before it "
                  "had %uA: new orders use all of them, later events of an "
                  "order follow its first event", &kafka->conf->name,
                  &kafka->conf->topic, n, old);
}


void
ngx_trade_kafka_topic_delivered(ngx_trade_kafka_t *kafka,
    rd_kafka_resp_err_t error)
{
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR
        || error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    {
        ngx_trade_kafka_topic_note(kafka, error
                                   ? NGX_TRADE_KAFKA_TOPIC_REFUSED | error
                                   : 0);

    } else {
        kafka->doubted = 1;
    }
}


static void
ngx_trade_kafka_topic_note(ngx_trade_kafka_t *kafka, ngx_atomic_uint_t wrong)
{
    ngx_atomic_t       *shared;
    ngx_atomic_uint_t   old, error;

    shared = &kafka->conf->shared->wrong;
    error = wrong & ~NGX_TRADE_KAFKA_TOPIC_REFUSED;
    old = *shared;

    /* one finding must not clear the bit of the other one */

    if (old == wrong || old == (wrong | NGX_TRADE_KAFKA_TOPIC_REFUSED)
        || !ngx_atomic_cmp_set(shared, old, wrong))
    {
        return;
    }

    if (error == 0) {
        ngx_log_error(NGX_LOG_NOTICE, kafka->log, 0,
                      "kafka \"%V\": topic \"%V\" takes events again",
                      &kafka->conf->name, &kafka->conf->topic);

    } else if (error != (old & ~NGX_TRADE_KAFKA_TOPIC_REFUSED)) {
        ngx_trade_kafka_topic_log(kafka, error);
    }
}


static void
ngx_trade_kafka_topic_log(ngx_trade_kafka_t *kafka, rd_kafka_resp_err_t error)
{
    const char  *what;

    switch (error) {

    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        what = "create it, or correct \"topic\"";
        break;

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        what = "allow the gateway's Kafka user DESCRIBE and WRITE of it";
        break;

    default:
        what = "see the brokers' logs";
    }

    ngx_log_error(NGX_LOG_ERR, kafka->log, 0,
                  "kafka \"%V\": topic \"%V\" takes no events: %s: %s; until "
                  "then orders are accepted with 202 and wait in Redis",
                  &kafka->conf->name, &kafka->conf->topic,
                  rd_kafka_err2str(error), what);
}
