/* Shows what each reply teaches about its slot. */

#include "trade_slot_reply.h"
#include "unit.h"


#define OWN      "0a7-00041061050r3gg28a1c60t3gf"
#define OTHER    "0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz"
#define HEADER   " 2 ab12 7 1767323045678"
#define AT       1767323045678
#define CARRIED  "\no - -\n{\"buyer_id\":\"u-1\"}"
#define RECORD   "PLACED" HEADER CARRIED

#define UNTOLD   TRADE_REPLY_SLOT_UNTOLD
#define OPEN     TRADE_REPLY_SLOT_OPEN
#define CLOSED   TRADE_REPLY_SLOT_CLOSED
#define LOST     TRADE_REPLY_SLOT_LOST


typedef enum {
    NONE = 0,                           /* a call that makes no record */
    MAKES,
    MAKES_AGAIN,                        /* and was sent before */
    ACTS
} op_e;


static const struct {
    op_e                  op;
    const char           *reply;
    int                   confirmed;
    trade_reply_slot_e    state;
    uint64_t              version;
    const char           *made;
    uint64_t              clock;
    const char           *why;
    const char           *name;
} rows[] = {
    { MAKES, "PLACED" HEADER, 1, OPEN, 7, OWN, AT, "",
      "a record that was made and confirmed" },
    { MAKES, "PLACED" HEADER, 0, OPEN, 0, "", AT, "",
      "a record that was made and not confirmed" },
    { MAKES_AGAIN, "PLACED" HEADER, 1, OPEN, 7, OWN, 0, "",
      "a record that a lost copy may have made" },
    { ACTS, "PAID" HEADER CARRIED, 1, OPEN, 7, "", AT, "",
      "an order that has changed its state" },

    { NONE, "RECORD " OTHER " 0\n" RECORD, 1, UNTOLD, 7, "", 0, "",
      "a record that was found and confirmed" },
    { MAKES, "RECORD " OTHER " 0\n" RECORD, 0, UNTOLD, 0, "", 0, "",
      "a record that was found and not confirmed" },
    { NONE, "RECORD " OTHER " 1\n" RECORD, 0, UNTOLD, 7, "", 0, "",
      "a record that was found and published" },

    { NONE, "HELD 12", 1, OPEN, 12, "", 0, "", "a confirmed hold" },
    { NONE, "HELD 12", 0, OPEN, 0, "", 0, "", "an unconfirmed hold" },

    { MAKES, "CLOSED reconcile", 1, CLOSED, 0, "", 0, "reconcile",
      "a closed slot" },
    { NONE, "REGRESSED", 1, LOST, 0, "", 0, "", "a lost slot" },

    { MAKES, "LATE 77", 1, OPEN, 0, "", 77, "", "a call that came too late" },
    { NONE, "FREED", 1, UNTOLD, 0, "", 0, "",
      "a cart that was given up in a slot that may be closed" },
    { MAKES, "SOLDOUT 1", 1, OPEN, 0, "", 0, "", "a refusal" },
    { MAKES, "EARLY 1500 1=7", 1, OPEN, 0, "", 0, "",
      "a refusal with a time that is not the clock" },
    { MAKES, "BELOW 5", 1, OPEN, 0, "", 0, "",
      "a refusal with a number that is not the clock" },
    { MAKES, "REUSED " OTHER, 1, UNTOLD, 0, "", 0, "",
      "a reused key in a slot that may be closed" },
    { NONE, "ABSENT", 1, UNTOLD, 0, "", 0, "",
      "an absent order in a slot that may be closed" },

    { NONE, "VIEW 9 8\nA-1 100 90 3 - - -", 1, OPEN, 0, "", 0, "",
      "a view of stock" },
    { MAKES, "NONE", 1, OPEN, 0, "", 0, "",
      "a dry run that nothing would refuse" },
    { NONE, "CLAIMED 0 0", 1, OPEN, 0, "", 0, "", "a claim" },
    { NONE, "ACKED 1", 1, UNTOLD, 0, "", 0, "",
      "an acknowledgement in a slot that may be closed" },
    { NONE, "SELL 100", 1, OPEN, 0, "", 0, "",
      "an outcome with an age that is not the clock" },
    { NONE, "PEEKED 0", 1, UNTOLD, 0, "", 0, "", "a peek at many slots" }
};


static void
test_replies(void)
{
    size_t               i;
    trade_flow_t         flow;
    trade_reply_t        reply;
    trade_flow_op_t      op;
    trade_slot_reply_t   slot;

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        trade_flow_start(&flow, 1, TRADE_CREATED, 1000, 0);
        flow.resent = rows[i].op == MAKES_AGAIN;

        memset(&op, 0, sizeof(op));
        op.flow = &flow;
        op.id = trade_str_c(OWN);
        op.acts = rows[i].op == ACTS;

        is_int(trade_reply_read(&reply, trade_str_c(rows[i].reply)), 0,
               "the reply can be read: %s", rows[i].reply);
        trade_slot_reply(&slot, &reply, rows[i].op == NONE ? NULL : &op,
                         rows[i].confirmed);

        is_int(slot.state, rows[i].state, "after %s, the state is right",
               rows[i].name);
        is_int(slot.version, rows[i].version,
               "after %s, the version is right", rows[i].name);
        is_str(slot.made, trade_str_c(rows[i].made),
               "after %s, the record made is right", rows[i].name);
        is_int(slot.clock, rows[i].clock, "after %s, the clock is right",
               rows[i].name);
        is_str(slot.why, trade_str_c(rows[i].why),
               "after %s, the reason is right", rows[i].name);
    }
}


static void
test_confirmed(void)
{
    ok(trade_slot_reply_confirmed(1, 0, 0),
       "without durability a reply is confirmed");
    ok(trade_slot_reply_confirmed(1, 1, 1),
       "a durable call's reply is confirmed by enough replicas");
    ok(!trade_slot_reply_confirmed(0, 1, 1),
       "a durable call's reply is not confirmed by too few replicas");
    ok(!trade_slot_reply_confirmed(1, 0, 1),
       "with durability, the reply of a call without a WAIT is not confirmed");
}


int
main(void)
{
    test_replies();
    test_confirmed();

    return done_testing();
}
