#include "trade_key.h"
#include "trade_field.h"


static int trade_key_bare(trade_str_t value, trade_buf_t *text);


int
trade_key_parse(trade_str_t value, char mem[TRADE_KEY_MAX], trade_str_t *key)
{
    int          rc;
    trade_buf_t  text;

    trade_buf_init(&text, mem, TRADE_KEY_MAX);

    rc = value.len && (value.data[0] == '"' || value.data[0] == ' ')
         ? trade_field_string(value, &text)
         : trade_key_bare(value, &text);

    *key = trade_buf_done(&text);

    return rc == 0 && key->len && !text.overflow ? 0 : -1;
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
