/*
 * Strict JSON: a scan of the bytes first, then cJSON's tree.
 *
 * cJSON alone takes, silently, what other parsers of the same body read
 * differently: doubled names, 007, raw control characters, bad UTF-8, bytes
 * behind the end.  The scan refuses all that RFC 8259 does not allow, and
 * also what readers disagree on: doubled names (after unescaping), a NUL in a
 * name, lone surrogates, numbers longer than 63 characters, too deep a
 * nesting.
 *
 * The tree loses how a number was written.  So the scan notes where each
 * value stands, in document order, and the tree's nodes are numbered in the
 * same order (in cJSON's `valueint`, which nothing here reads otherwise).
 */

#ifndef TRADE_JSON_H
#define TRADE_JSON_H

#include <cjson/cJSON.h>

#include "trade_str.h"


#define TRADE_JSON_NUMBER_MAX  63       /* characters; cJSON's limit */


typedef struct {
    trade_str_t       text;             /* of the value, in the document */
    int               nul;              /* a string with \u0000 in it */
} trade_json_span_t;


typedef struct {
    cJSON              *root;
    trade_json_span_t  *spans;          /* in document order */
    size_t              nspans;
} trade_json_t;


typedef enum {
    TRADE_JSON_OK = 0,
    TRADE_JSON_BAD,                     /* not JSON, or not strict */
    TRADE_JSON_DOUBLED,                 /* a name stands twice in an object */
    TRADE_JSON_DEEP,                    /* nested deeper than max_depth */
    TRADE_JSON_NOMEM
} trade_json_rc_e;


typedef struct {
    size_t            offset;           /* of what is wrong, or its end */
    const char       *what;             /* static text */
} trade_json_error_t;


/*
 * Parses all of `text`, which must outlive `json`.  An object or array counts
 * as one level; max_depth of them may be nested, at most 1000.  On failure
 * *error says what and where, and `json` needs no freeing.
 */
trade_json_rc_e trade_json_parse(trade_json_t *json, trade_str_t text,
    int max_depth, trade_json_error_t *error);

void trade_json_free(trade_json_t *json);

/* A value as it was sent. */
trade_str_t trade_json_text(const trade_json_t *json, const cJSON *node);

/*
 * A string's value, unescaped.  Fails (-1) on other types and on a string
 * with a NUL in it, which C code can't hold.  The view lives as long as json.
 */
int trade_json_string(const trade_json_t *json, const cJSON *node,
    trade_str_t *value);

/*
 * A number written as a plain integer: no fraction, exponent, or "-0".
 * Returns 0, or -1 (also for other types, and beyond +-INT64_MAX).
 */
int trade_json_integer(const trade_json_t *json, const cJSON *node,
    int64_t *value);


#endif /* TRADE_JSON_H */
