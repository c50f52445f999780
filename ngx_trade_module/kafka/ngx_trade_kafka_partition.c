/*
 * Chooses the partition of an event.  It is chosen by the key when an order is
 * made, and recorded.  The order's later events go there too, however many
 * partitions there are then.
 */

#include "ngx_trade_kafka_producer.h"
#include "trade_partition.h"


#define NGX_TRADE_KAFKA_STICKY_MAX  256     /* ids into one partition before
                                               the next one is chosen; at
                                               most for a second */
#define NGX_TRADE_KAFKA_FRESH_MS   5000     /* the number of partitions may
                                               be so old where it decides
                                               that there is no such
                                               partition */


typedef enum {
    NGX_TRADE_KAFKA_MURMUR2 = 0,
    NGX_TRADE_KAFKA_CONSISTENT,
    NGX_TRADE_KAFKA_FNV1A,
    NGX_TRADE_KAFKA_RANDOM
} ngx_trade_kafka_partitioner_e;


static ngx_uint_t ngx_trade_kafka_partition_count(ngx_trade_kafka_t *kafka);


ngx_uint_t
ngx_trade_kafka_partition_rule(const char *name)
{
    size_t  i;

    static const struct {
        const char                     *name;
        ngx_trade_kafka_partitioner_e   number;
    } names[] = {
        { "consistent", NGX_TRADE_KAFKA_CONSISTENT },
        { "consistent_random", NGX_TRADE_KAFKA_CONSISTENT },
        { "fnv1a", NGX_TRADE_KAFKA_FNV1A },
        { "fnv1a_random", NGX_TRADE_KAFKA_FNV1A },
        { "random", NGX_TRADE_KAFKA_RANDOM }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_strcmp(name, names[i].name) == 0) {
            return names[i].number;
        }
    }

    return NGX_TRADE_KAFKA_MURMUR2;
}


/* Returns the number of partitions, or 0 if it is not known */

static ngx_uint_t
ngx_trade_kafka_partition_count(ngx_trade_kafka_t *kafka)
{
    ngx_uint_t  n;

    n = kafka->current ? kafka->current->question.partitions : 0;

    return n ? n : kafka->conf->shared->partitions;
}


uint32_t
ngx_trade_kafka_partition(ngx_trade_kafka_t *kafka, trade_str_t key)
{
    int32_t     partition;
    ngx_uint_t  n;

    n = ngx_trade_kafka_partition_count(kafka);

    if (n == 0) {
        return 0;
    }

    switch (kafka->conf->partitioner) {

    case NGX_TRADE_KAFKA_CONSISTENT:
        partition = rd_kafka_msg_partitioner_consistent(NULL, key.data,
                                                        key.len, n, NULL,
                                                        NULL);
        break;

    case NGX_TRADE_KAFKA_FNV1A:
        partition = rd_kafka_msg_partitioner_fnv1a(NULL, key.data, key.len, n,
                                                   NULL, NULL);
        break;

    case NGX_TRADE_KAFKA_RANDOM:
        partition = ngx_random() % n;
        break;

    default:
        partition = trade_partition_of(key, n);
    }

    return partition + 1;
}


/*
 * A topic that was made anew may have fewer partitions than the topic that the
 * order's first event went to.  A worker that knows of fewer partitions asks
 * again before it decides that.
 */

ngx_int_t
ngx_trade_kafka_partition_for(ngx_trade_kafka_t *kafka,
    const trade_event_t *event, int32_t *partition)
{
    ngx_uint_t  n;

    *partition = RD_KAFKA_PARTITION_UA;

    n = ngx_trade_kafka_partition_count(kafka);

    if (event->partition == 0) {
        return NGX_OK;
    }

    if (n == 0 || event->partition <= n) {
        *partition = event->partition - 1;
        return NGX_OK;
    }

    if (kafka->topic_seen
        && ngx_current_msec - kafka->topic_seen < NGX_TRADE_KAFKA_FRESH_MS)
    {
        return NGX_OK;
    }

    kafka->doubted = 1;

    return NGX_DECLINED;
}


void
ngx_trade_kafka_partition_stick(ngx_trade_kafka_t *kafka, u_char *id)
{
    ngx_uint_t  n;

    n = ngx_trade_kafka_partition_count(kafka);

    if (n < 2 || !kafka->conf->sticky) {
        return;
    }

    if (kafka->sticky_ids++ == NGX_TRADE_KAFKA_STICKY_MAX
        || kafka->since != ngx_time())
    {
        kafka->sticky = ngx_random();
        kafka->sticky_ids = 0;
        kafka->since = ngx_time();
    }

    (void) trade_partition_choose_id((char *) id, kafka->sticky % n, n);
}
