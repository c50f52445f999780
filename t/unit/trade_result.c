/* Shows the status, the name and the rest that each result has. */

#include "trade_result.h"
#include "unit.h"


/* the table of statuses of the HTTP API */

static const struct {
    trade_result_e    result;
    unsigned          status;
    const char       *name;
    int               retry;
} results[] = {
    { TRADE_DONE, 200, "done", 0 },
    { TRADE_CREATED, 201, "created", 0 },
    { TRADE_ACCEPTED, 202, "accepted", 0 },
    { TRADE_NOT_MODIFIED, 304, "not-modified", 0 },
    { TRADE_BAD_JSON, 400, "bad-json", 0 },
    { TRADE_UNKNOWN_FIELD, 400, "unknown-field", 0 },
    { TRADE_DOUBLED_FIELD, 400, "doubled-field", 0 },
    { TRADE_INVALID_FIELD, 422, "invalid-field", 0 },
    { TRADE_BODY_TOO_LONG, 413, "body-too-long", 0 },
    { TRADE_MEDIA_TYPE, 415, "media-type", 0 },
    { TRADE_KEY_REQUIRED, 400, "idempotency-key-required", 0 },
    { TRADE_KEY_MALFORMED, 400, "idempotency-key-malformed", 0 },
    { TRADE_KEY_REUSED, 422, "idempotency-key-reused", 0 },
    { TRADE_KEY_NOT_NONCE, 400, "idempotency-key-not-nonce", 0 },
    { TRADE_BUYER_REQUIRED, 403, "buyer-required", 0 },
    { TRADE_BUYER_MALFORMED, 403, "buyer-malformed", 0 },
    { TRADE_TICKET_REQUIRED, 403, "ticket-required", 0 },
    { TRADE_TICKET_MALFORMED, 403, "ticket-malformed", 0 },
    { TRADE_TICKET_INVALID, 403, "ticket-invalid", 0 },
    { TRADE_TICKET_EXPIRED, 403, "ticket-expired", 0 },
    { TRADE_TICKET_FOREIGN, 403, "ticket-foreign", 0 },
    { TRADE_BAD_URI, 400, "bad-uri", 0 },
    { TRADE_METHOD, 405, "method-not-allowed", 0 },
    { TRADE_NOT_FOUND, 404, "not-found", 0 },
    { TRADE_PRECONDITION_MALFORMED, 400, "precondition-malformed", 0 },
    { TRADE_PRECONDITION_FAILED, 412, "precondition-failed", 0 },
    { TRADE_UNKNOWN_SKU, 404, "unknown-sku", 0 },
    { TRADE_UNKNOWN_ORDER, 404, "unknown-order", 0 },
    { TRADE_SOLD_OUT, 409, "sold-out", 0 },
    { TRADE_BUSY, 409, "busy", 1 },
    { TRADE_BUYER_LIMIT, 409, "buyer-limit", 0 },
    { TRADE_BUYER_BUSY, 409, "buyer-busy", 1 },
    { TRADE_WRONG_STATE, 409, "wrong-state", 0 },
    { TRADE_NOT_STARTED, 403, "not-started", 1 },
    { TRADE_SALE_OVER, 410, "sale-over", 0 },
    { TRADE_BELOW_SOLD, 409, "below-sold", 0 },
    { TRADE_ABOVE_MAX, 409, "above-max", 0 },
    { TRADE_BAD_WINDOW, 409, "closes-before-opens", 0 },
    { TRADE_IN_PROGRESS, 409, "request-in-progress", 1 },
    { TRADE_LATE, 503, "late", 1 },
    { TRADE_BACKLOG_FULL, 503, "backlog-full", 1 },
    { TRADE_QUEUE_FULL, 503, "queue-full", 1 },
    { TRADE_SHARD_DOWN, 503, "shard-down", 1 },
    { TRADE_SLOT_CLOSED, 503, "slot-closed", 1 },
    { TRADE_REDIS_REFUSED, 503, "shard-refused", 1 },
    { TRADE_OVERLOADED, 503, "overloaded", 1 },
    { TRADE_NO_ANSWER, 503, "no-answer", 1 },
    { TRADE_NOT_REPLICATED, 503, "not-replicated", 1 },
    { TRADE_LOCKED, 423, "locked", 1 },
    { TRADE_LOCK_QUEUE_FULL, 423, "lock-queue-full", 1 },
    { TRADE_LOCK_DOWN, 503, "lock-down", 1 }
};


static void
test_results(void)
{
    size_t          i;
    trade_result_e  result;

    is_int(UNIT_ROWS(results), TRADE_RESULTS, "all results are here");

    for (i = 0; i < UNIT_ROWS(results); i++) {
        result = results[i].result;

        is_int(trade_result_status(result), results[i].status, "%s",
               results[i].name);
        is_str(trade_result_name(result), trade_str_c(results[i].name),
               "a result has its name");
        is_int(trade_result_retry_after(result, 0) > 0, results[i].retry,
               "a result says whether to try again");
        is_int(trade_result_unknown(result),
               result == TRADE_NO_ANSWER || result == TRADE_NOT_REPLICATED,
               "a result says whether its outcome is unknown");
    }
}


static void
test_spread(void)
{
    unsigned  i;

    for (i = 0; i < 12; i++) {
        is_int(trade_result_retry_after(TRADE_QUEUE_FULL, i), 1 + i % 4,
               "refused by a full queue, clients come back one by one");
        is_int(trade_result_retry_after(TRADE_BACKLOG_FULL, i), 1 + i % 4,
               "refused by a full backlog, clients come back one by one");
        is_int(trade_result_retry_after(TRADE_SLOT_CLOSED, i), 5,
               "refused by a closed slot, clients come back at once");
    }
}


/* The names of items' reasons are those of problems */

static void
test_items(void)
{
    size_t       i;
    trade_str_t  name;

    static const char  items[] =
        " unknown-sku sold-out busy buyer-limit buyer-busy not-started "
        "sale-over request-in-progress late shard-down slot-closed "
        "shard-refused ";

    for (i = 0; i < UNIT_ROWS(results); i++) {
        char  word[64];

        name = trade_result_name(results[i].result);
        (void) snprintf(word, sizeof(word), " %.*s ", (int) name.len,
                        name.data);
        is_int(trade_result_items(results[i].result),
               strstr(items, word) != NULL, "whether %s refuses items",
               results[i].name);
    }
}


int
main(void)
{
    test_results();
    test_spread();
    test_items();

    return done_testing();
}
