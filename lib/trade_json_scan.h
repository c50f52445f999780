/*
 * The scan of trade_json_parse(): grammar, UTF-8, doubled names, depth.
 */

#ifndef TRADE_JSON_SCAN_H
#define TRADE_JSON_SCAN_H

#include "trade_json.h"


typedef struct {
    const char          *start;
    const char          *pos;
    const char          *end;
    int                  depth;         /* levels that may still be opened */

    trade_json_span_t   *spans;
    size_t               nspans;
    size_t               spans_size;

    trade_str_t         *names;         /* of all objects now open */
    size_t               nnames;
    size_t               names_size;

    char                *arena;         /* unescaped, as long as the text */
    char                *out;           /* where unescaping writes */
    int                  nul;           /* the last string had a \u0000 */

    trade_json_rc_e      rc;
    const char          *what;
} trade_json_scan_t;


/*
 * Scans all of `text` and leaves where each value stands, in document order,
 * in *spans (malloc'ed, the caller's to free, also after a failure).
 */
trade_json_rc_e trade_json_scan(trade_str_t text, int max_depth,
    trade_json_span_t **spans, size_t *nspans, trade_json_error_t *error);

/*
 * Scans the value that `text` begins with, and looks at nothing behind it.
 * Returns the length of the value; 0 if it is not strict JSON, or there is no
 * memory.
 */
size_t trade_json_scan_first(trade_str_t text, int max_depth);

/*
 * trade_json_string.c: scans a string, and unescapes it to s->out, which has
 * room for it: no string gets longer by that.  Sets s->nul.  0, or -1.
 */
int trade_json_scan_string(trade_json_scan_t *s);

/* The first byte that is not one of the blanks that JSON allows, or `end`. */
static inline const char *
trade_json_scan_blanks(const char *pos, const char *end)
{
    while (pos < end
           && (*pos == ' ' || *pos == '\n' || *pos == '\r' || *pos == '\t'))
    {
        pos++;
    }

    return pos;
}


/* Notes what is wrong at s->pos; returns -1. */
static inline int
trade_json_scan_fail(trade_json_scan_t *s, trade_json_rc_e rc,
    const char *what)
{
    s->rc = rc;
    s->what = what;

    return -1;
}


#endif /* TRADE_JSON_SCAN_H */
