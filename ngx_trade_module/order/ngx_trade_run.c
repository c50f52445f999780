/*
 * The runner: feeds trade_flow with what happens, and does what it says, step
 * by step.  It alone finalises requests.
 */

#include "ngx_trade_cart.h"


/* longer than any callback takes; it only keeps an old worker alive */
#define NGX_TRADE_RUN_GUARD  10000          /* ms */


typedef struct {
    const char    *name;
    void         (*run)(ngx_trade_request_t *req);
} ngx_trade_run_step_t;


static void ngx_trade_run(ngx_trade_request_t *req);
static void ngx_trade_run_send(ngx_trade_request_t *req);
static void ngx_trade_run_call(ngx_trade_request_t *req);
static void ngx_trade_run_pause(ngx_trade_request_t *req);
static void ngx_trade_run_publish(ngx_trade_request_t *req);
static void ngx_trade_run_hurry(ngx_trade_request_t *req);
static ngx_int_t ngx_trade_run_produce(ngx_trade_request_t *req);
static void ngx_trade_run_stalled(ngx_trade_kafka_msg_t *msg);
static void ngx_trade_run_reported(ngx_trade_kafka_msg_t *msg,
    ngx_trade_kafka_result_e result);
static void ngx_trade_run_answer(ngx_trade_request_t *req);
static void ngx_trade_run_answer_ready(ngx_event_t *ev);
static void ngx_trade_run_finalize(ngx_trade_request_t *req);


static const ngx_trade_run_step_t  ngx_trade_run_steps[] = {
    [TRADE_FLOW_AWAIT] = { "await", NULL },
    [TRADE_FLOW_FIND] = { "find", ngx_trade_find_send },
    [TRADE_FLOW_SEND] = { "send", ngx_trade_run_send },
    [TRADE_FLOW_PAUSE] = { "pause", ngx_trade_run_pause },
    [TRADE_FLOW_PUBLISH] = { "publish", ngx_trade_run_publish },
    [TRADE_FLOW_ACK] = { "ack", ngx_trade_ack_send },
    [TRADE_FLOW_ANSWER] = { "answer", ngx_trade_run_answer },
    [TRADE_FLOW_FREE] = { "free", ngx_trade_run_free }
};


void
ngx_trade_run_begin(ngx_trade_request_t *req, trade_result_e result)
{
    ngx_msec_t           window;
    ngx_http_request_t  *r;

    r = req->r;
    req->begun = 1;

    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    if (result != TRADE_DONE || req->answered) {
        trade_flow_refuse(&req->flow, result);
        ngx_trade_run(req);
        return;
    }

    window = req->op->changes
             ? trade_publish_window(req->worker->conf->lease,
                                    req->conf->kafka->message_timeout)
             : 0;

    trade_flow_start(&req->flow, req->op->changes && !req->dry_run,
                     req->op->success, window, ngx_current_msec);

    if (req->hinted) {
        trade_flow_find(&req->flow);
    }

    req->deadline = ngx_current_msec + req->conf->timeout;
    ngx_trade_timer_set(&req->timer, req->conf->timeout);

    ngx_trade_run(req);
}


void
ngx_trade_run_event(ngx_trade_request_t *req, trade_flow_event_e event,
    trade_result_e result)
{
    ngx_log_debug4(NGX_LOG_DEBUG_HTTP,
                   ngx_trade_worker_log(req->worker, req->r), 0,
                   "trade %s \"%*s\": event %s", req->op->name,
                   (size_t) (req->id[0] ? TRADE_ID_LEN : 0), req->id,
                   trade_flow_event_name(event));

    trade_flow_event(&req->flow, event, result, ngx_current_msec);
    ngx_trade_run(req);
}


static void
ngx_trade_run(ngx_trade_request_t *req)
{
    trade_flow_action_e      action;
    const ngx_trade_run_step_t  *step;

    while (!req->answer_ready) {
        action = trade_flow_next(&req->flow);
        step = &ngx_trade_run_steps[action];

        ngx_log_debug4(NGX_LOG_DEBUG_HTTP,
                       ngx_trade_worker_log(req->worker, req->r), 0,
                       "trade %s \"%*s\": action %s", req->op->name,
                       (size_t) (req->id[0] ? TRADE_ID_LEN : 0), req->id,
                       step->name);

        if (action == TRADE_FLOW_AWAIT) {
            return;
        }

        step->run(req);

        if (action == TRADE_FLOW_FREE) {
            return;
        }
    }
}


void
ngx_trade_run_ready(ngx_trade_request_t *req)
{
    ngx_trade_run_call(req);
    ngx_trade_run(req);
}


static void
ngx_trade_run_send(ngx_trade_request_t *req)
{
    if (req->flow.resent) {
        req->worker->cell->counters[NGX_TRADE_RESENT]++;
    }

    req->sent = ngx_current_msec;

    if (req->hint.worker) {
        ngx_trade_hint_asked(&req->hint);
    }

    ngx_trade_run_call(req);
}


/* Not yet, while other slots are asked before */

static void
ngx_trade_run_call(ngx_trade_request_t *req)
{
    req->replied = 0;

    if (req->cart && ngx_trade_cart_ready(req->cart) != NGX_OK) {
        return;
    }

    if (ngx_trade_redis_send(ngx_trade_request_redis(req), req->slot,
                             &req->call)
        != NGX_OK)
    {
        trade_flow_event(&req->flow, TRADE_FLOW_UNSENT, TRADE_DONE,
                         ngx_current_msec);
    }
}


static void
ngx_trade_run_pause(ngx_trade_request_t *req)
{
    if (req->ctx && req->flow.result != TRADE_NO_ANSWER) {
        req->ctx->lock_time = TRADE_FLOW_PAUSE_MS;
    }

    req->pausing = 1;
    ngx_trade_timer_set(&req->timer, TRADE_FLOW_PAUSE_MS);
}


static void
ngx_trade_run_publish(ngx_trade_request_t *req)
{
    trade_outage_advice_e  advice;

    req->worker->cell->pending++;
    req->pending = 1;

    if (req->cart) {
        ngx_trade_cart_end(req->cart, 1);
    }

    req->produced = ngx_current_msec;
    advice = ngx_trade_kafka_advise(ngx_trade_request_kafka(req),
                                    req->record.partition);

    if (advice == TRADE_OUTAGE_DEFER
        || ngx_trade_run_produce(req) != NGX_OK)
    {
        req->worker->cell->counters[NGX_TRADE_NOT_ACKED]++;
        trade_flow_event(&req->flow, TRADE_FLOW_NOT_ACKED, TRADE_DONE,
                         ngx_current_msec);
        return;
    }

    if (advice == TRADE_OUTAGE_PROBE) {
        ngx_trade_run_hurry(req);
    }
}


/* The answer comes soon, whether Kafka does or not */

static void
ngx_trade_run_hurry(ngx_trade_request_t *req)
{
    ngx_msec_int_t  left;

    left = req->deadline - ngx_current_msec;

    if (left > TRADE_OUTAGE_WAIT_MS) {
        req->deadline = ngx_current_msec + TRADE_OUTAGE_WAIT_MS;
        ngx_trade_timer_set(&req->timer, TRADE_OUTAGE_WAIT_MS);
    }
}


static ngx_int_t
ngx_trade_run_produce(ngx_trade_request_t *req)
{
    char           *mem;
    size_t          size;
    ngx_int_t       rc;
    trade_buf_t     b;
    trade_event_t   event;

    size = trade_event_size(req->record.body.len);

    mem = ngx_alloc(size, req->worker->log);
    if (mem == NULL) {
        return NGX_ERROR;
    }

    trade_buf_init(&b, mem, size);

    req->msg.handler = ngx_trade_run_reported;
    req->msg.stalled = ngx_trade_run_stalled;
    req->msg.data = req;

    rc = NGX_ERROR;

    if (trade_event_build(&event, &b, ngx_trade_request_id(req), req->slot,
                          &req->record,
                          ngx_trade_str(req->conf->kafka->source))
        == 0)
    {
        rc = ngx_trade_kafka_produce(ngx_trade_request_kafka(req), &event,
                                     &req->msg);
    }

    if (rc == NGX_OK) {
        req->worker->cell->queued++;
    }

    ngx_free(mem);

    return rc;
}


static void
ngx_trade_run_stalled(ngx_trade_kafka_msg_t *msg)
{
    ngx_trade_run_event(msg->data, TRADE_FLOW_STALLED, TRADE_DONE);
}


static void
ngx_trade_run_reported(ngx_trade_kafka_msg_t *msg,
    ngx_trade_kafka_result_e result)
{
    ngx_trade_request_t  *req;

    req = msg->data;
    req->worker->cell->queued--;

    if (req->ctx) {
        req->ctx->publish_time = ngx_current_msec - req->produced;

        if (result == NGX_TRADE_KAFKA_ACKED) {
            req->ctx->partition = msg->partition;
            req->ctx->offset = msg->offset;
        }
    }

    if (result == NGX_TRADE_KAFKA_ACKED) {
        req->worker->cell->counters[NGX_TRADE_ACKED]++;

        if (req->cart == NULL || ngx_trade_cart_end_acked(req->cart)) {
            ngx_trade_run_event(req, TRADE_FLOW_ACKED, TRADE_DONE);
        }

    } else {
        req->worker->cell->counters[NGX_TRADE_NOT_ACKED]++;
        ngx_trade_run_event(req, TRADE_FLOW_NOT_ACKED, TRADE_DONE);
    }
}


/*
 * The answer waits for the end of this round of the event loop: the ack that
 * goes with it, queued before, is written first.
 */

static void
ngx_trade_run_answer(ngx_trade_request_t *req)
{
    ngx_event_t  *ev;

    req->answer_ready = 1;
    ngx_queue_insert_tail(&req->worker->ready, &req->queue);

    ev = &req->worker->ready_event;

    if (ev->posted) {
        ngx_delete_posted_event(ev);
    }

    ngx_post_event(ev, &ngx_posted_events);
}


void
ngx_trade_run_init(ngx_trade_worker_t *worker)
{
    ngx_queue_init(&worker->ready);

    worker->ready_event.handler = ngx_trade_run_answer_ready;
    worker->ready_event.data = worker;
    worker->ready_event.log = worker->log;
}


static void
ngx_trade_run_answer_ready(ngx_event_t *ev)
{
    ngx_queue_t           ready, *q;
    ngx_trade_worker_t   *worker;
    ngx_trade_request_t  *req;

    worker = ev->data;

    ngx_queue_init(&ready);
    ngx_queue_add(&ready, &worker->ready);
    ngx_queue_init(&worker->ready);

    while (!ngx_queue_empty(&ready)) {
        q = ngx_queue_head(&ready);
        ngx_queue_remove(q);
        req = ngx_queue_data(q, ngx_trade_request_t, queue);

        ngx_trade_run_finalize(req);

        req->answer_ready = 0;
        ngx_trade_run(req);
    }
}


static void
ngx_trade_run_finalize(ngx_trade_request_t *req)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = req->r;

    if (r == NULL) {
        return;
    }

    req->worker->cell->results[req->flow.result]++;
    req->worker->cell->counters[NGX_TRADE_REPLAYED] += req->answer.replayed;

    req->answer.refused = ngx_trade_refusal_list(req, req->flow.result);

    rc = ngx_trade_answer_send(req, req->flow.result);

    req->cleanup->handler = NULL;
    req->ctx = NULL;
    req->r = NULL;

    c = r->connection;
    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


void
ngx_trade_run_free(ngx_trade_request_t *req)
{
    if (req->timer.timer_set) {
        ngx_del_timer(&req->timer);
    }

    req->worker->cell->in_flight--;

    if (req->pending) {
        req->worker->cell->pending--;
    }

    if (req->cart) {
        ngx_trade_cart_leave(req->cart);
    }

    trade_order_free(&req->order);
    ngx_destroy_pool(req->pool);
}


void
ngx_trade_run_timer(ngx_event_t *ev)
{
    ngx_msec_int_t        left;
    trade_flow_event_e    event;
    ngx_trade_request_t  *req;

    req = ev->data;
    left = req->deadline - ngx_current_msec;

    if (left > 0) {
        ngx_trade_timer_set(ev, left);

    } else {
        ngx_trade_timer_set(ev, NGX_TRADE_RUN_GUARD);
    }

    event = trade_flow_timer(req->pausing, left);
    req->pausing = 0;

    ngx_trade_run_event(req, event, TRADE_DONE);
}
