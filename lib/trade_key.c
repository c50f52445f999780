#include "trade_key.h"
#include "trade_field.h"


static trade_str_t trade_key_trim(trade_str_t value);
static int trade_key_bare(trade_str_t value, trade_buf_t *text);


int
trade_key_parse(trade_str_t value, char mem[TRADE_KEY_MAX], trade_str_t *key)
{
    int          rc;
    trade_buf_t  text;

    trade_buf_init(&text, mem, TRADE_KEY_MAX);
    value = trade_key_trim(value);

    rc = value.len && value.data[0] == '"'
         ? trade_field_string(value, &text)
         : trade_key_bare(value, &text);

    *key = trade_buf_done(&text);

    return rc == 0 && key->len && !text.overflow ? 0 : -1;
}


/* Blanks and tabs around a header's value are no part of it (RFC 9110, 5.5) */

static trade_str_t
trade_key_trim(trade_str_t value)
{
    trade_str_blanks(&value);

    while (value.len && (value.data[value.len - 1] == ' '
                         || value.data[value.len - 1] == '\t'))
    {
        value.len--;
    }

    return value;
}


static int
trade_key_bare(trade_str_t value, trade_buf_t *text)
{
    char    c;
    size_t  i;

    for (i = 0; i < value.len; i++) {
        c = value.data[i];

        if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',') {
            return -1;
        }
    }

    trade_buf_str(text, value);

    return 0;
}
