#include "topic.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define TOPIC_TIMEOUT   10000           /* ms, of a request */
#define TOPIC_SILENCE   30              /* s without a record or an end of a
                                           partition */


typedef struct {
    int64_t            low;
    int64_t            high;
    int64_t            next;            /* the offset to read next */
    int                seen;            /* a record of it was read */
    int                started;
} topic_partition_t;


struct topic_s {
    rd_kafka_t         *rk;
    rd_kafka_topic_t   *rkt;
    rd_kafka_queue_t   *queue;
    const char         *name;
    topic_partition_t  *partitions;
    int                 n;
    int                 left;           /* partitions not yet at their end */
    uint64_t            starts;
};


static rd_kafka_conf_t *topic_conf(const char *brokers, char **properties,
    size_t n);
static int topic_find(topic_t *topic);
static int topic_watermarks(topic_t *topic);
static int topic_take(topic_t *topic, rd_kafka_message_t *m,
    topic_event_pt handler, void *data);
static int topic_event(const rd_kafka_message_t *m, trade_event_t *event);
static void topic_log(const rd_kafka_t *rk, int level, const char *fac,
    const char *text);


topic_t *
topic_open(const char *brokers, const char *name, char **properties, size_t n)
{
    char              why[512];
    topic_t          *topic;
    rd_kafka_conf_t  *conf;

    topic = calloc(1, sizeof(*topic));
    conf = topic_conf(brokers, properties, n);

    if (topic == NULL || conf == NULL) {
        free(topic);
        return NULL;
    }

    topic->name = name;
    topic->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));

    if (topic->rk == NULL) {
        fprintf(stderr, "tradectl: Kafka: %s\n", why);
        rd_kafka_conf_destroy(conf);
        free(topic);
        return NULL;
    }

    topic->rkt = rd_kafka_topic_new(topic->rk, name, NULL);
    topic->queue = rd_kafka_queue_new(topic->rk);

    if (topic->rkt == NULL || topic_find(topic) != 0) {
        topic_close(topic);
        return NULL;
    }

    return topic;
}


static rd_kafka_conf_t *
topic_conf(const char *brokers, char **properties, size_t n)
{
    char             *value, why[512];
    size_t            i;
    rd_kafka_conf_t  *conf;

    static const char *const  own[][2] = {
        { "client.id", "tradectl" },
        { "enable.partition.eof", "true" },
        { "enable.auto.commit", "false" },
        { "allow.auto.create.topics", "false" },
        { "auto.offset.reset", "error" },
        { "isolation.level", "read_uncommitted" },  /* does not wait */
        { "check.crcs", "true" }
    };

    conf = rd_kafka_conf_new();

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        (void) rd_kafka_conf_set(conf, own[i][0], own[i][1], NULL, 0);
    }

    rd_kafka_conf_set_log_cb(conf, topic_log);

    for (i = 0; i < n; i++) {
        value = strchr(properties[i], '=');

        if (value == NULL) {
            fprintf(stderr, "tradectl: -X %s: name=value expected\n",
                    properties[i]);
            rd_kafka_conf_destroy(conf);
            return NULL;
        }

        *value++ = '\0';

        if (rd_kafka_conf_set(conf, properties[i], value, why, sizeof(why))
            != RD_KAFKA_CONF_OK)
        {
            fprintf(stderr, "tradectl: -X %s=%s: %s\n", properties[i], value,
                    why);
            rd_kafka_conf_destroy(conf);
            return NULL;
        }
    }

    (void) rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);

    return conf;
}


static void
topic_log(const rd_kafka_t *rk, int level, const char *fac, const char *text)
{
    (void) rk;
    (void) fac;

    if (level <= 4) {                   /* as syslog's levels: a warning */
        fprintf(stderr, "tradectl: Kafka: %s\n", text);
    }
}


static int
topic_find(topic_t *topic)
{
    const char                  *why;
    rd_kafka_resp_err_t          err;
    const rd_kafka_metadata_t   *metadata;

    err = rd_kafka_metadata(topic->rk, 0, topic->rkt, &metadata,
                            TOPIC_TIMEOUT);
    if (err) {
        fprintf(stderr, "tradectl: Kafka does not answer: %s\n",
                rd_kafka_err2str(err));
        return -1;
    }

    why = NULL;

    if (metadata->topic_cnt != 1) {
        why = "unknown";

    } else if (metadata->topics[0].err) {
        why = rd_kafka_err2str(metadata->topics[0].err);

    } else {
        topic->n = metadata->topics[0].partition_cnt;
    }

    rd_kafka_metadata_destroy(metadata);

    if (why == NULL && topic->n > 0) {
        topic->partitions = calloc(topic->n, sizeof(*topic->partitions));
        why = topic->partitions ? NULL : "out of memory";
    }

    if (why || topic->n <= 0) {
        fprintf(stderr, "tradectl: topic %s: %s\n", topic->name,
                why ? why : "no partitions");
        return -1;
    }

    return 0;
}


void
topic_close(topic_t *topic)
{
    int  i;

    for (i = 0; i < topic->n && topic->partitions; i++) {
        if (topic->partitions[i].started) {
            (void) rd_kafka_consume_stop(topic->rkt, i);
        }
    }

    rd_kafka_queue_destroy(topic->queue);

    if (topic->rkt) {
        rd_kafka_topic_destroy(topic->rkt);
    }

    rd_kafka_destroy(topic->rk);
    free(topic->partitions);
    free(topic);
}


int
topic_read(topic_t *topic, topic_event_pt handler, void *data)
{
    int                  i, rc;
    time_t               last;
    topic_partition_t   *p;
    rd_kafka_message_t  *m;

    if (topic_watermarks(topic) != 0) {
        return -1;
    }

    for (i = 0; i < topic->n; i++) {
        p = &topic->partitions[i];

        if (p->low >= p->high) {
            continue;
        }

        if (rd_kafka_consume_start_queue(topic->rkt, i, p->low, topic->queue)
            != 0)
        {
            fprintf(stderr, "tradectl: topic %s, partition %d: %s\n",
                    topic->name, i,
                    rd_kafka_err2str(rd_kafka_last_error()));
            return -1;
        }

        p->started = 1;
        topic->left++;
    }

    last = time(NULL);
    rc = 0;

    while (topic->left && rc == 0) {
        (void) rd_kafka_poll(topic->rk, 0);
        m = rd_kafka_consume_queue(topic->queue, 1000);

        if (m) {
            last = time(NULL);
            rc = topic_take(topic, m, handler, data);
            rd_kafka_message_destroy(m);

        } else if (time(NULL) - last > TOPIC_SILENCE) {
            fprintf(stderr, "tradectl: topic %s: no record came for %d s, "
                    "and %d partitions are not read to their end\n",
                    topic->name, TOPIC_SILENCE, topic->left);
            rc = -1;
        }
    }

    return rc;
}


static int
topic_watermarks(topic_t *topic)
{
    int                   i;
    topic_partition_t    *p;
    rd_kafka_resp_err_t   err;

    for (i = 0; i < topic->n; i++) {
        p = &topic->partitions[i];

        err = rd_kafka_query_watermark_offsets(topic->rk, topic->name, i,
                                               &p->low, &p->high,
                                               TOPIC_TIMEOUT);
        if (err) {
            fprintf(stderr, "tradectl: topic %s, partition %d: %s\n",
                    topic->name, i, rd_kafka_err2str(err));
            return -1;
        }

        p->next = p->low;

        if (p->low > 0 && p->low == p->high) {
            topic->starts = UINT64_MAX;
        }
    }

    return 0;
}


static int
topic_take(topic_t *topic, rd_kafka_message_t *m, topic_event_pt handler,
    void *data)
{
    int64_t              time;
    trade_event_t        event;
    topic_partition_t   *p;

    if (m->partition < 0 || m->partition >= topic->n) {
        fprintf(stderr, "tradectl: topic %s: %s\n", topic->name,
                rd_kafka_message_errstr(m));
        return -1;
    }

    p = &topic->partitions[m->partition];

    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        topic->left -= p->next < p->high;
        p->next = p->high;
        return 0;
    }

    if (m->err) {
        fprintf(stderr, "tradectl: topic %s, partition %d: %s\n", topic->name,
                (int) m->partition, rd_kafka_message_errstr(m));
        return -1;
    }

    if (p->next >= p->high || m->offset >= p->high) {
        topic->left -= p->next < p->high;
        p->next = p->high;
        return 0;
    }

    if (p->low > 0 && !p->seen) {
        time = rd_kafka_message_timestamp(m, NULL);

        if (time < 0) {
            topic->starts = UINT64_MAX;

        } else if ((uint64_t) time > topic->starts) {
            topic->starts = time;
        }
    }

    p->seen = 1;
    p->next = m->offset + 1;
    topic->left -= p->next >= p->high;

    return topic_event(m, &event) == 0
           ? handler(data, &event, m->partition, m->offset) : 0;
}


/* Sets the event to views into the record, with the known headers only */

static int
topic_event(const rd_kafka_message_t *m, trade_event_t *event)
{
    size_t                i, size, n;
    const char           *name;
    const void           *value;
    rd_kafka_headers_t   *headers;

    static const char *const  known[] = {
        "ce_id", "ce_type", "ce_source", "ce_specversion", "ce_subject",
        "ce_time", "ce_sequence", "content-type", "trade_versions",
        "traceparent", "tracestate"
    };

    event->key = trade_str_of(m->key, m->key_len);
    event->value = trade_str_of(m->payload, m->len);
    event->partition = m->partition + 1;
    event->nheaders = 0;

    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -1;
    }

    n = sizeof(known) / sizeof(known[0]);

    for (i = 0; i < n; i++) {
        name = known[i];

        if (rd_kafka_header_get_last(headers, name, &value, &size)
            == RD_KAFKA_RESP_ERR_NO_ERROR
            && value)
        {
            event->headers[event->nheaders].name = name;
            event->headers[event->nheaders++].value = trade_str_of(value,
                                                                   size);
        }
    }

    return event->nheaders && strcmp(event->headers[0].name, "ce_id") == 0
           ? 0 : -1;
}


uint64_t
topic_starts(const topic_t *topic)
{
    return topic->starts;
}
