#include "trade_utf8.h"


size_t
trade_utf8_len(trade_str_t s)
{
    size_t          i, n;
    unsigned char   lead, low, high;

    if (s.len == 0) {
        return 0;
    }

    lead = (unsigned char) s.data[0];
    low = 0x80;
    high = 0xbf;

    if (lead < 0x80) {
        return 1;
    }

    if (lead >= 0xc2 && lead <= 0xdf) {
        n = 2;

    } else if (lead >= 0xe0 && lead <= 0xef) {
        n = 3;
        low = lead == 0xe0 ? 0xa0 : low;            /* overlong */
        high = lead == 0xed ? 0x9f : high;          /* surrogates */

    } else if (lead >= 0xf0 && lead <= 0xf4) {
        n = 4;
        low = lead == 0xf0 ? 0x90 : low;            /* overlong */
        high = lead == 0xf4 ? 0x8f : high;          /* past U+10FFFF */

    } else {
        return 0;
    }

    for (i = 1; i < n; i++) {
        if (i == s.len || (unsigned char) s.data[i] < low
            || (unsigned char) s.data[i] > high)
        {
            return 0;
        }

        low = 0x80;
        high = 0xbf;
    }

    return n;
}
