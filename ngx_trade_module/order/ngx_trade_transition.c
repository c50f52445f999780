/*
 * /v1/orders/{id}/pay, deliver, cancel: an order goes to another state.
 */

#include "ngx_trade_request.h"
#include "ngx_trade_slot.h"


static trade_result_e ngx_trade_transition_prepare(ngx_trade_request_t *req);


#define ngx_trade_transition(name_, action_, state_)                          \
    [action_] = {                                                             \
        .name = name_,                                                        \
        .prepare = ngx_trade_transition_prepare,                              \
        .success = TRADE_DONE,                                                \
        .state = state_,                                                      \
        .action = &trade_actions[action_],                                    \
        .changes = 1,                                                         \
        .located = 1                                                          \
    }


static const ngx_trade_op_t  ngx_trade_transition_ops[TRADE_ACTIONS] = {
    ngx_trade_transition("pay", TRADE_ACTION_PAY, TRADE_STATE_PAID),
    ngx_trade_transition("deliver", TRADE_ACTION_DELIVER,
                         TRADE_STATE_DELIVERED),
    ngx_trade_transition("cancel", TRADE_ACTION_CANCEL,
                         TRADE_STATE_CANCELLED)
};


const ngx_trade_op_t *
ngx_trade_transition_op(trade_action_e action)
{
    return action < TRADE_ACTIONS && trade_actions[action].to
           ? &ngx_trade_transition_ops[action] : NULL;
}


/*
 * A full backlog refuses no transition: there are no more of these events than
 * orders, and a payment must be recorded.
 */

static trade_result_e
ngx_trade_transition_prepare(ngx_trade_request_t *req)
{
    void               *mem;
    trade_call_t        call;
    trade_result_e      result;
    ngx_trade_write_t  *write;

    result = ngx_trade_request_buyer(req);

    if (result == TRADE_DONE) {
        result = ngx_trade_request_order(req);
    }

    if (result != TRADE_DONE) {
        return result;
    }

    req->record.state = req->op->state;
    req->record.key = TRADE_RECORD_KEY_ORDER;       /* or as the order has it */

    write = ngx_trade_write_again(req, &result);
    if (write == NULL) {
        return result;
    }

    write->call.keep = req->op->action->ends ? TRADE_KEEP_ENDED
                                            : req->worker->conf->order_keep;

    mem = ngx_palloc(req->pool, TRADE_CALL_CHANGE_SIZE);

    if (mem == NULL
        || trade_call_transition(&call, mem, TRADE_CALL_CHANGE_SIZE,
                                 &write->call, req->op->action,
                                 ngx_trade_str(req->buyer))
           != 0)
    {
        return TRADE_OVERLOADED;
    }

    ngx_trade_slot_call(&req->call, &call, ngx_trade_reply_handler, req);

    return TRADE_DONE;
}
