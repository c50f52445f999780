#include "trade_base64.h"


static int trade_base64_value(char c);


void
trade_base64_write(trade_buf_t *b, trade_str_t bytes)
{
    size_t             i;
    unsigned           bits, n;
    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";

    for (bits = 0, n = 0, i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char) bytes.data[i];

        for (n += 8; n >= 6; n -= 6) {
            trade_buf_put(b, &digits[bits >> (n - 6) & 63], 1);
        }

        bits &= 63;
    }

    if (n) {
        trade_buf_put(b, &digits[bits << (6 - n) & 63], 1);
    }
}


int
trade_base64_read(trade_buf_t *b, trade_str_t text)
{
    int       value;
    char      c;
    size_t    i;
    unsigned  bits, n;

    for (bits = 0, n = 0, i = 0; i < text.len; i++) {
        value = trade_base64_value(text.data[i]);
        if (value < 0) {
            return -1;
        }

        bits = (bits << 6 | (unsigned) value) & 0xfff;
        n += 6;

        if (n >= 8) {
            n -= 8;
            c = (char) (bits >> n & 0xff);
            trade_buf_put(b, &c, 1);
        }
    }

    return n < 6 && (bits & ((1u << n) - 1)) == 0 ? 0 : -1;
}


static int
trade_base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    return c == '-' ? 62 : c == '_' ? 63 : -1;
}
