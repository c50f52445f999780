/*
 * kafka_mock: librdkafka's mock cluster as a process, two brokers, for what
 * real ones can't be made to do.  Its first line of output is its address;
 * then it takes commands, one a line, and answers each with "ok" once it is in
 * effect, or with "no".  It ends with its input.
 *
 *      topic NAME              makes a topic of two partitions, one a broker
 *      fail API CODE [COUNT]   the next requests of this kind fail so, by the
 *                              numbers of the Kafka protocol; -195: they are
 *                              not taken, and the connection is closed; not at
 *                              a broker that was ever late with that kind
 *      pass API                they do not any more
 *      late API MS             the next one is done by the broker of partition
 *                              0, which answers it, and what comes behind it
 *                              on its connection, so much later
 *      gap API CODE MS         the next one at the broker of partition 0 fails
 *                              so, and the one behind it does not; the broker
 *                              answers both so much later
 *      slow MS                 all answers from now on are so much later
 *      down, up [BROKER]       all connections are closed, none is taken; of
 *                              that broker, 1 or 2, or of both
 */

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>


#define KAFKA_MOCK_BROKERS  2
#define KAFKA_MOCK_FIRST    1               /* has partition 0 */
#define KAFKA_MOCK_ALL      -1


static int kafka_mock_do(rd_kafka_mock_cluster_t *mock, const char *line);
static int kafka_mock_fail(rd_kafka_mock_cluster_t *mock, int api, int code,
    int count);
static int kafka_mock_topic(rd_kafka_mock_cluster_t *mock, const char *name);


int
main(void)
{
    char                      line[256];
    rd_kafka_t               *rk;
    rd_kafka_conf_t          *conf;
    rd_kafka_mock_cluster_t  *mock;

    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, line, sizeof(line));
    mock = rk ? rd_kafka_mock_cluster_new(rk, KAFKA_MOCK_BROKERS) : NULL;

    if (mock == NULL) {
        fprintf(stderr, "kafka_mock: no cluster\n");
        return 1;
    }

    setvbuf(stdout, NULL, _IOLBF, 0);
    puts(rd_kafka_mock_cluster_bootstraps(mock));

    while (fgets(line, sizeof(line), stdin)) {
        puts(kafka_mock_do(mock, line) == 0 ? "ok" : "no");
    }

    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(rk);

    return 0;
}


static int
kafka_mock_do(rd_kafka_mock_cluster_t *mock, const char *line)
{
    int   n, api, value, count;
    char  word[16], name[128];

    if (sscanf(line, "topic %127s", name) == 1) {
        return kafka_mock_topic(mock, name);
    }

    count = 1;
    n = sscanf(line, "%15s %d %d %d", word, &api, &value, &count);

    if (n >= 3 && strcmp(word, "fail") == 0) {
        return kafka_mock_fail(mock, api, value, count);
    }

    if (n == 2 && strcmp(word, "pass") == 0) {
        rd_kafka_mock_clear_request_errors(mock, api);
        return 0;
    }

    if (n == 3 && strcmp(word, "late") == 0) {
        return rd_kafka_mock_broker_push_request_error_rtts(mock,
                   KAFKA_MOCK_FIRST, api, 1, RD_KAFKA_RESP_ERR_NO_ERROR,
                   value);
    }

    if (n == 4 && strcmp(word, "gap") == 0) {
        return rd_kafka_mock_broker_push_request_error_rtts(mock,
                   KAFKA_MOCK_FIRST, api, 2, (rd_kafka_resp_err_t) value,
                   count, RD_KAFKA_RESP_ERR_NO_ERROR, count);
    }

    if (n == 2 && strcmp(word, "slow") == 0) {
        return rd_kafka_mock_broker_set_rtt(mock, KAFKA_MOCK_ALL, api);
    }

    if (n <= 2 && strcmp(word, "down") == 0) {
        return rd_kafka_mock_broker_set_down(mock, n == 2 ? api
                                                          : KAFKA_MOCK_ALL);
    }

    if (n <= 2 && strcmp(word, "up") == 0) {
        return rd_kafka_mock_broker_set_up(mock, n == 2 ? api
                                                        : KAFKA_MOCK_ALL);
    }

    return -1;
}


static int
kafka_mock_topic(rd_kafka_mock_cluster_t *mock, const char *name)
{
    int  i, rc;

    rc = rd_kafka_mock_topic_create(mock, name, KAFKA_MOCK_BROKERS, 1);

    for (i = 0; rc == 0 && i < KAFKA_MOCK_BROKERS; i++) {
        rc = rd_kafka_mock_partition_set_leader(mock, name, i,
                                                KAFKA_MOCK_FIRST + i);
    }

    return rc;
}


static int
kafka_mock_fail(rd_kafka_mock_cluster_t *mock, int api, int code, int count)
{
    rd_kafka_resp_err_t  err;

    for (err = code; count > 0; count--) {
        rd_kafka_mock_push_request_errors_array(mock, api, 1, &err);
    }

    return 0;
}
