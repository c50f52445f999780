#include "dead.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define DEAD_TIMEOUT  "10000"           /* ms */


struct dead_s {
    rd_kafka_t  *rk;
    char         topic[256];
    const char  *group;
    int          failed;                /* letters, since the last flush */
};


static void dead_report(rd_kafka_t *rk, const rd_kafka_message_t *m,
    void *data);
static rd_kafka_headers_t *dead_headers(const dead_t *dead,
    const rd_kafka_message_t *m, const char *why);


dead_t *
dead_open(rd_kafka_conf_t *conf, const char *topic, const char *group)
{
    size_t   i;
    char     why[256];
    dead_t  *dead;

    /*
     * One request at a time: letters of one order stay in their order.
     * Murmur2 is the gateway's partitioner.  Errors only are logged, for the
     * settings may be a consumer's, and there is a warning for each.
     */

    static const char *const  own[][2] = {
        { "acks", "all" },
        { "max.in.flight", "1" },
        { "message.timeout.ms", DEAD_TIMEOUT },
        { "partitioner", "murmur2_random" },
        { "log_level", "3" }
    };

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        (void) rd_kafka_conf_set(conf, own[i][0], own[i][1], NULL, 0);
    }

    dead = calloc(1, sizeof(*dead));

    if (dead == NULL) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }

    dead->group = group;
    snprintf(dead->topic, sizeof(dead->topic), "%s.dead", topic);

    rd_kafka_conf_set_dr_msg_cb(conf, dead_report);
    rd_kafka_conf_set_opaque(conf, dead);

    dead->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));

    if (dead->rk == NULL) {
        fprintf(stderr, "consumer: %s\n", why);
        rd_kafka_conf_destroy(conf);
        free(dead);
        return NULL;
    }

    return dead;
}


static void
dead_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *data)
{
    dead_t  *dead = data;

    (void) rk;

    if (m->err) {
        dead->failed++;
        fprintf(stderr, "consumer: %s: %s\n", dead->topic,
                rd_kafka_err2str(m->err));
    }
}


int
dead_put(dead_t *dead, const rd_kafka_message_t *m, const char *why)
{
    rd_kafka_resp_err_t   err;
    rd_kafka_headers_t   *headers;

    fprintf(stderr, "consumer: dead letter: %s [%d] at offset %lld: %s\n",
            rd_kafka_topic_name(m->rkt), (int) m->partition,
            (long long) m->offset, why);

    for ( ;; ) {
        headers = dead_headers(dead, m, why);

        err = rd_kafka_producev(dead->rk, RD_KAFKA_V_TOPIC(dead->topic),
                                RD_KAFKA_V_KEY(m->key, m->key_len),
                                RD_KAFKA_V_VALUE(m->payload, m->len),
                                RD_KAFKA_V_HEADERS(headers),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_END);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return 0;
        }

        rd_kafka_headers_destroy(headers);

        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            fprintf(stderr, "consumer: %s: %s\n", dead->topic,
                    rd_kafka_err2str(err));
            return -1;
        }

        (void) rd_kafka_poll(dead->rk, 100);
    }
}


static rd_kafka_headers_t *
dead_headers(const dead_t *dead, const rd_kafka_message_t *m,
    const char *why)
{
    char                 number[32];
    rd_kafka_headers_t  *headers, *own;

    headers = rd_kafka_message_headers(m, &own) == RD_KAFKA_RESP_ERR_NO_ERROR
              ? rd_kafka_headers_copy(own) : rd_kafka_headers_new(5);

    (void) rd_kafka_header_add(headers, "dead_reason", -1, why, -1);
    (void) rd_kafka_header_add(headers, "dead_group", -1, dead->group, -1);
    (void) rd_kafka_header_add(headers, "dead_topic", -1,
                               rd_kafka_topic_name(m->rkt), -1);

    snprintf(number, sizeof(number), "%d", (int) m->partition);
    (void) rd_kafka_header_add(headers, "dead_partition", -1, number, -1);

    snprintf(number, sizeof(number), "%lld", (long long) m->offset);
    (void) rd_kafka_header_add(headers, "dead_offset", -1, number, -1);

    return headers;
}


int
dead_flush(dead_t *dead)
{
    int  rc;

    while (rd_kafka_flush(dead->rk, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        /* every letter has its report in DEAD_TIMEOUT */
    }

    rc = dead->failed ? -1 : 0;
    dead->failed = 0;

    return rc;
}


void
dead_close(dead_t *dead)
{
    rd_kafka_destroy(dead->rk);
    free(dead);
}
