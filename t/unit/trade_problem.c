/* Shows each result's status and document, and that any document fits. */

#include "trade_problem.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"


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
    { TRADE_BUYER_REQUIRED, 403, "buyer-required", 0 },
    { TRADE_BUYER_MALFORMED, 403, "buyer-malformed", 0 },
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
    trade_result_e    result;
    const char       *detail;
    const char       *pointers[2];
    const char       *id;
    const char       *change;
    const char       *state;
    const char       *json;
} problems[] = {
    { TRADE_WRONG_STATE, "", { NULL }, "", "", "paid",
      "{\"type\":\"urn:trade-gateway:problem:wrong-state\","
      "\"title\":\"The order's state does not allow this action\","
      "\"status\":409,\"outcome\":\"none\",\"state\":\"paid\"}" },
    { TRADE_SOLD_OUT, "", { NULL }, "", "", "",
      "{\"type\":\"urn:trade-gateway:problem:sold-out\","
      "\"title\":\"Too few units are available\",\"status\":409,"
      "\"outcome\":\"none\"}" },
    { TRADE_NO_ANSWER, "", { NULL }, ID, "", "",
      "{\"type\":\"urn:trade-gateway:problem:no-answer\","
      "\"title\":\"The shard did not answer\",\"status\":503,"
      "\"outcome\":\"unknown\",\"order_id\":\"" ID "\"}" },
    { TRADE_NOT_REPLICATED, "", { NULL }, "", ID, "",
      "{\"type\":\"urn:trade-gateway:problem:not-replicated\","
      "\"title\":\"Too few replicas have confirmed the change\","
      "\"status\":503,\"outcome\":\"unknown\",\"change_id\":\"" ID "\"}" },
    { TRADE_BAD_JSON, "say \"x\"\n", { "", NULL }, "", "", "",
      "{\"type\":\"urn:trade-gateway:problem:bad-json\","
      "\"title\":\"The body is not strict JSON\",\"status\":400,"
      "\"detail\":\"say \\u0022x\\u0022\\u000a\",\"outcome\":\"none\","
      "\"errors\":[{\"pointer\":\"\",\"detail\":\"is 0\"}]}" },
    { TRADE_INVALID_FIELD, "", { "/items/0/sku", "/a~1\"b" }, "x\\y", "", "",
      "{\"type\":\"urn:trade-gateway:problem:invalid-field\","
      "\"title\":\"A field is missing or out of range\",\"status\":422,"
      "\"outcome\":\"none\",\"order_id\":\"x\\u005cy\",\"errors\":["
      "{\"pointer\":\"/items/0/sku\",\"detail\":\"is 0\"},"
      "{\"pointer\":\"/a~1\\u0022b\",\"detail\":\"is 1\"}]}" }
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
        is_int(trade_result_retry_after(result) > 0, results[i].retry,
               "a result says whether to try again");
        is_int(trade_result_unknown(result),
               result == TRADE_NO_ANSWER || result == TRADE_NOT_REPLICATED,
               "a result says whether its outcome is unknown");
    }
}


/*
 * The document, in memory of just the size that it says it needs at most; it
 * ends in NUL.
 */

static trade_str_t
document(const trade_problem_t *problem)
{
    size_t        size;
    trade_buf_t   b;
    static char  *mem;

    free(mem);
    size = trade_problem_size(problem);
    mem = calloc(1, size + 1);

    trade_buf_init(&b, mem, size);
    trade_problem_write(&b, problem);

    ok(!b.overflow, "a document of %zu bytes fits into %zu",
       trade_buf_done(&b).len, size);
    ok(unit_is_json(trade_buf_done(&b)), "the document is strict JSON");

    return trade_buf_done(&b);
}


static void
test_problems(void)
{
    size_t           i, n;
    trade_errors_t   errors;
    trade_problem_t  problem = { 0 };

    for (i = 0; i < UNIT_ROWS(problems); i++) {
        for (errors.n = n = 0; n < 2 && problems[i].pointers[n]; n++) {
            trade_errors_add(&errors, problems[i].pointers[n], "is %zu", n);
        }

        problem.result = problems[i].result;
        problem.detail = trade_str_c(problems[i].detail);
        problem.order_id = trade_str_c(problems[i].id);
        problem.change_id = trade_str_c(problems[i].change);
        problem.state = trade_str_c(problems[i].state);
        problem.errors = &errors;

        is_str(document(&problem), trade_str_c(problems[i].json),
               "problem %zu", i);
    }
}


/* A refused item, and what stands in `errors` of it */

static const struct {
    trade_refusal_t   item;
    const char       *json;
} refusals[] = {
    { { 0, trade_str("A-1"), trade_str("sold-out"), TRADE_REFUSAL_NONE,
        TRADE_REFUSAL_NONE, TRADE_REFUSAL_NONE, TRADE_REFUSAL_NONE },
      "{\"pointer\":\"/items/0\",\"sku\":\"A-1\",\"code\":\"sold-out\"}" },
    { { 12, trade_str("say \"x\\\""), trade_str("not-started"), 1767323045678,
        TRADE_REFUSAL_NONE, TRADE_REFUSAL_NONE, TRADE_REFUSAL_NONE },
      "{\"pointer\":\"/items/12\",\"sku\":\"say \\u0022x\\u005c\\u0022\","
      "\"code\":\"not-started\","
      "\"opens_at\":\"2026-01-02T03:04:05.678Z\"}" },
    { { 999, trade_str("b"), trade_str("sale-over"), TRADE_REFUSAL_NONE, 0,
        TRADE_REFUSAL_NONE, TRADE_REFUSAL_NONE },
      "{\"pointer\":\"/items/999\",\"sku\":\"b\",\"code\":\"sale-over\","
      "\"closes_at\":\"1970-01-01T00:00:00.000Z\"}" },
    { { 1, trade_str("b"), trade_str("buyer-limit"), TRADE_REFUSAL_NONE,
        TRADE_REFUSAL_NONE, 1000000000000, 0 },
      "{\"pointer\":\"/items/1\",\"sku\":\"b\",\"code\":\"buyer-limit\","
      "\"limit\":1000000000000,\"left\":0}" },
    { { 2, trade_str("b"), trade_str("max-quantity"), TRADE_REFUSAL_NONE,
        TRADE_REFUSAL_NONE, 1000, TRADE_REFUSAL_NONE },
      "{\"pointer\":\"/items/2\",\"sku\":\"b\",\"code\":\"max-quantity\","
      "\"limit\":1000}" }
};


static void
test_refused(void)
{
    char              mem[4096];
    size_t            i;
    trade_buf_t       b;
    trade_refusal_t   list[UNIT_ROWS(refusals)];
    trade_refusals_t  refused = { UNIT_ROWS(refusals), list };
    trade_problem_t   problem = { 0 };

    problem.result = TRADE_SOLD_OUT;
    problem.refused = &refused;

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, "{\"type\":\"urn:trade-gateway:problem:sold-out\","
                    "\"title\":\"Too few units are available\",\"status\":409,"
                    "\"outcome\":\"none\",\"errors\":[");

    for (i = 0; i < UNIT_ROWS(refusals); i++) {
        list[i] = refusals[i].item;
        trade_buf_c(&b, i ? "," : "");
        trade_buf_c(&b, refusals[i].json);
    }

    trade_buf_c(&b, "]}");

    is_str(document(&problem), trade_buf_done(&b),
           "each refused item has its reason as data");

    refused.n = 0;
    is_str(document(&problem),
           trade_str_c("{\"type\":\"urn:trade-gateway:problem:sold-out\","
                       "\"title\":\"Too few units are available\","
                       "\"status\":409,\"outcome\":\"none\"}"),
           "without refused items there are no errors");

    problem.status = 423;
    ok(strstr(document(&problem).data, "\"status\":423,") != NULL,
       "a status that is given replaces the result's");
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


/* Buyers see titles: no title tells of slots, whatever refuses an order */

static void
test_titles(void)
{
    char             title[128];
    size_t           i;
    const char      *at;
    trade_problem_t  problem = { 0 };

    for (i = 0; i < UNIT_ROWS(results); i++) {
        if (results[i].status < 400) {
            continue;
        }

        problem.result = results[i].result;
        at = strstr(document(&problem).data, "\"title\":\"");

        ok(at && sscanf(at, "\"title\":\"%127[^\"]", title) == 1
           && !strstr(title, "slot"), "the title of %s names no slot",
           results[i].name);
    }
}


static void
write_refusal(trade_buf_t *b, const void *data)
{
    trade_problem_t  problem = { 0 };

    problem.result = *(const trade_result_e *) data;
    problem.detail = trade_str_c("\"why\"");
    problem.order_id = trade_str_c(ID);
    problem.state = trade_str_c("cancelled");

    trade_problem_write(b, &problem);
}


/* The document of every refusal, in memory that is just enough */

static void
test_bounds(void)
{
    char            mem[1024];
    size_t          i;
    trade_buf_t     b;
    trade_result_e  result;

    for (i = 0; i < UNIT_ROWS(results); i++) {
        result = results[i].result;

        if (results[i].status < 400) {
            continue;
        }

        trade_buf_init(&b, mem, sizeof(mem));
        write_refusal(&b, &result);

        ok(unit_is_json(trade_buf_done(&b)), "a document of %s",
           results[i].name);
        ok(unit_bounded(write_refusal, &result, trade_buf_done(&b).len),
           "a document that does not fit says so");
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
           "the pointer of a long error is cut");
    is_int(strlen(errors.error[0].detail), sizeof(errors.error[0].detail) - 1,
           "the detail of a long error is cut");

    for (i = 1; i < TRADE_ERRORS_MAX + 12; i++) {
        trade_errors_add(&errors, "/x", "number %d", i);
    }

    is_int(errors.n, TRADE_ERRORS_MAX, "an error past the last is dropped");
    is_str(trade_str_c(errors.error[TRADE_ERRORS_MAX - 1].detail),
           trade_str_c("number 63"), "the last error is the sixty-fourth");
}


/* All of the longest: errors as long as their fields, SKUs of 255 bytes */

static void
test_longest(void)
{
    char               text[256];
    size_t             i, n;
    trade_errors_t     errors = { 0 };
    trade_refusal_t   *list;
    trade_refusals_t   refused;
    trade_problem_t    problem = { 0 };
    static const char  chars[] = "x\"\\\x7f\xff";

    list = malloc(1000 * sizeof(trade_refusal_t));
    refused.list = list;
    refused.n = 1000;

    for (i = 0; chars[i]; i++) {
        memset(text, chars[i], sizeof(text));
        text[sizeof(text) - 1] = '\0';

        for (errors.n = n = 0; n < TRADE_ERRORS_MAX; n++) {
            trade_errors_add(&errors, chars[i] & 0x80 ? "x" : text, "%s",
                             chars[i] >= 0x7f || chars[i] & 0x80 ? "x" : text);
        }

        for (n = 0; n < refused.n; n++) {
            list[n].index = 999;
            list[n].sku = trade_str_of(text, 255);
            list[n].code = trade_str_c("request-in-progress");
            list[n].opens_at = list[n].closes_at = 253402300799999;
            list[n].limit = list[n].left = UINT64_MAX - 1;
        }

        problem.result = TRADE_KEY_MALFORMED;
        problem.detail = trade_str_of(text, 255);
        problem.order_id = problem.change_id = trade_str_c(ID);
        problem.state = trade_str_c("delivered");
        problem.errors = &errors;
        problem.refused = &refused;

        ok(document(&problem).len > 300000, "it is the longest, of %02x",
           (unsigned char) chars[i]);
    }

    free(list);
}


int
main(void)
{
    test_results();
    test_problems();
    test_refused();
    test_items();
    test_titles();
    test_bounds();
    test_errors();
    test_longest();

    return done_testing();
}
