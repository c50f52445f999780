#include "trade_trace.h"

#include <string.h>


static int trade_trace_hex(const char *p, size_t n, int may_be_zero);


int
trade_trace_parent_valid(trade_str_t s)
{
    if (s.len != TRADE_TRACE_PARENT_LEN
        || s.data[2] != '-' || s.data[35] != '-' || s.data[52] != '-'
        || !trade_trace_hex(s.data, 2, 1)
        || !trade_trace_hex(s.data + 3, 32, 0)
        || !trade_trace_hex(s.data + 36, 16, 0)
        || !trade_trace_hex(s.data + 53, 2, 1)
        || memcmp(s.data, "ff", 2) == 0)
    {
        return 0;
    }

    return 1;
}


static int
trade_trace_hex(const char *p, size_t n, int may_be_zero)
{
    int  zero;

    for (zero = 1; n; n--, p++) {
        if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f'))) {
            return 0;
        }

        zero &= *p == '0';
    }

    return may_be_zero || !zero;
}


int
trade_trace_state_valid(trade_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 0x20 || s.data[i] > 0x7e) {
            return 0;
        }
    }

    /* a list of key=value */

    return s.len <= TRADE_TRACE_STATE_MAX && memchr(s.data, '=', s.len);
}


void
trade_trace_parent_make(const unsigned char random[TRADE_TRACE_RANDOM],
    char parent[TRADE_TRACE_PARENT_LEN])
{
    char               *p;
    size_t              i;
    static const char   hex[] = "0123456789abcdef";

    memcpy(parent, "00-", 3);
    p = parent + 3;

    for (i = 0; i < TRADE_TRACE_RANDOM; i++) {
        if (i == 16) {
            *p++ = '-';
        }

        *p++ = hex[random[i] >> 4];
        *p++ = hex[random[i] & 15];
    }

    memcpy(p, "-01", 3);
}
