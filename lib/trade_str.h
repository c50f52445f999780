/*
 * Strings and a bounded writer, for every file of lib.
 *
 * A trade_str_t is a view: it owns nothing and need not end in NUL.  A
 * trade_buf_t writes into memory of its caller and never past it.  Text that
 * does not fit is dropped and noted in `overflow`, so that a sequence of writes
 * is checked once, at its end.
 */

#ifndef TRADE_STR_H
#define TRADE_STR_H

#include <stddef.h>
#include <stdint.h>


typedef struct {
    size_t       len;
    const char  *data;
} trade_str_t;

#define trade_str(literal)  { sizeof(literal) - 1, literal }
#define trade_null_str      { 0, NULL }


typedef struct {
    char        *start;
    char        *pos;
    char        *end;
    int          overflow;
} trade_buf_t;


trade_str_t trade_str_of(const char *data, size_t len);
trade_str_t trade_str_c(const char *zero_terminated);
int trade_str_eq(trade_str_t a, trade_str_t b);

/* Bytewise order; a prefix comes before a longer string. */
int trade_str_cmp(trade_str_t a, trade_str_t b);

/*
 * Cuts the part of *s up to the first `sep` off its front and returns it; the
 * separator is dropped.  Without one, returns all of *s, and *s becomes empty.
 */
trade_str_t trade_str_cut(trade_str_t *s, char sep);

/* Cuts the blanks and tabs off the front of *s: OWS of RFC 9110, 5.6.3. */
void trade_str_blanks(trade_str_t *s);

/*
 * Reads a plain decimal number: digits only, no sign, no leading zero but "0"
 * itself, at most `max`.  Returns 0, or -1 and leaves *value alone.
 */
int trade_str_u64(trade_str_t s, uint64_t max, uint64_t *value);

/* The value of a hex digit, or -1 for any other character. */
int trade_str_hex(char c);


void trade_buf_init(trade_buf_t *b, char *mem, size_t size);
void trade_buf_put(trade_buf_t *b, const char *data, size_t len);
void trade_buf_str(trade_buf_t *b, trade_str_t s);
void trade_buf_c(trade_buf_t *b, const char *zero_terminated);
void trade_buf_u64(trade_buf_t *b, uint64_t value);

/*
 * Appends `s` as a JSON string in its quotes: quotes, backslashes and control
 * characters as \u00XX, bytes that are no UTF-8 as \ufffd, all others
 * unchanged.
 */
void trade_buf_json(trade_buf_t *b, trade_str_t s);

/* The text written so far. */
trade_str_t trade_buf_done(const trade_buf_t *b);


#endif /* TRADE_STR_H */
