/*
 * The bare loop: no HTTP, no JSON, no test of an order, no ack.  One connection
 * to Redis, and a producer with the properties of the gateway's.  A record has
 * no key, so librdkafka fills a batch of one partition after the other, as the
 * gateway does.
 */

#include "kafka.h"
#include "rate.h"

#include <hiredis/hiredis.h>
#include <stdint.h>
#include <sys/eventfd.h>


/* as many bytes as an order of one item takes */
#define BARE_RECORD  420                /* in Kafka: key, headers, payload */
#define BARE_ORDER   250                /* in Redis */


typedef struct {
    rate_t            *rate;
    long               skus;
    const char        *run;
    long               placed;          /* replies of the script */
    char               sha[41];
    redisContext      *redis;
    rd_kafka_t        *kafka;
    rd_kafka_topic_t  *topic;
} bare_t;


static void
bare_delivered(rd_kafka_t *kafka, const rd_kafka_message_t *message,
    void *opaque)
{
    bare_t  *bare = opaque;

    (void) kafka;

    rate_ended(bare->rate, (long) (intptr_t) message->_private,
               message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
}


/* The eventfd that tells of delivery reports. */

static int
bare_kafka(bare_t *bare, const char *brokers, const char *topic)
{
    int                fd;
    rd_kafka_queue_t  *queue;

    static const uint64_t  one = 1;

    bare->kafka = bench_kafka(brokers, "true", bare_delivered, bare);
    bare->topic = rd_kafka_topic_new(bare->kafka, topic, NULL);
    fd = eventfd(0, EFD_NONBLOCK);

    if (bare->topic == NULL || fd == -1) {
        bench_die("no topic, or no eventfd");
    }

    queue = rd_kafka_queue_get_main(bare->kafka);
    rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof(one));
    rd_kafka_queue_destroy(queue);

    return fd;
}


static void
bare_redis(bare_t *bare, int port, const char *script)
{
    char        *text;
    FILE        *f;
    size_t       len;
    redisReply  *reply;

    text = malloc(16384);
    f = fopen(script, "r");
    if (text == NULL || f == NULL) {
        bench_die("no script there");
    }

    len = fread(text, 1, 16384, f);
    fclose(f);

    bare->redis = redisConnect("127.0.0.1", port);
    if (bare->redis == NULL || bare->redis->err) {
        bench_die("no Redis there");
    }

    reply = redisCommand(bare->redis, "SCRIPT LOAD %b", text, len);
    if (reply == NULL || reply->type != REDIS_REPLY_STRING) {
        bench_die("the script is refused");
    }

    memcpy(bare->sha, reply->str, sizeof(bare->sha));
    freeReplyObject(reply);
    free(text);
}


/* Appends the script's call for the next order. */

static void
bare_call(bare_t *bare)
{
    long  n, sku;
    char  record[BARE_ORDER + 1], due[32], id[64];

    n = bare->rate->sent++;
    sku = random() % bare->skus;

    memset(record, 'x', BARE_ORDER);
    record[BARE_ORDER] = '\0';
    snprintf(id, sizeof(id), "%s-%ld", bare->run, n);
    snprintf(due, sizeof(due), "%lld", 1000LL * time(NULL) + 7000);

    redisAppendCommand(bare->redis, "EVALSHA %s 5 {s%ld}:slot {s%ld}:due "
                       "{s%ld}:order:%s {s%ld}:key:%s {s%ld}:bought %s u%ld "
                       "%s %s", bare->sha, sku, sku, sku, id, sku, id, sku, id,
                       random() % 1000000, due, record);
}


static void
bare_flush(bare_t *bare)
{
    int  done = 0;

    while (!done) {
        if (redisBufferWrite(bare->redis, &done) != REDIS_OK) {
            bench_die(bare->redis->errstr);
        }
    }
}


static void
bare_produce(bare_t *bare)
{
    char  record[BARE_RECORD];

    memset(record, 'x', sizeof(record));

    if (rd_kafka_produce(bare->topic, RD_KAFKA_PARTITION_UA,
                         RD_KAFKA_MSG_F_COPY, record, sizeof(record), NULL, 0,
                         (void *) (intptr_t) bare->placed++)
        != 0)
    {
        bench_die("a record can't be produced");
    }
}


static void
bare_replies(bare_t *bare)
{
    redisReply  *reply;

    if (redisBufferRead(bare->redis) != REDIS_OK) {
        bench_die(bare->redis->errstr);
    }

    for ( ;; ) {
        if (redisGetReplyFromReader(bare->redis, (void **) &reply)
            != REDIS_OK)
        {
            bench_die(bare->redis->errstr);
        }

        if (reply == NULL) {
            return;
        }

        if (reply->type != REDIS_REPLY_STATUS) {
            bench_die(reply->str ? reply->str : "unexpected reply");
        }

        freeReplyObject(reply);
        bare_produce(bare);
    }
}


void
rate_bare(rate_t *rate, int argc, char **argv)
{
    bare_t         bare;
    uint64_t       events;
    struct pollfd  fds[2];

    if (argc != 6) {
        bench_die("usage: rate bare RATE SECONDS REDIS_PORT BROKERS TOPIC "
                  "SCRIPT SKUS RUN");
    }

    memset(&bare, 0, sizeof(bare));
    bare.rate = rate;
    bare.skus = atol(argv[4]);
    bare.run = argv[5];
    bare_redis(&bare, atoi(argv[0]), argv[3]);

    fds[0].fd = bare.redis->fd;
    fds[1].fd = bare_kafka(&bare, argv[1], argv[2]);
    fds[0].events = fds[1].events = POLLIN;

    while (rate->ended < rate->count) {

        if (rate_due(rate)) {
            do {
                bare_call(&bare);
            } while (rate_due(rate));

            bare_flush(&bare);
        }

        rate_wait(rate, fds, 2, 1);

        if (fds[0].revents) {
            bare_replies(&bare);
        }

        if (fds[1].revents && read(fds[1].fd, &events, sizeof(events)) > 0) {
            rd_kafka_poll(bare.kafka, 0);
        }
    }

    rd_kafka_topic_destroy(bare.topic);
    rd_kafka_destroy(bare.kafka);
    redisFree(bare.redis);
}
