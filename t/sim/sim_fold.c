/*
 * The end of a schedule: what the topic says, and whether it is what Redis
 * says and what clients were told.
 */

#include "sim.h"

#include <stdio.h>
#include <string.h>


#define SIM_OVERDUE  5000               /* ms */


typedef struct {
    int64_t   total;
    int64_t   sold;
    int64_t   ended;                    /* of what was: may be back, or not */
    uint64_t  limit;
    uint64_t  opens;
    uint64_t  closes;
    int64_t   bought[SIM_BUYERS];
} sim_fold_t;


static void sim_fold_attempts(sim_t *sim);
static void sim_fold_placed(sim_t *sim, sim_attempt_t *attempt);
static void sim_fold_acted(sim_t *sim, sim_attempt_t *attempt);
static void sim_fold_unpaid(sim_t *sim, sim_attempt_t *attempt);
static void sim_fold_slot(sim_t *sim, size_t slot);
static const sim_msg_t *sim_fold_find(sim_t *sim, size_t slot,
    uint64_t version);
static void sim_fold_stock(sim_t *sim, sim_fold_t *folds,
    const sim_msg_t *msg);
static void sim_fold_order(sim_t *sim, sim_fold_t *folds,
    const sim_msg_t *msg);
static void sim_fold_sold(sim_t *sim, const sim_fold_t *fold,
    const sim_msg_t *msg, size_t buyer);
static void sim_fold_sku(sim_t *sim, size_t slot, const sim_fold_t *fold,
    size_t sku);


void
sim_check_end(sim_t *sim)
{
    size_t  i;

    sim_fold_attempts(sim);

    for (i = 0; i < SIM_SLOTS; i++) {
        if (!sim->lost[i]) {
            sim_fold_slot(sim, i);
        }
    }
}


static void
sim_fold_attempts(sim_t *sim)
{
    size_t          i;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (sim_acts(attempt)) {
            sim_fold_acted(sim, attempt);

        } else if (attempt->action == TRADE_ACTION_PLACE) {
            sim_fold_placed(sim, attempt);
            sim_fold_unpaid(sim, attempt);
        }
    }
}


static void
sim_fold_placed(sim_t *sim, sim_attempt_t *attempt)
{
    int          in_topic, status;
    trade_str_t  id;

    if (!(attempt->answered || attempt->denied)) {
        return;
    }

    status = trade_verdict_status(attempt->verdict);
    id = trade_str_of(attempt->answered && status < 300
                      ? attempt->answer : attempt->id, TRADE_ID_LEN);
    in_topic = sim_check_in_topic(sim, id, 1, NULL);

    if (attempt->denied && in_topic) {
        sim_fail(sim, "%.*s was unknown past its deadline, and is in the "
                 "topic", TRADE_ID_LEN, id.data);
    }

    if (!attempt->answered) {
        return;
    }

    if (status < 300 && !in_topic && !sim->lost[attempt->intent->slot]) {
        sim_fail(sim, "%.*s was accepted, and is not in the topic",
                 TRADE_ID_LEN, id.data);
    }

    if (status >= 300 && in_topic && !trade_verdict_unknown(attempt->verdict))
    {
        sim_fail(sim, "%.*s was refused, and is in the topic", TRADE_ID_LEN,
                 id.data);
    }
}


static void
sim_fold_acted(sim_t *sim, sim_attempt_t *attempt)
{
    char         text[16];
    const char  *to;
    trade_str_t  id;

    if (!attempt->answered) {
        return;
    }

    to = trade_actions[attempt->action].to;
    id = trade_str_of(attempt->id, TRADE_ID_LEN);

    if (sim_accepted(attempt)) {
        if (!sim_check_in_topic(sim, id, 0, to)
            && !sim->lost[attempt->intent->slot])
        {
            sim_fail(sim, "%.*s was said to be %s, and is not in the topic",
                     TRADE_ID_LEN, id.data, to);
        }

        return;
    }

    if (attempt->made && !trade_verdict_unknown(attempt->verdict)) {
        sim_fail(sim, "%.*s became %s by what was refused", TRADE_ID_LEN,
                 id.data, to);
    }

    if (attempt->verdict == TRADE_WRONG_STATE
        && !sim->lost[attempt->intent->slot]
        && sim->failed_over < attempt->sent)
    {
        (void) snprintf(text, sizeof(text), "%.*s", (int) attempt->wrong.len,
                        attempt->wrong.data);

        if (!sim_check_in_topic(sim, id, 0, text)) {
            sim_fail(sim, "%.*s was said to be %s, and never was",
                     TRADE_ID_LEN, id.data, text);
        }
    }
}


/* Where orders have a time to be paid none stays as it was placed */

static void
sim_fold_unpaid(sim_t *sim, sim_attempt_t *attempt)
{
    if (sim->payment && !sim->lost[attempt->intent->slot]
        && !attempt->intent->change && attempt->made
        && attempt->nevents == 1)
    {
        sim_fail(sim, "%.*s was not paid, and has not expired", TRADE_ID_LEN,
                 attempt->id);
    }
}


static void
sim_fold_slot(sim_t *sim, size_t slot)
{
    size_t            i;
    uint64_t          n, version;
    sim_fold_t        folds[SIM_SKUS];
    const sim_msg_t  *msg;

    memset(folds, 0, sizeof(folds));

    n = sim_version(sim, slot);

    for (i = 0; i < sim->ntopic; i++) {
        if (sim->topic[i]->slot == slot && sim->topic[i]->record.version > n) {
            sim_fail(sim, "%.*s has a version that the slot has not",
                     TRADE_ID_LEN, sim->topic[i]->id.data);
        }
    }

    for (version = 1; version <= n; version++) {
        msg = sim_fold_find(sim, slot, version);

        if (trade_record_is(&msg->record, "STOCK")) {
            sim_fold_stock(sim, folds, msg);

        } else {
            sim_fold_order(sim, folds, msg);
        }
    }

    for (i = 2 * slot; i < 2 * slot + 2; i++) {
        sim_fold_sku(sim, slot, &folds[i], i);
    }
}


static void
sim_fold_sku(sim_t *sim, size_t slot, const sim_fold_t *fold, size_t sku)
{
    size_t   i;
    int64_t  total, available;

    total = sim_stock(sim, slot, "total|", sku);
    available = sim_stock(sim, slot, "available|", sku);

    if (total != fold->total || available != fold->total - fold->sold) {
        sim_fail(sim, "the topic says of %s that %d of %d are sold, Redis "
                 "that %d of %d are left", sim_skus[sku], (int) fold->sold,
                 (int) fold->total, (int) available, (int) total);
    }

    for (i = 0; i < SIM_BUYERS; i++) {
        if (sim_bought(sim, slot, sku, i) != fold->bought[i]) {
            sim_fail(sim, "the topic says that a buyer has %d of %s, Redis "
                     "%d", (int) fold->bought[i], sim_skus[sku],
                     (int) sim_bought(sim, slot, sku, i));
        }
    }
}


static const sim_msg_t *
sim_fold_find(sim_t *sim, size_t slot, uint64_t version)
{
    size_t            i;
    const sim_msg_t  *msg, *found;

    for (found = NULL, i = 0; i < sim->ntopic; i++) {
        msg = sim->topic[i];

        if (msg->slot != slot || msg->record.version != version) {
            continue;
        }

        if (found && (found->record.seq != msg->record.seq
                      || memcmp(found->id.data, msg->id.data, TRADE_ID_LEN)))
        {
            sim_fail(sim, "%.*s and %.*s have one version", TRADE_ID_LEN,
                     found->id.data, TRADE_ID_LEN, msg->id.data);
        }

        found = msg;
    }

    if (found == NULL) {
        sim_fail(sim, "version %zu of slot %zu is not in the topic",
                 (size_t) version, slot);
    }

    return found;
}


static void
sim_fold_stock(sim_t *sim, sim_fold_t *folds, const sim_msg_t *msg)
{
    int64_t         back;
    sim_fold_t     *fold;
    trade_stock_t   stock;

    if (trade_stock_read(&stock, msg->record.body) != 0) {
        sim_fail(sim, "a line of stock that is none");
    }

    fold = &folds[sim_sku(stock.sku)];
    fold->total = stock.total;
    fold->limit = stock.limit;
    fold->opens = stock.opens;
    fold->closes = stock.closes;

    back = (int64_t) stock.available - (fold->total - fold->sold
                                        - fold->ended);

    if (back < 0 || back > fold->ended) {
        sim_fail(sim, "%.*s has %d left, and the topic says %d",
                 TRADE_ID_LEN, msg->id.data, (int) stock.available,
                 (int) (fold->total - fold->sold));
    }
}


static void
sim_fold_order(sim_t *sim, sim_fold_t *folds, const sim_msg_t *msg)
{
    size_t               i;
    int64_t              quantity;
    sim_fold_t          *fold;
    const sim_intent_t  *intent;

    intent = sim_attempt_by(sim, msg->id)->intent;

    for (i = 0; i < intent->nitems; i++) {
        fold = &folds[sim_sku(intent->items[i].sku)];
        quantity = intent->items[i].quantity;

        if (sim_ended(&msg->record)) {
            fold->sold -= quantity;
            fold->ended += quantity;
            fold->bought[intent->buyer] -= quantity;

        } else if (trade_record_is(&msg->record, "PLACED")) {
            fold->sold += quantity;
            fold->bought[intent->buyer] += quantity;
            sim_fold_sold(sim, fold, msg, intent->buyer);
        }
    }
}


static void
sim_fold_sold(sim_t *sim, const sim_fold_t *fold, const sim_msg_t *msg,
    size_t buyer)
{
    if (fold->sold > fold->total) {
        sim_fail(sim, "%.*s: %d of %d are sold", TRADE_ID_LEN, msg->id.data,
                 (int) fold->sold, (int) fold->total);
    }

    if (fold->limit != TRADE_STOCK_UNSET
        && fold->bought[buyer] > (int64_t) fold->limit)
    {
        sim_fail(sim, "%.*s: more than the limit of a buyer", TRADE_ID_LEN,
                 msg->id.data);
    }

    if ((fold->opens != TRADE_STOCK_UNSET && msg->record.at < fold->opens)
        || (fold->closes != TRADE_STOCK_UNSET
            && msg->record.at >= fold->closes))
    {
        sim_fail(sim, "%.*s is sold outside of the sale", TRADE_ID_LEN,
                 msg->id.data);
    }
}


/* All is well: what is due is taken care of when it is time */

void
sim_check_due(sim_t *sim)
{
    size_t       i;
    uint64_t     since;
    trade_str_t  event;

    since = sim->opened > sim->healed ? sim->opened : sim->healed;

    if (sim->now <= since + SIM_OVERDUE || sim_closed(sim, 0)
        || sim_closed(sim, 1))
    {
        return;
    }

    for (i = 0; i < sim->store.nscores; i++) {
        if (sim->store.scores[i].score + SIM_OVERDUE
            < (int64_t) sim_clock(sim))
        {
            event = fake_store_view(&sim->store, sim->store.scores[i].member);
            sim_fail(sim, "%.*s stays due", (int) event.len, event.data);
        }
    }
}


int
sim_check_settled(sim_t *sim)
{
    size_t  i, flows;

    for (flows = 0, i = 0; i < SIM_WORKERS; i++) {
        flows += sim->workers[i].flows;
    }

    return flows == 0 && sim->store.nscores == 0;
}
