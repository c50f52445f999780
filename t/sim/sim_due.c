/*
 * The due entries of orders: events to be published, each after the one before
 * it, and orders to be paid.
 */

#include "sim_participant.h"


static void sim_due_woken(sim_t *sim, sim_attempt_t *order, uint64_t seq);


int
sim_due_at(const sim_t *sim, const sim_attempt_t *order, uint64_t seq,
    int64_t *score)
{
    char  mem[TRADE_SLOT_KEY_MAX], event[TRADE_SLOT_KEY_MAX], text[24];

    return fake_store_zscore(&sim->shards[order->intent->slot].store,
                             sim_key(mem, order->intent->slot, TRADE_KEY_DUE,
                                     trade_str_of(NULL, 0)),
                             fake_join(event, trade_str_of(order->id,
                                                           TRADE_ID_LEN),
                                       ".", fake_text(text, seq)),
                             score);
}


void
sim_due_removed(sim_t *sim, const sim_wire_t *wire)
{
    int              lost;
    char             mem[TRADE_SLOT_KEY_MAX];
    trade_str_t      key, text;
    sim_order_t     *order;
    fake_store_t    *store;
    trade_record_t   record;

    order = wire->cmd->data;
    store = &wire->session->shard->store;

    key = sim_key(mem, wire->cmd->slot, TRADE_KEY_ORDER, order->id);
    text = fake_store_get(store, key, sim_clock(sim, wire->cmd->slot));
    lost = trade_record_read(&record, text) != 0
           || trade_record_as_of(&record, order->record.seq) != 0;

    if (wire->integer && (lost || record.version != order->record.version
                          || record.at != order->record.at))
    {
        sim_fail(sim, "the ack of %.*s removes another event", TRADE_ID_LEN,
                 order->id.data);
    }

    key = sim_key(mem, wire->cmd->slot, TRADE_KEY_SLOT,
                  trade_str_of(NULL, 0));
    text = fake_store_hget(store, key, FAKE_OPENED);

    wire->cmd->gone = lost && !sim_closed(sim, wire->cmd->slot)
                      && fake_integer(text) < (int64_t) order->record.version;

    sim_life_ran(sim, wire, trade_str_of(NULL, 0));
}


void
sim_due_done(sim_t *sim, const sim_cmd_t *cmd, sim_result_e result)
{
    const sim_order_t  *order;

    order = cmd->data;

    if (result == SIM_OK && cmd->gone) {
        sim_fail(sim, "%.*s is lost when it is acked, and its slot is open",
                 TRADE_ID_LEN, order->id.data);
    }
}


void
sim_due_acked(sim_t *sim, const sim_wire_t *wire)
{
    size_t               i;
    uint64_t             seq;
    trade_str_t          text;
    sim_attempt_t       *order;
    const trade_call_t  *call;

    call = &wire->cmd->call;

    if (call->script && call->script != &trade_script_ack
        && call->script != &trade_script_ack_effects)
    {
        return;
    }

    i = call->nkeys + (call->script == &trade_script_ack_effects ? 4 : 2);

    for ( ; i < call->argc; i++) {
        order = sim_attempt_by(sim, call->argv[i]);

        if (order == NULL) {
            continue;
        }

        text = call->argv[i];
        (void) trade_str_cut(&text, '.');
        seq = fake_integer(text);

        if (seq > order->nevents) {
            sim_fail(sim, "%.*s is acked, and was never made",
                     (int) call->argv[i].len, call->argv[i].data);
        }

        if (!order->events[seq - 1].acked
            && call->script == &trade_script_ack_effects && sim->payment
            && order->nevents == 1 && !order->intent->change)
        {
            order->pay_by = sim_clock(sim, wire->cmd->slot) + sim->payment;
        }

        if (!order->events[seq - 1].acked
            && call->script == &trade_script_ack_effects)
        {
            sim_due_woken(sim, order, seq + 1);
        }

        if (seq == 1) {
            sim_participant_acked(sim, order);
        }

        order->events[seq - 1].acked = 1;
        sim_life_look(sim, order, NULL);
    }
}


/* The event behind one whose ack had effects is due at once */

static void
sim_due_woken(sim_t *sim, sim_attempt_t *order, uint64_t seq)
{
    int64_t  score;

    if (seq <= order->nevents
        && (!sim_due_at(sim, order, seq, &score)
            || score > (int64_t) sim_clock(sim, order->intent->slot)))
    {
        sim_fail(sim, "%.*s: event %zu has waited, and should be due",
                 TRADE_ID_LEN, order->id, (size_t) seq);
    }
}


/* The lease keeps others away, but for who looks for what the dead have left */

void
sim_due_claimed(sim_t *sim, const sim_wire_t *wire)
{
    char            mem[TRADE_SLOT_KEY_MAX];
    uint64_t        horizon, expires;
    sim_life_t     *event;
    trade_due_t     due;
    trade_str_t     text;
    sim_attempt_t  *order;
    trade_record_t  record;

    horizon = fake_integer(wire->cmd->call.argv[5]);
    text = wire->text;
    (void) trade_str_cut(&text, '\n');

    while (trade_reply_claimed(&text, &due, &record) == 1) {
        order = sim_attempt_by(sim, due.id);

        if (order == NULL) {
            continue;
        }

        event = &order->events[due.seq - 1];
        expires = fake_store_expires(&sim->shards[wire->cmd->slot].store,
                                     sim_key(mem, wire->cmd->slot,
                                                  TRADE_KEY_ORDER, due.id));

        if (event->acked) {
            sim_fail(sim, "%.*s is claimed, and was acked", TRADE_ID_LEN,
                     due.id.data);
        }

        if (horizon == 0 && event->claimed
            && sim_clock(sim, wire->cmd->slot) + SIM_JUMPS
               < event->claimed + SIM_LEASE)
        {
            sim_fail(sim, "%.*s is claimed twice in a lease", TRADE_ID_LEN,
                     due.id.data);
        }

        if (expires && expires < sim_clock(sim, wire->cmd->slot) + TRADE_DAY) {
            sim_fail(sim, "%.*s is claimed, and has no day to live",
                     TRADE_ID_LEN, due.id.data);
        }

        event->claimed = sim_clock(sim, wire->cmd->slot);
    }
}


/* It is to be paid until the time that it was given, and only then */

void
sim_due_unpaid(sim_t *sim, sim_attempt_t *order)
{
    int      unpaid, waits;
    char     mem[TRADE_SLOT_KEY_MAX];
    int64_t  score;

    unpaid = fake_store_zscore(&sim->shards[order->intent->slot].store,
                               sim_key(mem, order->intent->slot,
                                            FAKE_UNPAID,
                                            trade_str_of(NULL, 0)),
                               trade_str_of(order->id, TRADE_ID_LEN),
                               &score);
    waits = order->pay_by && order->nevents == 1;

    if (unpaid != waits
        || (unpaid && score != (int64_t) order->pay_by))
    {
        sim_fail(sim, "%.*s is %sto be paid, and should%s or later",
                 TRADE_ID_LEN, order->id, unpaid ? "" : "not ",
                 waits ? ", then" : " not");
    }
}
