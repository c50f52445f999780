/*
 * The promises that the simulation checks.  With no lost writes (and a failover
 * loses none that were waited for), of each slot:
 *
 *  - an order is in the topic when it is answered 201, and some time after it
 *    is answered 202;
 *  - the topic has each version of the slot once, and folded in their order it
 *    never sells more than there is, nor more to a buyer than the limit, nor
 *    outside of the sale; at its end it has the stock that Redis has;
 *  - copies of an event are the same bytes;
 *  - the events of an order reach the topic in their order, first copies that
 *    is, and each of them is one that the shard has made;
 *  - states follow the table: PLACED, PAID, DELIVERED; CANCELLED after the
 *    first two; EXPIRED after PLACED.  One only comes out of PLACED;
 *  - only its buyer acts on an order, or a caller that need not name one; a
 *    change of stock is no order;
 *  - an action that was answered 200 or 202 is in the topic, with its state; a
 *    refused action made no event, and the state that the refusal named is in
 *    the topic, unless a failover came between;
 *  - the units of an order go back once its order's end is in the topic, and
 *    not before, and once: no more is available, or left to a buyer, than the
 *    topic says, and at the end as much;
 *  - an order has its time to be paid from its ack on, which no other ack
 *    changes, expires then and not before, and is not paid for any more;
 *  - a cart is placed when its participants hold their parts, in time, and
 *    never once it was given up; in the end it is sold in all of them, or back,
 *    or was never anywhere; a version without an event is that of a part that
 *    was given up;
 *  - each unit is available, held or sold, and that by an order;
 *  - one Idempotency-Key and body made one record, and while that is there the
 *    key's requests are not refused, nor led to what another body has made;
 *  - an answer of unknown outcome names an order only if a 404 at its id means
 *    that there is no order: without a key it names the one that it may have
 *    made, with a key the one that the key has led to, or none;
 *  - a refusal names an item once, with its reason: when its sale begins or
 *    ended, what the limit leaves to the buyer;
 *  - a hint refuses only as many units as a script has refused within the time
 *    to live, and since the last return of units that its host knows of;
 *  - an acked event is not claimed, and a claimed one not within its lease;
 *  - the slot is never closed, but by an operator.
 *
 * With lost writes, of which any may be gone: a gateway that has seen one that
 * is gone gets no answer of a script but that the slot is closed, until it is
 * opened; an ack that finds its order lost closes the slot; from a closed slot
 * nothing is claimed, and in it nothing is made, nor goes back.
 *
 * In any case: an order that was answered 201 is in the topic; an order that
 * was refused for sure never is, nor one that no client asked for; a
 * publication begins in time, and with durability not before a replica has the
 * event; a record lives for a day from when its event is claimed; nothing due,
 * nor any order unpaid, stays so for 5 s past its time once all is well.
 */

#include "sim_hint.h"
#include "sim_participant.h"

#include <string.h>


static int sim_check_makes(const sim_attempt_t *attempt, trade_str_t word);
static void sim_check_knows(sim_t *sim, const sim_cmd_t *cmd,
    trade_str_t word);
static void sim_check_refused(sim_t *sim, const sim_cmd_t *cmd,
    trade_str_t text);
static void sim_check_item(sim_t *sim, const sim_cmd_t *cmd,
    const trade_reply_reason_t *reason, const trade_reply_item_t *item);
static void sim_check_made(sim_t *sim, sim_attempt_t *attempt,
    trade_str_t text);
static uint64_t sim_check_version(const sim_t *sim, size_t slot,
    trade_str_t id);


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
        if (!sim->shards[cmd->slot].lost
            && !trade_str_eq(text, trade_str_c("reconcile")))
        {
            sim_fail(sim, "a slot is closed that has lost nothing");
        }

        return;
    }

    sim_check_knows(sim, cmd, word);
    sim_check_refused(sim, cmd, wire->text);
    sim_hint_refused(sim, cmd, wire->text);

    if (cmd->call.script == &trade_script_place
        && trade_str_eq(word, trade_str_c("NONE"))
        && cmd->call.argv[cmd->call.nkeys + 7].len)
    {
        sim_fail(sim, "an order is neither made nor refused");
    }

    if (sim_closed(sim, cmd->slot)
        && (trade_str_eq(word, trade_str_c("CLAIMED"))
            || cmd->call.script == &trade_script_ack_effects))
    {
        sim_fail(sim, "a closed slot's events are claimed, or acked with "
                 "effects");
    }

    if (cmd->attempt && sim_check_makes(cmd->attempt, word)) {
        if (cmd->attempt->dry_run || sim_closed(sim, cmd->slot)) {
            sim_fail(sim, "%.*s is made, and must not be", TRADE_ID_LEN,
                     cmd->attempt->id);
        }

        if (!sim_is_action(cmd->attempt)) {
            sim_check_made(sim, cmd->attempt, wire->text);
        }
    }

    sim_participant_ran(sim, wire);
    sim_life_ran(sim, wire, word);
}


static int
sim_check_makes(const sim_attempt_t *attempt, trade_str_t word)
{
    if (sim_is_action(attempt)) {
        return trade_state_find(word) == trade_actions[attempt->action].to;
    }

    return trade_str_eq(word, trade_str_c("PLACED"))
           || trade_str_eq(word, trade_str_c("STOCK"));
}


static void
sim_check_refused(sim_t *sim, const sim_cmd_t *cmd, trade_str_t text)
{
    size_t                 named;
    trade_reply_t          reply;
    trade_reply_item_t     item;
    trade_reply_reason_t   reason;

    if ((cmd->call.script != &trade_script_place
         && cmd->call.script != &trade_script_reserve)
        || trade_reply_read(&reply, text) != 0)
    {
        return;
    }

    named = 0;

    while (trade_reply_reason(&reply.reasons, &reason) == 1) {
        while (trade_reply_item(&reason, &item) == 1) {

            if (item.position > cmd->call.nkeys - 5
                || named & 1u << item.position)
            {
                sim_fail(sim, "item %zu is refused, which is none or was "
                         "named before", item.position);
            }

            named |= 1u << item.position;
            sim_check_item(sim, cmd, &reason, &item);
        }
    }
}


/* The reason is true; a refusal leaves all as it was */

static void
sim_check_item(sim_t *sim, const sim_cmd_t *cmd,
    const trade_reply_reason_t *reason, const trade_reply_item_t *item)
{
    int64_t              left;
    uint64_t             now;
    trade_str_t          limit, bought;
    const trade_str_t   *arg, *key;
    const fake_store_t  *store;

    store = &sim->shards[cmd->slot].store;
    key = cmd->call.argv;
    arg = cmd->call.argv + cmd->call.nkeys - 1;
    now = sim_clock(sim, cmd->slot);

    if ((reason->result == TRADE_NOT_STARTED && item->at <= now)
        || (reason->result == TRADE_SALE_OVER && item->at > now))
    {
        sim_fail(sim, "item %zu is refused for its sale at %zu, which is now",
                 item->position, (size_t) item->at);
    }

    if (reason->result != TRADE_BUYER_LIMIT) {
        return;
    }

    limit = fake_store_hget(store, key[0],
                            arg[12 + cmd->call.nkeys - 5
                                + 5 * (item->position - 1)]);
    bought = fake_store_hget(store, key[4 + item->position], arg[6]);
    left = fake_integer(limit) - fake_integer(trade_str_cut(&bought, ' '));
    left = left > 0 ? left : 0;

    if (item->limit != (uint64_t) fake_integer(limit)
        || item->left != (uint64_t) left)
    {
        sim_fail(sim, "a buyer is told that %zu of %zu are left, and it is %d",
                 (size_t) item->left, (size_t) item->limit, (int) left);
    }
}


/* Not closed: all that the sender knew when it sent this is there */

static void
sim_check_knows(sim_t *sim, const sim_cmd_t *cmd, trade_str_t word)
{
    char                 mem[TRADE_SLOT_KEY_MAX];
    trade_str_t          key;
    const fake_store_t  *store;

    if (cmd->seen.version == 0 || sim_closed(sim, cmd->slot)) {
        return;
    }

    key = sim_key(mem, cmd->slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0));

    store = &sim->shards[cmd->slot].store;

    if (fake_integer(fake_store_hget(store, key, FAKE_VERSION))
        < (int64_t) cmd->seen.version)
    {
        sim_fail(sim, "version %zu was known, and the slot says %.*s",
                 (size_t) cmd->seen.version, (int) word.len, word.data);
    }

    if (cmd->seen.record.len
        && sim_check_version(sim, cmd->slot, cmd->seen.record)
           < cmd->seen.record_version
        && fake_integer(fake_store_hget(store, key, FAKE_OPENED))
           < (int64_t) cmd->seen.record_version)
    {
        sim_fail(sim, "%.*s was seen made, is gone, and the slot says %.*s",
                 TRADE_ID_LEN, cmd->seen.record.data, (int) word.len,
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

    attempt->in_redis = 1;

    if (record.at > attempt->deadline) {
        sim_fail(sim, "%.*s is made after its deadline", TRADE_ID_LEN,
                 attempt->id);
    }

    for (i = 0; intent->key.len && i < sim->nattempts; i++) {
        other = &sim->attempts[i];

        if (other != attempt && other->action == TRADE_ACTION_PLACE
            && other->made && !sim->shards[intent->slot].lost
            && !other->vanished
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


/* Of the record; 0: there is none, or the trace of one that was given up */

static uint64_t
sim_check_version(const sim_t *sim, size_t slot, trade_str_t id)
{
    char            mem[TRADE_SLOT_KEY_MAX];
    trade_str_t     text;
    trade_record_t  record;

    text = fake_store_get(&sim->shards[slot].store,
                          sim_key(mem, slot, TRADE_KEY_ORDER, id),
                          sim_clock(sim, slot));

    if (trade_record_read(&record, text) != 0) {
        return 0;
    }

    return record.state == TRADE_STATE_REFUSED ? 0 : record.version;
}


void
sim_check_publish(sim_t *sim, uint64_t sent, const trade_due_t *event)
{
    sim_attempt_t  *order;

    if (sim->now - sent > SIM_WINDOW) {
        sim_fail(sim, "%.*s: a publication begins %zu ms after it was sent",
                 TRADE_ID_LEN, event->id.data, (size_t) (sim->now - sent));
    }

    order = sim_attempt_by(sim, event->id);

    if (sim->durability && order && !sim->shards[order->intent->slot].lost
        && (event->seq > order->nevents
            || !order->events[event->seq - 1].replicated))
    {
        sim_fail(sim, "%.*s is published, and on no replica", TRADE_ID_LEN,
                 event->id.data);
    }
}


int
sim_check_in_topic(const sim_t *sim, trade_str_t id, uint64_t seq,
    trade_state_e state)
{
    size_t            i;
    const sim_msg_t  *msg;

    for (i = 0; i < sim->ntopic; i++) {
        msg = sim->topic[i];

        if (memcmp(msg->id.data, id.data, TRADE_ID_LEN) == 0
            && (state ? msg->record.state == state
                      : msg->record.seq == seq))
        {
            return 1;
        }
    }

    return 0;
}


void
sim_check_appended(sim_t *sim, const sim_msg_t *msg)
{
    size_t          i;
    sim_attempt_t  *attempt;

    attempt = sim_attempt_by(sim, msg->id);

    if (attempt ? !attempt->made && !sim->shards[msg->slot].lost
                : !trade_str_eq(msg->record.fingerprint, trade_str_c("0")))
    {
        sim_fail(sim, "%.*s is in the topic, and was never made",
                 TRADE_ID_LEN, msg->id.data);
    }

    for (i = 0; i < sim->ntopic && !sim->shards[msg->slot].lost; i++) {
        if (memcmp(sim->topic[i]->id.data, msg->id.data, TRADE_ID_LEN) == 0
            && sim->topic[i]->record.seq == msg->record.seq
            && !trade_str_eq(sim->topic[i]->bytes, msg->bytes))
        {
            sim_fail(sim, "two copies of %.*s differ", TRADE_ID_LEN,
                     msg->id.data);
        }
    }

    sim_life_appended(sim, msg);
}
