/* Plays the replies of a participant, and shows what it is asked in the end. */

#include "trade_participant.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"           /* of slot 167 */


static const trade_item_t  item = { trade_str("B-1"), 2, 0 };

static trade_cart_part_t  part = {
    .order = {
        .buyer = trade_str("u-1"), .json = trade_str("{}"), .nitems = 1,
        .slot = 12
    }
};


static const struct {
    int                 kind;       /* of the reply; -1: an error */
    int                 replicated;
    trade_result_e      result;
    int                 holds;
    const char         *name;
} replies[] = {
    { TRADE_REPLY_HELD, 1, TRADE_DONE, 1, "a participant holds its items" },
    { TRADE_REPLY_HELD, 0, TRADE_REDIS_REFUSED, 1,
      "a participant holds its items on too few replicas" },
    { TRADE_REPLY_REFUSED, 1, TRADE_SOLD_OUT, 0, "a participant refuses" },
    { TRADE_REPLY_MADE, 1, TRADE_REDIS_REFUSED, 1,
      "a participant answers nonsense" },
    { -1, 1, TRADE_REDIS_REFUSED, 1, "a participant answers with an error" }
};


static void
test_reserved(void)
{
    size_t               i;
    trade_reply_t        reply;
    trade_participant_t  participant;

    for (i = 0; i < UNIT_ROWS(replies); i++) {
        memset(&reply, 0, sizeof(reply));
        memset(&participant, 0, sizeof(participant));

        if (replies[i].kind != -1) {
            reply.kind = (trade_reply_kind_e) replies[i].kind;
        }

        reply.result = TRADE_SOLD_OUT;
        reply.value = 7;

        trade_participant_reserving(&participant, 1);
        is_int(trade_participant_reserved(&participant,
                                          replies[i].kind == -1 ? NULL : &reply,
                                          replies[i].replicated),
               replies[i].result, "%s", replies[i].name);
        is_int(participant.holds, replies[i].holds,
               "%s: the cart knows if it may hold", replies[i].name);
        is_int(participant.version, replies[i].result == TRADE_DONE ? 7 : 0,
               "%s: its version is that of the hold", replies[i].name);
    }

    trade_participant_reserving(&participant, 1);
    is_int(trade_participant_lost(&participant, 0), TRADE_SHARD_DOWN,
           "a lost reserve means that the shard is down");
    is_int(participant.holds, 1, "a lost reserve may hold");
    is_int(trade_participant_lost(&participant, 1), TRADE_SHARD_DOWN,
           "an unsent reserve means that the shard is down");
    is_int(participant.holds, 0, "an unsent reserve does not hold");
    trade_participant_reserving(&participant, 0);
    is_int(participant.holds, 0,
           "a reserve that could not be sent does not hold");
}


static void
test_calls(void)
{
    char                *mem;
    size_t               size;
    trade_item_t         items[1] = { item };
    trade_call_t         call;
    trade_reply_t        reply;
    trade_slot_seen_t    seen = { .slot = 12 };
    trade_record_t       record;
    trade_write_args_t   write;
    trade_participant_t  participant = { .part = &part };

    memset(&write, 0, sizeof(write));
    memset(&record, 0, sizeof(record));
    memset(&reply, 0, sizeof(reply));
    write.seen.slot = 167;
    write.id = trade_str_c(ID);
    write.carried = &record;
    part.order.items = items;

    size = trade_call_place_size(&write, &part.order);
    mem = malloc(size > TRADE_CALL_SIZE ? size : TRADE_CALL_SIZE);

    is_int(trade_participant_reserve(&participant, &call, mem, size, &write,
                                     &seen, 5000, 200),
           0, "a call of reserve is made");
    ok(call.script == &trade_script_reserve, "a reserve calls its script");
    is_str(call.argv[0], trade_str_c("trade:{s12}:slot"),
           "a reserve goes to the slot of the participant");
    is_str(call.argv[call.nkeys + 6], trade_str_c("5200"),
           "a reserve has the deadline by the slot's clock");
    is_str(call.argv[call.nkeys + 7], trade_str_c("1200"),
           "a reserve says when home is asked");

    is_int(trade_participant_reserve(&participant, &call, mem, size, &write,
                                     &seen, 5000, -3),
           0, "a call of reserve past the deadline is made");
    is_str(call.argv[call.nkeys + 6], trade_str_c("5000"),
           "a reserve past the deadline is late at once");
    is_str(call.argv[call.nkeys + 7], trade_str_c("1000"),
           "a reserve past the deadline says when home is asked");

    is_int(trade_participant_holds(&participant), 0,
           "a participant that holds nothing gets no call at the cart's end");

    participant.holds = 1;
    is_int(trade_participant_holds(&participant), 1,
           "a participant that may hold its items gets a call at the end");
    is_int(trade_participant_end(1, &call, mem, TRADE_CALL_SIZE, &seen,
                                 write.id, 9),
           0, "a placed cart has a call for its participant");
    ok(call.script == &trade_script_confirm, "a placed cart is confirmed");
    is_int(trade_participant_end(0, &call, mem, TRADE_CALL_SIZE, &seen,
                                 write.id, 9),
           0, "a cart that was not placed has a call, too");
    ok(call.script == &trade_script_release,
       "a cart that was not placed is released");
    is_str(call.argv[call.argc - 1], trade_str_c(""),
           "a release does not free a hold that was sold");
    is_int(trade_participant_end(0, &call, mem, 16, &seen, write.id, 9),
           -1, "a call needs all of its memory");

    reply.kind = TRADE_REPLY_APPLIED;
    trade_participant_ended(&participant, 0, &reply);
    is_int(participant.sold, 0, "a release is no sale");
    reply.kind = TRADE_REPLY_REFUSED;
    trade_participant_ended(&participant, 1, &reply);
    is_int(participant.sold, 0, "a refused confirm is no sale");
    reply.kind = TRADE_REPLY_APPLIED;
    trade_participant_ended(&participant, 1, &reply);
    is_int(participant.sold, 1, "a confirm is a sale");

    free(mem);
}


static void
test_all(void)
{
    char                 mem[trade_participant_versions_size(2)];
    trade_buf_t          b;
    trade_cart_part_t    parts[2] = { { .order = { .slot = 4095 } },
                                      { .order = { .slot = 12 } } };
    trade_participant_t  two[2] = { { .part = &parts[0], .sold = 1,
                                      .version = UINT64_MAX },
                                    { .part = &parts[1], .version = 3 } };

    trade_buf_init(&b, mem, sizeof(mem));
    is_str(trade_participant_versions(&b, two, 2),
           trade_str_c("4095=18446744073709551615,12=3"),
           "the versions are a list of slots and versions");
    is_int(b.overflow, 0, "the longest list of versions fits");

    is_int(trade_participant_all_sold(two, 2), 0,
           "a cart is not sold while one participant has not sold");
    two[1].sold = 1;
    is_int(trade_participant_all_sold(two, 2), 1,
           "a cart is sold when all participants have sold");
}


int
main(void)
{
    test_reserved();
    test_calls();
    test_all();

    return done_testing();
}
