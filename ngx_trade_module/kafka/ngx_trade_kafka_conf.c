#include "ngx_trade_kafka_conf.h"
#include "ngx_trade_kafka_producer.h"

#include <sys/wait.h>


static char *ngx_trade_kafka_conf_fixed(ngx_str_t *name, ngx_str_t *value);
static ngx_uint_t ngx_trade_kafka_conf_topic(ngx_str_t *topic);
static ngx_int_t ngx_trade_kafka_conf_number(rd_kafka_conf_t *rk,
    const char *name, ngx_uint_t *value);
static ngx_int_t ngx_trade_kafka_conf_set(rd_kafka_conf_t *rk,
    const ngx_keyval_t *property, ngx_uint_t n, char *error, size_t size);
static ngx_int_t ngx_trade_kafka_conf_try(ngx_trade_kafka_conf_t *conf,
    char *error, size_t size);
static void ngx_trade_kafka_conf_tried(ngx_trade_kafka_conf_t *conf, int fd);


ngx_conf_enum_t  ngx_trade_kafka_conf_keys[] = {
    { ngx_string("order_id"), TRADE_RECORD_KEY_ORDER },
    { ngx_string("buyer_id"), TRADE_RECORD_KEY_BUYER },
    { ngx_null_string, 0 }
};


/*
 * The promises rest on these properties.  A block may repeat them, but not
 * change them
 */

static const ngx_keyval_t  ngx_trade_kafka_fixed[] = {
    { ngx_string("acks"), ngx_string("all") },
    { ngx_string("request.required.acks"), ngx_string("-1") },
    { ngx_string("enable.idempotence"), ngx_string("true") },
    { ngx_string("log.queue"), ngx_string("true") },
    { ngx_string("delivery.report.only.error"), ngx_string("false") }
};

#define ngx_trade_kafka_nfixed                                                \
    (sizeof(ngx_trade_kafka_fixed) / sizeof(ngx_trade_kafka_fixed[0]))


/* A block may set these properties */

static const ngx_keyval_t  ngx_trade_kafka_defaults[] = {
    { ngx_string("message.timeout.ms"), ngx_string("4000") },
    { ngx_string("allow.auto.create.topics"), ngx_string("false") },
    { ngx_string("linger.ms"), ngx_string("1") },
    { ngx_string("reconnect.backoff.max.ms"), ngx_string("1000") },
    { ngx_string("partitioner"), ngx_string("murmur2_random") },
    { ngx_string("client.id"), ngx_string("ngx_trade_module") },
    { ngx_string("socket.nagle.disable"), ngx_string("true") }
};

#define ngx_trade_kafka_ndefaults                                             \
    (sizeof(ngx_trade_kafka_defaults) / sizeof(ngx_trade_kafka_defaults[0]))


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
    char              error[256], partitioner[64];
    size_t            size;
    ngx_int_t         rc;
    rd_kafka_conf_t  *rk;

    ngx_conf_init_uint_value(conf->key, TRADE_RECORD_KEY_ORDER);
    ngx_conf_init_msec_value(conf->outage, 1000);

    if (conf->source.len == 0) {
        ngx_str_set(&conf->source, "/trade-gateway");
    }

    if (conf->brokers.len == 0 || conf->topic.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "trade_kafka \"%V\" needs \"brokers\" and \"topic\"",
                           &conf->name);
        return NGX_CONF_ERROR;
    }

    if (conf->outage == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "in trade_kafka \"%V\": \"outage\" must be more "
                           "than 0", &conf->name);
        return NGX_CONF_ERROR;
    }

    if (!ngx_trade_kafka_conf_topic(&conf->topic)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "in trade_kafka \"%V\": Kafka has no topic \"%V\": "
                           "1 to 249 of A-Z a-z 0-9 _ . -, not . or ..",
                           &conf->name, &conf->topic);
        return NGX_CONF_ERROR;
    }

    if (ngx_trade_kafka_conf_try(conf, error, sizeof(error)) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "in trade_kafka \"%V\": %s",
                           &conf->name, error);
        return NGX_CONF_ERROR;
    }

    rk = ngx_trade_kafka_conf_properties(conf, error, sizeof(error));
    if (rk == NULL) {
        return NGX_CONF_ERROR;
    }

    /* ids can be chosen only where the key is the id, and its hash is known */

    size = sizeof(partitioner);
    rc = rd_kafka_conf_get(rk, "partitioner", partitioner, &size)
         == RD_KAFKA_CONF_OK;

    conf->steer = conf->key == TRADE_RECORD_KEY_ORDER && rc
                  && ngx_strcmp(partitioner, "murmur2_random") == 0;
    conf->partitioner = ngx_trade_kafka_partition_rule(rc ? partitioner : "");

    rc = NGX_OK;

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
        rc = NGX_ERROR;
    }

    rd_kafka_conf_destroy(rk);

    return rc == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
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


char *
ngx_trade_kafka_conf_property(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_kafka_conf_t *kconf = conf;

    char             *rv, error[256];
    ngx_str_t        *value;
    ngx_keyval_t     *property;
    rd_kafka_conf_t  *rk;

    value = cf->args->elts;

    rv = ngx_trade_kafka_conf_fixed(&value[1], &value[2]);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    rk = rd_kafka_conf_new();

    if (rd_kafka_conf_set(rk, (char *) value[1].data, (char *) value[2].data,
                          error, sizeof(error))
        != RD_KAFKA_CONF_OK)
    {
        rd_kafka_conf_destroy(rk);
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s", error);
        return NGX_CONF_ERROR;
    }

    rd_kafka_conf_destroy(rk);

    property = ngx_array_push(&kconf->properties);
    if (property == NULL) {
        return NGX_CONF_ERROR;
    }

    property->key = value[1];
    property->value = value[2];

    return NGX_CONF_OK;
}


static char *
ngx_trade_kafka_conf_fixed(ngx_str_t *name, ngx_str_t *value)
{
    size_t               i;
    const ngx_keyval_t  *fixed;

    if (ngx_strcmp(name->data, "transactional.id") == 0) {
        return "can't set transactional.id: orders do not wait for one another";
    }

    if (ngx_strcmp(name->data, "bootstrap.servers") == 0
        || ngx_strcmp(name->data, "metadata.broker.list") == 0)
    {
        return "can't set the brokers: use \"brokers\"";
    }

    for (i = 0; i < ngx_trade_kafka_nfixed; i++) {
        fixed = &ngx_trade_kafka_fixed[i];

        if (ngx_strcmp(name->data, fixed->key.data) == 0
            && ngx_strcmp(value->data, fixed->value.data) != 0)
        {
            return "can't change acks=all, idempotence, or how reports and "
                   "logs are delivered: no order would be safe";
        }
    }

    return NGX_CONF_OK;
}


rd_kafka_conf_t *
ngx_trade_kafka_conf_properties(ngx_trade_kafka_conf_t *conf, char *error,
    size_t size)
{
    ngx_int_t         rc;
    ngx_keyval_t      brokers;
    rd_kafka_conf_t  *rk;

    ngx_str_set(&brokers.key, "bootstrap.servers");
    brokers.value = conf->brokers;

    rk = rd_kafka_conf_new();

    rc = ngx_trade_kafka_conf_set(rk, &brokers, 1, error, size);

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_conf_set(rk, ngx_trade_kafka_defaults,
                                      ngx_trade_kafka_ndefaults, error, size);
    }

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_conf_set(rk, conf->properties.elts,
                                      conf->properties.nelts, error, size);
    }

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_conf_set(rk, ngx_trade_kafka_fixed,
                                      ngx_trade_kafka_nfixed, error, size);
    }

    if (rc != NGX_OK) {
        rd_kafka_conf_destroy(rk);
        return NULL;
    }

    return rk;
}


static ngx_int_t
ngx_trade_kafka_conf_set(rd_kafka_conf_t *rk, const ngx_keyval_t *property,
    ngx_uint_t n, char *error, size_t size)
{
    for ( /* void */ ; n; n--, property++) {
        if (rd_kafka_conf_set(rk, (char *) property->key.data,
                              (char *) property->value.data, error, size)
            != RD_KAFKA_CONF_OK)
        {
            return NGX_ERROR;
        }
    }

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

    rk = ngx_trade_kafka_conf_properties(conf, error, sizeof(error));

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
