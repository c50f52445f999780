#include "trade_id.h"
#include "trade_slot.h"

#include <string.h>


static const char  trade_id_hex[] = "0123456789abcdef";
const char  trade_id_base32[] = "0123456789abcdefghjkmnpqrstvwxyz";


void
trade_id_make(unsigned slot, const unsigned char random[TRADE_ID_RANDOM],
    char id[TRADE_ID_LEN])
{
    int       i, bits;
    char     *p;
    unsigned  acc;

    id[0] = trade_id_hex[(slot >> 8) & 15];
    id[1] = trade_id_hex[(slot >> 4) & 15];
    id[2] = trade_id_hex[slot & 15];
    id[3] = '-';

    /* 26 * 5 = 130 bits: the first digit holds only three of the 128 */

    p = id + 4;
    acc = 0;
    bits = 2;

    for (i = 0; i < TRADE_ID_RANDOM; i++) {
        acc = (acc << 8) | random[i];

        for (bits += 8; bits >= 5; bits -= 5) {
            *p++ = trade_id_base32[(acc >> (bits - 5)) & 31];
        }
    }
}


int
trade_id_slot(trade_str_t id)
{
    int          slot;
    size_t       i;
    const char  *digit;

    if (id.len != TRADE_ID_LEN || id.data[3] != '-' || id.data[4] > '7') {
        return -1;
    }

    for (slot = 0, i = 0; i < 3; i++) {
        digit = memchr(trade_id_hex, id.data[i], 16);
        if (digit == NULL) {
            return -1;
        }

        slot = slot * 16 + (int) (digit - trade_id_hex);
    }

    for (i = 4; i < TRADE_ID_LEN; i++) {
        if (trade_id_digit(id.data[i]) < 0) {
            return -1;
        }
    }

    return slot;
}


int
trade_id_digit(char c)
{
    const char  *digit;

    digit = memchr(trade_id_base32, c, 32);

    return digit ? (int) (digit - trade_id_base32) : -1;
}


int
trade_ident_valid(trade_str_t s)
{
    char    c;
    size_t  i;

    if (s.len == 0 || s.len > TRADE_IDENT_MAX) {
        return 0;
    }

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_' || c == '.' || c == ':' || c == '-'))
        {
            return 0;
        }
    }

    return 1;
}
