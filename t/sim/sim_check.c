/*
 * What must be true.  With no lost writes (and a failover loses none that were
 * waited for), of each slot:
 *
 *  - what was answered 201 is in the topic, then; what was answered 202, later;
 *  - the topic has each version of the slot once, and folded in their order it
 *    never sells more than there is, nor more to a buyer than the limit, nor
 *    outside of the sale; at its end it has the stock that Redis has;
 *  - copies of an event are the same bytes;
 *  - one Idempotency-Key and body made one record, and while that is there the
 *    key's requests are not refused, nor led to what another body has made;
 *  - what was settled is not claimed, and what was claimed not within a lease;
 *  - the slot is never closed.
 *
 * With lost writes, of which any may be gone: who knows of one that is gone
 * gets no answer but that the slot is closed, until it is opened; from a closed
 * slot nothing is claimed, and in it nothing is made.
 *
 * In any case: 201 is in the topic; what was refused for sure never is, nor
 * what nobody asked for; a publication begins in time, and with durability not
 * before a replica has the record; nothing due stays so for 5 s past its time
 * once all is well.
 */

#include "sim.h"

#include <string.h>


static void sim_check_knows(sim_t *sim, const sim_cmd_t *cmd,
    trade_str_t word);
static void sim_check_made(sim_t *sim, sim_attempt_t *attempt,
    trade_str_t text);
static void sim_check_events(sim_t *sim, const sim_wire_t *wire,
    trade_str_t word);
static void sim_check_claimed(sim_t *sim, sim_attempt_t *attempt,
    uint64_t horizon);
static int sim_check_has(const sim_t *sim, const fake_store_t *store,
    size_t slot, trade_str_t id);
static int sim_check_in_topic(const sim_t *sim, trade_str_t id);
static int sim_check_refuses(trade_verdict_e verdict);


void
sim_check_ran(sim_t *sim, const sim_wire_t *wire)
{
    trade_str_t       text, word;
    const sim_cmd_t  *cmd;

    cmd = wire->cmd;
    text = wire->text;
    text = trade_str_cut(&text, '\n');
    word = trade_str_cut(&text, ' ');

    if (trade_str_eq(word, trade_str_c("REGRESSED"))
        || trade_str_eq(word, trade_str_c("CLOSED")))
    {
        if (!sim->lost[cmd->slot]) {
            sim_fail(sim, "a slot is closed that has lost nothing");
        }

        return;
    }

    sim_check_knows(sim, cmd, word);
    sim_check_events(sim, wire, word);

    if (cmd->attempt
        && (trade_str_eq(word, trade_str_c("PLACED"))
            || trade_str_eq(word, trade_str_c("STOCK"))))
    {
        if (cmd->attempt->replay_only || sim_closed(sim, cmd->slot)) {
            sim_fail(sim, "%.*s is made, and must not be", TRADE_ID_LEN,
                     cmd->attempt->id);
        }

        sim_check_made(sim, cmd->attempt, wire->text);
    }
}


/* Not closed: all that the sender knew when it sent this is there */

static void
sim_check_knows(sim_t *sim, const sim_cmd_t *cmd, trade_str_t word)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    trade_buf_t  b;
    trade_str_t  key;

    if (cmd->known.version == 0 || sim_closed(sim, cmd->slot)) {
        return;
    }

    trade_buf_init(&b, mem, sizeof(mem));
    key = trade_slot_key(&b, sim_slots[cmd->slot], TRADE_KEY_SLOT,
                         trade_str_of(NULL, 0));

    if (fake_integer(fake_store_hget(&sim->store, key, trade_str_c("v")))
        < (int64_t) cmd->known.version)
    {
        sim_fail(sim, "version %zu was known, and the slot says %.*s",
                 (size_t) cmd->known.version, (int) word.len, word.data);
    }

    if (cmd->known.last.len
        && !sim_check_has(sim, &sim->store, cmd->slot, cmd->known.last)
        && fake_integer(fake_store_hget(&sim->store, key, trade_str_c("f")))
           < (int64_t) cmd->known.last_version)
    {
        sim_fail(sim, "%.*s was seen made, is gone, and the slot says %.*s",
                 TRADE_ID_LEN, cmd->known.last.data, (int) word.len,
                 word.data);
    }
}


static void
sim_check_made(sim_t *sim, sim_attempt_t *attempt, trade_str_t text)
{
    size_t           i;
    sim_attempt_t   *other;
    sim_intent_t    *intent;
    trade_record_t   record;

    if (attempt->made) {
        return;
    }

    attempt->made = 1;
    intent = attempt->intent;

    if (trade_record_read_header(&record, trade_str_cut(&text, '\n')) != 0) {
        sim_fail(sim, "a record without a header");
    }

    if (record.at > attempt->deadline) {
        sim_fail(sim, "%.*s is made after its deadline", TRADE_ID_LEN,
                 attempt->id);
    }

    for (i = 0; intent->key.len && i < sim->nattempts; i++) {
        other = &sim->attempts[i];

        if (other != attempt && other->made && !sim->lost[intent->slot]
            && trade_str_eq(other->intent->key, intent->key))
        {
            sim_fail(sim, "%.*s is made, and %.*s, with one key",
                     TRADE_ID_LEN, attempt->id, TRADE_ID_LEN, other->id);
        }
    }

    if (intent->made.len == 0) {
        intent->made = trade_str_of(attempt->id, TRADE_ID_LEN);
    }
}


static void
sim_check_events(sim_t *sim, const sim_wire_t *wire, trade_str_t word)
{
    size_t               i;
    trade_due_t          due;
    trade_str_t          text;
    sim_attempt_t       *attempt;
    trade_record_t       record;
    const trade_call_t  *call;

    call = &wire->cmd->call;

    if (trade_str_eq(word, trade_str_c("CLAIMED"))
        && sim_closed(sim, wire->cmd->slot))
    {
        sim_fail(sim, "a closed slot's events are claimed");
    }

    if (sim->lost[wire->cmd->slot]) {
        return;
    }

    if (trade_str_eq(word, trade_str_c("SETTLED"))) {
        for (i = call->nkeys + 2; i < call->argc; i++) {
            attempt = sim_attempt_by(sim, call->argv[i]);

            if (attempt) {
                attempt->settled = 1;
            }
        }

    } else if (trade_str_eq(word, trade_str_c("CLAIMED"))) {
        text = wire->text;
        trade_str_cut(&text, '\n');

        while (trade_reply_claimed(&text, &due, &record) == 1) {
            attempt = sim_attempt_by(sim, due.id);

            if (attempt) {
                sim_check_claimed(sim, attempt, fake_integer(call->argv[5]));
            }
        }
    }
}


/* The lease keeps others away, but for who looks for what the dead have left */

static void
sim_check_claimed(sim_t *sim, sim_attempt_t *attempt, uint64_t horizon)
{
    if (attempt->settled) {
        sim_fail(sim, "%.*s is claimed, and was settled", TRADE_ID_LEN,
                 attempt->id);
    }

    if (horizon == 0 && attempt->claimed
        && sim_clock(sim) + SIM_JUMPS < attempt->claimed + SIM_LEASE)
    {
        sim_fail(sim, "%.*s is claimed twice in a lease", TRADE_ID_LEN,
                 attempt->id);
    }

    attempt->claimed = sim_clock(sim);
}


static int
sim_check_has(const sim_t *sim, const fake_store_t *store, size_t slot,
    trade_str_t id)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));

    return fake_store_get(store, trade_slot_key(&b, sim_slots[slot],
                                                TRADE_KEY_ORDER, id),
                          sim_clock(sim))
               .data != NULL;
}


void
sim_check_replicated(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (attempt->made && !attempt->replicated
            && sim_check_has(sim, &sim->replica, attempt->intent->slot,
                             trade_str_of(attempt->id, TRADE_ID_LEN)))
        {
            attempt->replicated = 1;
        }
    }
}


/* What no replica had is gone, and may be made again; acks too */

void
sim_check_failover(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];
        attempt->settled = 0;
        attempt->claimed = 0;

        if (attempt->made
            && !sim_check_has(sim, &sim->store, attempt->intent->slot,
                              trade_str_of(attempt->id, TRADE_ID_LEN)))
        {
            attempt->made = 0;

            if (attempt->intent->made.data == attempt->id) {
                attempt->intent->made.len = 0;
            }
        }
    }
}


void
sim_check_publish(sim_t *sim, uint64_t sent, trade_str_t id)
{
    sim_attempt_t  *attempt;

    if (sim->now - sent > SIM_WINDOW) {
        sim_fail(sim, "%.*s: a publication begins %zu ms after it was sent",
                 TRADE_ID_LEN, id.data, (size_t) (sim->now - sent));
    }

    attempt = sim_attempt_by(sim, id);

    if (sim->durability && attempt && !attempt->replicated
        && !sim->lost[attempt->intent->slot])
    {
        sim_fail(sim, "%.*s is published, and on no replica", TRADE_ID_LEN,
                 id.data);
    }
}


static int
sim_check_in_topic(const sim_t *sim, trade_str_t id)
{
    size_t  i;

    for (i = 0; i < sim->ntopic; i++) {
        if (memcmp(sim->topic[i]->id.data, id.data, TRADE_ID_LEN) == 0) {
            return 1;
        }
    }

    return 0;
}


/* What is never said of a key whose order is there: see replay.lua */

static int
sim_check_refuses(trade_verdict_e verdict)
{
    switch (verdict) {

    case TRADE_KEY_REUSED:
    case TRADE_UNKNOWN_SKU:
    case TRADE_SOLD_OUT:
    case TRADE_BUYER_LIMIT:
    case TRADE_BUYER_BUSY:
    case TRADE_NOT_STARTED:
    case TRADE_SALE_OVER:
    case TRADE_BELOW_SOLD:
    case TRADE_ABOVE_MAX:
    case TRADE_LATE:
    case TRADE_BACKLOG_FULL:
        return 1;

    default:
        return 0;
    }
}


void
sim_check_told(sim_t *sim, sim_attempt_t *attempt)
{
    uint64_t       asked;
    trade_str_t    id;
    sim_intent_t  *intent;

    intent = attempt->intent;
    id = trade_str_of(attempt->answer, TRADE_ID_LEN);

    if (attempt->find) {
        if (attempt->verdict != TRADE_UNKNOWN_ORDER) {
            return;
        }

        /* when it was asked: answers may be long on their way */

        asked = sim_clock(sim) - (sim->now - attempt->sent);

        if (attempt->had && sim_accepted(attempt->of)
            && !sim->lost[intent->slot])
        {
            sim_fail(sim, "%.*s was accepted, and is unknown", TRADE_ID_LEN,
                     id.data);
        }

        /* the shard's clock may go back by as much as it jumps */

        if (!sim_accepted(attempt->of) && !sim->lost[intent->slot]
            && attempt->of->deadline
            && asked > attempt->of->deadline + SIM_JUMPS)
        {
            attempt->of->denied = 1;
        }

        return;
    }

    if (sim_accepted(attempt) && sim_attempt_by(sim, id)->intent != intent) {
        sim_fail(sim, "%.*s is what somebody else wanted", TRADE_ID_LEN,
                 id.data);
    }

    if ((attempt->verdict == TRADE_CREATED || attempt->verdict == TRADE_DONE)
        && !sim_check_in_topic(sim, id))
    {
        sim_fail(sim, "%.*s is said to be in the topic, and is not",
                 TRADE_ID_LEN, id.data);
    }

    if (attempt->had && intent->key.len && intent->made.len
        && !sim->lost[intent->slot] && sim_check_refuses(attempt->verdict))
    {
        sim_fail(sim, "%.*s is refused, and its key has led to %.*s",
                 TRADE_ID_LEN, attempt->id, TRADE_ID_LEN, intent->made.data);
    }
}


void
sim_check_appended(sim_t *sim, const sim_msg_t *msg)
{
    size_t          i;
    sim_attempt_t  *attempt;

    attempt = sim_attempt_by(sim, msg->id);

    if (attempt ? !attempt->made && !sim->lost[msg->slot]
                : !trade_str_eq(msg->record.fingerprint, trade_str_c("0")))
    {
        sim_fail(sim, "%.*s is in the topic, and was never made",
                 TRADE_ID_LEN, msg->id.data);
    }

    for (i = 0; i < sim->ntopic && !sim->lost[msg->slot]; i++) {
        if (memcmp(sim->topic[i]->id.data, msg->id.data, TRADE_ID_LEN) == 0
            && sim->topic[i]->record.seq == msg->record.seq
            && !trade_str_eq(sim->topic[i]->bytes, msg->bytes))
        {
            sim_fail(sim, "two copies of %.*s differ", TRADE_ID_LEN,
                     msg->id.data);
        }
    }
}
