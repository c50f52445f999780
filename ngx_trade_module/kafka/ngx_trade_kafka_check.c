/*
 * Asks for the settings of the topic when a worker starts, and now and then.
 * One worker logs the settings that are dangerous although orders go in.
 */

#include "ngx_trade_kafka_producer.h"


#define NGX_TRADE_KAFKA_CHECK_MS    60000   /* after an answer */
#define NGX_TRADE_KAFKA_CHECK_AGAIN 10000   /* after no answer */


static void ngx_trade_kafka_check_ask(ngx_trade_kafka_t *kafka);
static ngx_int_t ngx_trade_kafka_check_read(rd_kafka_event_t *event,
    ngx_trade_kafka_topic_t *topic);
static void ngx_trade_kafka_check_say(ngx_trade_kafka_t *kafka,
    ngx_trade_kafka_topic_t *topic);


void
ngx_trade_kafka_check(ngx_trade_kafka_t *kafka)
{
    ngx_int_t                 rc;
    ngx_uint_t                news;
    rd_kafka_event_t         *event;
    ngx_trade_kafka_topic_t   topic;

    if (kafka->current == NULL) {
        return;
    }

    if (kafka->check == NULL) {
        if ((ngx_msec_int_t) (ngx_current_msec - kafka->check_at) >= 0) {
            ngx_trade_kafka_check_ask(kafka);
        }

        return;
    }

    event = rd_kafka_queue_poll(kafka->check, 0);
    if (event == NULL) {
        return;
    }

    rc = ngx_trade_kafka_check_read(event, &topic);

    rd_kafka_event_destroy(event);
    ngx_trade_kafka_check_end(kafka);

    kafka->check_at = ngx_current_msec
                      + (rc == NGX_OK ? NGX_TRADE_KAFKA_CHECK_MS
                                      : NGX_TRADE_KAFKA_CHECK_AGAIN);
    if (rc != NGX_OK) {
        return;
    }

    news = !kafka->checked || ngx_memcmp(&topic, &kafka->topic,
                                         sizeof(ngx_trade_kafka_topic_t));
    kafka->checked = 1;
    kafka->topic = topic;

    if (news && ngx_worker == 0) {
        ngx_trade_kafka_check_say(kafka, &topic);
    }
}


void
ngx_trade_kafka_check_end(ngx_trade_kafka_t *kafka)
{
    if (kafka->check) {
        rd_kafka_queue_destroy(kafka->check);
        kafka->check = NULL;
    }
}


static void
ngx_trade_kafka_check_ask(ngx_trade_kafka_t *kafka)
{
    rd_kafka_ConfigResource_t  *resource;

    resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
                                           (char *) kafka->conf->topic.data);
    if (resource == NULL) {
        return;
    }

    kafka->check = rd_kafka_queue_new(kafka->current->rk);
    rd_kafka_DescribeConfigs(kafka->current->rk, &resource, 1, NULL,
                             kafka->check);
    rd_kafka_ConfigResource_destroy(resource);
}


static ngx_int_t
ngx_trade_kafka_check_read(rd_kafka_event_t *event,
    ngx_trade_kafka_topic_t *topic)
{
    size_t                                   i, n;
    const char                              *name, *value;
    const rd_kafka_ConfigEntry_t           **entry;
    const rd_kafka_ConfigResource_t        **resource;
    const rd_kafka_DescribeConfigs_result_t *result;

    result = rd_kafka_event_DescribeConfigs_result(event);

    if (result == NULL
        || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        return NGX_DECLINED;
    }

    resource = rd_kafka_DescribeConfigs_result_resources(result, &n);

    if (n != 1 || rd_kafka_ConfigResource_error(resource[0])
                  != RD_KAFKA_RESP_ERR_NO_ERROR)
    {
        return NGX_DECLINED;
    }

    ngx_memzero(topic, sizeof(ngx_trade_kafka_topic_t));
    entry = rd_kafka_ConfigResource_configs(resource[0], &n);

    for (i = 0; i < n; i++) {
        name = rd_kafka_ConfigEntry_name(entry[i]);
        value = rd_kafka_ConfigEntry_value(entry[i]);

        if (value == NULL) {
            continue;
        }

        if (ngx_strcmp(name, "min.insync.replicas") == 0) {
            topic->min_insync = strtoll(value, NULL, 10);

        } else if (ngx_strcmp(name, "retention.ms") == 0) {
            topic->retention = strtoll(value, NULL, 10);

        } else if (ngx_strcmp(name, "max.message.bytes") == 0) {
            topic->max_bytes = strtoull(value, NULL, 10);

        } else if (ngx_strcmp(name, "cleanup.policy") == 0) {
            topic->compacted = ngx_strstr(value, "compact") != NULL;
        }
    }

    return NGX_OK;
}


static void
ngx_trade_kafka_check_say(ngx_trade_kafka_t *kafka,
    ngx_trade_kafka_topic_t *topic)
{
    ngx_trade_kafka_conf_t  *conf;

    conf = kafka->conf;

    if (topic->min_insync < 2 && ngx_strchr(conf->brokers.data, ',')) {
        ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                      "kafka \"%V\": topic \"%V\" has min.insync.replicas %i: "
                      "an acknowledged order may be on one broker only; set "
                      "it to 2 or more",
                      &conf->name, &conf->topic, topic->min_insync);
    }

    if (topic->retention >= 0
        && (conf->keep == 0 || (ngx_msec_t) topic->retention < conf->keep))
    {
        ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                      "kafka \"%V\": topic \"%V\" is kept for %i s, orders in "
                      "Redis longer: they could not be restored from it; "
                      "raise its retention.ms",
                      &conf->name, &conf->topic, topic->retention / 1000);
    }

    if (topic->compacted) {
        ngx_log_error(NGX_LOG_WARN, kafka->log, 0,
                      "kafka \"%V\": topic \"%V\" is compacted: events of an "
                      "order, and of a SKU's stock, get lost; set its "
                      "cleanup.policy to delete", &conf->name,
                      &conf->topic);
    }
}
