/* Shows which call follows when Kafka has acknowledged an event. */

#include "trade_call.h"
#include "unit.h"


#define ID    "0a7-00041061050r3gg28a1c60t3gf"
#define KEYS  "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:\n9\n\n"
#define ZREM  "ZREM\ntrade:{s167}:due\n"


typedef enum {
    PLAIN = 0,                          /* no script */
    SCRIPT,                             /* ack.lua */
    EFFECTS                             /* ack_effects.lua */
} script_e;


static const struct {
    const char            *name;
    uint64_t               seq;
    trade_state_e          state;
    trade_record_key_e     key;
    uint32_t               recorded;    /* the partition in the record, and 1 */
    uint32_t               partition;   /* that of the event, and 1 */
    uint64_t               pay;
    int                    sold;
    script_e               script;
    const char            *argv;
} acks[] = {
    { "an order", 1, TRADE_STATE_PLACED, TRADE_RECORD_KEY_ORDER, 3, 3, 0, 1,
      PLAIN, ZREM ID ".1\n" },
    { "an order that must be paid in time", 1, TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 3, 3, 1500, 1, EFFECTS,
      KEYS "1500\n1\n" ID ".1\n" },
    { "an order that was paid in time", 2, TRADE_STATE_PAID,
      TRADE_RECORD_KEY_ORDER, 3, 3, 1500, 1, SCRIPT, KEYS ID ".2\n" },
    { "a cart that participants have sold", 1, TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_BUYER, 3, 3, 0, 1, PLAIN, ZREM ID ".1\n" },
    { "a cart that participants have yet to sell", 1, TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_BUYER, 3, 3, 0, 0, EFFECTS, KEYS "\n\n" ID ".1\n" },
    { "a cancelled order", 2, TRADE_STATE_CANCELLED, TRADE_RECORD_KEY_ORDER, 3,
      3, 0, 1, EFFECTS, KEYS "\n1\n" ID ".2\n" },
    { "an expired order", 2, TRADE_STATE_EXPIRED, TRADE_RECORD_KEY_ORDER, 3, 3,
      0, 1, EFFECTS, KEYS "\n1\n" ID ".2\n" },
    { "a delivered order", 3, TRADE_STATE_DELIVERED, TRADE_RECORD_KEY_ORDER, 3,
      3, 1500, 1, SCRIPT, KEYS ID ".3\n" },
    { "an order whose record has no partition", 1, TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 0, 3, 0, 1, EFFECTS, KEYS "\n1\n" ID ".1 2\n" },
    { "an order whose partition nobody knows", 1, TRADE_STATE_PLACED,
      TRADE_RECORD_KEY_ORDER, 0, 0, 0, 1, PLAIN, ZREM ID ".1\n" },
    { "a change of stock, whose record needs no partition", 1,
      TRADE_STATE_STOCK, TRADE_RECORD_KEY_SKU, 0, 3, 1500, 1, PLAIN,
      ZREM ID ".1\n" }
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


static void
test_ack(const trade_slot_seen_t *seen)
{
    void            *mem[trade_call_ack_events_size(1) / sizeof(void *) + 1];
    size_t           i;
    trade_call_t     call;
    trade_record_t   record = { 0 };

    static const trade_script_t *const  scripts[] = {
        [PLAIN] = NULL, [SCRIPT] = &trade_script_ack,
        [EFFECTS] = &trade_script_ack_effects
    };

    for (i = 0; i < UNIT_ROWS(acks); i++) {
        record.seq = acks[i].seq;
        record.state = acks[i].state;
        record.key = acks[i].key;
        record.partition = acks[i].recorded;

        is_int(trade_call_ack(&call, mem, trade_call_ack_events_size(1), seen,
                              trade_str_c(ID), &record, acks[i].partition,
                              acks[i].pay, acks[i].sold),
               0, "there is room for the ack of %s", acks[i].name);
        ok(call.script == scripts[acks[i].script],
           "the ack of %s has the right script", acks[i].name);
        is_str(argv_of(&call), trade_str_c(acks[i].argv),
               "the ack of %s has its keys and arguments", acks[i].name);
        is_int(call.nkeys, call.script ? 3 : 0,
               "the ack of %s has its number of keys", acks[i].name);
        is_int(call.durable, 0, "the ack of %s waits for no replica",
               acks[i].name);
    }

    for (i = 1; i <= 2; i++) {
        record.seq = i;

        is_int(trade_call_ack(&call, mem, 8, seen, trade_str_c(ID), &record, 0,
                              0, 1),
               -1, "8 bytes are too few for the ack of event %zu", i);
    }
}


static void
test_check(const trade_slot_seen_t *seen)
{
    void            *mem[trade_call_ack_events_size(1) / sizeof(void *) + 1];
    trade_call_t     call;
    trade_record_t   record = { .seq = 1, .version = 7 };

    ok(trade_call_ack_missed(NULL, 0),
       "an event that a ZREM has not found is looked for");
    ok(!trade_call_ack_missed(NULL, 1),
       "an event that a ZREM has removed is acknowledged");
    ok(!trade_call_ack_missed(&trade_script_ack, 0),
       "the reply of a script is not taken for an integer");

    is_int(trade_call_ack_check(&call, mem, sizeof(mem), seen, trade_str_c(ID),
                                &record, 3599999),
           0, "there is room for the check");
    ok(call.script == &trade_script_ack, "the check is ack.lua");
    is_str(argv_of(&call), trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                                       "trade:{s167}:order:" ID "\n9\n7\n" ID
                                       ".1\n"),
           "the check names the order as the last record that was seen");

    is_int(trade_call_ack_check(&call, mem, sizeof(mem), seen, trade_str_c(ID),
                                &record, 3600000),
           0, "there is room for the check of an old order");
    is_str(argv_of(&call), trade_str_c(KEYS ID ".1\n"),
           "an order of an hour ago may have expired, and is not looked for");
    is_int(trade_call_ack_check(&call, mem, 8, seen, trade_str_c(ID), &record,
                                0),
           -1, "8 bytes are too few for the check");
}


int
main(void)
{
    static const trade_slot_seen_t  seen = { 167, 9, trade_null_str, 0 };

    test_ack(&seen);
    test_check(&seen);

    return done_testing();
}
