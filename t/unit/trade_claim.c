/* Plays a claim of the sweeper: its publications, and its reports. */

#include "trade_claim.h"
#include "unit.h"


#define ID  "0a7-00041061050r3gg28a1c60t3gf"           /* of slot 167 */


static const trade_sweep_conf_t  conf = {
    .period = 1000, .pause = 250, .pause_max = 2000, .claims = 2, .batch = 10,
    .window = 25
};

static const struct {
    trade_reply_kind_e  kind;
    size_t              value;
    int                 more;
    int                 replicated;
    uint64_t            now;
    size_t              publish;
    int                 again;
    const char         *name;
} takes[] = {
    { TRADE_REPLY_CLAIMED, 3, 0, 1, 1100, 3, 0,
      "a claim publishes its events" },
    { TRADE_REPLY_CLAIMED, 3, 1, 1, 1100, 3, 1, "a full claim is repeated" },
    { TRADE_REPLY_CLAIMED, 3, 1, 1, 1101, 0, 0, "a late reply does not count" },
    { TRADE_REPLY_CLAIMED, 3, 1, 0, 1000, 0, 0,
      "a claim counts if replicas have it" },
    { TRADE_REPLY_CLAIMED, 0, 0, 1, 1000, 0, 0,
      "a claim may find no due event" },
    { TRADE_REPLY_CLAIMED, 0, 1, 0, 9999, 0, 1,
      "expiry goes on without events" },
    { TRADE_REPLY_REFUSED, 0, 1, 1, 1000, 0, 0, "a closed slot has no claim" }
};


static trade_sweep_t  sweep;


/* The sweep, when it has begun the claim of slot 167 */

static void
begin(trade_claim_t *claim)
{
    trade_sweep_action_t  action;

    trade_sweep_init(&sweep, &conf, 1000);
    trade_sweep_next(&sweep, 1000, &action);
    trade_sweep_due(&sweep, 167);
    trade_sweep_looked(&sweep);
    trade_sweep_next(&sweep, 1000, &action);

    is_int(action.type, TRADE_SWEEP_CLAIM, "the sweep claims a slot");

    trade_claim_start(claim, action.slot, 1000);
}


static void
test_reply(void)
{
    size_t         i;
    trade_reply_t  reply;
    trade_claim_t  claim;

    for (i = 0; i < UNIT_ROWS(takes); i++) {
        memset(&reply, 0, sizeof(reply));
        reply.kind = takes[i].kind;
        reply.value = takes[i].value;
        reply.more = takes[i].more;

        begin(&claim);
        is_int(trade_claim_reply(&claim, &reply, takes[i].replicated,
                                 takes[i].now, 100),
               takes[i].publish, "%s", takes[i].name);
        is_int(trade_claim_begun(&claim, &sweep, 1000), 1,
               "a claim without an event is acked at once");
        is_int(sweep.nslots, takes[i].again,
               "%s: the slot is repeated if it has more",
               takes[i].name);
    }
}


static void
test_reports(void)
{
    char           mem[trade_call_ack_events_size(3)]
                   __attribute__((aligned(8)));
    trade_due_t    due = { .id = trade_str_c(ID) }, acked[3];
    trade_call_t       call;
    trade_reply_t      reply;
    trade_claim_t      claim;
    trade_slot_seen_t  seen = { .slot = 167 };

    memset(&reply, 0, sizeof(reply));
    reply.kind = TRADE_REPLY_CLAIMED;
    reply.value = 4;
    reply.more = 1;

    begin(&claim);
    claim.acked = acked;
    is_int(trade_claim_reply(&claim, &reply, 1, 1000, 100), 4,
           "the claim has four events");

    trade_claim_produced(&claim, 1);
    trade_claim_produced(&claim, 1);
    trade_claim_produced(&claim, 0);
    trade_claim_produced(&claim, 1);

    is_int(trade_claim_begun(&claim, &sweep, 1000), 0,
           "a claim waits for its reports");
    is_int(sweep.publishing, 3, "the sweep counts the events of a claim");
    is_int(sweep.failures, 1, "an event that was refused is a failure");

    due.seq = 1;
    is_int(trade_claim_reported(&claim, &sweep, &due, 0, 1, 1000), 0,
           "an event is too large");
    is_int(sweep.failures, 0,
           "an event that is too large is no failure of Kafka");

    due.seq = 2;
    is_int(trade_claim_reported(&claim, &sweep, &due, 1, 0, 1000), 0,
           "an event is acknowledged");

    due.seq = 3;
    is_int(trade_claim_reported(&claim, &sweep, &due, 0, 0, 1000), 1,
           "the last one fails");
    is_int(sweep.failures, 1, "an event without an ack is a failure of Kafka");
    is_int(sweep.publishing, 0,
           "the sweep counts no event of a finished claim");

    is_int(trade_claim_ack(&claim, &call, mem, sizeof(mem), &seen, 7), 1,
           "a claim with an acknowledged event is acked");
    ok(call.script == &trade_script_ack_effects,
       "a claim is acked with effects");
    is_str(call.argv[call.argc - 1], trade_str_c(ID ".2"),
           "the acknowledged event alone is acked");
    is_str(call.argv[call.argc - 2], trade_str_c(""),
           "no participant is taken to have sold");
    is_int(trade_claim_ack(&claim, &call, mem, 16, &seen, 7), -1,
           "an ack needs all of its memory");

    begin(&claim);
    is_int(trade_claim_reply(&claim, &reply, 1, 1000, 100), 4,
           "the claim has four events");
    trade_claim_drop(&claim);
    is_int(trade_claim_begun(&claim, &sweep, 1000), 1,
           "a claim without memory for its events has no reports");
    is_int(sweep.nslots, 0, "the claim is not repeated at once");
    is_int(trade_claim_ack(&claim, &call, mem, sizeof(mem), &seen, 7), 0,
           "a claim without an acknowledged event is not acked");
}


static void
test_next(void)
{
    char            text[256];
    size_t          i;
    trade_due_t     due;
    trade_str_t     rest;
    trade_record_t  record;

    static const struct {
        const char          *seq;
        const char          *record;
        trade_claim_next_e   next;
        const char          *name;
    } rows[] = {
        { "1", "PLACED 1 ab12 7 1767323045678\no - -\n{}", TRADE_CLAIM_EVENT,
          "the record has that event" },
        { "2", "PLACED 1 ab12 7 1767323045678\no - -\n{}", TRADE_CLAIM_WRONG,
          "the record has never had that event" },
        { "1", "PLACED", TRADE_CLAIM_MALFORMED,
          "the record is none" }
    };

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        (void) snprintf(text, sizeof(text), "%s.%s %zu\n%s", ID, rows[i].seq,
                        strlen(rows[i].record), rows[i].record);
        rest = trade_str_c(text);
        is_int(trade_claim_next(&rest, &due, &record), rows[i].next, "%s",
               rows[i].name);
    }

    rest = trade_str_c("");
    is_int(trade_claim_next(&rest, &due, &record), TRADE_CLAIM_NONE,
           "no event is left at the end");
}


int
main(void)
{
    test_reply();
    test_reports();
    test_next();

    return done_testing();
}
