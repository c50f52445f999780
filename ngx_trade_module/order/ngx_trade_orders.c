/*
 * /v1/orders: placing an order, and looking one up. ngx_trade_transition.c has
 * the other operations on an order.
 */

#include "ngx_trade_cart.h"
#include "ngx_trade_slot.h"


static ngx_int_t ngx_trade_orders_act(ngx_http_request_t *r, ngx_str_t *id,
    ngx_str_t *name, ngx_uint_t offered);
static trade_result_e ngx_trade_orders_place(ngx_trade_request_t *req);
static trade_result_e ngx_trade_orders_parse(ngx_trade_request_t *req);
static ngx_uint_t ngx_trade_orders_backlog(ngx_trade_request_t *req);
static ngx_uint_t ngx_trade_orders_full(ngx_trade_request_t *req);
static trade_result_e ngx_trade_orders_find(ngx_trade_request_t *req);


static const ngx_trade_op_t  ngx_trade_orders_place_op = {
    .name = "place",
    .admit = ngx_trade_ticket_admit,
    .prepare = ngx_trade_orders_place,
    .success = TRADE_CREATED,
    .state = TRADE_STATE_PLACED,
    .changes = 1,
    .body = 1,
    .located = 1
};


static const ngx_trade_op_t  ngx_trade_orders_find_op = {
    .name = "find",
    .prepare = ngx_trade_orders_find,
    .success = TRADE_DONE
};


ngx_int_t
ngx_trade_orders_handler(ngx_http_request_t *r)
{
    u_char                *p;
    ngx_str_t              id, name;
    ngx_trade_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_trade_module);

    if (ngx_trade_request_subject(r, &id) != NGX_OK) {
        return ngx_trade_request_refuse(r, TRADE_NOT_FOUND, NULL);
    }

    p = ngx_strlchr(id.data, id.data + id.len, '/');

    if (p) {
        name.data = p + 1;
        name.len = id.data + id.len - name.data;
        id.len = p - id.data;

        return ngx_trade_orders_act(r, &id, &name, conf->actions);
    }

    if (!(conf->actions & 1 << (id.len ? TRADE_ACTION_GET
                                       : TRADE_ACTION_PLACE)))
    {
        return ngx_trade_request_refuse(r, TRADE_NOT_FOUND, NULL);
    }

    if (id.len == 0) {
        if (r->method != NGX_HTTP_POST) {
            return ngx_trade_request_refuse(r, TRADE_METHOD, "POST");
        }

        return ngx_trade_request_begin(r, &ngx_trade_orders_place_op, &id);
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_trade_request_refuse(r, TRADE_METHOD, "GET, HEAD");
    }

    return ngx_trade_request_begin(r, &ngx_trade_orders_find_op, &id);
}


static ngx_int_t
ngx_trade_orders_act(ngx_http_request_t *r, ngx_str_t *id, ngx_str_t *name,
    ngx_uint_t offered)
{
    trade_action_e         action;
    const ngx_trade_op_t  *op;

    action = trade_action_find(ngx_trade_str(*name));
    op = ngx_trade_transition_op(action);

    if (op == NULL || !(offered & 1 << action)) {
        return ngx_trade_request_refuse(r, TRADE_NOT_FOUND, NULL);
    }

    if (r->method != NGX_HTTP_POST) {
        return ngx_trade_request_refuse(r, TRADE_METHOD, "POST");
    }

    return ngx_trade_request_begin(r, op, id);
}


static trade_result_e
ngx_trade_orders_place(ngx_trade_request_t *req)
{
    trade_result_e  result;

    result = ngx_trade_orders_parse(req);
    if (result != TRADE_DONE) {
        return result;
    }

    if (trade_event_placed_size(req->order.json.len, req->order.nitems)
        > req->conf->kafka->message_max)
    {
        ngx_trade_answer_detail(req, "its event would be longer than "
                                "message.max.bytes of Kafka's producer");
        return TRADE_BODY_TOO_LONG;
    }

    result = ngx_trade_write_key(req);
    if (result != TRADE_DONE) {
        return result;
    }

    switch (ngx_trade_orders_hint(req, req->keyed, &result)) {

    case TRADE_HINT_REFUSE:
        return result;

    case TRADE_HINT_FIND:
        req->hinted = 1;
        return ngx_trade_orders_full(req) ? TRADE_QUEUE_FULL : TRADE_DONE;

    default:
        return ngx_trade_orders_full(req) ? TRADE_QUEUE_FULL
                                          : ngx_trade_orders_write(req);
    }
}


/* Whether the order would wait for too long, at a shard or for Kafka */

static ngx_uint_t
ngx_trade_orders_full(ngx_trade_request_t *req)
{
    size_t              i;
    ngx_uint_t          slot;
    ngx_trade_redis_t  *redis;

    redis = ngx_trade_request_redis(req);

    for (i = 0; i < req->order.nitems; i++) {
        slot = i == 0 ? req->slot : trade_slot_of(req->order.items[i].sku);

        if (ngx_trade_redis_full(redis, slot)) {
            return 1;
        }
    }

    return ngx_trade_kafka_full(ngx_trade_request_kafka(req));
}


trade_hint_step_e
ngx_trade_orders_hint(ngx_trade_request_t *req, ngx_uint_t keyed,
    trade_result_e *result)
{
    char               mem[TRADE_HINT_REPLY_MAX];
    trade_reply_t      reply;
    trade_hint_step_e  step;

    /* a refusal names all items that are refused: the hint knows one SKU */

    if (req->conf->hint_ttl == 0 || req->order.nitems != 1) {
        return TRADE_HINT_SEND;
    }

    ngx_trade_request_hint(req, req->order.items[0].quantity);
    step = ngx_trade_hint_order(&req->hint, keyed, mem, &reply);

    if (step == TRADE_HINT_REFUSE) {
        ngx_trade_refusal_explain(req, &reply);
        req->replied = 1;
        *result = reply.result;
    }

    return step;
}


trade_result_e
ngx_trade_orders_write(ngx_trade_request_t *req)
{
    void               *mem;
    size_t              size;
    trade_call_t        call;
    trade_result_e      result;
    ngx_trade_write_t  *write;

    req->record.state = TRADE_STATE_PLACED;
    req->record.key = req->conf->kafka->key;
    req->record.body = req->order.json;

    write = ngx_trade_write_create(req, req->order.json, &result);
    if (write == NULL) {
        return result;
    }

    write->call.keep = req->worker->conf->order_keep;

    req->record.partition = ngx_trade_kafka_partition(
                                ngx_trade_request_kafka(req),
                                req->record.key == TRADE_RECORD_KEY_BUYER
                                ? req->order.buyer : write->call.id);

    /* a full backlog takes no new orders, but a replay is still answered */

    req->dry_run = ngx_trade_orders_backlog(req);

    if (req->dry_run && write->call.key.len == 0) {
        return TRADE_BACKLOG_FULL;
    }

    if (req->order.spans) {
        return ngx_trade_cart_prepare(req, write,
                                      req->dry_run ? TRADE_BACKLOG_FULL
                                                 : TRADE_DONE);
    }

    size = trade_call_place_size(&write->call, &req->order);
    mem = ngx_palloc(req->pool, size);

    if (mem == NULL
        || trade_call_place(&call, mem, size, &write->call, &req->order,
                            req->dry_run)
           != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}


static trade_result_e
ngx_trade_orders_parse(ngx_trade_request_t *req)
{
    trade_str_t           body;
    trade_errors_t        errors;
    trade_result_e        result;
    trade_order_rules_t   rules;

    /* the resource that is posted to has no entity tag */

    result = ngx_trade_condition_create(req);

    if (result == TRADE_DONE) {
        result = ngx_trade_request_buyer(req);
    }

    if (result == TRADE_DONE) {
        result = ngx_trade_body_get(req, &body);
    }

    if (result != TRADE_DONE) {
        return result;
    }

    rules.max_quantity = req->conf->max_quantity;
    rules.max_items = req->conf->max_items;
    rules.buyer = ngx_trade_str(req->buyer);
    rules.unnamed = req->ticket ? req->ticket->buyer : trade_str_of(NULL, 0);

    errors.n = 0;
    result = trade_order_parse(&req->order, body, &rules, &errors);

    if (result != TRADE_DONE) {
        ngx_trade_answer_errors(req, &errors);
        return result;
    }

    req->slot = req->order.slot;
    req->sku = req->order.items[0].sku;

    return ngx_trade_ticket_match(req);
}


/* Whether the backlog is full: then no new order is placed */

static ngx_uint_t
ngx_trade_orders_backlog(ngx_trade_request_t *req)
{
    ngx_trade_main_conf_t   *conf;
    ngx_trade_kafka_conf_t  *kafka;

    conf = req->worker->conf;
    kafka = req->conf->kafka;

    return ngx_trade_backlog_pending(conf->zone) >= conf->pending_max
           || ngx_trade_kafka_queued(req->worker->kafka[kafka->index])
              >= kafka->queue_max;
}


static trade_result_e
ngx_trade_orders_find(ngx_trade_request_t *req)
{
    void               *mem;
    trade_str_t         id;
    trade_call_t        call;
    trade_result_e      result;
    trade_slot_seen_t   seen;

    result = ngx_trade_request_buyer(req);

    if (result == TRADE_DONE) {
        result = ngx_trade_request_order(req);
    }

    if (result != TRADE_DONE) {
        return result;
    }

    if (ngx_trade_redis_full(ngx_trade_request_redis(req), req->slot)) {
        return TRADE_QUEUE_FULL;
    }

    id = ngx_trade_request_id(req);

    ngx_trade_worker_seen(req->worker, req->conf->redis, req->slot, &seen);

    mem = ngx_palloc(req->pool, TRADE_CALL_SIZE);

    if (mem == NULL
        || trade_call_order(&call, mem, TRADE_CALL_SIZE, &seen, id)
           != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}
