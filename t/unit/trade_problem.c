/* Shows the document of each result, and that any document fits. */

#include "trade_problem.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"


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
            trade_problem_add(&errors, problems[i].pointers[n], "is %zu", n);
        }

        problem.result = problems[i].result;
        problem.detail = trade_str_c(problems[i].detail);
        problem.order_id = trade_str_c(problems[i].id);
        problem.change_id = trade_str_c(problems[i].change);
        problem.state = trade_str_c(problems[i].state);
        problem.errors = &errors;

        is_str(document(&problem), trade_str_c(problems[i].json),
               "problem %zu is as it should be", i);
    }

    memset(&problem, 0, sizeof(problem));
    problem.result = TRADE_SOLD_OUT;
    problem.base = trade_str_c("https://shop.test/problems#");

    is_str(document(&problem), trade_str_c(
           "{\"type\":\"https://shop.test/problems#sold-out\","
           "\"title\":\"Too few units are available\",\"status\":409,"
           "\"outcome\":\"none\"}"), "a base makes a URL of the type");
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


/* Buyers see titles: no title tells of slots, whatever refuses an order */

static void
test_titles(void)
{
    char             title[128];
    const char      *at;
    trade_result_e   result;
    trade_problem_t  problem = { 0 };

    for (result = 0; result < TRADE_RESULTS; result++) {
        if (trade_result_status(result) < 400) {
            continue;
        }

        problem.result = result;
        at = strstr(document(&problem).data, "\"title\":\"");

        ok(at && sscanf(at, "\"title\":\"%127[^\"]", title) == 1
           && !strstr(title, "slot"), "the title of %s names no slot",
           trade_result_name(result).data);
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
    trade_buf_t     b;
    trade_result_e  result;

    for (result = 0; result < TRADE_RESULTS; result++) {
        if (trade_result_status(result) < 400) {
            continue;
        }

        trade_buf_init(&b, mem, sizeof(mem));
        write_refusal(&b, &result);

        ok(unit_is_json(trade_buf_done(&b)),
           "the document of %s is JSON",
           trade_result_name(result).data);
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

    trade_problem_add(&errors, text, "%s", text);
    is_int(errors.n, 1, "an error that is longer than its fields is added");
    is_int(strlen(errors.error[0].pointer), sizeof(errors.error[0].pointer) - 1,
           "the pointer of a long error is cut");
    is_int(strlen(errors.error[0].detail), sizeof(errors.error[0].detail) - 1,
           "the detail of a long error is cut");

    for (i = 1; i < TRADE_ERRORS_MAX + 12; i++) {
        trade_problem_add(&errors, "/x", "number %d", i);
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
            trade_problem_add(&errors, chars[i] & 0x80 ? "x" : text, "%s",
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
    test_problems();
    test_refused();
    test_titles();
    test_bounds();
    test_errors();
    test_longest();

    return done_testing();
}
