/*
 * kafka_delete BROKERS TOPIC PARTITION OFFSET: deletes the records before that
 * offset, as retention does in time; -1 for all that are there.
 */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>


int
main(int argc, char **argv)
{
    char                               why[512];
    int                                rc;
    rd_kafka_t                        *rk;
    rd_kafka_event_t                  *event;
    rd_kafka_queue_t                  *queue;
    rd_kafka_conf_t                   *conf;
    rd_kafka_DeleteRecords_t          *del;
    rd_kafka_topic_partition_list_t   *list;
    const rd_kafka_topic_partition_t  *result;

    if (argc != 5) {
        fprintf(stderr, "usage: kafka_delete BROKERS TOPIC PARTITION "
                "OFFSET\n");
        return 2;
    }

    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], NULL, 0);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (rk == NULL) {
        fprintf(stderr, "kafka_delete: %s\n", why);
        return 1;
    }

    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, argv[2], atoi(argv[3]))->offset
        = atoll(argv[4]) < 0 ? RD_KAFKA_OFFSET_END : atoll(argv[4]);

    del = rd_kafka_DeleteRecords_new(list);
    queue = rd_kafka_queue_new(rk);

    rd_kafka_DeleteRecords(rk, &del, 1, NULL, queue);
    event = rd_kafka_queue_poll(queue, 30000);

    rc = event == NULL || rd_kafka_event_error(event);

    if (rc == 0) {
        result = rd_kafka_DeleteRecords_result_offsets(
                     rd_kafka_event_DeleteRecords_result(event))->elems;
        rc = result->err != 0;
    }

    fprintf(stderr, "%s", rc ? "kafka_delete: failed\n" : "");

    rd_kafka_event_destroy(event);
    rd_kafka_DeleteRecords_destroy(del);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);

    return rc;
}
