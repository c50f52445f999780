/*
 * The strings of the scan: escapes, UTF-8, control characters.
 */

#include "trade_json_scan.h"
#include "trade_utf8.h"

#include <string.h>


static int trade_json_scan_escape(trade_json_scan_t *s);
static int trade_json_scan_unicode(trade_json_scan_t *s);
static int trade_json_scan_hex4(trade_json_scan_t *s, uint32_t *value);
static int trade_json_scan_utf8(trade_json_scan_t *s);
static void trade_json_scan_out(trade_json_scan_t *s, uint32_t code);


int
trade_json_scan_string(trade_json_scan_t *s)
{
    int            rc;
    char          *out;
    unsigned char  c;

    out = s->out;
    s->nul = 0;

    for (s->pos++; s->pos < s->end; /* void */ ) {
        c = (unsigned char) *s->pos;

        if (c == '"') {
            s->pos++;
            return 0;
        }

        if (c < 0x20) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                        "control character in a string");
        }

        if (c == '\\') {
            rc = trade_json_scan_escape(s);

        } else if (c >= 0x80) {
            rc = trade_json_scan_utf8(s);

        } else {
            *s->out++ = *s->pos++;
            rc = 0;
        }

        if (rc != 0) {
            return -1;
        }
    }

    s->out = out;

    return trade_json_scan_fail(s, TRADE_JSON_BAD, "a string has no end");
}


static int
trade_json_scan_escape(trade_json_scan_t *s)
{
    const char         *p;
    static const char   from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

    if (s->end - s->pos < 2) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "a string has no end");
    }

    if (s->pos[1] == 'u') {
        return trade_json_scan_unicode(s);
    }

    p = memchr(from, s->pos[1], sizeof(from) - 1);
    if (p == NULL) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "unknown escape");
    }

    *s->out++ = to[p - from];
    s->pos += 2;

    return 0;
}


static int
trade_json_scan_unicode(trade_json_scan_t *s)
{
    uint32_t  code, low;

    if (trade_json_scan_hex4(s, &code) != 0) {
        return -1;
    }

    if (code >= 0xd800 && code <= 0xdfff) {

        if (code >= 0xdc00 || s->end - s->pos < 2
            || s->pos[0] != '\\' || s->pos[1] != 'u')
        {
            return trade_json_scan_fail(s, TRADE_JSON_BAD, "lone surrogate");
        }

        if (trade_json_scan_hex4(s, &low) != 0) {
            return -1;
        }

        if (low < 0xdc00 || low > 0xdfff) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD, "lone surrogate");
        }

        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }

    if (code == 0) {
        s->nul = 1;
    }

    trade_json_scan_out(s, code);

    return 0;
}


/* Takes "\uXXXX" */

static int
trade_json_scan_hex4(trade_json_scan_t *s, uint32_t *value)
{
    int  i, digit;

    *value = 0;

    for (i = 2; i < 6; i++) {
        digit = s->end - s->pos > i ? trade_str_hex(s->pos[i]) : -1;

        if (digit < 0) {
            return trade_json_scan_fail(s, TRADE_JSON_BAD,
                                        "\\u without four hex digits");
        }

        *value = *value * 16 + digit;
    }

    s->pos += 6;

    return 0;
}


static void
trade_json_scan_out(trade_json_scan_t *s, uint32_t code)
{
    if (code < 0x80) {
        *s->out++ = (char) code;
        return;
    }

    if (code < 0x800) {
        *s->out++ = (char) (0xc0 | (code >> 6));

    } else {

        if (code < 0x10000) {
            *s->out++ = (char) (0xe0 | (code >> 12));

        } else {
            *s->out++ = (char) (0xf0 | (code >> 18));
            *s->out++ = (char) (0x80 | ((code >> 12) & 0x3f));
        }

        *s->out++ = (char) (0x80 | ((code >> 6) & 0x3f));
    }

    *s->out++ = (char) (0x80 | (code & 0x3f));
}


static int
trade_json_scan_utf8(trade_json_scan_t *s)
{
    size_t  n;

    n = trade_utf8_len(trade_str_of(s->pos, s->end - s->pos));

    if (n == 0) {
        return trade_json_scan_fail(s, TRADE_JSON_BAD, "bad UTF-8");
    }

    memcpy(s->out, s->pos, n);
    s->out += n;
    s->pos += n;

    return 0;
}
