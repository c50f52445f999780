/*
 * The lists that replies end in, read one entry at a time.
 */

#include "trade_id.h"
#include "trade_reply.h"
#include "trade_slot.h"


int
trade_reply_claimed(trade_str_t *text, trade_due_t *due,
    trade_record_t *record)
{
    uint64_t     n;
    trade_str_t  line;

    if (text->len == 0) {
        return 0;
    }

    line = trade_str_cut(text, '\n');
    due->id = trade_str_cut(&line, '.');
    due->partition = 0;

    if (trade_id_slot(due->id) < 0
        || trade_str_u64(trade_str_cut(&line, ' '), UINT64_MAX, &due->seq) != 0
        || trade_str_u64(line, text->len, &n) != 0
        || trade_record_read(record, trade_str_of(text->data, n)) != 0)
    {
        return -1;
    }

    /* the next entry begins with the newline before its first line */

    text->data += n;
    text->len -= n;

    if (text->len && text->data[0] != '\n') {
        return -1;
    }

    if (text->len) {
        text->data++;
        text->len--;
    }

    return 1;
}


int
trade_reply_indoubt(trade_str_t *text, unsigned slot, trade_str_t *id,
    unsigned *other)
{
    int          home;
    uint64_t     number;
    trade_str_t  line;

    if (text->len == 0) {
        return 0;
    }

    line = trade_str_cut(text, '\n');
    *id = trade_str_cut(&line, '.');
    home = trade_id_slot(*id);

    if (home < 0) {
        return -1;
    }

    *other = slot;

    if (line.len == 0) {
        return (unsigned) home != slot ? 1 : -1;
    }

    if ((unsigned) home != slot
        || trade_str_u64(line, TRADE_SLOTS - 1, &number) != 0)
    {
        return -1;
    }

    *other = (unsigned) number;

    return 1;
}


int
trade_reply_sale(trade_str_t *text, size_t *position, trade_str_t *sku)
{
    uint64_t  number;

    if (text->len == 0) {
        return 0;
    }

    *sku = trade_str_cut(text, '\n');

    if (trade_str_u64(trade_str_cut(sku, ' '), SIZE_MAX, &number) != 0
        || number == 0 || sku->len == 0)
    {
        return -1;
    }

    *position = (size_t) number;

    return 1;
}


int
trade_reply_work(trade_str_t *items, size_t n, trade_reply_work_t *work)
{
    uint64_t  position;

    if (trade_str_u64(trade_str_cut(items, ' '), 2 * n, &position) != 0
        || position == 0)
    {
        return 0;
    }

    work->indoubt = position > n;
    work->slot = position - 1 - (work->indoubt ? n : 0);

    return 1;
}
