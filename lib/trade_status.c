#include "trade_status.h"
#include "trade_time.h"


static void trade_status_text(trade_buf_t *b, const char *name,
    trade_str_t text);


void
trade_status_count(trade_buf_t *b, const char *name, uint64_t value)
{
    trade_buf_c(b, ",\"");
    trade_buf_c(b, name);
    trade_buf_c(b, "\":");
    trade_buf_u64(b, value);
}


void
trade_status_shard(trade_buf_t *b, const trade_status_shard_t *shard)
{
    unsigned     slot;
    const char  *comma;

    trade_buf_c(b, "{\"redis\":");
    trade_buf_json(b, shard->redis);
    trade_status_text(b, "name", shard->name);
    trade_status_text(b, "address", shard->address);
    trade_status_count(b, "weight", shard->weight);
    trade_status_text(b, "state", trade_str_c(shard->state));
    trade_status_text(b, "reason", trade_str_c(shard->reason));

    if (shard->command[0]) {
        trade_status_text(b, "command", trade_str_c(shard->command));
    }

    if (shard->since && shard->since <= TRADE_TIME_MAX) {
        trade_buf_c(b, ",\"since\":\"");
        trade_time_write(b, shard->since);
        trade_buf_c(b, "\"");
    }

    trade_status_count(b, "due", shard->due);
    trade_buf_c(b, ",\"closed\":[");

    for (comma = "", slot = 0; slot < TRADE_SLOTS; slot++) {
        if (shard->owner[slot] == shard->server && shard->closed[slot]) {
            trade_buf_c(b, comma);
            trade_buf_u64(b, slot);
            comma = ",";
        }
    }

    trade_buf_c(b, "]}");
}


static void
trade_status_text(trade_buf_t *b, const char *name, trade_str_t text)
{
    trade_buf_c(b, ",\"");
    trade_buf_c(b, name);
    trade_buf_c(b, "\":");
    trade_buf_json(b, text);
}
