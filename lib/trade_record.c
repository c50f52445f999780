#include "trade_record.h"
#include "trade_time.h"


static int trade_record_read_event(trade_record_t *record,
    trade_str_t *text);
static int trade_record_read_carried(trade_record_t *record,
    trade_str_t line);


int
trade_record_read(trade_record_t *record, trade_str_t text)
{
    uint64_t        seq;
    trade_record_t  event;

    if (trade_record_read_event(record, &text) != 0) {
        return -1;
    }

    record->older = text;
    event = *record;

    /*
     * only a stock's body begins as a state does, and a stock has no older
     * lines
     */

    while (text.len && text.data[0] >= 'A' && text.data[0] <= 'Z'
           && record->state != TRADE_STATE_STOCK)
    {
        seq = event.seq;

        if (trade_record_read_event(&event, &text) != 0
            || event.seq + 1 != seq)
        {
            return -1;
        }
    }

    record->older.len -= text.len;
    record->created = event.at;
    record->body = text;

    return text.len ? 0 : -1;
}


static int
trade_record_read_event(trade_record_t *record, trade_str_t *text)
{
    if (trade_record_read_header(record, trade_str_cut(text, '\n')) != 0
        || trade_record_read_carried(record, trade_str_cut(text, '\n')) != 0)
    {
        return -1;
    }

    return 0;
}


int
trade_record_older(trade_record_t *record)
{
    uint64_t  created;

    created = record->created;

    if (record->older.len == 0
        || trade_record_read_event(record, &record->older) != 0)
    {
        return 0;
    }

    record->created = created;

    return 1;
}


int
trade_record_as_of(trade_record_t *record, uint64_t seq)
{
    while (record->seq > seq) {
        if (!trade_record_older(record)) {
            return -1;
        }
    }

    return record->seq == seq ? 0 : -1;
}


int
trade_record_participant(trade_str_t *participants, unsigned *slot,
    uint64_t *version)
{
    size_t       len;
    uint64_t     number;
    trade_str_t  one;

    len = participants->len;
    one = trade_str_cut(participants, ',');

    if ((one.len < len && participants->len == 0)
        || trade_str_u64(trade_str_cut(&one, '='), TRADE_SLOTS - 1, &number)
           != 0
        || trade_str_u64(one, UINT64_MAX, version) != 0)
    {
        return 0;
    }

    *slot = (unsigned) number;

    return 1;
}


int
trade_record_unplaced(const trade_record_t *record)
{
    return record->partition == 0 && record->key != TRADE_RECORD_KEY_SKU;
}


int
trade_record_ended(const trade_record_t *record)
{
    return (trade_state_bit(record->state) & TRADE_STATE_ENDED) != 0;
}


int
trade_record_read_header(trade_record_t *record, trade_str_t line)
{
    size_t       i;
    trade_str_t  name;

    name = trade_str_cut(&line, ' ');
    record->state = trade_state_find(name);

    if (name.len == 0
        || trade_str_u64(trade_str_cut(&line, ' '), UINT64_MAX, &record->seq)
           != 0)
    {
        return -1;
    }

    record->fingerprint = trade_str_cut(&line, ' ');

    if (record->fingerprint.len == 0
        || trade_str_u64(trade_str_cut(&line, ' '), UINT64_MAX,
                         &record->version)
           != 0)
    {
        return -1;
    }

    if (trade_str_u64(trade_str_cut(&line, ' '), TRADE_TIME_MAX, &record->at)
        != 0)
    {
        return -1;
    }

    for (i = 0; i < line.len; i++) {
        if (line.data[i] != '=' && line.data[i] != ','
            && (line.data[i] < '0' || line.data[i] > '9'))
        {
            return -1;
        }
    }

    record->participants = line;

    record->created = record->at;

    return 0;
}


static int
trade_record_read_carried(trade_record_t *record, trade_str_t line)
{
    uint64_t                  partition;
    trade_str_t               key;
    static const trade_str_t  none = trade_str("-");

    key = trade_str_cut(&line, ' ');

    if (key.len == 0
        || (key.data[0] != TRADE_RECORD_KEY_ORDER
            && key.data[0] != TRADE_RECORD_KEY_BUYER
            && key.data[0] != TRADE_RECORD_KEY_SKU))
    {
        return -1;
    }

    record->key = (trade_record_key_e) key.data[0];
    record->partition = 0;

    if (key.len > 1) {
        if (trade_str_u64(trade_str_of(key.data + 1, key.len - 1),
                          TRADE_RECORD_PARTITION_MAX - 1, &partition)
            != 0)
        {
            return -1;
        }

        record->partition = (uint32_t) partition + 1;
    }

    record->traceparent = trade_str_cut(&line, ' ');
    record->tracestate = line;

    if (record->traceparent.len == 0 || record->tracestate.len == 0) {
        return -1;
    }

    if (trade_str_eq(record->traceparent, none)) {
        record->traceparent.len = 0;
    }

    if (trade_str_eq(record->tracestate, none)) {
        record->tracestate.len = 0;
    }

    return 0;
}


int
trade_record_complete(trade_record_t *record, const trade_record_t *reply)
{
    record->seq = reply->seq;
    record->version = reply->version;
    record->at = reply->at;
    record->created = reply->created;

    if (record->body.len) {
        return 0;
    }

    record->key = reply->key;
    record->partition = reply->partition;

    return 1;
}


void
trade_record_write_carried(trade_buf_t *b, const trade_record_t *record)
{
    char  key;

    key = (char) record->key;

    trade_buf_put(b, &key, 1);

    if (record->partition) {
        trade_buf_u64(b, record->partition - 1);
    }

    trade_buf_c(b, " ");
    trade_buf_str(b, record->traceparent);
    trade_buf_c(b, record->traceparent.len ? " " : "- ");
    trade_buf_str(b, record->tracestate);
    trade_buf_c(b, record->tracestate.len ? "" : "-");
}


/* The canonical form begins with the buyer, and no name holds a quote there */

trade_str_t
trade_record_buyer(const trade_record_t *record)
{
    trade_str_t               json;
    static const trade_str_t  begin = trade_str("{\"buyer_id\":\"");

    json = record->body;

    if (json.len < begin.len
        || !trade_str_eq(trade_str_of(json.data, begin.len), begin))
    {
        return trade_str_of(NULL, 0);
    }

    json = trade_str_of(json.data + begin.len, json.len - begin.len);

    return trade_str_cut(&json, '"');
}
