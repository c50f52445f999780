#include "trade_str.h"
#include "trade_utf8.h"

#include <string.h>


static size_t trade_buf_json_plain(trade_str_t s);


trade_str_t
trade_str_of(const char *data, size_t len)
{
    trade_str_t  s = { len, data };

    return s;
}


trade_str_t
trade_str_c(const char *zero_terminated)
{
    return trade_str_of(zero_terminated, strlen(zero_terminated));
}


int
trade_str_eq(trade_str_t a, trade_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


int
trade_str_cmp(trade_str_t a, trade_str_t b)
{
    int     rc;
    size_t  n;

    n = a.len < b.len ? a.len : b.len;
    rc = n ? memcmp(a.data, b.data, n) : 0;

    if (rc == 0) {
        rc = (a.len > b.len) - (a.len < b.len);
    }

    return rc;
}


trade_str_t
trade_str_cut(trade_str_t *s, char sep)
{
    const char   *p;
    trade_str_t   part;

    if (s->len == 0) {
        return *s;
    }

    p = memchr(s->data, sep, s->len);

    if (p == NULL) {
        part = *s;
        s->data += s->len;
        s->len = 0;
        return part;
    }

    part = trade_str_of(s->data, p - s->data);
    s->len -= part.len + 1;
    s->data = p + 1;

    return part;
}


void
trade_str_blanks(trade_str_t *s)
{
    while (s->len && (s->data[0] == ' ' || s->data[0] == '\t')) {
        s->data++;
        s->len--;
    }
}


int
trade_str_u64(trade_str_t s, uint64_t max, uint64_t *value)
{
    size_t    i;
    uint64_t  v, digit;

    if (s.len == 0 || (s.data[0] == '0' && s.len > 1)) {
        return -1;
    }

    for (v = 0, i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return -1;
        }

        digit = s.data[i] - '0';

        if (digit > max || v > (max - digit) / 10) {
            return -1;
        }

        v = v * 10 + digit;
    }

    *value = v;

    return 0;
}


int
trade_str_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


void
trade_buf_init(trade_buf_t *b, char *mem, size_t size)
{
    b->start = b->pos = mem;
    b->end = size ? mem + size : mem;       /* NULL + 0 is undefined in C */
    b->overflow = 0;
}


void
trade_buf_put(trade_buf_t *b, const char *data, size_t len)
{
    if (len > (size_t) (b->end - b->pos)) {
        b->overflow = 1;
        return;
    }

    if (len) {
        memcpy(b->pos, data, len);
        b->pos += len;
    }
}


void
trade_buf_str(trade_buf_t *b, trade_str_t s)
{
    trade_buf_put(b, s.data, s.len);
}


void
trade_buf_c(trade_buf_t *b, const char *zero_terminated)
{
    trade_buf_put(b, zero_terminated, strlen(zero_terminated));
}


void
trade_buf_u64(trade_buf_t *b, uint64_t value)
{
    char  digits[20], *p;

    p = digits + sizeof(digits);

    do {
        *--p = (char) ('0' + value % 10);
        value /= 10;
    } while (value);

    trade_buf_put(b, p, digits + sizeof(digits) - p);
}


void
trade_buf_json(trade_buf_t *b, trade_str_t s)
{
    char                 esc[6] = { '\\', 'u', '0', '0' };
    size_t               n;
    unsigned char        c;
    static const char    hex[] = "0123456789abcdef";

    trade_buf_put(b, "\"", 1);

    for ( /* void */ ; s.len; s.data += n, s.len -= n) {
        n = trade_buf_json_plain(s);

        if (n) {
            trade_buf_put(b, s.data, n);
            continue;
        }

        c = (unsigned char) s.data[0];
        n = trade_utf8_len(s);

        if (n == 0) {
            trade_buf_c(b, "\\ufffd");
            n = 1;

        } else if (n == 1) {
            esc[4] = hex[c >> 4];
            esc[5] = hex[c & 15];
            trade_buf_put(b, esc, 6);

        } else {
            trade_buf_put(b, s.data, n);
        }
    }

    trade_buf_put(b, "\"", 1);
}


/* So many bytes of ASCII at the beginning of `s` need no escape */

static size_t
trade_buf_json_plain(trade_str_t s)
{
    size_t         n;
    unsigned char  c;

    for (n = 0; n < s.len; n++) {
        c = (unsigned char) s.data[n];

        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f) {
            break;
        }
    }

    return n;
}


trade_str_t
trade_buf_done(const trade_buf_t *b)
{
    return trade_str_of(b->start, b->pos - b->start);
}
