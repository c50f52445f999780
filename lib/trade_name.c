#include "trade_name.h"
#include "trade_utf8.h"

#include <string.h>


static char trade_name_next(trade_str_t *json);


trade_name_e
trade_name_check(trade_str_t s)
{
    size_t         n;
    trade_str_t    rest;
    unsigned char  c;

    if (s.len == 0) {
        return TRADE_NAME_EMPTY;
    }

    if (s.len > TRADE_NAME_MAX) {
        return TRADE_NAME_TOO_LONG;
    }

    for (rest = s; rest.len; rest.data += n, rest.len -= n) {
        c = (unsigned char) rest.data[0];
        n = c < 0x80 ? 1 : trade_utf8_len(rest);

        if (n == 0) {
            return TRADE_NAME_NOT_UTF8;
        }

        /* U+0080 to U+009F are two bytes: c2 80 to c2 9f */

        if (c < 0x20 || c == 0x7f
            || (c == 0xc2 && (unsigned char) rest.data[1] < 0xa0))
        {
            return TRADE_NAME_CONTROL;
        }
    }

    if (s.data[0] == ' ' || s.data[s.len - 1] == ' ') {
        return TRADE_NAME_BLANK;
    }

    return TRADE_NAME_VALID;
}


const char *
trade_name_fault(trade_str_t s)
{
    static const char *const  faults[] = {
        [TRADE_NAME_VALID] = NULL,
        [TRADE_NAME_EMPTY] = "is empty",
        [TRADE_NAME_TOO_LONG] = "is longer than 255 bytes",
        [TRADE_NAME_NOT_UTF8] = "is not UTF-8",
        [TRADE_NAME_CONTROL] = "has a control character",
        [TRADE_NAME_BLANK] = "begins or ends with a blank"
    };

    return faults[trade_name_check(s)];
}


size_t
trade_name_json_len(trade_str_t name)
{
    size_t  i, len;

    for (len = name.len, i = 0; i < name.len; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\') {
            len += sizeof("\\u0022") - 1 - 1;
        }
    }

    return len;
}


void
trade_name_unescape(trade_buf_t *b, trade_str_t json)
{
    char  c;

    while (json.len) {
        c = trade_name_next(&json);
        trade_buf_put(b, &c, 1);
    }
}


int
trade_name_is(trade_str_t json, trade_str_t name)
{
    size_t  i;

    for (i = 0; json.len && i < name.len; i++) {
        if (trade_name_next(&json) != name.data[i]) {
            return 0;
        }
    }

    return json.len == 0 && i == name.len;
}


/* Takes off the front a byte, or the escape of one */

static char
trade_name_next(trade_str_t *json)
{
    char    c;
    size_t  n;

    n = 6;

    if (json->len >= n && memcmp(json->data, "\\u0022", n) == 0) {
        c = '"';

    } else if (json->len >= n && memcmp(json->data, "\\u005c", n) == 0) {
        c = '\\';

    } else {
        c = json->data[0];
        n = 1;
    }

    json->data += n;
    json->len -= n;

    return c;
}
