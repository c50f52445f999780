/*
 * The way of one order through the gateway, and of every other operation.
 *
 *      handler -> body -> prepare ->  send  -> [pause -> send] -> publish
 *                                      |                             |
 *                                      |                            ack
 *                                      `------------> answer <-------'
 *
 * An operation outlives its HTTP request: it has a pool of its own, and a link
 * to the request that either side cuts.  The handlers (ngx_trade_orders.c,
 * ngx_trade_stock.c) read the request and prepare the call.  From then on lib's
 * trade_flow decides each step, and the runner (ngx_trade_run.c) does it.  Only
 * the runner finalises a request.
 */

#ifndef NGX_TRADE_REQUEST_H
#define NGX_TRADE_REQUEST_H

#include "ngx_trade_headers.h"
#include "ngx_trade_hint.h"
#include "ngx_trade_kafka.h"
#include "ngx_trade_timer.h"
#include "ngx_trade_worker.h"
#include "trade_call.h"
#include "trade_flow.h"
#include "trade_key.h"
#include "trade_refusal.h"
#include "trade_reply.h"
#include "trade_ticket.h"
#include "trade_trace.h"


typedef struct ngx_trade_request_s  ngx_trade_request_t;
typedef struct ngx_trade_cart_s     ngx_trade_cart_t;


/*
 * Reads the client's request and prepares the call, or returns why it is
 * refused.
 */
typedef trade_result_e (*ngx_trade_prepare_pt)(ngx_trade_request_t *req);


typedef struct {
    const char               *name;         /* for logs */
    ngx_trade_prepare_pt      admit;        /* refuses a request before its
                                               body is read; NULL: none */
    ngx_trade_prepare_pt      prepare;
    trade_result_e            success;      /* once it is done, or in Kafka */
    trade_state_e             state;        /* of the record it makes */
    const trade_action_t     *action;       /* on an order, or NULL */
    unsigned                  changes:1;    /* makes a record */
    unsigned                  body:1;       /* has a request body */
    unsigned                  keyed:1;      /* needs an Idempotency-Key */
    unsigned                  located:1;    /* the record has a URI */
    unsigned                  stock:1;      /* it is about stock, no order */
} ngx_trade_op_t;


/* The content of the answer, besides the result. */
typedef struct {
    ngx_str_t                 body;         /* of a success */
    ngx_str_t                 id;           /* that it names; empty: none */
    trade_errors_t           *errors;       /* malformed fields, or NULL */
    const trade_refusals_t   *refused;      /* items, or NULL */
    ngx_str_t                 detail;
    ngx_str_t                 allow;        /* of a 405 */
    ngx_str_t                 state;        /* of a wrong state */
    ngx_uint_t                retry_after;  /* s; 0: as the result says */
    ngx_str_t                 etag;         /* with its quotes; empty: none */
    ngx_str_t                 cache;        /* Cache-Control; empty: no-store */
    uint64_t                  changed;      /* s since 1970, or
                                               TRADE_PRECONDITION_UNSET */
    unsigned                  replayed:1;
} ngx_trade_answer_t;


struct ngx_trade_request_s {
    ngx_pool_t               *pool;
    ngx_http_request_t       *r;            /* NULL: it is answered, or has
                                               gone */
    ngx_http_cleanup_t       *cleanup;      /* of r, while r is set */
    ngx_trade_ctx_t          *ctx;          /* of r, while r is set */

    const ngx_trade_op_t     *op;
    ngx_trade_worker_t       *worker;
    ngx_trade_loc_conf_t     *conf;

    trade_flow_t              flow;
    ngx_event_t               timer;        /* deadline, or a pause before it */
    ngx_msec_t                deadline;
    ngx_msec_t                sent;         /* when the call, or a cart's
                                               calls, went out the last time */
    ngx_msec_t                produced;
    ngx_queue_t               queue;        /* of the worker: `ready` */
    unsigned                  begun:1;      /* its flow has begun: it frees
                                               itself */
    unsigned                  pausing:1;
    unsigned                  answer_ready:1; /* in the worker's queue */
    unsigned                  pending:1;    /* counted as pending */
    unsigned                  dry_run:1;    /* the call only looks, and makes
                                               no record */
    unsigned                  keyed:1;      /* it has an Idempotency-Key */
    unsigned                  answered:1;   /* the answer is there, and needs no
                                               call */
    unsigned                  hinted:1;     /* a hint refuses it, unless its
                                               key has led to an order */
    unsigned                  replied:1;    /* the last call has a reply that
                                               could be read */

    ngx_trade_headers_t       headers;
    trade_precondition_t      condition;    /* its sets lie in the pool */
    ngx_uint_t                slot;
    ngx_str_t                 subject;      /* the id or SKU in the URI */
    trade_str_t               sku;          /* the first SKU, for logs */
    ngx_str_t                 buyer;        /* the buyer who asks, if known */
    trade_ticket_t           *ticket;       /* that admits the order, or NULL;
                                               its nonce is valid until the
                                               call is prepared */
    u_char                    id[TRADE_ID_LEN];
    char                      key[TRADE_DIGEST_LEN];    /* if keyed */
    ngx_trade_hint_ask_t      hint;
    trade_order_t             order;
    trade_record_t            record;       /* the record that was made */
    ngx_trade_cart_t         *cart;         /* NULL: all items lie in one
                                               slot */

    ngx_trade_redis_cmd_t     call;
    ngx_trade_redis_cmd_t     ack;
    ngx_trade_kafka_msg_t     msg;

    ngx_trade_answer_t        answer;
};


static inline trade_str_t
ngx_trade_request_id(ngx_trade_request_t *req)
{
    return trade_str_of((char *) req->id, TRADE_ID_LEN);
}


static inline ngx_trade_redis_t *
ngx_trade_request_redis(ngx_trade_request_t *req)
{
    return req->worker->redis[req->conf->redis->index];
}


static inline ngx_trade_kafka_t *
ngx_trade_request_kafka(ngx_trade_request_t *req)
{
    return req->worker->kafka[req->conf->kafka->index];
}


/*
 * Begins the operation `op` on the order or SKU `subject`.  The content handler
 * returns the result.
 */
ngx_int_t ngx_trade_request_begin(ngx_http_request_t *r,
    const ngx_trade_op_t *op, ngx_str_t *subject);

/*
 * Refuses a request that fits no operation; `text` is the value of Allow with
 * TRADE_METHOD, and the detail otherwise.  It is static, or NULL.
 */
ngx_int_t ngx_trade_request_refuse(ngx_http_request_t *r,
    trade_result_e result, const char *text);

/* Finds the part of the URI behind the location, without its slash. */
ngx_int_t ngx_trade_request_subject(ngx_http_request_t *r,
    ngx_str_t *subject);

/*
 * ngx_trade_uri.c: finds the SKU that the URI names, in the request's pool.
 * *sku may be no valid name (trade_name.h).  Returns TRADE_NOT_FOUND if the URI
 * names none; TRADE_BAD_URI if the SKU can't be told, with the reason in *why.
 */
trade_result_e ngx_trade_uri_sku(ngx_http_request_t *r, ngx_str_t *sku,
    const char **why);

/*
 * Decodes the argument of the query, in the request's pool.  Returns
 * TRADE_BAD_URI if it is not there once, or is badly encoded, with what is
 * wrong in *fault, as in "is missing"; or TRADE_OVERLOADED.
 */
trade_result_e ngx_trade_uri_argument(ngx_http_request_t *r, const char *name,
    ngx_str_t *value, const char **fault);

/*
 * Takes the buyer that `trade_buyer` gives, from a token that was verified
 * before.
 */
trade_result_e ngx_trade_request_buyer(ngx_trade_request_t *req);

/*
 * Evaluates `trade_buyer`.  Returns TRADE_DONE and the buyer, in the request's
 * memory; or a result, with TRADE_BUYER_MALFORMED the reason in *fault.
 */
trade_result_e ngx_trade_request_buyer_of(ngx_http_request_t *r,
    ngx_http_complex_value_t *value, ngx_str_t *buyer, const char **fault);

/* Lays out the question that hints may answer; see ngx_trade_hint_ask_t. */
void ngx_trade_request_hint(ngx_trade_request_t *req, uint64_t quantity);

/* Takes the order's id from the URI, for an order that may exist. */
trade_result_e ngx_trade_request_order(ngx_trade_request_t *req);


/* ngx_trade_reply.c: the handler of the call. */
void ngx_trade_reply_handler(ngx_trade_redis_cmd_t *cmd,
    ngx_trade_redis_result_e result);

/* Logs a reply that the shard should not have given. */
void ngx_trade_reply_log(ngx_trade_request_t *req, ngx_uint_t slot,
    const char *name, trade_str_t text);


/* ngx_trade_refusal.c */

/* Home, or the only slot, refuses: keeps the reasons from its reply. */
void ngx_trade_refusal_explain(ngx_trade_request_t *req,
    trade_reply_t *reply);

/* Home, or the only slot, would not refuse any more: drops the reasons. */
void ngx_trade_refusal_none(ngx_trade_request_t *req);

/*
 * The refused items that an answer with this result lists, or NULL.  Without a
 * reply of home all of its items are refused.
 */
const trade_refusals_t *ngx_trade_refusal_list(ngx_trade_request_t *req,
    trade_result_e result);


/*
 * ngx_trade_find.c: asks for the order that the Idempotency-Key has led to.
 * Ends in TRADE_FLOW_ABSENT or TRADE_FLOW_PRESENT.
 */
void ngx_trade_find_send(ngx_trade_request_t *req);

/* ngx_trade_ack.c: ends in TRADE_FLOW_ACK_DONE, at once or later. */
void ngx_trade_ack_send(ngx_trade_request_t *req);


/* ngx_trade_run.c */

void ngx_trade_run_init(ngx_trade_worker_t *worker);

/*
 * From here on the flow decides; with a result other than TRADE_DONE it only
 * answers.
 */
void ngx_trade_run_begin(ngx_trade_request_t *req, trade_result_e result);

/* Feeds the flow, and does what it says. */
void ngx_trade_run_event(ngx_trade_request_t *req, trade_flow_event_e event,
    trade_result_e result);

/* The call need not wait any longer. */
void ngx_trade_run_ready(ngx_trade_request_t *req);

void ngx_trade_run_timer(ngx_event_t *ev);
void ngx_trade_run_free(ngx_trade_request_t *req);


/* ngx_trade_body.c */

/* Checks all that can be checked before the body is read. */
trade_result_e ngx_trade_body_check(ngx_trade_request_t *req);

/* Returns the whole body in one piece, wherever nginx has put it. */
trade_result_e ngx_trade_body_get(ngx_trade_request_t *req,
    trade_str_t *body);


/* ngx_trade_ticket.c: a location without trade_ticket needs no ticket */

/* Checks the header Trade-Ticket, and keeps the ticket in req->ticket. */
trade_result_e ngx_trade_ticket_admit(ngx_trade_request_t *req);

/* Checks that the parsed order, req->order, is that of the ticket. */
trade_result_e ngx_trade_ticket_match(ngx_trade_request_t *req);


/* ngx_trade_condition.c */

/* Reads the preconditions from req->headers into req->condition. */
trade_result_e ngx_trade_condition_read(ngx_trade_request_t *req);

/*
 * Checks the preconditions against a found order or stock, req->answer.
 * Returns TRADE_DONE, TRADE_NOT_MODIFIED or TRADE_PRECONDITION_FAILED.
 */
trade_result_e ngx_trade_condition_show(ngx_trade_request_t *req);

/* Checks the preconditions where nothing exists yet. */
trade_result_e ngx_trade_condition_create(ngx_trade_request_t *req);


/*
 * ngx_trade_transition.c: the operation of `action`, or NULL if it changes no
 * state.
 */
const ngx_trade_op_t *ngx_trade_transition_op(trade_action_e action);


/* ngx_trade_write.c: shared by the calls that make a record */

typedef struct {
    trade_write_args_t        call;
    char                      fingerprint[TRADE_DIGEST_LEN];
} ngx_trade_write_t;

/*
 * Reads the Idempotency-Key into req->key; sets req->keyed if there is one.
 * Set req->order before, for an order.
 */
trade_result_e ngx_trade_write_key(ngx_trade_request_t *req);

/*
 * Prepares the arguments in the request's pool, complete except for call.keep:
 * a new id, the key of ngx_trade_write_key(), the seen version and record of
 * the slot, the deadline.
 * `canonical` is equal for equal requests.  Set req->slot, and for orders
 * req->order, before.  Returns NULL with the reason in *result.
 */
ngx_trade_write_t *ngx_trade_write_create(ngx_trade_request_t *req,
    trade_str_t canonical, trade_result_e *result);

/* Does the same for the existing record of req->id: no new id, and no key. */
ngx_trade_write_t *ngx_trade_write_again(ngx_trade_request_t *req,
    trade_result_e *result);


/* ngx_trade_answer.c */

/* Adds to the answer what was wrong with the request's body; copies. */
void ngx_trade_answer_errors(ngx_trade_request_t *req,
    const trade_errors_t *errors);

/* Sets the refusal's detail; ngx_sprintf's format, cut to 256 bytes. */
void ngx_trade_answer_detail(ngx_trade_request_t *req, const char *format,
    ...);

/* Writes the body of a success: from a record, or from stock. */
ngx_int_t ngx_trade_answer_record(ngx_trade_request_t *req, trade_str_t id,
    const trade_record_t *record, ngx_uint_t published);
ngx_int_t ngx_trade_answer_stock(ngx_trade_request_t *req,
    const trade_reply_t *reply);

/*
 * Copies the values of $trade_order_id, $trade_sku and $trade_shard into the
 * request's context.  `id` is the order's, or empty.
 */
void ngx_trade_answer_trace(ngx_trade_request_t *req, trade_str_t id);

/* Sends the answer.  The caller finalises the request with the result. */
ngx_int_t ngx_trade_answer_send(ngx_trade_request_t *req,
    trade_result_e result);


/* ngx_trade_orders.c */

/*
 * The next step of the order that was read, as a hint says.  With
 * TRADE_HINT_REFUSE the reasons are kept for the answer, with its result in
 * *result.
 */
trade_hint_step_e ngx_trade_orders_hint(ngx_trade_request_t *req,
    ngx_uint_t keyed, trade_result_e *result);

/* Prepares the call that places the order, or returns why it is refused. */
trade_result_e ngx_trade_orders_write(ngx_trade_request_t *req);


/* ngx_trade_answer_headers.c */

/* Appends the headers that the result and the order or the stock ask for. */
ngx_int_t ngx_trade_answer_headers(ngx_trade_request_t *req,
    trade_result_e result);


/* The content handlers of trade_orders and trade_stock. */
ngx_int_t ngx_trade_orders_handler(ngx_http_request_t *r);
ngx_int_t ngx_trade_stock_handler(ngx_http_request_t *r);

/* The variables of an order; the last one has no name. */
extern ngx_http_variable_t  ngx_trade_variables[];


#endif /* NGX_TRADE_REQUEST_H */
