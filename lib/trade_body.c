#include "trade_body.h"
#include "trade_id.h"
#include "trade_name.h"

#include <string.h>


trade_result_e
trade_body_parse(trade_json_t *json, trade_str_t body, trade_errors_t *errors)
{
    trade_json_rc_e     rc;
    trade_json_error_t  error;

    rc = trade_json_parse(json, body, TRADE_BODY_DEPTH_MAX, &error);

    if (rc == TRADE_JSON_NOMEM) {
        return TRADE_OVERLOADED;
    }

    if (rc != TRADE_JSON_OK) {
        trade_problem_add(errors, "", "at byte %zu: %s", error.offset,
                          error.what);
        return rc == TRADE_JSON_DOUBLED ? TRADE_DOUBLED_FIELD : TRADE_BAD_JSON;
    }

    if (!cJSON_IsObject(json->root)) {
        trade_problem_add(errors, "", "must be an object");
        trade_json_free(json);
        return TRADE_BAD_JSON;
    }

    return TRADE_DONE;
}


trade_result_e
trade_body_fields(const cJSON *object, const char *pointer,
    const char *const *names, const cJSON **field, size_t n,
    trade_errors_t *errors)
{
    size_t        i;
    trade_str_t   name;
    const cJSON  *member;

    memset(field, 0, n * sizeof(*field));

    for (member = object->child; member; member = member->next) {

        for (i = 0; i < n && strcmp(member->string, names[i]) != 0; i++) {
            /* void */
        }

        if (i == n) {
            name = trade_str_c(member->string);

            if (trade_ident_valid(name)) {
                trade_problem_add(errors, pointer, "unknown field %s",
                                  name.data);
            } else {
                trade_problem_add(errors, pointer, "unknown field");
            }

            return TRADE_UNKNOWN_FIELD;
        }

        field[i] = member;
    }

    return TRADE_DONE;
}


int
trade_body_name(const trade_json_t *json, const cJSON *node,
    const char *pointer, trade_str_t *value, trade_errors_t *errors)
{
    const char  *fault;

    if (node == NULL) {
        trade_problem_add(errors, pointer, "is missing");
        return -1;
    }

    if (!cJSON_IsString(node)) {
        trade_problem_add(errors, pointer, "must be a string");
        return -1;
    }

    fault = trade_json_string(json, node, value) == 0
            ? trade_name_fault(*value) : "has a control character";

    if (fault) {
        trade_problem_add(errors, pointer, "%s; " TRADE_NAME_RULE, fault);
        return -1;
    }

    return 0;
}


int
trade_body_integer(const trade_json_t *json, const cJSON *node,
    const char *pointer, int64_t min, int64_t max, int64_t *value,
    trade_errors_t *errors)
{
    if (node == NULL) {
        trade_problem_add(errors, pointer, "is missing");
        return -1;
    }

    if (trade_json_integer(json, node, value) != 0
        || *value < min || *value > max)
    {
        trade_problem_add(errors, pointer, "must be an integer from %lld to "
                          "%lld, without fraction or exponent",
                          (long long) min, (long long) max);
        return -1;
    }

    return 0;
}
