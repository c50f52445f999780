/*
 * The events of one claim: they are published, and the slot is told which of
 * them Kafka has.  lib's trade_claim decides.
 */

#include "ngx_trade_sweep.h"
#include "ngx_trade_hint.h"
#include "ngx_trade_slot.h"
#include "trade_claim.h"


/* Bytes of the records of a claim: Redis copies them in about 0.1 ms. */
#define NGX_TRADE_BATCH_BYTES  131072


typedef struct ngx_trade_batch_s  ngx_trade_batch_t;


typedef struct {
    ngx_trade_batch_t      *batch;
    trade_due_t             due;
    u_char                  id[TRADE_ID_LEN];
    ngx_trade_kafka_msg_t   msg;
    unsigned                unplaced:1;     /* its record has no partition */
} ngx_trade_batch_event_t;


struct ngx_trade_batch_s {
    ngx_pool_t              *pool;
    ngx_trade_sweep_t       *sweep;
    trade_claim_t            claim;
    ngx_trade_batch_event_t *events;
    ngx_trade_redis_cmd_t    call;
    ngx_trade_redis_cmd_t    ack;
};


static void ngx_trade_sweep_publish_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_sweep_publish_take(ngx_trade_batch_t *batch,
    const trade_reply_t *reply);
static void ngx_trade_sweep_publish_all(ngx_trade_batch_t *batch,
    trade_str_t text, ngx_uint_t most);
static void ngx_trade_sweep_publish_wrong(ngx_trade_batch_t *batch,
    trade_str_t id);
static ngx_int_t ngx_trade_sweep_publish_event(ngx_trade_batch_event_t *event,
    trade_record_t *record);
static ngx_int_t ngx_trade_sweep_publish_produce(ngx_trade_batch_event_t *event,
    trade_buf_t *b, trade_record_t *record);
static void ngx_trade_sweep_publish_reported(ngx_trade_kafka_msg_t *msg,
    ngx_trade_kafka_result_e result);
static void ngx_trade_sweep_publish_done(ngx_trade_batch_t *batch);
static void ngx_trade_sweep_publish_acked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);
static void ngx_trade_sweep_publish_log(ngx_trade_batch_t *batch,
    const char *what, trade_str_t text);


ngx_int_t
ngx_trade_sweep_publish_claim(ngx_trade_sweep_t *sweep,
    const trade_sweep_action_t *action, uint64_t horizon)
{
    void               *mem;
    ngx_pool_t         *pool;
    trade_call_t        call;
    trade_slot_seen_t   seen;
    ngx_trade_batch_t  *batch;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, sweep->worker->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    batch = ngx_pcalloc(pool, sizeof(ngx_trade_batch_t));
    mem = ngx_palloc(pool, TRADE_CALL_SIZE);

    if (batch == NULL || mem == NULL) {
        goto failed;
    }

    batch->pool = pool;
    batch->sweep = sweep;
    trade_claim_start(&batch->claim, action->slot, ngx_current_msec);

    ngx_trade_worker_seen(sweep->worker, sweep->redis, action->slot, &seen);

    if (trade_call_claim(&call, mem, TRADE_CALL_SIZE, &seen,
                         horizon, sweep->worker->conf->lease, action->most,
                         NGX_TRADE_BATCH_BYTES,
                         sweep->worker->conf->payment_timeout != 0)
        != 0)
    {
        goto failed;
    }

    ngx_trade_slot_call(&batch->call, &call, ngx_trade_sweep_publish_claimed,
                           batch);

    if (ngx_trade_redis_send(sweep->transport, action->slot, &batch->call)
        == NGX_OK)
    {
        return NGX_OK;
    }

failed:

    ngx_destroy_pool(pool);

    return NGX_ERROR;
}


static void
ngx_trade_sweep_publish_claimed(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    trade_reply_t       reply;
    ngx_trade_batch_t  *batch;
    ngx_trade_sweep_t  *sweep;

    batch = cmd->data;
    sweep = batch->sweep;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        ngx_trade_slot_reply(sweep->worker, sweep->redis, batch->claim.slot,
                             cmd, &reply, NULL);
        ngx_trade_sweep_publish_take(batch, &reply);

    } else if (result == NGX_TRADE_REDIS_OK || result == NGX_TRADE_REDIS_ERR) {
        ngx_trade_sweep_publish_log(batch, "claim", cmd->text);
    }

    sweep->worker->cell->sweeping += batch->claim.left;

    if (trade_claim_begun(&batch->claim, &sweep->state, ngx_current_msec)) {
        ngx_trade_sweep_publish_done(batch);
    }

    ngx_trade_sweep_shard_run(sweep);
}


static void
ngx_trade_sweep_publish_take(ngx_trade_batch_t *batch,
    const trade_reply_t *reply)
{
    ngx_msec_t               window;
    ngx_uint_t               n;
    ngx_trade_worker_t      *worker;
    ngx_trade_kafka_conf_t  *kafka;

    worker = batch->sweep->worker;
    kafka = batch->sweep->redis->kafka;

    window = trade_publish_window(worker->conf->lease, kafka->message_timeout);

    n = trade_claim_reply(&batch->claim, reply, batch->call.replicated,
                          ngx_current_msec, window);
    if (n == 0) {
        return;
    }

    batch->events = ngx_pcalloc(batch->pool,
                                n * sizeof(ngx_trade_batch_event_t));
    batch->claim.acked = ngx_palloc(batch->pool, n * sizeof(trade_due_t));

    if (batch->events == NULL || batch->claim.acked == NULL) {
        trade_claim_drop(&batch->claim);
        return;
    }

    ngx_trade_sweep_publish_all(batch, reply->text, n);
}


static void
ngx_trade_sweep_publish_all(ngx_trade_batch_t *batch, trade_str_t text,
    ngx_uint_t most)
{
    ngx_uint_t                i, n;
    trade_due_t               due;
    trade_record_t            record;
    trade_claim_next_e        next;
    ngx_trade_batch_event_t  *event;

    for (n = 0, i = 0; i < most; i++) {
        next = trade_claim_next(&text, &due, &record);

        if (next == TRADE_CLAIM_WRONG) {
            ngx_trade_sweep_publish_wrong(batch, due.id);
            continue;
        }

        if (next != TRADE_CLAIM_EVENT) {
            ngx_trade_sweep_publish_log(batch, "claim", text);
            break;
        }

        event = &batch->events[n];
        event->batch = batch;
        event->due = due;
        event->due.id.data = (char *) event->id;
        ngx_memcpy(event->id, due.id.data, TRADE_ID_LEN);

        if (ngx_trade_sweep_publish_event(event, &record) == NGX_OK) {
            n++;
        }
    }
}


static void
ngx_trade_sweep_publish_wrong(ngx_trade_batch_t *batch, trade_str_t id)
{
    batch->sweep->worker->cell->counters[NGX_TRADE_UNPUBLISHABLE]++;
    ngx_trade_sweep_publish_log(batch, "an event that can't be made", id);
}


static ngx_int_t
ngx_trade_sweep_publish_event(ngx_trade_batch_event_t *event,
    trade_record_t *record)
{
    void         *mem;
    size_t        size;
    ngx_int_t     rc;
    trade_buf_t   b;

    size = trade_event_size(record->body.len);

    mem = ngx_alloc(size, event->batch->sweep->worker->log);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);
    rc = ngx_trade_sweep_publish_produce(event, &b, record);
    ngx_free(mem);

    return rc;
}


static ngx_int_t
ngx_trade_sweep_publish_produce(ngx_trade_batch_event_t *event, trade_buf_t *b,
    trade_record_t *record)
{
    trade_event_t            out;
    ngx_trade_sweep_t       *sweep;
    ngx_trade_batch_t       *batch;
    ngx_trade_kafka_conf_t  *kafka;

    batch = event->batch;
    sweep = batch->sweep;
    kafka = sweep->redis->kafka;

    if (trade_event_build(&out, b, event->due.id, batch->claim.slot, record,
                          ngx_trade_str(kafka->source))
        != 0)
    {
        ngx_trade_sweep_publish_wrong(batch, event->due.id);
        return NGX_ERROR;
    }

    /*
     * an event of a partition that takes none stays due, and holds up no other;
     * a probe now and then finds the end of that
     */

    if (ngx_trade_kafka_alone(sweep->producer, out.partition)
        && ngx_trade_kafka_advise(sweep->producer, out.partition)
           == TRADE_OUTAGE_DEFER)
    {
        return NGX_DECLINED;
    }

    event->msg.handler = ngx_trade_sweep_publish_reported;
    event->msg.data = event;
    event->unplaced = trade_record_unplaced(record);

    if (ngx_trade_kafka_produce(sweep->producer, &out, &event->msg)
        != NGX_OK)
    {
        trade_claim_produced(&batch->claim, 0);
        return NGX_DECLINED;
    }

    trade_claim_produced(&batch->claim, 1);
    sweep->worker->cell->queued++;

    return NGX_OK;
}


static void
ngx_trade_sweep_publish_reported(ngx_trade_kafka_msg_t *msg,
    ngx_trade_kafka_result_e result)
{
    ngx_trade_batch_t        *batch;
    ngx_trade_cell_t         *cell;
    ngx_trade_sweep_t        *sweep;
    ngx_trade_batch_event_t  *event;

    event = msg->data;
    batch = event->batch;
    sweep = batch->sweep;
    cell = sweep->worker->cell;

    cell->queued--;
    cell->sweeping--;

    if (result == NGX_TRADE_KAFKA_ACKED) {
        cell->counters[NGX_TRADE_SWEPT]++;

        if (event->unplaced) {
            event->due.partition = msg->partition + 1;
        }
    }

    if (trade_claim_reported(&batch->claim, &sweep->state, &event->due,
                             result == NGX_TRADE_KAFKA_ACKED,
                             msg->large
                             || ngx_trade_kafka_alone(sweep->producer,
                                                      msg->place),
                             ngx_current_msec))
    {
        ngx_trade_sweep_publish_done(batch);
    }

    ngx_trade_sweep_shard_run(sweep);
}


static void
ngx_trade_sweep_publish_done(ngx_trade_batch_t *batch)
{
    int                 rc;
    void               *mem;
    size_t              size;
    trade_call_t        call;
    trade_slot_seen_t   seen;
    ngx_trade_sweep_t  *sweep;

    sweep = batch->sweep;

    ngx_trade_worker_seen(sweep->worker, sweep->redis, batch->claim.slot,
                          &seen);

    size = trade_call_ack_events_size(batch->claim.nacked);
    mem = ngx_palloc(batch->pool, size);

    rc = mem ? trade_claim_ack(&batch->claim, &call, mem, size, &seen,
                               sweep->worker->conf->payment_timeout)
             : -1;

    if (rc == 1) {
        ngx_trade_slot_call(&batch->ack, &call,
                            ngx_trade_sweep_publish_acked, batch);

        if (ngx_trade_redis_send(sweep->transport, batch->claim.slot,
                                 &batch->ack)
            == NGX_OK)
        {
            return;
        }
    }

    sweep->worker->cell->counters[NGX_TRADE_ACK_LOST] += batch->claim.nacked;
    ngx_destroy_pool(batch->pool);
}


/* The call may be lost: an event that stays due is claimed again */

static void
ngx_trade_sweep_publish_acked(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result)
{
    ngx_uint_t          acked;
    trade_reply_t       reply;
    ngx_trade_batch_t  *batch;
    ngx_trade_sweep_t  *sweep;

    batch = cmd->data;
    sweep = batch->sweep;
    acked = 0;

    if (result == NGX_TRADE_REDIS_OK
        && trade_reply_read(&reply, cmd->text) == 0)
    {
        acked = reply.kind == TRADE_REPLY_ACKED;

        /* orders that have ended may be among them */

        ngx_trade_hint_void(sweep->redis, batch->claim.slot);

        ngx_trade_slot_reply(sweep->worker, sweep->redis, batch->claim.slot,
                             cmd, &reply, NULL);
    }

    if (!acked) {
        sweep->worker->cell->counters[NGX_TRADE_ACK_LOST] +=
                                                          batch->claim.nacked;
    }

    ngx_destroy_pool(batch->pool);
}


static void
ngx_trade_sweep_publish_log(ngx_trade_batch_t *batch, const char *what,
    trade_str_t text)
{
    ngx_trade_worker_t  *worker;

    worker = batch->sweep->worker;

    if (!ngx_trade_limit(&worker->limit, worker->log)) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                  "trade: %s in slot %ui of shard \"%V\": %*s", what,
                  batch->claim.slot, &batch->sweep->shard->name,
                  (size_t) ngx_min(text.len, 160), text.data);
}
