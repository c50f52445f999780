/*
 * How large the batches of a producer are: smaller than the topic's limit, if
 * that is known, and after a refusal so small that one record holds up no
 * others.
 */

#include "ngx_trade_kafka_producer.h"
#include "ngx_trade_timer.h"

#include <zlib.h>


/* of a record, headers and framing: more than our events have */
#define NGX_TRADE_KAFKA_BATCH_FRAME  640


static void ngx_trade_kafka_batch_name(ngx_trade_kafka_t *kafka,
    const rd_kafka_message_t *message);


void
ngx_trade_kafka_batch_set(ngx_trade_kafka_producer_t *producer,
    rd_kafka_conf_t *conf)
{
    char                text[NGX_INT_T_LEN + 1];
    size_t              size;
    ngx_int_t           set;
    ngx_trade_kafka_t  *kafka;

    kafka = producer->kafka;
    size = sizeof(text);

    if (rd_kafka_conf_get(conf, "batch.size", text, &size)
        != RD_KAFKA_CONF_OK)
    {
        return;
    }

    set = ngx_atoi((u_char *) text, ngx_strlen(text));

    if (set != NGX_ERROR) {
        producer->batch_set = set;
        producer->batch_bytes = trade_batch_size_bytes(set,
                                                       kafka->topic.max_bytes);

        (void) ngx_sprintf((u_char *) text, "%uz%Z", producer->batch_bytes);
        (void) rd_kafka_conf_set(conf, "batch.size", text, NULL, 0);
    }

    producer->batch_most = kafka->batch_size.most;

    if (producer->batch_most) {
        (void) ngx_sprintf((u_char *) text, "%uz%Z", producer->batch_most);
        (void) rd_kafka_conf_set(conf, "batch.num.messages", text, NULL, 0);
    }
}


ngx_uint_t
ngx_trade_kafka_batch_changed(ngx_trade_kafka_t *kafka)
{
    ngx_trade_kafka_producer_t  *current;

    current = kafka->current;

    if (current == NULL) {
        return 0;
    }

    (void) trade_batch_size_grow(&kafka->batch_size, ngx_current_msec);

    return current->batch_most != kafka->batch_size.most
           || current->batch_bytes
              != trade_batch_size_bytes(current->batch_set,
                                        kafka->topic.max_bytes);
}


void
ngx_trade_kafka_batch_refused(ngx_trade_kafka_producer_t *producer,
    const rd_kafka_message_t *message)
{
    size_t              limit;
    ngx_trade_kafka_t  *kafka;

    kafka = producer->kafka;
    limit = kafka->topic.max_bytes;

    if (producer->batch_most == 1
        || (limit && message->len + message->key_len
                     + NGX_TRADE_KAFKA_BATCH_FRAME > limit))
    {
        ngx_trade_kafka_batch_name(kafka, message);
        return;
    }

    /*
     * a producer that is being replaced sent its records before the new bounds
     */

    if (producer != kafka->current
        || producer->batch_most != kafka->batch_size.most)
    {
        return;
    }

    trade_batch_size_refused(&kafka->batch_size, ngx_current_msec);
    kafka->check_at = ngx_current_msec;

    ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                  "kafka \"%V\": topic \"%V\" has refused a batch as too "
                  "large: batches are limited to %uz events now, and "
                  "grow again; their orders stay due", &kafka->conf->name,
                  &kafka->conf->topic, kafka->batch_size.most);

    ngx_trade_timer_set(&kafka->poll, 1);
}


/* Names a record once: it is refused again each time that it is tried */

static void
ngx_trade_kafka_batch_name(ngx_trade_kafka_t *kafka,
    const rd_kafka_message_t *message)
{
    size_t               len;
    uint32_t             crc;
    ngx_uint_t           n;
    const void          *id;
    ngx_trade_topic_t   *shared;
    rd_kafka_headers_t  *headers;

    if (rd_kafka_message_headers(message, &headers)
        != RD_KAFKA_RESP_ERR_NO_ERROR
        || rd_kafka_header_get_last(headers, "ce_id", &id, &len)
           != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        id = message->key;
        len = message->key_len;
    }

    shared = kafka->conf->shared;
    crc = crc32(0, id, len);
    n = crc % (sizeof(shared->large) / sizeof(shared->large[0]));

    if (shared->large[n] == crc) {
        return;
    }

    shared->large[n] = crc;

    ngx_log_error(NGX_LOG_ERR, kafka->log, 0,
                  "kafka \"%V\": event %*s of %uz bytes is larger than topic "
                  "\"%V\" takes: raise its max.message.bytes; until then the "
                  "event stays due and is tried again", &kafka->conf->name, len,
                  id, message->len, &kafka->conf->topic);
}
