/*
 * The answers to clients: whether they are true at that moment, and at the end
 * of the schedule whether the topic has what they say.
 */

#include "sim.h"

#include <stdio.h>
#include <string.h>


static int sim_told_refuses(trade_result_e result);
static void sim_told_named(sim_t *sim, const sim_attempt_t *attempt);
static void sim_told_found(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_acted(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_end_placed(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_end_acted(sim_t *sim, sim_attempt_t *attempt);
static void sim_told_end_unpaid(sim_t *sim, sim_attempt_t *attempt);


/* Results that no key gets whose order is there: see replay.lua */

static int
sim_told_refuses(trade_result_e result)
{
    switch (result) {

    case TRADE_KEY_REUSED:
    case TRADE_UNKNOWN_SKU:
    case TRADE_SOLD_OUT:
    case TRADE_BUSY:
    case TRADE_BUYER_LIMIT:
    case TRADE_BUYER_BUSY:
    case TRADE_IN_PROGRESS:
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
sim_told(sim_t *sim, sim_attempt_t *attempt)
{
    trade_str_t    id;
    sim_intent_t  *intent;

    if (attempt->action == TRADE_ACTION_GET) {
        sim_told_found(sim, attempt);
        return;
    }

    sim_told_named(sim, attempt);

    if (sim_is_action(attempt)) {
        sim_told_acted(sim, attempt);
        return;
    }

    intent = attempt->intent;
    id = trade_str_of(attempt->answer, TRADE_ID_LEN);

    if (sim_accepted(attempt) && sim_attempt_by(sim, id)->intent != intent) {
        sim_fail(sim, "%.*s is what somebody else wanted", TRADE_ID_LEN,
                 id.data);
    }

    if ((attempt->result == TRADE_CREATED || attempt->result == TRADE_DONE)
        && !sim_check_in_topic(sim, id, 1, TRADE_STATE_NONE))
    {
        sim_fail(sim, "%.*s is said to be in the topic, and is not",
                 TRADE_ID_LEN, id.data);
    }

    if (attempt->had && intent->key.len && intent->made.len
        && !sim->shards[intent->slot].lost
        && sim_told_refuses(attempt->result))
    {
        sim_fail(sim, "%.*s is refused, and its key has led to %.*s",
                 TRADE_ID_LEN, attempt->id, TRADE_ID_LEN, intent->made.data);
    }
}


static void
sim_told_named(sim_t *sim, const sim_attempt_t *attempt)
{
    int             own;
    sim_shard_t    *shard;
    sim_intent_t   *intent;
    sim_attempt_t  *order;

    if (sim_accepted(attempt)) {
        if (!attempt->named) {
            sim_fail(sim, "%.*s is accepted, and not named", TRADE_ID_LEN,
                     attempt->id);
        }

        return;
    }

    intent = attempt->intent;
    shard = &sim->shards[intent->slot];
    own = memcmp(attempt->answer, attempt->id, TRADE_ID_LEN) == 0;

    if (!trade_result_unknown(attempt->result)) {
        if (attempt->named) {
            sim_fail(sim, "%.*s is refused, and an order is named",
                     TRADE_ID_LEN, attempt->id);
        }

    } else if (sim_is_action(attempt) || intent->key.len == 0) {
        if (!attempt->named || !own) {
            sim_fail(sim, "%.*s is not known, and is not named either",
                     TRADE_ID_LEN, attempt->id);
        }

    } else if (attempt->named) {
        order = sim_attempt_by(sim, trade_str_of(attempt->answer,
                                                 TRADE_ID_LEN));

        /* an order that no replica had may be gone, and made again */

        if (order == NULL || order->intent != intent
            || (!order->made && !shard->lost
                && shard->failed_over < attempt->sent))
        {
            sim_fail(sim, "%.*s is named, and was never made", TRADE_ID_LEN,
                     attempt->answer);
        }

    } else if (attempt->result == TRADE_NOT_REPLICATED) {
        sim_fail(sim, "%.*s is on too few replicas, and not named",
                 TRADE_ID_LEN, attempt->id);
    }
}


static void
sim_told_found(sim_t *sim, sim_attempt_t *attempt)
{
    int             change;
    uint64_t        asked;
    sim_shard_t    *shard;
    sim_attempt_t  *order;

    change = attempt->intent->change;

    if (change && attempt->result == TRADE_DONE) {
        sim_fail(sim, "%.*s is a change of stock, and is shown as an order",
                 TRADE_ID_LEN, attempt->id);
    }

    order = sim_attempt_by(sim, trade_str_of(attempt->id, TRADE_ID_LEN));

    /*
     * A snapshot may bring back what a failover had lost.  A failover may lose
     * what was shown, and is not published: a look-up waits for no replica.
     */

    shard = &sim->shards[(order ? order : attempt)->intent->slot];

    if (attempt->result == TRADE_DONE && !order->made
        && !shard->lost && shard->failed_over < attempt->sent)
    {
        sim_fail(sim, "%.*s is shown, and was never made", TRADE_ID_LEN,
                 attempt->id);
    }

    if (attempt->result != TRADE_UNKNOWN_ORDER
        || (change && attempt->found)
        || sim->shards[attempt->intent->slot].lost)
    {
        return;
    }

    /* when it was asked: answers may be long on their way */

    asked = sim_clock(sim, attempt->intent->slot) - (sim->now - attempt->sent);

    if (attempt->had
        && (sim_accepted(attempt->of)
            || sim->shards[attempt->intent->slot].failed_over < attempt->sent))
    {
        sim_fail(sim, "a client was told of %.*s, and it is unknown",
                 TRADE_ID_LEN, attempt->id);
    }

    /* the shard's clock may go back by as much as it jumps */

    if (!sim_accepted(attempt->of) && attempt->of->deadline
        && asked > attempt->of->deadline + SIM_JUMPS)
    {
        attempt->of->denied = 1;
    }
}


static void
sim_told_acted(sim_t *sim, sim_attempt_t *attempt)
{
    int            mine, order;
    trade_str_t    id;
    sim_intent_t  *intent;
    trade_state_e  to;

    intent = attempt->intent;
    to = trade_actions[attempt->action].to;
    id = trade_str_of(attempt->id, TRADE_ID_LEN);
    mine = attempt->buyer < 0 || attempt->buyer == intent->buyer;
    order = !intent->change;

    if (sim_accepted(attempt) && !(mine && order)) {
        sim_fail(sim, "%.*s is said to be %s, for who may not do that",
                 TRADE_ID_LEN, id.data, trade_state_name(to).data);
    }

    /*
     * An event that was lost unnoticed may be made again as another event of
     * that sequence, and take the acknowledgement of the first for its own.
     */

    if (attempt->result == TRADE_DONE
        && !sim_check_in_topic(sim, id, 0, to)
        && !(sim->shards[intent->slot].lost
             && sim_check_in_topic(sim, id, 2, TRADE_STATE_NONE)))
    {
        sim_fail(sim, "%.*s is said to be %s in the topic, and is not",
                 TRADE_ID_LEN, id.data, trade_state_name(to).data);
    }

    if (attempt->result == TRADE_UNKNOWN_ORDER && mine && order
        && !sim->shards[intent->slot].lost)
    {
        sim_fail(sim, "%.*s was accepted, and is unknown", TRADE_ID_LEN,
                 id.data);
    }
}


void
sim_told_end(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (sim_is_action(attempt)) {
            sim_told_end_acted(sim, attempt);

        } else if (attempt->action == TRADE_ACTION_PLACE) {
            sim_told_end_placed(sim, attempt);
            sim_told_end_unpaid(sim, attempt);
        }
    }
}


static void
sim_told_end_placed(sim_t *sim, sim_attempt_t *attempt)
{
    int          in_topic, status;
    trade_str_t  id;

    if (!(attempt->answered || attempt->denied)) {
        return;
    }

    status = trade_result_status(attempt->result);
    id = trade_str_of(attempt->named ? attempt->answer : attempt->id,
                      TRADE_ID_LEN);
    in_topic = sim_check_in_topic(sim, id, 1, TRADE_STATE_NONE);

    if (attempt->denied && in_topic) {
        sim_fail(sim, "%.*s was unknown past its deadline, and is in the "
                 "topic", TRADE_ID_LEN, id.data);
    }

    if (!attempt->answered) {
        return;
    }

    if (status < 300 && !in_topic && !sim->shards[attempt->intent->slot].lost) {
        sim_fail(sim, "%.*s was accepted, and is not in the topic",
                 TRADE_ID_LEN, id.data);
    }

    if (status >= 300 && in_topic && !trade_result_unknown(attempt->result))
    {
        sim_fail(sim, "%.*s was refused, and is in the topic", TRADE_ID_LEN,
                 id.data);
    }
}


static void
sim_told_end_acted(sim_t *sim, sim_attempt_t *attempt)
{
    trade_str_t    id;
    trade_state_e  to;

    if (!attempt->answered) {
        return;
    }

    to = trade_actions[attempt->action].to;
    id = trade_str_of(attempt->id, TRADE_ID_LEN);

    if (sim_accepted(attempt)) {
        if (!sim_check_in_topic(sim, id, 0, to)
            && !sim->shards[attempt->intent->slot].lost)
        {
            sim_fail(sim, "%.*s was said to be %s, and is not in the topic",
                     TRADE_ID_LEN, id.data, trade_state_name(to).data);
        }

        return;
    }

    if (attempt->made && !trade_result_unknown(attempt->result)) {
        sim_fail(sim, "%.*s became %s by what was refused", TRADE_ID_LEN,
                 id.data, trade_state_name(to).data);
    }

    if (attempt->result == TRADE_WRONG_STATE
        && !sim->shards[attempt->intent->slot].lost
        && sim->shards[attempt->intent->slot].failed_over < attempt->sent
        && !sim_check_in_topic(sim, id, 0, attempt->wrong))
    {
        sim_fail(sim, "%.*s was said to be %s, and never was", TRADE_ID_LEN,
                 id.data, trade_state_name(attempt->wrong).data);
    }
}


/* Where orders have a time to be paid none stays as it was placed */

static void
sim_told_end_unpaid(sim_t *sim, sim_attempt_t *attempt)
{
    if (sim->payment && !sim->shards[attempt->intent->slot].lost
        && !attempt->intent->change && attempt->made
        && attempt->nevents == 1)
    {
        sim_fail(sim, "%.*s was not paid, and has not expired", TRADE_ID_LEN,
                 attempt->id);
    }
}
