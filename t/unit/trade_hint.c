/* The life of a hint: the replies that make one, its refusals, its end. */

#include "trade_hint.h"
#include "unit.h"


static const struct {
    const char      *reply;
    int              made;
    trade_result_e   result;
    uint64_t         version;
    uint64_t         ends;
    uint64_t         at;
    const char      *name;
} replies[] = {
    { "UNSOLD 7\nSOLDOUT 1", 1, TRADE_SOLD_OUT, 7, 0, 0,
      "a sold-out SKU makes a hint that ends with its ttl" },
    { "UNSOLD 7\nOVER 1=555", 1, TRADE_SALE_OVER, 7, 0, 555,
      "a sale that is over makes a hint" },
    { "UNSOLD 7\nEARLY 150 1=9150", 1, TRADE_NOT_STARTED, 7, 1150, 9150,
      "a hint of a sale that has not started ends when it opens" },
    { "VIEW 9 8\nA-1 100 90 3 - - -", 1, TRADE_DONE, 9, 0, 8,
      "shown stock makes a hint" },
    { "VIEW 9\nA-1 100 90 3 - - -", 1, TRADE_DONE, 9, 0, UINT64_MAX,
      "shown stock makes a hint though its time of change is not known" },
    { "UNSOLD 7\nSOLDOUT 1 2", 0, TRADE_DONE, 0, 0, 0,
      "a refusal of two items makes no hint" },
    { "UNSOLD 7\nLIMIT 1=2,0", 0, TRADE_DONE, 0, 0, 0,
      "a buyer's limit makes no hint, because it concerns one buyer" },
    { "UNSOLD 7\nLOCKED 1", 0, TRADE_DONE, 0, 0, 0,
      "a locked buyer makes no hint" },
    { "UNSOLD 7\nBUSY 1", 0, TRADE_DONE, 0, 0, 0,
      "units that carts hold make no hint" },
    { "UNKNOWN 1", 0, TRADE_DONE, 0, 0, 0,
      "a refusal without a version makes no hint" },
    { "UNSOLD 7\nUNKNOWN 1", 0, TRADE_DONE, 0, 0, 0,
      "an unknown SKU makes no hint" },
    { "CLOSED reconcile", 0, TRADE_DONE, 0, 0, 0,
      "a closed slot makes no hint" },
    { "LATE 77", 0, TRADE_DONE, 0, 0, 0, "a late call makes no hint" },
    { "NONE", 0, TRADE_DONE, 0, 0, 0,
      "a dry run that nothing would refuse makes no hint" }
};


/* A hint of version 7, made at 1000 over the 4th connection, of 3 units. */

static trade_hint_t
hint(trade_result_e result)
{
    trade_hint_t  hint = {
        .result = result, .version = 7, .connections = 4, .made = 1000,
        .ends = result == TRADE_NOT_STARTED ? 1300 : 0, .quantity = 3,
        .at = 5000
    };

    return hint;
}


static void
test_make(void)
{
    int            made;
    size_t         i;
    trade_hint_t   got;
    trade_reply_t  reply;

    for (i = 0; i < UNIT_ROWS(replies); i++) {
        ok(trade_reply_read(&reply, trade_str_c(replies[i].reply)) == 0,
           "\"%s\" is a reply", replies[i].reply);

        made = trade_hint_make(&got, &reply, 3, 1000, 4);

        ok(made == replies[i].made
           && (!made || (got.result == replies[i].result
                         && got.version == replies[i].version
                         && got.ends == replies[i].ends
                         && got.at == replies[i].at
                         && got.made == 1000 && got.connections == 4
                         && got.quantity == 3)),
           "%s", replies[i].name);
    }
}


static void
test_state(void)
{
    size_t        i;
    trade_hint_t  refusal, stock, early;

    static const struct {
        trade_hint_slot_t    slot;
        trade_hint_state_e   refusal;
        trade_hint_state_e   stock;
        const char          *name;
    } rows[] = {
        { { 1199, 200, 7, 999, 7, 4, 0 }, TRADE_HINT_GOOD, TRADE_HINT_GOOD,
          "a hint is good within its ttl" },
        { { 1200, 200, 7, 999, 7, 4, 0 }, TRADE_HINT_OLD, TRADE_HINT_OLD,
          "a hint is old when its ttl is over" },
        { { 1049, 50, 7, 999, 7, 4, 0 }, TRADE_HINT_GOOD, TRADE_HINT_GOOD,
          "the ttl is that of the request" },
        { { 1050, 50, 7, 999, 7, 4, 0 }, TRADE_HINT_OLD, TRADE_HINT_OLD,
          "a hint is old where the ttl is shorter" },
        { { 1000, 0, 7, 999, 7, 4, 0 }, TRADE_HINT_OLD, TRADE_HINT_OLD,
          "without a ttl there are no hints" },
        { { 1100, 200, 8, 999, 7, 4, 0 }, TRADE_HINT_DROPPED,
          TRADE_HINT_DROPPED,
          "units that came back at a later version void it" },
        { { 1100, 200, 7, 1000, 7, 4, 0 }, TRADE_HINT_DROPPED,
          TRADE_HINT_DROPPED,
          "a hint that was made before units came back is void" },
        { { 1100, 200, 7, 999, 7, 5, 0 }, TRADE_HINT_DROPPED,
          TRADE_HINT_DROPPED,
          "a connection that was made since voids it" },
        { { 1100, 200, 7, 999, 8, 4, 0 }, TRADE_HINT_GOOD, TRADE_HINT_DROPPED,
          "a later version that was seen voids stock, but no refusal" },
        { { 1100, 200, 7, 999, 7, 4, 1 }, TRADE_HINT_NONE, TRADE_HINT_NONE,
          "a hint of a slot that is closed is not used" }
    };

    refusal = hint(TRADE_SOLD_OUT);
    stock = hint(TRADE_DONE);

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        is_int(trade_hint_state(&refusal, &rows[i].slot), rows[i].refusal,
               "for a refusal: %s", rows[i].name);
        is_int(trade_hint_state(&stock, &rows[i].slot), rows[i].stock,
               "for stock: %s", rows[i].name);
    }

    early = hint(TRADE_NOT_STARTED);

    is_int(trade_hint_state(&early, &(trade_hint_slot_t) {
                            1299, 9999, 7, 999, 7, 4, 0 }), TRADE_HINT_GOOD,
           "a sale that has not started is refused until it opens");
    is_int(trade_hint_state(&early, &(trade_hint_slot_t) {
                            1300, 9999, 7, 999, 7, 4, 0 }), TRADE_HINT_OLD,
           "a hint ends when its sale opens");
}


static void
test_order(void)
{
    trade_hint_t  sold_out, early, over, stock;

    sold_out = hint(TRADE_SOLD_OUT);
    early = hint(TRADE_NOT_STARTED);
    over = hint(TRADE_SALE_OVER);
    stock = hint(TRADE_DONE);

    is_int(trade_hint_order(&sold_out, 2, 0), TRADE_HINT_SEND,
           "fewer units than were refused are asked for");
    is_int(trade_hint_order(&sold_out, 3, 0), TRADE_HINT_REFUSE,
           "as many units are refused");
    is_int(trade_hint_order(&sold_out, 4, 0), TRADE_HINT_REFUSE,
           "more units are refused");
    is_int(trade_hint_order(&sold_out, 3, 1), TRADE_HINT_FIND,
           "a key is looked up before its order is refused");
    is_int(trade_hint_order(&early, 1, 0), TRADE_HINT_REFUSE,
           "a sale that has not started refuses any quantity");
    is_int(trade_hint_order(&over, 1, 0), TRADE_HINT_REFUSE,
           "a sale that is over refuses any quantity");
    is_int(trade_hint_order(&stock, 100, 1), TRADE_HINT_SEND,
           "shown stock refuses nothing");

}


/* The replies to look-ups, where the slot's version was 7 */

static const struct {
    const char  *name;
    int          ok[2];
    const char  *key;                   /* NULL: nil */
    const char  *version;
    int          absent;
} look_ups[] = {
    { "no record, the version seen", { 1, 1 }, NULL, "7", 1 },
    { "no record, a later version", { 1, 1 }, NULL, "8", 1 },
    { "a record", { 1, 1 }, "id", "7", 0 },
    { "an empty record", { 1, 1 }, "", "7", 0 },
    { "an error instead of the record", { 0, 1 }, NULL, "7", 0 },
    { "an error instead of the version", { 1, 0 }, NULL, NULL, 0 },
    { "an earlier version", { 1, 1 }, NULL, "6", 0 },
    { "no version", { 1, 1 }, NULL, NULL, 0 },
    { "a version that is no number", { 1, 1 }, NULL, "x", 0 }
};


static void
test_absent(void)
{
    size_t              i;
    trade_hint_found_t  found;

    for (i = 0; i < UNIT_ROWS(look_ups); i++) {
        found.seen = 7;
        trade_hint_found_key(&found, look_ups[i].ok[0],
                             look_ups[i].key ? trade_str_c(look_ups[i].key)
                                             : trade_str_of(NULL, 0));
        trade_hint_found_version(&found, look_ups[i].ok[1],
                                 look_ups[i].version
                                 ? trade_str_c(look_ups[i].version)
                                 : trade_str_of(NULL, 0));

        is_int(trade_hint_absent(&found), look_ups[i].absent,
               "a look-up with %s", look_ups[i].name);
    }

    found.seen = 0;
    trade_hint_found_key(&found, 1, trade_str_of(NULL, 0));
    trade_hint_found_version(&found, 1, trade_str_of(NULL, 0));
    ok(trade_hint_absent(&found), "a slot that was never written has no order");
}


/* The reply that a hint gives makes the same hint again */

static void
test_reply(void)
{
    char                  mem[TRADE_HINT_REPLY_MAX];
    size_t                i;
    trade_hint_t          from, again;
    trade_reply_t         reply;

    static const trade_result_e  results[] = {
        TRADE_SOLD_OUT, TRADE_NOT_STARTED, TRADE_SALE_OVER
    };

    for (i = 0; i < UNIT_ROWS(results); i++) {
        from = hint(results[i]);
        from.at = results[i] == TRADE_SOLD_OUT ? 0 : from.at;

        trade_hint_reply(&from, 4700, mem, &reply);

        ok(trade_hint_make(&again, &reply, 3, 1000, 4)
           && memcmp(&again, &from, sizeof(from)) == 0,
           "the reply of a hint \"%s\" says what the slot said",
           trade_result_name(results[i]).data);
    }

    trade_hint_reply(&from, 0, mem, &reply);
    is_int(reply.value, 0, "only a sale that has not started has a wait");

    from = hint(TRADE_NOT_STARTED);

    trade_hint_reply(&from, 4700, mem, &reply);
    is_int(reply.value, 300, "the wait is counted by the shard's clock");

    trade_hint_reply(&from, 5001, mem, &reply);
    is_int(reply.value, 1, "the wait is never less than a moment");

    from.at = 253402300799999;
    trade_hint_reply(&from, 0, mem, &reply);
    is_int(reply.value, 99999999999999,
           "the wait has as many digits as a script's numbers");
}


static void
test_max_age(void)
{
    is_int(trade_hint_max_age(1000, 2000, 1000), 2,
           "a cache may show a new answer for its whole ttl");
    is_int(trade_hint_max_age(1000, 2000, 1001), 1,
           "seconds are rounded down, so no answer is shown after its ttl");
    is_int(trade_hint_max_age(1000, 10000, 7000), 4,
           "the age of a hint counts");
    is_int(trade_hint_max_age(1000, 200, 1000), 0,
           "a ttl of less than a second lets no cache show an answer");
    is_int(trade_hint_max_age(1000, 2000, 3000), 0,
           "no cache may show an answer whose ttl is over");
    is_int(trade_hint_max_age(1000, 2000, 9000), 0,
           "no cache may show an answer that is older than its ttl");
    is_int(trade_hint_max_age(0, 0, 9000), 0,
           "without hints no cache may show an answer");
    is_int(trade_hint_max_age(1005, 2000, 1000), 2,
           "an answer from the future is new");
}


static void
test_returned(void)
{
    size_t    i;
    unsigned  slot;
    uint64_t  version;

    static const char *const  wrong[] = {
        "", "12", "12 ", " 9", "4096 9", "-1 9", "12 x", "12 9 9", "x 9"
    };

    ok(trade_hint_returned(trade_str_c("4095 18446744073709551615"), &slot,
                           &version)
       == 0 && slot == 4095 && version == UINT64_MAX,
       "a message names a slot and a version");

    for (i = 0; i < UNIT_ROWS(wrong); i++) {
        is_int(trade_hint_returned(trade_str_c(wrong[i]), &slot, &version), -1,
               "\"%s\" is no message", wrong[i]);
    }
}


int
main(void)
{
    test_make();
    test_state();
    test_order();
    test_absent();
    test_reply();
    test_max_age();
    test_returned();

    return done_testing();
}
