/* Plays replies to the recovery of one order, and shows what it asks next. */

#include "trade_indoubt.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"           /* of slot 167 */


static const struct {
    const char  *told;          /* a letter a reply; capitals: on too few
                                   replicas; '-': none */
    const char  *asked;         /* a letter a step: where, and what */
    int          reported;
    const char  *name;
} plays[] = {
    { "sad", "dcr", 1, "a sold order is confirmed, and home is told" },
    { "fad", "dfr", 1, "a free order is released, and home is told" },
    { "bad", "dbr", 1, "an ended order goes back, and home is told" },
    { "l", "d", 0, "an undecided order ends at once" },
    { "x", "d", 0, "a refused question ends at once" },
    { "-", "d", 0, "a lost question ends at once" },
    { "S", "d", 0, "a sale on too few replicas is not acted on" },
    { "F", "d", 0, "an absence on too few replicas is not acted on" },
    { "B", "d", 0, "an end on too few replicas is not acted on" },
    { "sx", "dc", 0, "home is not told of a refused confirm" },
    { "s-", "dc", 0, "home is not told of a lost confirm" },
    { "fA", "df", 0, "home is not told of a release on too few replicas" },
    { "bA", "db", 0, "home is not told of a return on too few replicas" },
    { "sax", "dcr", 0, "a refused report is no report" },
    { "sa-", "dcr", 0, "a lost report is no report" },
    { "saD", "dcr", 1, "a report counts on any number of replicas" }
};


static const struct {
    char                told;
    trade_reply_kind_e  kind;
} replies[] = {
    { 's', TRADE_REPLY_SELL }, { 'f', TRADE_REPLY_FREE },
    { 'b', TRADE_REPLY_BACK }, { 'l', TRADE_REPLY_LATER },
    { 'a', TRADE_REPLY_APPLIED }, { 'd', TRADE_REPLY_ACKED },
    { 'x', TRADE_REPLY_REFUSED }
};


static void
tell(trade_indoubt_t *one, char told)
{
    size_t         i;
    trade_reply_t  reply;

    if (told == '-') {
        trade_indoubt_reply(one, NULL, 1);
        return;
    }

    for (i = 0; replies[i].told != (told | 0x20); i++) { /* void */ }

    memset(&reply, 0, sizeof(reply));
    reply.kind = replies[i].kind;
    reply.value = 7;

    trade_indoubt_reply(one, &reply, told & 0x20);
}


/* Of the step that comes next; ' ' if its slot is the wrong one */

static char
asks(const trade_indoubt_t *one)
{
    char               mem[TRADE_CALL_SIZE] __attribute__((aligned(8)));
    trade_str_t        last;
    trade_call_t       call;
    trade_slot_seen_t  seen;

    memset(&seen, 0, sizeof(seen));
    seen.slot = trade_indoubt_slot(one);

    if (trade_indoubt_call(one, &call, mem, sizeof(mem), &seen, 7) != 0) {
        return '!';
    }

    last = call.argv[call.argc - 1];

    if (call.script == &trade_script_outcome && seen.slot == 167) {
        return 'd';
    }

    if (call.script == &trade_script_confirm && seen.slot == 12) {
        return trade_str_eq(last, trade_str_c("1")) ? 'c' : ' ';
    }

    if (call.script == &trade_script_release && seen.slot == 12) {
        return trade_str_eq(last, trade_str_c("1")) ? 'b' : 'f';
    }

    if (call.script == &trade_script_confirmed && seen.slot == 167) {
        return trade_str_eq(last, trade_str_c(ID ".12"))
               && call.argv[call.argc - 2].len == one->ended ? 'r' : ' ';
    }

    return ' ';
}


static void
test_steps(void)
{
    char             asked[8], *p;
    size_t           i;
    const char      *told;
    trade_str_t      text;
    trade_indoubt_t  one;

    for (i = 0; i < UNIT_ROWS(plays); i++) {
        text = trade_str_c(ID ".12\n");
        p = asked;

        is_int(trade_indoubt_read(&one, &text, 167), 1, "it is read");

        for (told = plays[i].told; *told; told++) {
            *p++ = asks(&one);
            tell(&one, *told);
        }

        *p = '\0';

        is_str(trade_str_c(asked), trade_str_c(plays[i].asked), "%s",
               plays[i].name);
        is_int(one.step, TRADE_INDOUBT_ENDED, "it has ended");
        is_int(one.reported, plays[i].reported, "whether home has been told");
    }
}


static void
test_read(void)
{
    trade_str_t      text;
    trade_indoubt_t  one;

    text = trade_str_c(ID ".\n");
    is_int(trade_indoubt_read(&one, &text, 12), 1, "a participant asks");
    is_int(one.home, 167, "home stands in the id");
    is_int(one.participant, 12, "the participant is the slot that asks");
    is_str(trade_str_of(one.id, TRADE_ID_LEN), trade_str_c(ID),
           "the entry has its id");

    text = trade_str_c(ID ".12\n");
    is_int(trade_indoubt_read(&one, &text, 12), -1,
           "another slot than home names a participant");

    text = trade_str_c("");
    is_int(trade_indoubt_read(&one, &text, 12), 0, "there are no more");
}


static const struct {
    int                    more;
    int                    reported;
    trade_indoubt_claim_e  end;
} claims[] = {
    { 0, 0, TRADE_INDOUBT_CLAIM_DONE }, { 0, 1, TRADE_INDOUBT_CLAIM_DONE },
    { 1, 0, TRADE_INDOUBT_CLAIM_DONE }, { 1, 1, TRADE_INDOUBT_CLAIM_AGAIN }
};


static void
test_claim(void)
{
    size_t                 i;
    trade_reply_t          reply;
    trade_indoubt_t        one;
    trade_indoubt_claim_t  claim;

    memset(&one, 0, sizeof(one));
    memset(&reply, 0, sizeof(reply));

    for (i = 0; i < UNIT_ROWS(claims); i++) {
        trade_indoubt_claim_start(&claim);

        reply.kind = TRADE_REPLY_INDOUBT;
        reply.more = claims[i].more;
        is_int(trade_indoubt_claim_reply(&claim, &reply), 1, "it lists orders");

        trade_indoubt_claim_add(&claim);
        trade_indoubt_claim_add(&claim);

        one.reported = claims[i].reported;
        is_int(trade_indoubt_claim_end(&claim, &one),
               TRADE_INDOUBT_CLAIM_AWAIT, "one order is over");
        is_int(trade_indoubt_claim_end(&claim, NULL),
               TRADE_INDOUBT_CLAIM_AWAIT, "its own call is over");

        one.reported = 0;
        is_int(trade_indoubt_claim_end(&claim, &one), claims[i].end,
               "all are over: more %d, reported %d", claims[i].more,
               claims[i].reported);
    }

    trade_indoubt_claim_start(&claim);
    reply.kind = TRADE_REPLY_REFUSED;
    is_int(trade_indoubt_claim_reply(&claim, &reply), 0, "it is refused");
    is_int(trade_indoubt_claim_end(&claim, NULL), TRADE_INDOUBT_CLAIM_DONE,
           "a refused claim is not repeated");
}


int
main(void)
{
    test_read();
    test_steps();
    test_claim();

    return done_testing();
}
