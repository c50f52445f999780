#include "trade_key.h"


int
trade_key_parse(trade_str_t value, char mem[TRADE_KEY_MAX], trade_str_t *key)
{
    int     quoted;
    char    c;
    size_t  i, n, end;

    quoted = value.len && value.data[0] == '"';
    end = value.len;

    if (quoted) {
        if (value.len < 2 || value.data[value.len - 1] != '"') {
            return -1;
        }

        end--;
    }

    for (n = 0, i = quoted; i < end; i++) {
        c = value.data[i];

        if (quoted && c == '\\') {
            if (++i == end || (value.data[i] != '"' && value.data[i] != '\\')) {
                return -1;
            }

            c = value.data[i];

        } else if (c == '"' || (c == ',' && !quoted)) {
            return -1;
        }

        if (c <= 0x20 || c >= 0x7f || n == TRADE_KEY_MAX) {
            return -1;
        }

        mem[n++] = c;
    }

    *key = trade_str_of(mem, n);

    return n ? 0 : -1;
}
