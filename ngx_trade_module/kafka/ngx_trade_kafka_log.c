#include "ngx_trade_kafka_producer.h"

#include <zlib.h>


#define NGX_TRADE_KAFKA_LOG_HOLD_MS  1000   /* an error may be the first of
                                               an outage, whose line names it */
#define NGX_TRADE_KAFKA_LOG_AGAIN    60000  /* ms, and at most twice as many,
                                               until a line may be repeated */
#define NGX_TRADE_KAFKA_LOG_LATE_MS  300    /* acknowledgements may come late */
#define NGX_TRADE_KAFKA_LOG_MIN      1000   /* ms between two lines of an
                                               outage: */
#define NGX_TRADE_KAFKA_LOG_MAX      60000  /* as many as it is old */


static ngx_uint_t ngx_trade_kafka_log_news(ngx_trade_kafka_t *kafka,
    const char *text);
static const char *ngx_trade_kafka_log_essence(const char *text, size_t *len);
static void ngx_trade_kafka_log_begin(ngx_trade_kafka_t *kafka,
    const char *cause);


void
ngx_trade_kafka_log_client(ngx_trade_kafka_t *kafka, ngx_uint_t level,
    const char *text)
{
    ngx_uint_t  outage;

    outage = kafka->conf->shared->outage != 0;

    if (level < NGX_LOG_DEBUG
        && (!ngx_trade_kafka_log_news(kafka, text)
            || (outage && level > NGX_LOG_CRIT)))
    {
        level = NGX_LOG_DEBUG;
    }

    ngx_log_error(level, kafka->log, 0, "kafka \"%V\": %s",
                  &kafka->conf->name, text);
}


void
ngx_trade_kafka_log_error(ngx_trade_kafka_t *kafka, rd_kafka_resp_err_t err,
    const char *reason)
{
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        ngx_trade_kafka_log_begin(kafka, reason);
        return;
    }

    (void) ngx_cpystrn((u_char *) kafka->cause, (u_char *) reason,
                       sizeof(kafka->cause));

    kafka->cause_at = ngx_current_msec;
    kafka->unsaid = 1;
}


void
ngx_trade_kafka_log_record(ngx_trade_kafka_t *kafka, const char *what,
    size_t size, rd_kafka_resp_err_t err)
{
    u_char      text[256];
    ngx_uint_t  level;

    (void) ngx_snprintf(text, sizeof(text), "%s: %s%Z", what,
                        rd_kafka_err2str(err));

    level = ngx_trade_kafka_log_news(kafka, (char *) text)
            && kafka->conf->shared->outage == 0
            ? NGX_LOG_ERR : NGX_LOG_DEBUG;

    ngx_log_error(level, kafka->log, 0,
                  "kafka \"%V\": an event of %uz bytes %s; it stays due",
                  &kafka->conf->name, size, text);
}


/*
 * Whether the host has not logged this line for a while.  A slot of `said` has
 * the hash of a text and of the time.
 */

static ngx_uint_t
ngx_trade_kafka_log_news(ngx_trade_kafka_t *kafka, const char *text)
{
    size_t              len;
    uint32_t            crc, now, before;
    ngx_atomic_t       *slot;
    ngx_atomic_uint_t   old, time;

    text = ngx_trade_kafka_log_essence(text, &len);
    time = ngx_current_msec / NGX_TRADE_KAFKA_LOG_AGAIN;

    crc = crc32(0, (const u_char *) text, len);
    now = crc ^ (uint32_t) (time * 2654435761u);
    before = crc ^ (uint32_t) ((time - 1) * 2654435761u);

    slot = &kafka->conf->shared->said[crc % 64];
    old = *slot;

    if (old == now) {
        return 0;
    }

    if (!ngx_atomic_cmp_set(slot, old, now) && *slot == now) {
        return 0;
    }

    return old != before;
}


/*
 * Cuts out the parts that differ among equal messages: "[thrd:...]: ", the name
 * of the broker, and "(after 12ms in state ...)".
 */

static const char *
ngx_trade_kafka_log_essence(const char *text, size_t *len)
{
    size_t       n;
    const char  *p;

    if (ngx_strncmp(text, "[thrd:", 6) == 0) {
        p = ngx_strstr(text, "]: ");
        text = p ? p + 3 : text;
    }

    n = strcspn(text, " ");

    if (n && text[n] == ' ' && text[n - 1] == ':' && memchr(text, '/', n)) {
        text += n + 1;
    }

    p = ngx_strstr(text, " (after ");
    *len = p ? (size_t) (p - text) : ngx_strlen(text);

    return text;
}


void
ngx_trade_kafka_log_stall(ngx_trade_kafka_t *kafka)
{
    u_char              text[128];
    ngx_trade_topic_t  *shared;

    shared = kafka->conf->shared;

    /*
     * a topic that takes nothing has its own line, and others may make progress
     */

    if (shared->wrong || ngx_current_msec - shared->acked_at
                         < kafka->conf->outage)
    {
        return;
    }

    shared->outage_stall = 1;

    (void) ngx_snprintf(text, sizeof(text),
                        "no event was acknowledged for %M ms%Z",
                        kafka->conf->outage);

    ngx_trade_kafka_log_begin(kafka, (char *) text);
}


/* The number is no part of the text by which workers tell that it was said */

void
ngx_trade_kafka_log_partition(ngx_trade_kafka_t *kafka, uint32_t partition)
{
    ngx_uint_t  level;

    level = ngx_trade_kafka_log_news(kafka, "a partition takes no events")
            && kafka->conf->shared->outage == 0
            ? NGX_LOG_ERR : NGX_LOG_DEBUG;

    ngx_log_error(level, kafka->log, 0,
                  "kafka \"%V\": a part of topic \"%V\" takes no events: none "
                  "of partition %uD was acknowledged for %M ms; its orders are "
                  "answered 202, are safe in Redis, and are published when it "
                  "is back; check the partition's leader and its replicas",
                  &kafka->conf->name, &kafka->conf->topic, partition - 1,
                  kafka->conf->outage);
}


void
ngx_trade_kafka_log_again(ngx_trade_kafka_t *kafka)
{
    ngx_uint_t  level;

    level = ngx_trade_kafka_log_news(kafka, "all partitions take events again")
            ? NGX_LOG_NOTICE : NGX_LOG_DEBUG;

    ngx_log_error(level, kafka->log, 0,
                  "kafka \"%V\": all partitions of topic \"%V\" take events "
                  "again", &kafka->conf->name, &kafka->conf->topic);
}


/*
 * Names librdkafka's last error as the cause, as it says more than what
 * followed from it
 */

static void
ngx_trade_kafka_log_begin(ngx_trade_kafka_t *kafka, const char *cause)
{
    ngx_trade_topic_t  *shared;

    shared = kafka->conf->shared;

    if (!ngx_atomic_cmp_set(&shared->outage, 0, ngx_current_msec)) {
        return;
    }

    shared->outage_said = ngx_current_msec;

    if (kafka->cause_at && ngx_current_msec - kafka->cause_at
                           < 10 * NGX_TRADE_KAFKA_LOG_HOLD_MS)
    {
        cause = kafka->cause;
        kafka->unsaid = 0;
    }

    ngx_log_error(NGX_LOG_ERR, kafka->log, 0,
                  "kafka \"%V\": an outage begins, Kafka takes no events: %s; "
                  "orders are answered 202, are safe in Redis, and are "
                  "published when it is over; check the brokers",
                  &kafka->conf->name, cause);
}


/*
 * An answer to a question that was asked before the outage began does not end
 * it
 */

void
ngx_trade_kafka_log_alive(ngx_trade_kafka_t *kafka, ngx_uint_t acked,
    ngx_msec_t asked)
{
    ngx_uint_t          pending;
    ngx_trade_topic_t  *shared;
    ngx_atomic_uint_t   began;

    shared = kafka->conf->shared;

    if (acked) {
        shared->acked_at = ngx_current_msec;
    }

    began = shared->outage;

    if (began == 0
        || ngx_current_msec - began < NGX_TRADE_KAFKA_LOG_LATE_MS
        || (!acked && (ngx_msec_int_t) (asked - began) < 0))
    {
        return;
    }

    pending = ngx_trade_backlog_pending(kafka->conf->zone);

    if ((!acked && shared->outage_stall && pending)
        || !ngx_atomic_cmp_set(&shared->outage, began, 0))
    {
        return;
    }

    shared->outage_stall = 0;

    ngx_log_error(NGX_LOG_NOTICE, kafka->log, 0,
                  "kafka \"%V\": the outage is over after %M ms, %ui events "
                  "that wait in Redis are published now", &kafka->conf->name,
                  (ngx_msec_t) (ngx_current_msec - began), pending);
}


void
ngx_trade_kafka_log_poll(ngx_trade_kafka_t *kafka)
{
    ngx_msec_t          age, pause;
    ngx_trade_topic_t  *shared;
    ngx_atomic_uint_t   began, said;

    if (kafka->unsaid && ngx_current_msec - kafka->cause_at
                         >= NGX_TRADE_KAFKA_LOG_HOLD_MS)
    {
        kafka->unsaid = 0;
        ngx_trade_kafka_log_client(kafka, NGX_LOG_ERR, kafka->cause);
    }

    shared = kafka->conf->shared;
    began = shared->outage;
    said = shared->outage_said;

    if (began == 0) {
        return;
    }

    age = ngx_current_msec - began;
    pause = ngx_min(ngx_max(age / 2, NGX_TRADE_KAFKA_LOG_MIN),
                    NGX_TRADE_KAFKA_LOG_MAX);

    if (ngx_current_msec - said < pause
        || !ngx_atomic_cmp_set(&shared->outage_said, said, ngx_current_msec))
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                  "kafka \"%V\": the outage lasts for %M s, %ui events wait, "
                  "safe in Redis", &kafka->conf->name, age / 1000,
                  ngx_trade_backlog_pending(kafka->conf->zone));
}
