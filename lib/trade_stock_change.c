/*
 * Changes of stock: their bodies, and the text that is equal for equal changes.
 */

#include "trade_body.h"
#include "trade_stock.h"
#include "trade_time.h"


enum {
    TRADE_STOCK_TOTAL = 0,
    TRADE_STOCK_LIMIT,
    TRADE_STOCK_OPENS,
    TRADE_STOCK_CLOSES,
    TRADE_STOCK_PUT_FIELDS,
    TRADE_STOCK_DELTA = TRADE_STOCK_PUT_FIELDS,
    TRADE_STOCK_PATCH_FIELDS
};


static trade_result_e trade_stock_change_open(trade_json_t *json,
    trade_str_t body, const cJSON **field, size_t fields,
    trade_errors_t *errors);
static void trade_stock_change_terms(trade_stock_change_t *change,
    const trade_json_t *json, const cJSON **field, trade_errors_t *errors);
static void trade_stock_change_time(const trade_json_t *json,
    const cJSON *node, const char *pointer, uint64_t *ms,
    trade_errors_t *errors);
static void trade_stock_change_write(trade_buf_t *b, const char *name,
    uint64_t value);


static const char *const  trade_stock_fields[] = {
    "total", "limit", "opens_at", "closes_at", "delta"
};


void
trade_stock_change_none(trade_stock_change_t *change)
{
    change->patch = 1;
    change->total = -1;
    change->delta = 0;
    change->limit = TRADE_STOCK_KEPT;
    change->opens = TRADE_STOCK_KEPT;
    change->closes = TRADE_STOCK_KEPT;
}


trade_result_e
trade_stock_parse_put(trade_stock_change_t *change, trade_str_t body,
    trade_errors_t *errors)
{
    const cJSON      *field[TRADE_STOCK_PUT_FIELDS];
    trade_json_t      json;
    trade_result_e    result;

    result = trade_stock_change_open(&json, body, field,
                                     TRADE_STOCK_PUT_FIELDS, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    change->patch = 0;
    change->delta = 0;
    change->limit = TRADE_STOCK_UNSET;
    change->opens = TRADE_STOCK_UNSET;
    change->closes = TRADE_STOCK_UNSET;

    (void) trade_body_integer(&json, field[TRADE_STOCK_TOTAL], "/total",
                              0, TRADE_STOCK_MAX, &change->total, errors);

    trade_stock_change_terms(change, &json, field, errors);

    result = errors->n ? TRADE_INVALID_FIELD : TRADE_DONE;

    trade_json_free(&json);

    return result;
}


trade_result_e
trade_stock_parse_patch(trade_stock_change_t *change, trade_str_t body,
    trade_errors_t *errors)
{
    size_t            i, n;
    const cJSON      *delta, *total, *field[TRADE_STOCK_PATCH_FIELDS];
    trade_json_t      json;
    trade_result_e    result;

    result = trade_stock_change_open(&json, body, field,
                                     TRADE_STOCK_PATCH_FIELDS, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    trade_stock_change_none(change);
    total = field[TRADE_STOCK_TOTAL];
    delta = field[TRADE_STOCK_DELTA];

    for (n = 0, i = 0; i < TRADE_STOCK_PATCH_FIELDS; i++) {
        n += field[i] != NULL;
    }

    if (n == 0) {
        trade_problem_add(errors, "/delta", "is missing, and so are total, "
                          "limit, opens_at and closes_at");
    }

    if (delta
        && trade_body_integer(&json, delta, "/delta", -TRADE_STOCK_MAX,
                              TRADE_STOCK_MAX, &change->delta, errors)
           == 0
        && change->delta == 0)
    {
        trade_problem_add(errors, "/delta", "must not be 0");
    }

    if (delta && total) {
        trade_problem_add(errors, "/total", "must not stand beside delta");

    } else if (total) {
        (void) trade_body_integer(&json, total, "/total", 0,
                                  TRADE_STOCK_MAX, &change->total,
                                  errors);
    }

    trade_stock_change_terms(change, &json, field, errors);

    result = errors->n ? TRADE_INVALID_FIELD : TRADE_DONE;

    trade_json_free(&json);

    return result;
}


/* If it returns TRADE_DONE the caller frees *json */

static trade_result_e
trade_stock_change_open(trade_json_t *json, trade_str_t body,
    const cJSON **field, size_t fields, trade_errors_t *errors)
{
    trade_result_e  result;

    result = trade_body_parse(json, body, errors);
    if (result != TRADE_DONE) {
        return result;
    }

    result = trade_body_fields(json->root, "", trade_stock_fields, field,
                               fields, errors);
    if (result != TRADE_DONE) {
        trade_json_free(json);
    }

    return result;
}


/* A field that is left out stays as it is in *change; null unsets it */

static void
trade_stock_change_terms(trade_stock_change_t *change,
    const trade_json_t *json, const cJSON **field, trade_errors_t *errors)
{
    int64_t       limit;
    const cJSON  *node;

    node = field[TRADE_STOCK_LIMIT];

    if (node && cJSON_IsNull(node)) {
        change->limit = TRADE_STOCK_UNSET;

    } else if (node
               && trade_body_integer(json, node, "/limit", 1, TRADE_STOCK_MAX,
                                     &limit, errors)
                  == 0)
    {
        change->limit = limit;
    }

    trade_stock_change_time(json, field[TRADE_STOCK_OPENS], "/opens_at",
                            &change->opens, errors);
    trade_stock_change_time(json, field[TRADE_STOCK_CLOSES], "/closes_at",
                            &change->closes, errors);

    /* TRADE_STOCK_KEPT and TRADE_STOCK_UNSET are later than any time */

    if (errors->n == 0 && change->opens <= TRADE_TIME_MAX
        && change->closes <= change->opens)
    {
        trade_problem_add(errors, "/closes_at", "must be after opens_at");
    }
}


static void
trade_stock_change_time(const trade_json_t *json, const cJSON *node,
    const char *pointer, uint64_t *ms, trade_errors_t *errors)
{
    trade_str_t  text;

    if (node == NULL) {
        return;
    }

    if (cJSON_IsNull(node)) {
        *ms = TRADE_STOCK_UNSET;
        return;
    }

    if (trade_json_string(json, node, &text) != 0
        || trade_time_read(text, ms) != 0)
    {
        trade_problem_add(errors, pointer, "must be an RFC 3339 date-time, "
                          "e.g. \"2026-11-27T08:00:00Z\"");
    }
}


void
trade_stock_write_change(trade_buf_t *b, trade_str_t sku,
    const trade_stock_change_t *change)
{
    trade_buf_str(b, sku);

    if (change->delta) {
        trade_buf_c(b, change->delta < 0 ? " -" : " +");
        trade_buf_u64(b, change->delta < 0 ? -change->delta : change->delta);

    } else if (change->total >= 0) {
        trade_buf_c(b, " =");
        trade_buf_u64(b, change->total);
    }

    if (change->patch) {
        trade_stock_change_write(b, " limit=", change->limit);
        trade_stock_change_write(b, " opens=", change->opens);
        trade_stock_change_write(b, " closes=", change->closes);
        return;
    }

    trade_buf_c(b, " ");
    trade_buf_u64(b, change->limit);
    trade_buf_c(b, " ");
    trade_buf_u64(b, change->opens);
    trade_buf_c(b, " ");
    trade_buf_u64(b, change->closes);
}


static void
trade_stock_change_write(trade_buf_t *b, const char *name, uint64_t value)
{
    if (value == TRADE_STOCK_KEPT) {
        return;
    }

    trade_buf_c(b, name);

    if (value == TRADE_STOCK_UNSET) {
        trade_buf_c(b, "-");

    } else {
        trade_buf_u64(b, value);
    }
}
