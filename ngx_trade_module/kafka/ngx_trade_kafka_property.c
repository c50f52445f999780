/*
 * The properties of a producer.  The gateway fixes some, and has defaults for
 * others; the block sets the rest.
 */

#include "ngx_trade_kafka_conf.h"
#include "ngx_trade_kafka_producer.h"


static char *ngx_trade_kafka_property_fixed(ngx_str_t *name,
    ngx_str_t *value);
static ngx_int_t ngx_trade_kafka_property_set(rd_kafka_conf_t *rk,
    const ngx_keyval_t *property, ngx_uint_t n, char *error, size_t size);


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


char *
ngx_trade_kafka_property(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_trade_kafka_conf_t *kconf = conf;

    char             *rv, error[256];
    ngx_str_t        *value;
    ngx_keyval_t     *property;
    rd_kafka_conf_t  *rk;

    value = cf->args->elts;

    rv = ngx_trade_kafka_property_fixed(&value[1], &value[2]);
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
ngx_trade_kafka_property_fixed(ngx_str_t *name, ngx_str_t *value)
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
ngx_trade_kafka_property_conf(ngx_trade_kafka_conf_t *conf, char *error,
    size_t size)
{
    ngx_int_t         rc;
    ngx_keyval_t      brokers;
    rd_kafka_conf_t  *rk;

    ngx_str_set(&brokers.key, "bootstrap.servers");
    brokers.value = conf->brokers;

    rk = rd_kafka_conf_new();

    rc = ngx_trade_kafka_property_set(rk, &brokers, 1, error, size);

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_property_set(rk, ngx_trade_kafka_defaults,
                                          ngx_trade_kafka_ndefaults, error,
                                          size);
    }

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_property_set(rk, conf->properties.elts,
                                          conf->properties.nelts, error, size);
    }

    if (rc == NGX_OK) {
        rc = ngx_trade_kafka_property_set(rk, ngx_trade_kafka_fixed,
                                          ngx_trade_kafka_nfixed, error, size);
    }

    if (rc != NGX_OK) {
        rd_kafka_conf_destroy(rk);
        return NULL;
    }

    return rk;
}


static ngx_int_t
ngx_trade_kafka_property_set(rd_kafka_conf_t *rk, const ngx_keyval_t *property,
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
