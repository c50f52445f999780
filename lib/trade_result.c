#include "trade_result.h"


/* seconds */
#define TRADE_RESULT_SPREAD  4


typedef struct {
    unsigned      status;
    unsigned      retry_after;      /* seconds */
    int           unknown;
    trade_str_t   name;
    const char   *title;
} trade_result_row_t;


static const trade_result_row_t  trade_results[TRADE_RESULTS] = {
    [TRADE_DONE] = { 200, 0, 0, trade_str("done"), NULL },
    [TRADE_CREATED] = { 201, 0, 0, trade_str("created"), NULL },
    [TRADE_ACCEPTED] = { 202, 0, 0, trade_str("accepted"), NULL },
    [TRADE_NOT_MODIFIED] = { 304, 0, 0, trade_str("not-modified"), NULL },

    [TRADE_BAD_JSON] = { 400, 0, 0, trade_str("bad-json"),
        "The body is not strict JSON" },
    [TRADE_UNKNOWN_FIELD] = { 400, 0, 0, trade_str("unknown-field"),
        "A field is not known" },
    [TRADE_DOUBLED_FIELD] = { 400, 0, 0, trade_str("doubled-field"),
        "A field appears twice" },
    [TRADE_INVALID_FIELD] = { 422, 0, 0, trade_str("invalid-field"),
        "A field is missing or out of range" },
    [TRADE_BODY_TOO_LONG] = { 413, 0, 0, trade_str("body-too-long"),
        "The body is too long" },
    [TRADE_MEDIA_TYPE] = { 415, 0, 0, trade_str("media-type"),
        "The body must be application/json, not encoded" },
    [TRADE_KEY_REQUIRED] = { 400, 0, 0, trade_str("idempotency-key-required"),
        "An Idempotency-Key is required" },
    [TRADE_KEY_MALFORMED] = { 400, 0, 0,
        trade_str("idempotency-key-malformed"),
        "The Idempotency-Key is malformed" },
    [TRADE_KEY_REUSED] = { 422, 0, 0, trade_str("idempotency-key-reused"),
        "The Idempotency-Key was used for another request" },
    [TRADE_KEY_NOT_NONCE] = { 400, 0, 0,
        trade_str("idempotency-key-not-nonce"),
        "The Idempotency-Key is not the nonce of the ticket" },
    [TRADE_BUYER_REQUIRED] = { 403, 0, 0, trade_str("buyer-required"),
        "The request names no buyer" },
    [TRADE_BUYER_MALFORMED] = { 403, 0, 0, trade_str("buyer-malformed"),
        "The buyer id is in a form that is not allowed" },
    [TRADE_TICKET_REQUIRED] = { 403, 0, 0, trade_str("ticket-required"),
        "An order here needs a ticket" },
    [TRADE_TICKET_MALFORMED] = { 403, 0, 0, trade_str("ticket-malformed"),
        "The ticket is malformed" },
    [TRADE_TICKET_INVALID] = { 403, 0, 0, trade_str("ticket-invalid"),
        "The ticket's signature is not valid" },
    [TRADE_TICKET_EXPIRED] = { 403, 0, 0, trade_str("ticket-expired"),
        "The ticket has expired" },
    [TRADE_TICKET_FOREIGN] = { 403, 0, 0, trade_str("ticket-foreign"),
        "The ticket is for another SKU or another buyer" },
    [TRADE_BAD_URI] = { 400, 0, 0, trade_str("bad-uri"),
        "The URI can't be read" },
    [TRADE_METHOD] = { 405, 0, 0, trade_str("method-not-allowed"),
        "The method is not allowed here" },
    [TRADE_NOT_FOUND] = { 404, 0, 0, trade_str("not-found"),
        "No resource has this URI" },
    [TRADE_PRECONDITION_MALFORMED] = { 400, 0, 0,
        trade_str("precondition-malformed"),
        "If-Match or If-None-Match is malformed" },
    [TRADE_PRECONDITION_FAILED] = { 412, 0, 0,
        trade_str("precondition-failed"),
        "A precondition of the request does not hold" },
    [TRADE_UNKNOWN_SKU] = { 404, 0, 0, trade_str("unknown-sku"),
        "The SKU is not known" },
    [TRADE_UNKNOWN_ORDER] = { 404, 0, 0, trade_str("unknown-order"),
        "The order is not known" },

    [TRADE_SOLD_OUT] = { 409, 0, 0, trade_str("sold-out"),
        "Too few units are available" },
    [TRADE_BUSY] = { 409, 1, 0, trade_str("busy"),
        "Another cart holds the units" },
    [TRADE_BUYER_LIMIT] = { 409, 0, 0, trade_str("buyer-limit"),
        "The buyer's limit is reached" },
    [TRADE_BUYER_BUSY] = { 409, 1, 0, trade_str("buyer-busy"),
        "Another order of the buyer is being placed" },
    [TRADE_WRONG_STATE] = { 409, 0, 0, trade_str("wrong-state"),
        "The order's state does not allow this action" },
    [TRADE_NOT_STARTED] = { 403, 1, 0, trade_str("not-started"),
        "The sale has not started" },
    [TRADE_SALE_OVER] = { 410, 0, 0, trade_str("sale-over"),
        "The sale is over" },
    [TRADE_BELOW_SOLD] = { 409, 0, 0, trade_str("below-sold"),
        "The total would be less than what is held and sold" },
    [TRADE_ABOVE_MAX] = { 409, 0, 0, trade_str("above-max"),
        "The total would be more than a stock can hold" },
    [TRADE_BAD_WINDOW] = { 409, 0, 0, trade_str("closes-before-opens"),
        "The sale would close before it opens" },
    [TRADE_IN_PROGRESS] = { 409, 1, 0, trade_str("request-in-progress"),
        "An order with this Idempotency-Key is not decided yet" },

    [TRADE_LATE] = { 503, 1, 0, trade_str("late"),
        "The request's time was over before its change was made" },
    [TRADE_BACKLOG_FULL] = { 503, 1, 0, trade_str("backlog-full"),
        "Too many orders wait to be published" },
    [TRADE_QUEUE_FULL] = { 503, 1, 0, trade_str("queue-full"),
        "The request would wait for too long" },
    [TRADE_SHARD_DOWN] = { 503, 1, 0, trade_str("shard-down"),
        "The shard that owns the items can't be reached" },
    [TRADE_SLOT_CLOSED] = { 503, 5, 0, trade_str("slot-closed"),
        "The items are not sold for the time being" },
    [TRADE_REDIS_REFUSED] = { 503, 1, 0, trade_str("shard-refused"),
        "The shard that owns the items takes no orders now" },
    [TRADE_OVERLOADED] = { 503, 1, 0, trade_str("overloaded"),
        "The gateway has no room for the request" },
    [TRADE_NO_ANSWER] = { 503, 1, 1, trade_str("no-answer"),
        "The shard did not answer" },
    [TRADE_NOT_REPLICATED] = { 503, 1, 1, trade_str("not-replicated"),
        "Too few replicas have confirmed the change" },

    [TRADE_LOCKED] = { 423, 1, 0, trade_str("locked"),
        "Another request holds the lock" },
    [TRADE_LOCK_QUEUE_FULL] = { 423, 1, 0, trade_str("lock-queue-full"),
        "Too many requests wait for the lock" },
    [TRADE_LOCK_DOWN] = { 503, 1, 0, trade_str("lock-down"),
        "The shard that keeps the lock can't be reached" }
};


unsigned
trade_result_status(trade_result_e result)
{
    return trade_results[result].status;
}


trade_str_t
trade_result_name(trade_result_e result)
{
    return trade_results[result].name;
}


const char *
trade_result_title(trade_result_e result)
{
    return trade_results[result].title;
}


int
trade_result_unknown(trade_result_e result)
{
    return trade_results[result].unknown;
}


unsigned
trade_result_retry_after(trade_result_e result, unsigned random)
{
    unsigned  seconds;

    seconds = trade_results[result].retry_after;

    if (result == TRADE_QUEUE_FULL || result == TRADE_BACKLOG_FULL) {
        seconds += random % TRADE_RESULT_SPREAD;
    }

    return seconds;
}


int
trade_result_items(trade_result_e result)
{
    switch (result) {

    case TRADE_UNKNOWN_SKU:
    case TRADE_SOLD_OUT:
    case TRADE_BUSY:
    case TRADE_BUYER_LIMIT:
    case TRADE_BUYER_BUSY:
    case TRADE_NOT_STARTED:
    case TRADE_SALE_OVER:
    case TRADE_IN_PROGRESS:
    case TRADE_LATE:
    case TRADE_SHARD_DOWN:
    case TRADE_SLOT_CLOSED:
    case TRADE_REDIS_REFUSED:
        return 1;

    default:
        return 0;
    }
}
