/*
 * A recursive descent over the bytes, at most max_depth deep.  Names are kept
 * on a stack: an object's are sorted and compared when it closes, so that a
 * hostile object costs n log n, and popped.
 */

#include "trade_json_scan.h"

#include <stdlib.h>
#include <string.h>


static int trade_json_scan_start(trade_json_scan_t *s, trade_str_t text,
    int max_depth);
static void trade_json_scan_end(trade_json_scan_t *s);
static int trade_json_scan_value(trade_json_scan_t *s);
static int trade_json_scan_object(trade_json_scan_t *s);
static int trade_json_scan_name(trade_json_scan_t *s);
static int trade_json_scan_names(trade_json_scan_t *s, size_t first);
static int trade_json_scan_array(trade_json_scan_t *s);
static int trade_json_scan_number(trade_json_scan_t *s);
static int trade_json_scan_digits(trade_json_scan_t *s);
static int trade_json_scan_word(trade_json_scan_t *s, const char *word);
static void trade_json_scan_space(trade_json_scan_t *s);
static int trade_json_scan_take(trade_json_scan_t *s, char c);
static int trade_json_scan_grow(void **array, size_t *size, size_t n,
    size_t element);


trade_json_rc_e
trade_json_scan(trade_str_t text, int max_depth, trade_json_span_t **spans,
    size_t *nspans, trade_json_error_t *error)
{
    trade_json_scan_t  s;

    if (trade_json_scan_start(&s, text, max_depth) == 0) {
        trade_json_scan_space(&s);

        if (trade_json_scan_value(&s) == 0) {
            trade_json_scan_space(&s);

            if (s.pos < s.end) {
                trade_json_scan_fail(&s, TRADE_JSON_BAD,
                                     "something follows the end");
            }
        }
    }

    trade_json_scan_end(&s);

    *spans = s.spans;
    *nspans = s.nspans;
    error->offset = s.pos - s.start;
    error->what = s.what;

    return s.rc;
}


size_t
trade_json_scan_first(trade_str_t text, int max_depth)
{
    int                rc;
    trade_json_scan_t  s;

    rc = trade_json_scan_start(&s, text, max_depth);

    if (rc == 0) {
        rc = trade_json_scan_value(&s);
    }

    trade_json_scan_end(&s);
    free(s.spans);

    return rc == 0 ? s.pos - s.start : 0;
}


static int
trade_json_scan_start(trade_json_scan_t *s, trade_str_t text, int max_depth)
{
    memset(s, 0, sizeof(*s));

    s->start = s->pos = text.data;
    s->end = text.data + text.len;
    s->depth = max_depth;
    s->arena = malloc(text.len + 1);

    if (s->arena == NULL) {
        return trade_json_scan_fail(s, TRADE_JSON_NOMEM, "out of memory");
    }

    s->out = s->arena;

    return 0;
}


/* The spans are left */

static void
trade_json_scan_end(trade_json_scan_t *s)
{
    free(s->arena);
    free(s->names);
}


static int
trade_json_scan_value(trade_json_scan_t *s)
{
    int          rc;
    size_t       span;
    const char  *start;

    if (s->pos == s->end) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "it ends too early");
    }

    if (trade_json_scan_grow((void **) &s->spans, &s->spans_size, s->nspans,
                             sizeof(*s->spans))
        != 0)
    {
        return trade_json_scan_fail(s, TRADE_JSON_NOMEM, "out of memory");
    }

    span = s->nspans++;
    start = s->pos;
    s->nul = 0;

    switch (*start) {

    case '{':
        rc = trade_json_scan_object(s);
        break;

    case '[':
        rc = trade_json_scan_array(s);
        break;

    case '"':
        rc = trade_json_scan_string(s);
        break;

    case 't':
        rc = trade_json_scan_word(s, "true");
        break;

    case 'f':
        rc = trade_json_scan_word(s, "false");
        break;

    case 'n':
        rc = trade_json_scan_word(s, "null");
        break;

    default:
        rc = trade_json_scan_number(s);
    }

    s->spans[span].text = trade_str_of(start, s->pos - start);
    s->spans[span].nul = s->nul;

    return rc;
}


static int
trade_json_scan_object(trade_json_scan_t *s)
{
    char    *out;
    size_t   first;

    if (s->depth-- == 0) {
        return trade_json_scan_fail(s, TRADE_JSON_DEEP, "nested too deep");
    }

    first = s->nnames;
    out = s->out;

    s->pos++;
    trade_json_scan_space(s);

    if (!trade_json_scan_take(s, '}')) {

        do {
            trade_json_scan_space(s);

            if (trade_json_scan_name(s) != 0) {
                return -1;
            }

            trade_json_scan_space(s);

            if (!trade_json_scan_take(s, ':')) {
                return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                            "':' expected");
            }

            trade_json_scan_space(s);

            if (trade_json_scan_value(s) != 0) {
                return -1;
            }

            trade_json_scan_space(s);

        } while (trade_json_scan_take(s, ','));

        if (!trade_json_scan_take(s, '}')) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                        "',' or '}' expected");
        }
    }

    if (trade_json_scan_names(s, first) != 0) {
        return -1;
    }

    s->nnames = first;
    s->out = out;
    s->nul = 0;
    s->depth++;

    return 0;
}


static int
trade_json_scan_name(trade_json_scan_t *s)
{
    char  *name;

    if (s->pos == s->end || *s->pos != '"') {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "a name expected");
    }

    name = s->out;

    if (trade_json_scan_string(s) != 0) {
        return -1;
    }

    if (s->nul) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                    "\\u0000 in the name that ends here");
    }

    if (trade_json_scan_grow((void **) &s->names, &s->names_size, s->nnames,
                             sizeof(*s->names))
        != 0)
    {
        return trade_json_scan_fail(s, TRADE_JSON_NOMEM, "out of memory");
    }

    s->names[s->nnames++] = trade_str_of(name, s->out - name);

    return 0;
}


static int
trade_json_scan_name_cmp(const void *one, const void *two)
{
    return trade_str_cmp(*(const trade_str_t *) one,
                         *(const trade_str_t *) two);
}


static int
trade_json_scan_names(trade_json_scan_t *s, size_t first)
{
    size_t        i, n;
    trade_str_t  *name;

    n = s->nnames - first;

    if (n < 2) {
        return 0;
    }

    name = s->names + first;
    qsort(name, n, sizeof(*name), trade_json_scan_name_cmp);

    for (i = 1; i < n; i++) {
        if (trade_str_eq(name[i - 1], name[i])) {
            s->pos--;
            return trade_json_scan_fail(s, TRADE_JSON_DOUBLED,
                                   "a name stands twice in the object that "
                                   "ends here");
        }
    }

    return 0;
}


static int
trade_json_scan_array(trade_json_scan_t *s)
{
    if (s->depth-- == 0) {
        return trade_json_scan_fail(s, TRADE_JSON_DEEP, "nested too deep");
    }

    s->pos++;
    trade_json_scan_space(s);

    if (!trade_json_scan_take(s, ']')) {

        do {
            trade_json_scan_space(s);

            if (trade_json_scan_value(s) != 0) {
                return -1;
            }

            trade_json_scan_space(s);

        } while (trade_json_scan_take(s, ','));

        if (!trade_json_scan_take(s, ']')) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                        "',' or ']' expected");
        }
    }

    s->nul = 0;
    s->depth++;

    return 0;
}


static int
trade_json_scan_number(trade_json_scan_t *s)
{
    const char  *start;

    start = s->pos;

    (void) trade_json_scan_take(s, '-');

    if (!trade_json_scan_take(s, '0') && trade_json_scan_digits(s) != 0) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "a value expected");
    }

    if (trade_json_scan_take(s, '.') && trade_json_scan_digits(s) != 0) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "a digit expected");
    }

    if (trade_json_scan_take(s, 'e') || trade_json_scan_take(s, 'E')) {

        if (!trade_json_scan_take(s, '+')) {
            (void) trade_json_scan_take(s, '-');
        }

        if (trade_json_scan_digits(s) != 0) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD, "a digit expected");
        }
    }

    if (s->pos - start > TRADE_JSON_NUMBER_MAX) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                    "a number of more than 63 characters");
    }

    return 0;
}


static int
trade_json_scan_digits(trade_json_scan_t *s)
{
    const char  *start;

    for (start = s->pos;
         s->pos < s->end && *s->pos >= '0' && *s->pos <= '9';
         s->pos++)
    { /* void */ }

    return s->pos > start ? 0 : -1;
}


static int
trade_json_scan_word(trade_json_scan_t *s, const char *word)
{
    size_t  n;

    n = strlen(word);

    if ((size_t) (s->end - s->pos) < n || memcmp(s->pos, word, n) != 0) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "a value expected");
    }

    s->pos += n;

    return 0;
}


static void
trade_json_scan_space(trade_json_scan_t *s)
{
    s->pos = trade_json_scan_blanks(s->pos, s->end);
}


static int
trade_json_scan_take(trade_json_scan_t *s, char c)
{
    if (s->pos < s->end && *s->pos == c) {
        s->pos++;
        return 1;
    }

    return 0;
}


/* Makes room for element n */

static int
trade_json_scan_grow(void **array, size_t *size, size_t n, size_t element)
{
    void    *p;
    size_t   more;

    if (n < *size) {
        return 0;
    }

    more = *size ? *size * 2 : 16;

    p = realloc(*array, more * element);
    if (p == NULL) {
        return -1;
    }

    *array = p;
    *size = more;

    return 0;
}
