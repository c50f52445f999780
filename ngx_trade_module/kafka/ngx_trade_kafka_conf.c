#include "ngx_trade_kafka_conf.h"
#include "ngx_trade_kafka_producer.h"

#include <sys/wait.h>


static ngx_int_t ngx_trade_kafka_conf_check(ngx_conf_t *cf,
    ngx_trade_kafka_conf_t *conf);
static ngx_uint_t ngx_trade_kafka_conf_topic(ngx_str_t *topic);
static void ngx_trade_kafka_conf_partitioner(ngx_trade_kafka_conf_t *conf,
    rd_kafka_conf_t *rk);
static ngx_int_t ngx_trade_kafka_conf_bounds(ngx_conf_t *cf,
    ngx_trade_kafka_conf_t *conf, rd_kafka_conf_t *rk);
static ngx_int_t ngx_trade_kafka_conf_number(rd_kafka_conf_t *rk,
    const char *name, ngx_uint_t *value);
static ngx_int_t ngx_trade_kafka_conf_try(ngx_trade_kafka_conf_t *conf,
    char *error, size_t size);
static void ngx_trade_kafka_conf_tried(ngx_trade_kafka_conf_t *conf, int fd);


ngx_conf_enum_t  ngx_trade_kafka_conf_keys[] = {
    { ngx_string("order_id"), TRADE_RECORD_KEY_ORDER },
    { ngx_string("buyer_id"), TRADE_RECORD_KEY_BUYER },
    { ngx_null_string, 0 }
};


ngx_trade_kafka_conf_t *
ngx_trade_kafka_conf_create(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_trade_kafka_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_trade_kafka_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->name = *name;
    conf->file = cf->conf_file->file.name;
    conf->line = cf->conf_file->line;
    conf->key = NGX_CONF_UNSET_UINT;
    conf->outage = NGX_CONF_UNSET_MSEC;
    conf->queue_delay = NGX_CONF_UNSET_MSEC;

    if (ngx_array_init(&conf->properties, cf->pool, 4, sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


char *
ngx_trade_kafka_conf_done(ngx_conf_t *cf, ngx_trade_kafka_conf_t *conf)
{
    char              error[256];
    ngx_int_t         rc;
    rd_kafka_conf_t  *rk;

    ngx_conf_init_uint_value(conf->key, TRADE_RECORD_KEY_ORDER);
    ngx_conf_init_msec_value(conf->outage, 1000);
    ngx_conf_init_msec_value(conf->queue_delay, TRADE_QUEUE_DELAY_MS);

    if (conf->source.len == 0) {
        ngx_str_set(&conf->source, "/trade-gateway");
    }

    if (ngx_trade_kafka_conf_check(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_trade_kafka_conf_try(conf, error, sizeof(error)) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "in trade_kafka \"%V\": %s",
                           &conf->name, error);
        return NGX_CONF_ERROR;
    }

    rk = ngx_trade_kafka_property_conf(conf, error, sizeof(error));
    if (rk == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_trade_kafka_conf_partitioner(conf, rk);
    rc = ngx_trade_kafka_conf_bounds(cf, conf, rk);

    rd_kafka_conf_destroy(rk);

    return rc == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* Tests the block's own directives */

static ngx_int_t
ngx_trade_kafka_conf_check(ngx_conf_t *cf, ngx_trade_kafka_conf_t *conf)
{
    if (conf->brokers.len == 0 || conf->topic.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "trade_kafka \"%V\" needs \"brokers\" and \"topic\"",
                           &conf->name);
        return NGX_ERROR;
    }

    if (conf->outage == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "in trade_kafka \"%V\": \"outage\" must be more "
                           "than 0", &conf->name);
        return NGX_ERROR;
    }

    if (!ngx_trade_kafka_conf_topic(&conf->topic)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "in trade_kafka \"%V\": Kafka has no topic \"%V\": "
                           "1 to 249 of A-Z a-z 0-9 _ . -, not . or ..",
                           &conf->name, &conf->topic);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_trade_kafka_conf_partitioner(ngx_trade_kafka_conf_t *conf,
    rd_kafka_conf_t *rk)
{
    char        partitioner[64];
    size_t      size;
    ngx_uint_t  rc;

    size = sizeof(partitioner);
    rc = rd_kafka_conf_get(rk, "partitioner", partitioner, &size)
         == RD_KAFKA_CONF_OK;

    /* ids can be chosen only where the key is the id, and its hash is known */

    conf->sticky = conf->key == TRADE_RECORD_KEY_ORDER && rc
                  && ngx_strcmp(partitioner, "murmur2_random") == 0;
    conf->partitioner = ngx_trade_kafka_partition_rule(rc ? partitioner : "");
}


/* Reads the limits of the producer that the gateway relies on */

static ngx_int_t
ngx_trade_kafka_conf_bounds(ngx_conf_t *cf, ngx_trade_kafka_conf_t *conf,
    rd_kafka_conf_t *rk)
{
    if (ngx_trade_kafka_conf_number(rk, "message.timeout.ms",
                                    &conf->message_timeout)
        != NGX_OK
        || ngx_trade_kafka_conf_number(rk, "message.max.bytes",
                                       &conf->message_max)
           != NGX_OK
        || ngx_trade_kafka_conf_number(rk, "queue.buffering.max.messages",
                                       &conf->queue_max)
           != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "in trade_kafka \"%V\": message.timeout.ms, "
                           "message.max.bytes and queue.buffering.max.messages "
                           "must be bounded", &conf->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_trade_kafka_conf_topic(ngx_str_t *topic)
{
    if (topic->len > 249 || ngx_strcmp(topic->data, ".") == 0
        || ngx_strcmp(topic->data, "..") == 0)
    {
        return 0;
    }

    return topic->len == strspn((char *) topic->data,
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789_.-");
}


static ngx_int_t
ngx_trade_kafka_conf_number(rd_kafka_conf_t *rk, const char *name,
    ngx_uint_t *value)
{
    char       text[64];
    size_t     size;
    ngx_int_t  n;

    size = sizeof(text);

    if (rd_kafka_conf_get(rk, name, text, &size) != RD_KAFKA_CONF_OK) {
        return NGX_ERROR;
    }

    n = ngx_atoi((u_char *) text, size - 1);
    if (n == NGX_ERROR || n == 0) {
        return NGX_ERROR;
    }

    *value = n;

    return NGX_OK;
}


/*
 * Some errors only a producer finds.  It is made in a process of its own,
 * because it starts threads, and the process that reads the configuration will
 * fork.
 */

static ngx_int_t
ngx_trade_kafka_conf_try(ngx_trade_kafka_conf_t *conf, char *error,
    size_t size)
{
    int        fds[2];
    pid_t      pid;
    size_t     got;
    ssize_t    n;
    sigset_t   child, old;

    (void) ngx_snprintf((u_char *) error, size, "librdkafka can't be tried%Z");

    if (pipe(fds) == -1) {
        return NGX_ERROR;
    }

    /* the master's signal handler must not reap this child */

    (void) sigemptyset(&child);
    (void) sigaddset(&child, SIGCHLD);
    (void) sigprocmask(SIG_BLOCK, &child, &old);

    pid = fork();

    if (pid == 0) {
        ngx_trade_kafka_conf_tried(conf, fds[1]);
        _exit(0);
    }

    (void) close(fds[1]);

    for (got = 0; pid != -1 && got < size - 1; got += n) {
        do {
            n = read(fds[0], error + got, size - 1 - got);
        } while (n == -1 && ngx_errno == NGX_EINTR);

        if (n <= 0) {
            break;
        }
    }

    (void) close(fds[0]);

    if (got) {
        error[got] = '\0';
    }

    while (pid != -1 && waitpid(pid, NULL, 0) == -1
           && ngx_errno == NGX_EINTR)
    {
        /* void */
    }

    (void) sigprocmask(SIG_SETMASK, &old, NULL);

    return ngx_strcmp(error, "ok") == 0 ? NGX_OK : NGX_ERROR;
}


/* Runs in that process: writes "ok" to `fd`, or the error */

static void
ngx_trade_kafka_conf_tried(ngx_trade_kafka_conf_t *conf, int fd)
{
    char              error[256];
    rd_kafka_t       *rd;
    rd_kafka_conf_t  *rk;

    rk = ngx_trade_kafka_property_conf(conf, error, sizeof(error));

    if (rk == NULL) {
        rd = NULL;

    } else {
        rd = rd_kafka_new(RD_KAFKA_PRODUCER, rk, error, sizeof(error));
    }

    if (rd) {
        (void) ngx_snprintf((u_char *) error, sizeof(error),
                            rd_kafka_brokers_add(rd,
                                                 (char *) conf->brokers.data)
                            ? "ok%Z" : "no broker in \"brokers\"%Z");
    }

    (void) !write(fd, error, ngx_strlen(error));
}
