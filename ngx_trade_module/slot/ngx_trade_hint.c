#include "ngx_trade_hint.h"


static trade_hint_table_t *ngx_trade_hint_table(ngx_trade_worker_t *worker);
static void ngx_trade_hint_key(trade_hint_key_t *key,
    const ngx_trade_hint_ask_t *ask);
static ngx_uint_t ngx_trade_hint_find(const ngx_trade_hint_ask_t *ask,
    trade_hint_t *hint, char *text, size_t *len);
static void ngx_trade_hint_hit(const ngx_trade_hint_ask_t *ask,
    const trade_hint_t *hint);
static ngx_trade_shard_t *ngx_trade_hint_shard(
    const ngx_trade_hint_ask_t *ask);
static void ngx_trade_hint_message(void *data, trade_str_t text);
static void ngx_trade_hint_ready(void *data, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server);


void
ngx_trade_hint_asked(ngx_trade_hint_ask_t *ask)
{
    ask->asked = ngx_current_msec;
    ask->connections = ngx_trade_hint_shard(ask)->connections;
}


void
ngx_trade_hint_learn(const ngx_trade_hint_ask_t *ask,
    const trade_reply_t *reply)
{
    trade_hint_t      hint;
    trade_hint_key_t  key;

    if (!trade_hint_make(&hint, reply, ask->quantity, ask->asked,
                         ask->connections))
    {
        return;
    }

    ngx_trade_hint_key(&key, ask);

    ask->worker->cell->counters[NGX_TRADE_HINT_EVICTED] +=
        trade_hint_table_put(ngx_trade_hint_table(ask->worker), &key, &hint,
                             reply->text);
}


trade_hint_step_e
ngx_trade_hint_order(const ngx_trade_hint_ask_t *ask, ngx_uint_t keyed,
    char mem[TRADE_HINT_REPLY_MAX], trade_reply_t *reply)
{
    size_t             len;
    uint64_t           clock;
    trade_hint_t       hint;
    trade_hint_step_e  step;

    if (!ngx_trade_hint_find(ask, &hint, NULL, &len)) {
        return TRADE_HINT_SEND;
    }

    step = trade_hint_order(&hint, ask->quantity, keyed);

    if (step != TRADE_HINT_SEND) {
        clock = ngx_trade_redis_clock(ask->worker->redis[ask->redis->index],
                                      ask->slot);
        trade_hint_reply(&hint, clock, mem, reply);
    }

    if (step == TRADE_HINT_REFUSE) {
        ngx_trade_hint_hit(ask, &hint);
    }

    return step;
}


ngx_uint_t
ngx_trade_hint_stock(ngx_trade_hint_ask_t *ask,
    char mem[TRADE_HINT_TEXT], trade_reply_t *reply)
{
    size_t        len;
    trade_hint_t  hint;

    if (!ngx_trade_hint_find(ask, &hint, mem, &len)) {
        return 0;
    }

    ngx_memzero(reply, sizeof(trade_reply_t));

    reply->kind = TRADE_REPLY_STOCK;
    reply->slot = TRADE_REPLY_SLOT_OPEN;
    reply->text = trade_str_of(mem, len);
    reply->value = hint.version;
    reply->changed = hint.at;
    ask->asked = hint.made;

    ngx_trade_hint_hit(ask, &hint);

    return 1;
}


void
ngx_trade_hint_void(ngx_trade_redis_conf_t *redis, ngx_uint_t slot)
{
    /* not the time at which this round of the event loop began */

    ngx_time_update();
    ngx_trade_zone_raise(&redis->slots->returned_at[slot], ngx_current_msec);
}


/* Finds a hint that is good, and drops a hint that may be wrong */

static ngx_uint_t
ngx_trade_hint_find(const ngx_trade_hint_ask_t *ask, trade_hint_t *hint,
    char *text, size_t *len)
{
    trade_hint_key_t     key;
    ngx_trade_slots_t   *slots;
    trade_hint_slot_t    slot;
    trade_hint_state_e   state;

    slots = ask->redis->slots;

    slot.now = ngx_current_msec;
    slot.ttl = ask->ttl;
    slot.returned = slots->returned[ask->slot];
    slot.returned_at = slots->returned_at[ask->slot];
    slot.seen = slots->version[ask->slot];
    slot.connections = ngx_trade_hint_shard(ask)->connections;
    slot.closed = slots->closed[ask->slot];

    ngx_trade_hint_key(&key, ask);

    state = trade_hint_table_find(ngx_trade_hint_table(ask->worker), &key,
                                  &slot, hint, text, len);

    if (state == TRADE_HINT_DROPPED) {
        ask->worker->cell->counters[NGX_TRADE_HINT_DROPPED]++;
    }

    return state == TRADE_HINT_GOOD;
}


static void
ngx_trade_hint_key(trade_hint_key_t *key, const ngx_trade_hint_ask_t *ask)
{
    key->owner = (uintptr_t) ask->redis->slots;
    key->sku = ask->sku;
    key->stock = ask->quantity == 0;
}


static void
ngx_trade_hint_hit(const ngx_trade_hint_ask_t *ask, const trade_hint_t *hint)
{
    uint64_t  *counters;

    counters = ask->worker->cell->counters;

    counters[NGX_TRADE_HINT_HITS]++;

    /* the asking worker's clock may be ahead of this one's */

    if (ngx_current_msec > hint->made) {
        counters[NGX_TRADE_HINT_AGE] += ngx_current_msec - hint->made;
    }
}


static trade_hint_table_t *
ngx_trade_hint_table(ngx_trade_worker_t *worker)
{
    return ngx_trade_zone_get(worker->conf->zone)->hints;
}


static ngx_trade_shard_t *
ngx_trade_hint_shard(const ngx_trade_hint_ask_t *ask)
{
    ngx_trade_redis_server_t  *servers;

    servers = ask->redis->servers.elts;

    return servers[ask->redis->owner[ask->slot]].shared;
}


ngx_int_t
ngx_trade_hint_listen(ngx_trade_worker_t *worker)
{
    ngx_uint_t                i;
    ngx_trade_redis_sub_t    *sub;
    ngx_trade_redis_conf_t  **redis;

    redis = worker->conf->redis.elts;

    for (i = 0; i < worker->conf->redis.nelts; i++) {

        if (!redis[i]->hints) {
            continue;
        }

        sub = ngx_pcalloc(worker->pool, sizeof(ngx_trade_redis_sub_t));
        if (sub == NULL) {
            return NGX_ERROR;
        }

        sub->channel = trade_str_c(TRADE_HINT_CHANNEL);
        sub->message = ngx_trade_hint_message;
        sub->ready = ngx_trade_hint_ready;
        sub->data = redis[i];
        sub->without = "refuses SUBSCRIBE, so when units come back, other "
                       "hosts go on refusing orders for the ttl of "
                       "\"trade_hint\"";

        ngx_trade_redis_sub_add(worker->redis[i], sub);
    }

    return NGX_OK;
}


static void
ngx_trade_hint_message(void *data, trade_str_t text)
{
    unsigned                 slot;
    uint64_t                 version;
    ngx_trade_redis_conf_t  *redis = data;

    if (trade_hint_returned(text, &slot, &version) == 0) {
        ngx_trade_zone_raise(&redis->slots->returned[slot], version);
        ngx_trade_hint_void(redis, slot);
    }
}


/* Messages may have been lost: no hint of the shard is good any more */

static void
ngx_trade_hint_ready(void *data, ngx_trade_redis_conf_t *redis,
    ngx_uint_t server)
{
    ngx_trade_redis_server_t  *servers;

    (void) data;

    servers = redis->servers.elts;
    (void) ngx_atomic_fetch_add(&servers[server].shared->connections, 1);
}
