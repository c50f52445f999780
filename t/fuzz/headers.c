/*
 * The headers that a request has for us: Idempotency-Key, traceparent,
 * tracestate, If-Match, If-None-Match and Trade-Ticket.
 */

#include "trade_key.h"
#include "trade_precondition.h"
#include "trade_record.h"
#include "trade_ticket.h"
#include "trade_trace.h"
#include "fuzz.h"


/* Quoted again it is the same key */

static void
fuzz_key(trade_str_t value)
{
    char         mem[TRADE_KEY_MAX], again[TRADE_KEY_MAX];
    char         text[2 * TRADE_KEY_MAX + 2];
    size_t       i;
    trade_str_t  key, same;
    trade_buf_t  b;

    if (trade_key_parse(value, mem, &key) != 0) {
        return;
    }

    fuzz_check(key.len >= 1 && key.len <= TRADE_KEY_MAX);
    trade_buf_init(&b, text, sizeof(text));
    trade_buf_c(&b, "\"");

    for (i = 0; i < key.len; i++) {
        fuzz_check(key.data[i] >= 0x20 && key.data[i] < 0x7f);

        if (key.data[i] == '"' || key.data[i] == '\\') {
            trade_buf_c(&b, "\\");
        }

        trade_buf_put(&b, &key.data[i], 1);
    }

    trade_buf_c(&b, "\"");

    fuzz_check(trade_key_parse(trade_buf_done(&b), again, &same) == 0);
    fuzz_check(trade_str_eq(key, same));
}


/* A value that may be passed on is read back from a record unchanged */

static void
fuzz_trace(trade_str_t value)
{
    int             parent, state;
    char            text[1024];
    trade_buf_t     b;
    trade_record_t  record, again;

    parent = trade_trace_parent_valid(value);
    state = trade_trace_state_valid(value);

    if (!parent && !state) {
        return;
    }

    fuzz_check(!parent || value.len == TRADE_TRACE_PARENT_LEN);
    fuzz_check(!state || value.len <= TRADE_TRACE_STATE_MAX);

    memset(&record, 0, sizeof(record));

    record.key = TRADE_RECORD_KEY_ORDER;
    record.traceparent = parent ? value : trade_str_of(NULL, 0);
    record.tracestate = state ? value : trade_str_of(NULL, 0);

    trade_buf_init(&b, text, sizeof(text));
    trade_buf_c(&b, "PLACED 1 f 1 1\n");
    trade_record_write_carried(&b, &record);
    trade_buf_c(&b, "\n{}");

    fuzz_check(!b.overflow);
    fuzz_check(trade_record_read(&again, trade_buf_done(&b)) == 0);
    fuzz_check(trade_str_eq(again.traceparent, record.traceparent));
    fuzz_check(trade_str_eq(again.tracestate, record.tracestate));
}


/* The set holds what it was made of, and written as tags it is the same set */

static void
fuzz_tags(trade_str_t value)
{
    int           how, cut;
    size_t        i;
    trade_str_t   set, list, again;
    trade_buf_t   b, text, same;
    static char   mem[1 << 16], tags[1 << 18], other[1 << 18];

    if (value.len > sizeof(mem) - 2) {
        return;
    }

    for (how = 0; how < 4; how++) {
        cut = how & 2;
        trade_buf_init(&b, mem, trade_precondition_size(value.len));

        if (trade_precondition_tags(&b, value, how & 1, cut, &set) != 0) {
            fuzz_check(!b.overflow);
            continue;
        }

        fuzz_check(!b.overflow && set.len > 0);

        if (trade_str_eq(set, trade_str_c("*"))) {
            continue;
        }

        fuzz_check(set.data[0] == ' ' && set.data[set.len - 1] == ' ');

        for (i = 0; i < set.len; i++) {
            fuzz_check((unsigned char) set.data[i] >= 0x20
                       && set.data[i] != '"' && set.data[i] != 0x7f
                       && (!cut || set.data[i] != '/'));
        }

        trade_buf_init(&text, tags, sizeof(tags));
        list = trade_str_of(set.data + 1, set.len - 1);

        while (list.len) {
            trade_buf_c(&text, ", \"");
            trade_buf_str(&text, trade_str_cut(&list, ' '));
            trade_buf_c(&text, "\"");
        }

        if (set.len > 1) {
            trade_buf_init(&same, other, sizeof(other));
            fuzz_check(trade_precondition_tags(&same, trade_buf_done(&text), 0,
                                               0, &again) == 0);
            fuzz_check(trade_str_eq(set, again));
        }
    }
}


/* Signed again it is the same ticket, and valid until its time */

static void
fuzz_ticket(trade_str_t value)
{
    char                         text[TRADE_TICKET_MAX];
    size_t                       line;
    trade_buf_t                  b;
    trade_ticket_t               ticket, again;
    static trade_ticket_keys_t  *keys;

    if (keys == NULL) {
        keys = trade_ticket_keys_create();
        fuzz_check(keys && trade_ticket_keys_read(keys, trade_str_c("k "
                   "00000000000000000000000000000000"
                   "00000000000000000000000000000000"), &line) == NULL);
    }

    if (trade_ticket_parse(&ticket, value) != NULL) {
        return;
    }

    fuzz_check(value.len <= TRADE_TICKET_MAX);
    fuzz_check(trade_name_check(ticket.sku) == TRADE_NAME_VALID);
    fuzz_check(trade_name_check(ticket.buyer) == TRADE_NAME_VALID);
    fuzz_check(trade_ticket_check(&ticket, keys, 0) == TRADE_TICKET_INVALID);

    trade_buf_init(&b, text, sizeof(text));
    fuzz_check(trade_ticket_write(&b, &ticket, keys) == 0 && !b.overflow);
    fuzz_check(trade_ticket_parse(&again, trade_buf_done(&b)) == NULL);

    fuzz_check(trade_str_eq(again.sku, ticket.sku));
    fuzz_check(trade_str_eq(again.buyer, ticket.buyer));
    fuzz_check(trade_str_eq(again.nonce, ticket.nonce));
    fuzz_check(again.expires == ticket.expires);
    fuzz_check(trade_ticket_check(&again, keys, again.expires)
               == TRADE_TICKET_EXPIRED);
    fuzz_check(again.expires == 0
               || trade_ticket_check(&again, keys, again.expires - 1)
                  == TRADE_DONE);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char         parent[TRADE_TRACE_PARENT_LEN];
    trade_str_t  value;

    value = trade_str_of((const char *) data, size);

    fuzz_key(value);
    fuzz_trace(value);
    fuzz_tags(value);
    fuzz_ticket(value);

    if (size >= TRADE_TRACE_RANDOM) {
        trade_trace_parent_make(data, parent);
        value = trade_str_of(parent, TRADE_TRACE_PARENT_LEN);

        fuzz_check(trade_trace_parent_valid(value)
                   || memcmp(parent + 3, "00000000000000000000000000000000",
                             32) == 0
                   || memcmp(parent + 36, "0000000000000000", 16) == 0);
    }

    return 0;
}
