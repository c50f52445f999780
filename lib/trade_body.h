/*
 * Shared by the bodies of orders and of stock changes: reads JSON fields, and
 * notes the malformed ones.
 */

#ifndef TRADE_BODY_H
#define TRADE_BODY_H

#include "trade_json.h"
#include "trade_problem.h"


#define TRADE_BODY_DEPTH_MAX  8

/*
 * Parses a body that must be one JSON object.  Returns TRADE_DONE, or another
 * result.
 */
trade_result_e trade_body_parse(trade_json_t *json, trade_str_t body,
    trade_errors_t *errors);

/*
 * Finds the members of `object` by name, exactly: field[i] becomes the member
 * names[i], or NULL.  A member with another name is TRADE_UNKNOWN_FIELD.
 */
trade_result_e trade_body_fields(const cJSON *object, const char *pointer,
    const char *const *names, const cJSON **field, size_t n,
    trade_errors_t *errors);

/*
 * Reads one field.  Returns 0, or -1 with the reason added to *errors.  A NULL
 * node is a missing field.
 */
int trade_body_name(const trade_json_t *json, const cJSON *node,
    const char *pointer, trade_str_t *value, trade_errors_t *errors);
int trade_body_integer(const trade_json_t *json, const cJSON *node,
    const char *pointer, int64_t min, int64_t max, int64_t *value,
    trade_errors_t *errors);


#endif /* TRADE_BODY_H */
