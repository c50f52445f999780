#include "trade_slot.h"

#include <zlib.h>


unsigned
trade_slot_of(trade_str_t sku)
{
    return crc32(0, (const Bytef *) sku.data, sku.len) % TRADE_SLOTS;
}


trade_str_t
trade_slot_name(unsigned slot, char name[TRADE_SLOT_NAME_MAX])
{
    trade_buf_t  b;

    trade_buf_init(&b, name, TRADE_SLOT_NAME_MAX);
    trade_buf_c(&b, "s");
    trade_buf_u64(&b, slot);

    return trade_buf_done(&b);
}


trade_str_t
trade_slot_key(trade_buf_t *b, unsigned slot, const char *kind,
    trade_str_t name)
{
    char  *start;

    start = b->pos;

    trade_buf_c(b, "trade:{s");
    trade_buf_u64(b, slot);
    trade_buf_c(b, "}:");
    trade_buf_c(b, kind);
    trade_buf_str(b, name);

    return trade_str_of(start, b->pos - start);
}
