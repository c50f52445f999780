#include "trade_flow_reply.h"

#include <string.h>


static void trade_flow_reply_made(trade_flow_reply_t *means,
    const trade_flow_op_t *op, const trade_reply_t *reply, int replicated);
static void trade_flow_reply_found(trade_flow_reply_t *means,
    const trade_flow_op_t *op, const trade_reply_t *reply, int replicated);
static trade_result_e trade_flow_reply_order(const trade_flow_op_t *op,
    const trade_record_t *record);
static void trade_flow_reply_refused(trade_flow_reply_t *means,
    const trade_flow_op_t *op, trade_result_e result);
static void trade_flow_reply_strange(trade_flow_reply_t *means,
    const trade_flow_op_t *op);
static int trade_flow_reply_placing(const trade_flow_op_t *op);


void
trade_flow_reply_read(trade_flow_reply_t *means, const trade_flow_op_t *op,
    const trade_reply_t *reply, int replicated)
{
    if (reply == NULL) {
        trade_flow_reply_strange(means, op);
        return;
    }

    memset(means, 0, sizeof(*means));
    means->event = TRADE_FLOW_FINAL;

    switch (reply->kind) {

    case TRADE_REPLY_MADE:
        trade_flow_reply_made(means, op, reply, replicated);
        break;

    case TRADE_REPLY_FOUND:
        trade_flow_reply_found(means, op, reply, replicated);
        break;

    case TRADE_REPLY_STOCK:
        if (!op->changes) {
            means->kind = TRADE_FLOW_REPLY_STOCK;
            means->result = TRADE_DONE;
            break;
        }

        trade_flow_reply_strange(means, op);
        break;

    case TRADE_REPLY_REFUSED:
        means->kind = TRADE_FLOW_REPLY_REFUSED;
        trade_flow_reply_refused(means, op, reply->result);
        break;

    case TRADE_REPLY_NONE:
        if (!op->flow->changes) {
            means->kind = TRADE_FLOW_REPLY_FREE;
            trade_flow_reply_refused(means, op, op->cart ? TRADE_DONE
                                                         : TRADE_BACKLOG_FULL);
            break;
        }

        trade_flow_reply_strange(means, op);
        break;

    default:
        trade_flow_reply_strange(means, op);
        break;
    }
}


void
trade_flow_reply_error(trade_flow_reply_t *means, const trade_flow_op_t *op,
    trade_str_t text)
{
    trade_flow_reply_strange(means, op);

    if (op->flow->changes) {
        means->result = trade_reply_error(text);
        means->placed &= trade_result_unknown(means->result);
    }
}


static void
trade_flow_reply_made(trade_flow_reply_t *means, const trade_flow_op_t *op,
    const trade_reply_t *reply, int replicated)
{
    /* an order that an earlier look has found, if any, is gone */

    means->order = op->id;
    means->placed = trade_flow_reply_placing(op);

    if (reply->record.state != op->state) {
        means->kind = TRADE_FLOW_REPLY_PASSED;
        means->result = TRADE_ACCEPTED;
        return;
    }

    means->kind = TRADE_FLOW_REPLY_MADE;
    means->result = TRADE_DONE;
    means->event = replicated ? TRADE_FLOW_MADE : TRADE_FLOW_UNDURABLE;
}


static void
trade_flow_reply_found(trade_flow_reply_t *means, const trade_flow_op_t *op,
    const trade_reply_t *reply, int replicated)
{
    means->kind = TRADE_FLOW_REPLY_FOUND;
    means->order = reply->id;

    if (!op->changes) {
        means->result = trade_flow_reply_order(op, &reply->record);

    } else if (reply->published) {
        means->result = op->flow->success;

    } else if (replicated) {
        means->result = TRADE_ACCEPTED;
        means->event = TRADE_FLOW_RETRY;

    } else {
        means->result = TRADE_NOT_REPLICATED;
    }
}


/* The answer of a look-up that has found this record */

static trade_result_e
trade_flow_reply_order(const trade_flow_op_t *op,
    const trade_record_t *record)
{
    if (record->state == TRADE_STATE_STOCK
        || record->state == TRADE_STATE_REFUSED)
    {
        return TRADE_UNKNOWN_ORDER;
    }

    if (op->buyer && !trade_name_is(trade_record_buyer(record), *op->buyer)) {
        return TRADE_UNKNOWN_ORDER;
    }

    return TRADE_DONE;
}


/* A cart is also refused for what the other slots have said before */

static void
trade_flow_reply_refused(trade_flow_reply_t *means, const trade_flow_op_t *op,
    trade_result_e result)
{
    int  again;

    again = 1;

    if (op->cart && !op->cart->placing) {
        result = trade_cart_flow_dry_run(op->cart, result);

        /* a second look finds more than the first only by the key */

        again = op->keyed;
    }

    means->result = result;

    if (again && (result == TRADE_BUYER_BUSY
                  || result == TRADE_IN_PROGRESS))
    {
        means->event = TRADE_FLOW_RETRY;
    }
}


/* Whether it ran or not, the call may have placed the order */

static void
trade_flow_reply_strange(trade_flow_reply_t *means, const trade_flow_op_t *op)
{
    memset(means, 0, sizeof(*means));

    means->kind = TRADE_FLOW_REPLY_STRANGE;
    means->event = TRADE_FLOW_FINAL;
    means->result = op->flow->changes ? TRADE_NO_ANSWER : TRADE_REDIS_REFUSED;
    means->placed = trade_flow_reply_placing(op);
}


static int
trade_flow_reply_placing(const trade_flow_op_t *op)
{
    return op->cart && op->cart->placing;
}
