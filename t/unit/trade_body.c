/* Shows how fields of a body are read, and what is said of bad ones. */

#include "trade_body.h"
#include "unit.h"


static const struct {
    const char       *body;
    trade_result_e    result;
    const char       *detail;
} bodies[] = {
    { "{}", TRADE_DONE, NULL },
    { " {\"a\":[]} ", TRADE_DONE, NULL },
    { "", TRADE_BAD_JSON, "at byte 0: it ends too early" },
    { "{\"a\":01}", TRADE_BAD_JSON, "at byte 6: ',' or '}' expected" },
    { "{\"a\":[[[[[[[[]]]]]]]]}", TRADE_BAD_JSON,
      "at byte 12: nested too deep" },
    { "{\"a\":1,\"\\u0061\":1}", TRADE_DOUBLED_FIELD,
      "at byte 17: a name stands twice in the object that ends here" },
    { "[]", TRADE_BAD_JSON, "must be an object" },
    { "\"{}\"", TRADE_BAD_JSON, "must be an object" },
    { "1", TRADE_BAD_JSON, "must be an object" },
    { "null", TRADE_BAD_JSON, "must be an object" }
};


static const struct {
    const char       *body;
    trade_result_e    result;
    int               found[2];         /* of "a" and "b" */
    const char       *detail;
} fields[] = {
    { "{}", TRADE_DONE, { 0, 0 }, NULL },
    { "{\"b\":1}", TRADE_DONE, { 0, 1 }, NULL },
    { "{\"b\":null,\"a\":[]}", TRADE_DONE, { 1, 1 }, NULL },
    { "{\"\\u0061\":1}", TRADE_DONE, { 1, 0 }, NULL },
    { "{\"A\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 }, "unknown field A" },
    { "{\"aa\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 }, "unknown field aa" },
    { "{\"a\":1,\"\":2}", TRADE_UNKNOWN_FIELD, { 1, 0 }, "unknown field" },
    { "{\"x y\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 }, "unknown field" },
    { "{\"\\\"\\n\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 }, "unknown field" },
    { "{\"%s%n\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 }, "unknown field" },
    { "{\"" UNIT_X64 "\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 },
      "unknown field " UNIT_X64 },
    { "{\"" UNIT_X64 "x\":1}", TRADE_UNKNOWN_FIELD, { 0, 0 },
      "unknown field" }
};


#define RULE  "; 1 to 255 bytes of UTF-8 are allowed, without control "        \
              "characters or blanks around them"

static const struct {
    const char  *body;
    trade_str_t  value;
    const char  *detail;
} names[] = {
    { "{\"a\":\"u-1\"}", trade_str("u-1"), NULL },
    { "{\"a\":\"u\\u002d1\"}", trade_str("u-1"), NULL },
    { "{\"a\":\"" UNIT_NAME "\"}", trade_str(UNIT_NAME), NULL },
    { "{\"a\":\"" UNIT_QUOTES_JSON "\"}", trade_str(UNIT_QUOTES), NULL },
    { "{\"a\":\"" UNIT_NAME "x\"}", trade_null_str,
      "is longer than 255 bytes" RULE },
    { "{\"a\":\"\"}", trade_null_str, "is empty" RULE },
    { "{\"a\":\"u 1\"}", trade_str("u 1"), NULL },
    { "{\"a\":\"u \"}", trade_null_str, "begins or ends with a blank" RULE },
    { "{\"a\":\"u\\u0000\"}", trade_null_str,
      "has a control character" RULE },
    { "{\"a\":\"u\\u0085\"}", trade_null_str,
      "has a control character" RULE },
    { "{\"a\":\"\xc3\xa4\"}", trade_str("\xc3\xa4"), NULL },
    { "{\"a\":\"\\u00e4\"}", trade_str("\xc3\xa4"), NULL },
    { "{\"a\":1}", trade_null_str, "must be a string" },
    { "{\"a\":null}", trade_null_str, "must be a string" },
    { "{\"a\":[\"u-1\"]}", trade_null_str, "must be a string" },
    { "{}", trade_null_str, "is missing" }
};


#define NO_INTEGER(range)                                                     \
    "must be an integer from " range ", without fraction or exponent"

static const struct {
    const char  *body;
    int64_t      min;
    int64_t      max;
    int64_t      value;
    const char  *detail;
} integers[] = {
    { "{\"a\":1}", 1, 9, 1, NULL },
    { "{\"a\":9}", 1, 9, 9, NULL },
    { "{\"a\":-9}", -9, 9, -9, NULL },
    { "{\"a\":0}", 0, 9, 0, NULL },
    { "{\"a\":-10}", -20, 9, -10, NULL },
    { "{\"a\":1000000000000}", 0, 1000000000000, 1000000000000, NULL },
    { "{\"a\":0}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{\"a\":10}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{\"a\":-1}", 0, 9, 0, NO_INTEGER("0 to 9") },
    { "{\"a\":-10}", -9, 9, 0, NO_INTEGER("-9 to 9") },
    { "{\"a\":1.0}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{\"a\":1e0}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{\"a\":-0}", 0, 9, 0, NO_INTEGER("0 to 9") },
    { "{\"a\":\"1\"}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{\"a\":null}", 1, 9, 0, NO_INTEGER("1 to 9") },
    { "{}", 1, 9, 0, "is missing" },
    { "{\"a\":0}", -INT64_MAX, -1, 0,
      NO_INTEGER("-9223372036854775807 to -1") }
};


/* Parses a body that a test needs, and finds its member "a" */

static const cJSON *
member(trade_json_t *json, const char *body)
{
    trade_errors_t  errors = { 0 };

    if (trade_body_parse(json, trade_str_c(body), &errors) != TRADE_DONE) {
        (void) printf("Bail out! %s\n", body);
        abort();
    }

    return cJSON_GetObjectItemCaseSensitive(json->root, "a");
}


/* One error with that pointer and detail, or none if detail is NULL */

static void
is_error(const trade_errors_t *errors, const char *pointer, const char *detail)
{
    is_int(errors->n, detail != NULL,
           detail ? "a bad body has one error" : "a good body has no error");

    if (detail && errors->n) {
        is_str(trade_str_c(errors->error[0].pointer), trade_str_c(pointer),
               "the error names the place");
        is_str(trade_str_c(errors->error[0].detail), trade_str_c(detail),
               "the error says what is wrong");
    }
}


static void
test_parse(void)
{
    size_t          i;
    trade_json_t    json;
    trade_errors_t  errors;
    trade_result_e  result;

    for (i = 0; i < UNIT_ROWS(bodies); i++) {
        errors.n = 0;
        result = trade_body_parse(&json, trade_str_c(bodies[i].body),
                                  &errors);

        is_int(result, bodies[i].result,
               "the body is read, or refused: %s", bodies[i].body);
        is_error(&errors, "", bodies[i].detail);

        if (result == TRADE_DONE) {
            trade_json_free(&json);
        }
    }
}


static void
test_fields(void)
{
    size_t                    i, n;
    const cJSON              *field[2];
    trade_json_t              json;
    trade_errors_t            errors;
    static const char *const  names[] = { "a", "b" };

    for (i = 0; i < UNIT_ROWS(fields); i++) {
        (void) member(&json, fields[i].body);
        errors.n = 0;

        is_int(trade_body_fields(json.root, "/x", names, field, 2, &errors),
               fields[i].result,
               "the fields of %s are read or refused", fields[i].body);
        is_error(&errors, "/x", fields[i].detail);

        for (n = 0; n < 2; n++) {
            is_int(field[n] != NULL, fields[i].found[n], "%s", names[n]);
        }

        trade_json_free(&json);
    }
}


static void
test_name(void)
{
    int              rc;
    size_t           i;
    trade_str_t      value;
    const cJSON     *node;
    trade_json_t     json;
    trade_errors_t   errors;

    for (i = 0; i < UNIT_ROWS(names); i++) {
        node = member(&json, names[i].body);
        errors.n = 0;

        rc = trade_body_name(&json, node, "/a", &value, &errors);
        is_int(rc, names[i].detail ? -1 : 0, "name of %s", names[i].body);
        is_error(&errors, "/a", names[i].detail);

        if (rc == 0) {
            is_str(value, names[i].value, "the value of the field is read");
        }

        trade_json_free(&json);
    }
}


static void
test_integer(void)
{
    int              rc;
    size_t           i;
    int64_t          value;
    const cJSON     *node;
    trade_json_t     json;
    trade_errors_t   errors;

    for (i = 0; i < UNIT_ROWS(integers); i++) {
        node = member(&json, integers[i].body);
        errors.n = 0;

        rc = trade_body_integer(&json, node, "/a", integers[i].min,
                                integers[i].max, &value, &errors);
        is_int(rc, integers[i].detail ? -1 : 0,
               "an integer of %s is read or refused",
               integers[i].body);
        is_error(&errors, "/a", integers[i].detail);

        if (rc == 0) {
            is_int(value, integers[i].value,
                   "the value of the integer is read");
        }

        trade_json_free(&json);
    }
}


static void
test_memory(void)
{
    cJSON_Hooks     hooks = { unit_no_memory, free };
    trade_json_t    json;
    trade_errors_t  errors = { 0 };

    cJSON_InitHooks(&hooks);
    is_int(trade_body_parse(&json, trade_str_c("{}"), &errors),
           TRADE_OVERLOADED, "a lack of memory is no fault of the body");
    is_int(errors.n, 0, "a lack of memory names no error of the body");
    cJSON_InitHooks(NULL);
}


int
main(void)
{
    test_parse();
    test_fields();
    test_name();
    test_integer();
    test_memory();

    return done_testing();
}
