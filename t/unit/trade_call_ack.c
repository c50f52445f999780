/* Shows which call follows when Kafka has acknowledged an event. */

#include "trade_call.h"
#include "unit.h"


#define ID    "0a7-00041061050r3gg28a1c60t3gf"
#define KEYS  "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:\n9\n\n"


static const struct {
    const char            *name;
    trade_state_e          state;
    trade_record_key_e     key;
    uint32_t               recorded;    /* the partition in the record, and 1 */
    uint32_t               partition;   /* that of the event, and 1 */
    uint64_t               pay;
    int                    sold;
    int                    effects;
    const char            *argv;
} acks[] = {
    { "an order", TRADE_STATE_PLACED, TRADE_RECORD_KEY_ORDER, 3, 3, 0, 1, 0,
      KEYS ID ".2\n" },
    { "an order that must be paid in time", TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 3, 3, 1500, 1, 1, KEYS "1500\n1\n" ID ".2\n" },
    { "an order that was paid in time", TRADE_STATE_PAID,
      TRADE_RECORD_KEY_ORDER, 3, 3, 1500, 1, 0, KEYS ID ".2\n" },
    { "a cart that participants have yet to sell", TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_BUYER, 3, 3, 0, 0, 1, KEYS "\n\n" ID ".2\n" },
    { "a cancelled order", TRADE_STATE_CANCELLED, TRADE_RECORD_KEY_ORDER, 3, 3,
      0, 1, 1, KEYS "\n1\n" ID ".2\n" },
    { "an expired order", TRADE_STATE_EXPIRED, TRADE_RECORD_KEY_ORDER, 3, 3,
      0, 1, 1, KEYS "\n1\n" ID ".2\n" },
    { "a delivered order", TRADE_STATE_DELIVERED, TRADE_RECORD_KEY_ORDER, 3, 3,
      1500, 1, 0, KEYS ID ".2\n" },
    { "an order whose record has no partition", TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 0, 3, 0, 1, 1, KEYS "\n1\n" ID ".2 2\n" },
    { "an order whose partition nobody knows", TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 0, 0, 0, 1, 0, KEYS ID ".2\n" },
    { "a change of stock, whose record needs no partition", TRADE_STATE_STOCK,
      TRADE_RECORD_KEY_SKU, 0, 3, 1500, 1, 0, KEYS ID ".2\n" }
};


static trade_str_t
argv_of(const trade_call_t *call)
{
    size_t        i;
    trade_buf_t   b;
    static char   mem[1024];

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < call->argc; i++) {
        trade_buf_str(&b, call->argv[i]);
        trade_buf_c(&b, "\n");
    }

    return trade_buf_done(&b);
}


int
main(void)
{
    void            *mem[trade_call_ack_events_size(1) / sizeof(void *) + 1];
    size_t           i;
    trade_call_t     call;
    trade_record_t   record = { .seq = 2 };

    static const trade_slot_seen_t  seen = { 167, 9, trade_null_str, 0 };

    for (i = 0; i < UNIT_ROWS(acks); i++) {
        record.state = acks[i].state;
        record.key = acks[i].key;
        record.partition = acks[i].recorded;

        is_int(trade_call_ack(&call, mem, trade_call_ack_events_size(1), &seen,
                              trade_str_c(ID), &record, acks[i].partition,
                              acks[i].pay, acks[i].sold),
               0, "%s: there is room for the call", acks[i].name);
        ok(call.script == (acks[i].effects ? &trade_script_ack_effects
                                           : &trade_script_ack),
           "%s: the script", acks[i].name);
        is_str(argv_of(&call), trade_str_c(acks[i].argv),
               "%s: its keys and arguments", acks[i].name);
    }

    is_int(trade_call_ack(&call, mem, 8, &seen, trade_str_c(ID), &record, 0,
                          0, 1),
           -1, "8 bytes are too few");

    return done_testing();
}
