/*
 * Measures how much Kafka can take: a bare producer, acks=all, idempotent, a
 * number of messages outstanding.
 *
 *      producer BROKERS TOPIC OUTSTANDING SECONDS PID
 *
 * Prints messages a second, latencies, and the CPU of this process and of the
 * broker in microseconds a message.
 */

#include "kafka.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>


#define RECORD_SIZE  350
#define LATENCIES    10000000


typedef struct {
    float   *latency;                   /* s */
    long     done;
    long     failed;
} producer_t;


static double
cpu_self(void)
{
    struct rusage  r;

    getrusage(RUSAGE_SELF, &r);

    return r.ru_utime.tv_sec + r.ru_stime.tv_sec
           + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}


static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    double       sent;
    producer_t  *producer = opaque;

    (void) rk;

    memcpy(&sent, message->payload, sizeof(sent));
    producer->failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;

    if (producer->done < LATENCIES) {
        producer->latency[producer->done] = (float) (bench_now() - sent);
    }

    producer->done++;
}


/* Keeps `outstanding` records under way until `end` */

static void
produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, producer_t *producer,
    long *sent, long outstanding, double end)
{
    char    record[RECORD_SIZE], key[32];
    double  t;

    memset(record, 'x', sizeof(record));

    while ((t = bench_now()) < end) {

        while (*sent - producer->done < outstanding) {
            memcpy(record, &t, sizeof(t));
            snprintf(key, sizeof(key), "%030ld", *sent);

            if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA,
                                 RD_KAFKA_MSG_F_COPY, record, sizeof(record),
                                 key, strlen(key), NULL)
                != 0)
            {
                break;
            }

            (*sent)++;
        }

        rd_kafka_poll(rk, 1);
    }
}


static int
cmp(const void *one, const void *two)
{
    float  a = *(const float *) one, b = *(const float *) two;

    return (a > b) - (a < b);
}


int
main(int argc, char **argv)
{
    long               sent, outstanding, pid, n;
    float             *latency;
    double             seconds, self, broker, start;
    rd_kafka_t        *rk;
    producer_t         producer = { NULL, 0, 0 };
    rd_kafka_topic_t  *topic;

    if (argc != 6) {
        bench_die("usage: producer BROKERS TOPIC OUTSTANDING SECONDS PID");
    }

    outstanding = atol(argv[3]);
    seconds = atof(argv[4]);
    pid = atol(argv[5]);
    producer.latency = malloc(LATENCIES * sizeof(float));

    rk = bench_kafka(argv[1], "false", delivered, &producer);
    topic = rd_kafka_topic_new(rk, argv[2], NULL);
    if (producer.latency == NULL || topic == NULL) {
        bench_die("out of memory");
    }

    sent = 0;
    /* warm */
    produce(rk, topic, &producer, &sent, outstanding, bench_now() + 1);

    n = producer.done;
    self = cpu_self();
    broker = bench_cpu(pid);
    start = bench_now();

    produce(rk, topic, &producer, &sent, outstanding, start + seconds);

    seconds = bench_now() - start;
    self = cpu_self() - self;
    broker = bench_cpu(pid) - broker;
    latency = producer.latency + n;
    n = producer.done - n;

    qsort(latency, n, sizeof(float), cmp);

    printf("{\"rate\":%.0f,\"p50\":%.0f,\"p99\":%.0f,\"client\":%.1f,"
           "\"kafka\":%.1f,\"failed\":%ld}\n", n / seconds,
           latency[n / 2] * 1e6, latency[n * 99 / 100] * 1e6,
           self / n * 1e6, broker / n * 1e6, producer.failed);

    rd_kafka_flush(rk, 1000);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    free(producer.latency);

    return 0;
}
