#include "trade_problem.h"
#include "trade_time.h"

#include <stdarg.h>
#include <stdio.h>


#define TRADE_PROBLEM_TYPE  "urn:trade-gateway:problem:"


/* the longest string of `s` in JSON: each byte is escaped by six */
#define trade_problem_string(s)  (6 * (s).len + 2)


static void trade_problem_member(trade_buf_t *b, const char *name,
    trade_str_t value);
static void trade_problem_number(trade_buf_t *b, const char *name,
    uint64_t value);
static void trade_problem_time(trade_buf_t *b, const char *name, uint64_t ms);
static void trade_problem_errors(trade_buf_t *b,
    const trade_problem_t *problem);
static void trade_problem_refusal(trade_buf_t *b,
    const trade_refusal_t *refusal);


void
trade_problem_add(trade_errors_t *errors, const char *pointer,
    const char *format, ...)
{
    va_list         args;
    trade_error_t  *e;

    if (errors->n == TRADE_ERRORS_MAX) {
        return;
    }

    e = &errors->error[errors->n++];

    (void) snprintf(e->pointer, sizeof(e->pointer), "%s", pointer);

    va_start(args, format);
    (void) vsnprintf(e->detail, sizeof(e->detail), format, args);
    va_end(args);
}


size_t
trade_problem_size(const trade_problem_t *problem)
{
    size_t  i, size;

    size = 640 + problem->base.len + trade_problem_string(problem->detail)
           + trade_problem_string(problem->order_id)
           + trade_problem_string(problem->change_id)
           + trade_problem_string(problem->state);

    if (problem->errors) {
        size += problem->errors->n * 384;
    }

    for (i = 0; problem->refused && i < problem->refused->n; i++) {
        size += 256 + trade_problem_string(problem->refused->list[i].sku);
    }

    return size;
}


void
trade_problem_write(trade_buf_t *b, const trade_problem_t *problem)
{
    trade_result_e  result;

    result = problem->result;

    trade_buf_c(b, "{\"type\":\"");
    trade_buf_str(b, problem->base.len ? problem->base
                                       : trade_str_c(TRADE_PROBLEM_TYPE));
    trade_buf_str(b, trade_result_name(result));
    trade_buf_c(b, "\",\"title\":\"");
    trade_buf_c(b, trade_result_title(result));
    trade_buf_c(b, "\",\"status\":");
    trade_buf_u64(b, problem->status ? problem->status
                                     : trade_result_status(result));

    trade_problem_member(b, "detail", problem->detail);

    trade_buf_c(b, trade_result_unknown(result) ? ",\"outcome\":\"unknown\""
                                                : ",\"outcome\":\"none\"");

    trade_problem_member(b, "order_id", problem->order_id);
    trade_problem_member(b, "change_id", problem->change_id);
    trade_problem_member(b, "state", problem->state);

    trade_problem_errors(b, problem);

    trade_buf_c(b, "}");
}


static void
trade_problem_member(trade_buf_t *b, const char *name, trade_str_t value)
{
    if (value.len) {
        trade_buf_c(b, ",\"");
        trade_buf_c(b, name);
        trade_buf_c(b, "\":");
        trade_buf_json(b, value);
    }
}


static void
trade_problem_number(trade_buf_t *b, const char *name, uint64_t value)
{
    if (value != TRADE_REFUSAL_NONE) {
        trade_buf_c(b, ",\"");
        trade_buf_c(b, name);
        trade_buf_c(b, "\":");
        trade_buf_u64(b, value);
    }
}


static void
trade_problem_time(trade_buf_t *b, const char *name, uint64_t ms)
{
    if (ms != TRADE_REFUSAL_NONE) {
        trade_buf_c(b, ",\"");
        trade_buf_c(b, name);
        trade_buf_c(b, "\":\"");
        trade_time_write(b, ms);
        trade_buf_c(b, "\"");
    }
}


static void
trade_problem_errors(trade_buf_t *b, const trade_problem_t *problem)
{
    size_t                   i, n;
    const trade_errors_t    *errors;
    const trade_refusals_t  *refused;

    n = 0;
    errors = problem->errors;
    refused = problem->refused;

    for (i = 0; errors && i < errors->n; i++) {
        trade_buf_c(b, n++ ? "," : ",\"errors\":[");
        trade_buf_c(b, "{\"pointer\":");
        trade_buf_json(b, trade_str_c(errors->error[i].pointer));
        trade_problem_member(b, "detail",
                             trade_str_c(errors->error[i].detail));
        trade_buf_c(b, "}");
    }

    for (i = 0; refused && i < refused->n; i++) {
        trade_buf_c(b, n++ ? "," : ",\"errors\":[");
        trade_problem_refusal(b, &refused->list[i]);
    }

    trade_buf_c(b, n ? "]" : "");
}


static void
trade_problem_refusal(trade_buf_t *b, const trade_refusal_t *refusal)
{
    trade_buf_c(b, "{\"pointer\":\"/items/");
    trade_buf_u64(b, refusal->index);
    trade_buf_c(b, "\"");

    trade_problem_member(b, "sku", refusal->sku);
    trade_problem_member(b, "code", refusal->code);
    trade_problem_time(b, "opens_at", refusal->opens_at);
    trade_problem_time(b, "closes_at", refusal->closes_at);
    trade_problem_number(b, "limit", refusal->limit);
    trade_problem_number(b, "left", refusal->left);

    trade_buf_c(b, "}");
}
