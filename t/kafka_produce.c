/*
 * kafka_produce BROKERS TOPIC: produces records as the gateway would, or as it
 * never would.  A line of stdin is one: key, headers name=value and value,
 * with tabs between them; %XX is a byte, and a value of "-" alone is null.
 */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define PRODUCE_FIELDS  32


static int produce_failed;


static int produce_line(rd_kafka_t *rk, const char *topic, char *line);
static rd_kafka_headers_t *produce_headers(char **fields, int n);
static size_t produce_decode(char *s);
static void produce_report(rd_kafka_t *rk, const rd_kafka_message_t *m,
    void *data);


int
main(int argc, char **argv)
{
    char             *line, why[256];
    size_t            size;
    rd_kafka_t       *rk;
    rd_kafka_conf_t  *conf;

    if (argc != 3) {
        fprintf(stderr, "usage: kafka_produce BROKERS TOPIC\n");
        return 2;
    }

    conf = rd_kafka_conf_new();
    (void) rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], NULL, 0);
    (void) rd_kafka_conf_set(conf, "enable.idempotence", "true", NULL, 0);
    (void) rd_kafka_conf_set(conf, "partitioner", "murmur2_random", NULL, 0);
    rd_kafka_conf_set_dr_msg_cb(conf, produce_report);

    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (rk == NULL) {
        fprintf(stderr, "kafka_produce: %s\n", why);
        return 1;
    }

    line = NULL;
    size = 0;

    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';

        if (produce_line(rk, argv[2], line) != 0) {
            produce_failed = 1;
            break;
        }

        (void) rd_kafka_poll(rk, 0);
    }

    free(line);

    if (rd_kafka_flush(rk, 30000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        produce_failed = 1;
    }

    rd_kafka_destroy(rk);

    return produce_failed;
}


static int
produce_line(rd_kafka_t *rk, const char *topic, char *line)
{
    int                   n;
    char                 *fields[PRODUCE_FIELDS], *value;
    size_t                key_len, len;
    rd_kafka_resp_err_t   err;

    n = 0;

    while (n < PRODUCE_FIELDS && line) {
        fields[n++] = strsep(&line, "\t");
    }

    if (n < 2) {
        fprintf(stderr, "kafka_produce: a key and a value expected\n");
        return -1;
    }

    value = fields[n - 1];
    key_len = produce_decode(fields[0]);
    len = produce_decode(value);

    if (strcmp(value, "-") == 0) {
        value = NULL;
        len = 0;
    }

    err = rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
                            RD_KAFKA_V_KEY(fields[0], key_len),
                            RD_KAFKA_V_VALUE(value, len),
                            RD_KAFKA_V_HEADERS(produce_headers(fields + 1,
                                                               n - 2)),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY
                                                | RD_KAFKA_MSG_F_BLOCK),
                            RD_KAFKA_V_END);

    if (err) {
        fprintf(stderr, "kafka_produce: %s\n", rd_kafka_err2str(err));
        return -1;
    }

    return 0;
}


static rd_kafka_headers_t *
produce_headers(char **fields, int n)
{
    int                  i;
    char                *name, *value;
    rd_kafka_headers_t  *headers;

    headers = rd_kafka_headers_new(n);

    for (i = 0; i < n; i++) {
        value = fields[i];
        name = strsep(&value, "=");
        (void) produce_decode(name);

        if (value) {
            (void) rd_kafka_header_add(headers, name, -1, value,
                                       produce_decode(value));
        }
    }

    return headers;
}


/* In place; a null after it. */

static size_t
produce_decode(char *s)
{
    char    hex[3] = "", *from, *to;

    for (from = to = s; *from; to++) {
        if (*from == '%' && from[1] && from[2]) {
            memcpy(hex, from + 1, 2);
            *to = strtol(hex, NULL, 16);
            from += 3;

        } else {
            *to = *from++;
        }
    }

    *to = '\0';

    return to - s;
}


static void
produce_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *data)
{
    (void) rk;
    (void) data;

    if (m->err) {
        fprintf(stderr, "kafka_produce: %s\n", rd_kafka_err2str(m->err));
        produce_failed = 1;
    }
}
