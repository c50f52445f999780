/*
 * A producer for benchmarks, acks=all and idempotent, as the gateway's is.
 */

#ifndef BENCH_KAFKA_H
#define BENCH_KAFKA_H

#include "bench.h"

#include <librdkafka/rdkafka.h>


typedef void (*bench_delivered_pt)(rd_kafka_t *rk,
    const rd_kafka_message_t *message, void *opaque);


/*
 * `nodelay` is socket.nagle.disable, "true" or "false".  `delivered` gets the
 * reports, and `opaque`.  The caller destroys the producer.
 */

static inline rd_kafka_t *
bench_kafka(const char *brokers, const char *nodelay,
    bench_delivered_pt delivered, void *opaque)
{
    char              error[256];
    size_t            i;
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    const char *const  settings[][2] = {
        { "bootstrap.servers", brokers },
        { "acks", "all" },
        { "enable.idempotence", "true" },
        { "linger.ms", "1" },
        { "socket.nagle.disable", nodelay }
    };

    conf = rd_kafka_conf_new();

    for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error,
                              sizeof(error))
            != RD_KAFKA_CONF_OK)
        {
            bench_die(error);
        }
    }

    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (rk == NULL) {
        bench_die(error);
    }

    return rk;
}


#endif /* BENCH_KAFKA_H */
