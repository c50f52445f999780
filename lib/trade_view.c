#include "trade_view.h"
#include "trade_time.h"


static void trade_view_state(trade_buf_t *b, trade_state_e state);


void
trade_view_order(trade_buf_t *b, trade_str_t id,
    const trade_record_t *record, int published)
{
    trade_record_t  event;

    trade_buf_c(b, "{\"order_id\":\"");
    trade_buf_str(b, id);
    trade_buf_c(b, "\",\"state\":\"");
    trade_view_state(b, record->state);

    trade_buf_c(b, published ? "\",\"published\":true" :
                               "\",\"published\":false");
    trade_buf_c(b, ",\"sequence\":");
    trade_buf_u64(b, record->seq);
    trade_buf_c(b, ",\"created_at\":\"");
    trade_time_write(b, record->created);
    trade_buf_c(b, "\",");

    event = *record;

    while (event.seq > 1) {
        trade_buf_c(b, "\"");
        trade_view_state(b, event.state);
        trade_buf_c(b, "_at\":\"");
        trade_time_write(b, event.at);
        trade_buf_c(b, "\",");

        if (!trade_record_older(&event)) {
            break;
        }
    }

    trade_buf_put(b, record->body.data + 1, record->body.len - 1);
}


void
trade_view_order_tag(trade_buf_t *b, const trade_record_t *record,
    int published)
{
    trade_buf_u64(b, record->seq);
    trade_buf_c(b, published ? "" : ".due");
}


uint64_t
trade_view_order_changed(const trade_record_t *record)
{
    return record->at / 1000 + 1;
}


static void
trade_view_state(trade_buf_t *b, trade_state_e state)
{
    char         c;
    size_t       i;
    trade_str_t  name;

    name = trade_state_name(state);

    for (i = 0; i < name.len; i++) {
        c = (char) (name.data[i] | 0x20);           /* A-Z */
        trade_buf_put(b, &c, 1);
    }
}


int
trade_view_stock(trade_buf_t *b, trade_str_t line, uint64_t version,
    trade_str_t change, int published)
{
    trade_stock_t  stock;

    if (trade_stock_read(&stock, line) != 0) {
        return -1;
    }

    trade_buf_c(b, "{");
    trade_stock_write(b, &stock);
    trade_buf_c(b, ",\"version\":");
    trade_buf_u64(b, version);

    if (change.len) {
        trade_buf_c(b, ",\"change_id\":\"");
        trade_buf_str(b, change);
        trade_buf_c(b, published ? "\",\"published\":true" :
                                   "\",\"published\":false");
    }

    trade_buf_c(b, "}");

    return 0;
}


int
trade_view_stock_tag(trade_buf_t *b, trade_str_t line, uint64_t version)
{
    trade_stock_t  stock;

    if (trade_stock_read(&stock, line) != 0) {
        return -1;
    }

    trade_stock_write_tag(b, &stock);
    trade_buf_c(b, "/");
    trade_stock_write_units(b, &stock);
    trade_buf_c(b, ".");
    trade_buf_u64(b, version);

    return 0;
}
