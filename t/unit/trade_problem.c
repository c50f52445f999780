/* Shows each verdict's status and document, and that any document fits. */

#include "trade_problem.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"


/* the table of statuses of the HTTP API */

static const struct {
    trade_verdict_e   verdict;
    unsigned          status;
    const char       *name;
    int               retry;
} verdicts[] = {
    { TRADE_DONE, 200, "done", 0 },
    { TRADE_CREATED, 201, "created", 0 },
    { TRADE_ACCEPTED, 202, "accepted", 0 },
    { TRADE_BAD_JSON, 400, "bad-json", 0 },
    { TRADE_UNKNOWN_FIELD, 400, "unknown-field", 0 },
    { TRADE_DOUBLED_FIELD, 400, "doubled-field", 0 },
    { TRADE_INVALID_FIELD, 422, "invalid-field", 0 },
    { TRADE_BODY_TOO_LONG, 413, "body-too-long", 0 },
    { TRADE_MEDIA_TYPE, 415, "media-type", 0 },
    { TRADE_KEY_REQUIRED, 400, "idempotency-key-required", 0 },
    { TRADE_KEY_MALFORMED, 400, "idempotency-key-malformed", 0 },
    { TRADE_KEY_REUSED, 422, "idempotency-key-reused", 0 },
    { TRADE_BUYER_REQUIRED, 403, "buyer-required", 0 },
    { TRADE_METHOD, 405, "method-not-allowed", 0 },
    { TRADE_NOT_FOUND, 404, "not-found", 0 },
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
    { TRADE_IN_PROGRESS, 409, "request-in-progress", 1 },
    { TRADE_LATE, 503, "late", 1 },
    { TRADE_BACKLOG_FULL, 503, "backlog-full", 1 },
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


static const struct {
    trade_verdict_e   verdict;
    const char       *detail;
    const char       *pointers[2];
    const char       *id;
    const char       *state;
    const char       *json;
} problems[] = {
    { TRADE_WRONG_STATE, "", { NULL }, "", "paid",
      "{\"type\":\"urn:trade-gateway:problem:wrong-state\","
      "\"title\":\"The order's state does not allow that\",\"status\":409,"
      "\"outcome\":\"none\",\"state\":\"paid\"}" },
    { TRADE_SOLD_OUT, "", { NULL }, "", "",
      "{\"type\":\"urn:trade-gateway:problem:sold-out\","
      "\"title\":\"Sold out\",\"status\":409,\"outcome\":\"none\"}" },
    { TRADE_NO_ANSWER, "", { NULL }, ID, "",
      "{\"type\":\"urn:trade-gateway:problem:no-answer\","
      "\"title\":\"The shard did not answer\",\"status\":503,"
      "\"outcome\":\"unknown\",\"order_id\":\"" ID "\"}" },
    { TRADE_BAD_JSON, "say \"x\"\n", { "", NULL }, "", "",
      "{\"type\":\"urn:trade-gateway:problem:bad-json\","
      "\"title\":\"The body is not strict JSON\",\"status\":400,"
      "\"detail\":\"say \\\"x\\\"\\u000a\",\"outcome\":\"none\","
      "\"errors\":[{\"pointer\":\"\",\"detail\":\"is 0\"}]}" },
    { TRADE_INVALID_FIELD, "", { "/items/0/sku", "/a~1\"b" }, "x\\y", "",
      "{\"type\":\"urn:trade-gateway:problem:invalid-field\","
      "\"title\":\"A field is missing or out of range\",\"status\":422,"
      "\"outcome\":\"none\",\"order_id\":\"x\\\\y\",\"errors\":["
      "{\"pointer\":\"/items/0/sku\",\"detail\":\"is 0\"},"
      "{\"pointer\":\"/a~1\\\"b\",\"detail\":\"is 1\"}]}" }
};


static void
test_verdicts(void)
{
    size_t           i;
    trade_verdict_e  verdict;

    is_int(UNIT_ROWS(verdicts), TRADE_VERDICTS, "all verdicts are here");

    for (i = 0; i < UNIT_ROWS(verdicts); i++) {
        verdict = verdicts[i].verdict;

        is_int(trade_verdict_status(verdict), verdicts[i].status, "%s",
               verdicts[i].name);
        is_str(trade_verdict_name(verdict), trade_str_c(verdicts[i].name),
               "its name");
        is_int(trade_verdict_retry_after(verdict) > 0, verdicts[i].retry,
               "whether to try again");
        is_int(trade_verdict_unknown(verdict),
               verdict == TRADE_NO_ANSWER || verdict == TRADE_NOT_REPLICATED,
               "whether its outcome is unknown");
    }
}


static void
test_problems(void)
{
    char            mem[trade_problem_size(TRADE_ERRORS_MAX, 120)];
    size_t          i, n;
    trade_buf_t     b;
    trade_errors_t  errors;

    for (i = 0; i < UNIT_ROWS(problems); i++) {
        for (errors.n = n = 0; n < 2 && problems[i].pointers[n]; n++) {
            trade_errors_add(&errors, problems[i].pointers[n], "is %zu", n);
        }

        trade_buf_init(&b, mem, sizeof(mem));
        trade_problem_write(&b, problems[i].verdict,
                            trade_str_c(problems[i].detail), &errors,
                            trade_str_c(problems[i].id),
                            trade_str_c(problems[i].state));

        is_str(trade_buf_done(&b), trade_str_c(problems[i].json),
               "problem %zu", i);
        ok(unit_is_json(trade_buf_done(&b)), "is strict JSON");
    }
}


static void
write_refusal(trade_buf_t *b, const void *data)
{
    trade_problem_write(b, *(const trade_verdict_e *) data,
                        trade_str_c("\"why\""), NULL, trade_str_c(ID),
                        trade_str_c("cancelled"));
}


/* The document of every refusal, in memory that is just enough */

static void
test_bounds(void)
{
    char             mem[trade_problem_size(TRADE_ERRORS_MAX, 120)];
    size_t           i;
    trade_buf_t      b;
    trade_verdict_e  verdict;

    for (i = 0; i < UNIT_ROWS(verdicts); i++) {
        verdict = verdicts[i].verdict;

        if (verdicts[i].status < 300) {
            continue;
        }

        trade_buf_init(&b, mem, sizeof(mem));
        write_refusal(&b, &verdict);

        ok(unit_is_json(trade_buf_done(&b)), "a document of %s",
           verdicts[i].name);
        ok(unit_bounded(write_refusal, &verdict, trade_buf_done(&b).len),
           "says when it does not fit");
    }
}


static void
test_errors(void)
{
    int             i;
    char            text[200];
    trade_errors_t  errors = { 0 };

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';

    trade_errors_add(&errors, text, "%s", text);
    is_int(errors.n, 1, "an error longer than its fields");
    is_int(strlen(errors.error[0].pointer), sizeof(errors.error[0].pointer) - 1,
           "its pointer is cut");
    is_int(strlen(errors.error[0].detail), sizeof(errors.error[0].detail) - 1,
           "its detail is cut");

    for (i = 1; i < TRADE_ERRORS_MAX + 12; i++) {
        trade_errors_add(&errors, "/x", "number %d", i);
    }

    is_int(errors.n, TRADE_ERRORS_MAX, "what is past the last is dropped");
    is_str(trade_str_c(errors.error[TRADE_ERRORS_MAX - 1].detail),
           trade_str_c("number 63"), "and the last is the sixty-fourth");
}


/*
 * The longest verdict's document with 8 errors, each as long as its fields,
 * all of it `c`.
 */
static size_t
longest(char c)
{
    int              i;
    char             text[200], detail[120];
    char             mem[trade_problem_size(TRADE_ERRORS_MAX, 120)];
    trade_buf_t      b;
    trade_errors_t   errors = { 0 };

    memset(text, c, sizeof(text));
    text[sizeof(text) - 1] = '\0';
    memset(detail, c, sizeof(detail));

    for (i = 0; i < TRADE_ERRORS_MAX; i++) {
        trade_errors_add(&errors, text, "%s", text);
    }

    trade_buf_init(&b, mem, sizeof(mem));
    trade_problem_write(&b, TRADE_KEY_MALFORMED,
                        trade_str_of(detail, sizeof(detail)), &errors,
                        trade_str_c(ID), trade_str_c("delivered"));

    return b.overflow ? 0 : trade_buf_done(&b).len;
}


static void
test_longest(void)
{
    static const char  chars[] = "x\"\\";
    const char        *c;

    for (c = chars; *c; c++) {
        ok(longest(*c) > 0, "8 of the longest errors, of %02x, fit: %zu bytes",
           *c, longest(*c));
    }
}


int
main(void)
{
    test_verdicts();
    test_problems();
    test_bounds();
    test_errors();
    test_longest();

    return done_testing();
}
