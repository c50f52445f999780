/*
 * Shared by the fuzz targets.
 *
 * A target is one file and one function, LLVMFuzzerTestOneInput(). clang's
 * libFuzzer feeds it with inputs that it invents (make fuzz); replay.c feeds it
 * with those in corpus/<target> (make test).  Both give it a copy of just the
 * input's size, so that the sanitizer sees a byte read too many.
 */

#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trade_json.h"
#include "trade_problem.h"


#define fuzz_check(condition)                                                 \
    ((condition) ? (void) 0 : fuzz_failed(#condition, __FILE__, __LINE__))


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static inline void
fuzz_failed(const char *condition, const char *file, int line)
{
    (void) fprintf(stderr, "%s:%d: fuzz_check(%s) failed\n", file, line,
                   condition);
    abort();
}


static inline void *
fuzz_alloc(size_t size)
{
    void  *p;

    p = malloc(size);
    fuzz_check(p);

    return p;
}


static inline int
fuzz_is_json(trade_str_t text)
{
    trade_json_t        json;
    trade_json_error_t  error;

    if (trade_json_parse(&json, text, 16, &error) != TRADE_JSON_OK) {
        return 0;
    }

    trade_json_free(&json);

    return 1;
}


/* The document of a refusal is JSON, and fits the room that it asks for. */

static inline void
fuzz_problem(trade_result_e result, const trade_errors_t *errors,
    const trade_refusals_t *refused)
{
    size_t           size;
    char            *mem;
    trade_buf_t      b;
    trade_problem_t  problem = { 0 };

    fuzz_check(errors->n <= TRADE_ERRORS_MAX);

    problem.result = result;
    problem.errors = errors;
    problem.refused = refused;

    size = trade_problem_size(&problem);
    mem = fuzz_alloc(size);

    trade_buf_init(&b, mem, size);
    trade_problem_write(&b, &problem);

    fuzz_check(!b.overflow);
    fuzz_check(fuzz_is_json(trade_buf_done(&b)));

    free(mem);
}


#endif /* FUZZ_H */
