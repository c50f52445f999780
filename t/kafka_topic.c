/*
 * kafka_topic BROKERS TOPIC: deletes a topic, which no tool that we have can.
 */

#include <librdkafka/rdkafka.h>
#include <stdio.h>


#define KAFKA_TOPIC_TIMEOUT  10000      /* ms */


static int kafka_topic_delete(rd_kafka_t *rk, const char *name);


int
main(int argc, char **argv)
{
    int               rc;
    char              error[256];
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    if (argc != 3) {
        fprintf(stderr, "usage: kafka_topic BROKERS TOPIC\n");
        return 2;
    }

    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], NULL, 0);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (rk == NULL) {
        fprintf(stderr, "kafka_topic: %s\n", error);
        return 1;
    }

    rc = kafka_topic_delete(rk, argv[2]);
    rd_kafka_destroy(rk);

    return rc;
}


static int
kafka_topic_delete(rd_kafka_t *rk, const char *name)
{
    int                                 rc;
    size_t                              n;
    rd_kafka_queue_t                   *queue;
    rd_kafka_event_t                   *event;
    rd_kafka_DeleteTopic_t             *topic;
    const rd_kafka_topic_result_t     **results;
    const rd_kafka_DeleteTopics_result_t  *result;

    queue = rd_kafka_queue_new(rk);
    topic = rd_kafka_DeleteTopic_new(name);

    rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
    event = rd_kafka_queue_poll(queue, KAFKA_TOPIC_TIMEOUT);

    rc = 1;
    result = event ? rd_kafka_event_DeleteTopics_result(event) : NULL;

    if (result) {
        results = rd_kafka_DeleteTopics_result_topics(result, &n);
        rc = n != 1 || rd_kafka_topic_result_error(results[0]) != 0;
    }

    if (rc) {
        fprintf(stderr, "kafka_topic: %s is not deleted\n", name);
    }

    if (event) {
        rd_kafka_event_destroy(event);
    }

    rd_kafka_DeleteTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);

    return rc;
}
