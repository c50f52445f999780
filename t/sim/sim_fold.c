/*
 * The end of a schedule: the topic is folded, and compared with Redis.
 */

#include "sim_participant.h"

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
    int       forgotten;                /* they are, or may be */
} sim_fold_t;


static void sim_fold_slot(sim_t *sim, size_t slot);
static void sim_fold_due(sim_t *sim, size_t slot);
static const sim_msg_t *sim_fold_find(sim_t *sim, size_t slot,
    uint64_t version);
static void sim_fold_stock(sim_t *sim, sim_fold_t *folds,
    const sim_msg_t *msg);
static void sim_fold_order(sim_t *sim, sim_fold_t *folds, size_t slot,
    const sim_msg_t *msg);
static void sim_fold_sold(sim_t *sim, const sim_fold_t *fold, size_t slot,
    const sim_attempt_t *order);
static int sim_fold_is(const sim_msg_t *msg, size_t slot, uint64_t version);
static int sim_fold_given_up(const sim_t *sim, size_t slot,
    uint64_t version);
static void sim_fold_sku(sim_t *sim, size_t slot, const sim_fold_t *fold,
    size_t sku);


void
sim_check_end(sim_t *sim)
{
    size_t  i;

    sim_told_end(sim);

    sim_participant_end(sim);

    for (i = 0; i < SIM_SLOTS && !sim_lost(sim); i++) {
        sim_fold_slot(sim, i);
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

        if (msg == NULL) {
            continue;
        }

        if (msg->record.state == TRADE_STATE_STOCK) {
            sim_fold_stock(sim, folds, msg);

        } else {
            sim_fold_order(sim, folds, slot, msg);
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
        if (!sim->forgotten[sku]
            && sim_bought(sim, slot, sku, i) != fold->bought[i])
        {
            sim_fail(sim, "the topic says that a buyer has %d of %s, Redis "
                     "%d", (int) fold->bought[i], sim_skus[sku],
                     (int) sim_bought(sim, slot, sku, i));
        }
    }
}


/* NULL: it was taken by what was given up, and has no event */

static const sim_msg_t *
sim_fold_find(sim_t *sim, size_t slot, uint64_t version)
{
    size_t            i;
    const sim_msg_t  *msg, *found;

    for (found = NULL, i = 0; i < sim->ntopic; i++) {
        msg = sim->topic[i];

        if (!sim_fold_is(msg, slot, version)) {
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

    if (found == NULL && !sim_fold_given_up(sim, slot, version)) {
        sim_fail(sim, "version %zu of slot %zu is not in the topic",
                 (size_t) version, slot);
    }

    return found;
}


/* Of this slot, or of what an order of another has here */

static int
sim_fold_is(const sim_msg_t *msg, size_t slot, uint64_t version)
{
    trade_str_t  participants, participant;

    if (msg->slot == slot) {
        return msg->record.version == version;
    }

    for (participants = msg->record.participants; participants.len; ) {
        participant = trade_str_cut(&participants, ',');

        if (fake_integer(trade_str_cut(&participant, '='))
            == (int64_t) sim_slots[slot]
            && fake_integer(participant) == (int64_t) version)
        {
            return 1;
        }
    }

    return 0;
}


static int
sim_fold_given_up(const sim_t *sim, size_t slot, uint64_t version)
{
    size_t                i;
    uint64_t              taken;
    const sim_attempt_t  *order;

    for (i = 0; i < sim->nattempts; i++) {
        order = &sim->attempts[i];

        if (order->in_redis && order->intent->cart
            && sim_participant_in(order->intent, slot)
            && sim_participant(sim, order, slot, &taken)
               == SIM_PARTICIPANT_FREED
            && taken == version)
        {
            return 1;
        }
    }

    return 0;
}


static void
sim_fold_stock(sim_t *sim, sim_fold_t *folds, const sim_msg_t *msg)
{
    int64_t         sold;
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

    /* held units may be of orders that have their event later, or none */

    sold = (int64_t) (stock.total - stock.available - stock.held);

    if (sold < fold->sold - (int64_t) stock.held
        || sold > fold->sold + fold->ended)
    {
        sim_fail(sim, "%.*s says that %d are sold, and the topic %d",
                 TRADE_ID_LEN, msg->id.data, (int) sold, (int) fold->sold);
    }
}


/*
 * An end has no version but at home: the units of the other slots may be back
 * at any time.
 */

static void
sim_fold_order(sim_t *sim, sim_fold_t *folds, size_t slot,
    const sim_msg_t *msg)
{
    int                  sign;
    size_t               i, sku;
    int64_t              quantity;
    sim_fold_t          *fold;
    sim_attempt_t       *order;
    const sim_intent_t  *intent;

    order = sim_attempt_by(sim, msg->id);
    intent = order->intent;
    sign = sim_ended(&msg->record) ? -1
                                   : msg->record.state == TRADE_STATE_PLACED;

    if (slot != intent->slot && sim_participant_ended(sim, order)) {
        sign = 0;
    }

    for (i = 0; i < intent->nitems; i++) {
        sku = sim_sku(intent->items[i].sku);
        fold = &folds[sku];
        quantity = intent->items[i].quantity;

        if (sku / 2 != slot) {
            continue;
        }

        fold->sold += sign * quantity;
        fold->bought[intent->buyer] += sign * quantity;
        fold->forgotten = sim->forgotten[sku];

        if (sign < 0 || slot != intent->slot) {
            fold->ended += sign > 0 ? 0 : quantity;
        }

        if (sign > 0) {
            sim_fold_sold(sim, fold, slot, order);
        }
    }
}


static void
sim_fold_sold(sim_t *sim, const sim_fold_t *fold, size_t slot,
    const sim_attempt_t *order)
{
    uint64_t  at;

    at = slot == order->intent->slot ? order->events[0].at
                                     : order->held[slot];

    if (fold->sold > fold->total) {
        sim_fail(sim, "%.*s: %d of %d are sold", TRADE_ID_LEN, order->id,
                 (int) fold->sold, (int) fold->total);
    }

    if (fold->limit != TRADE_STOCK_UNSET && !fold->forgotten
        && fold->bought[order->intent->buyer] > (int64_t) fold->limit)
    {
        sim_fail(sim, "%.*s: more than the limit of a buyer", TRADE_ID_LEN,
                 order->id);
    }

    if ((fold->opens != TRADE_STOCK_UNSET && at < fold->opens)
        || (fold->closes != TRADE_STOCK_UNSET
            && at >= fold->closes))
    {
        sim_fail(sim, "%.*s is sold outside of the sale", TRADE_ID_LEN,
                 order->id);
    }
}


/* All is well: the sweeper publishes each due event in time */

void
sim_check_due(sim_t *sim)
{
    size_t    i;
    uint64_t  since;

    since = sim->opened > sim->healed ? sim->opened : sim->healed;

    for (i = 0; i < SIM_SLOTS; i++) {
        if (sim_closed(sim, i)) {
            return;
        }
    }

    for (i = 0; i < SIM_SLOTS && sim->now > since + SIM_OVERDUE; i++) {
        sim_fold_due(sim, i);
    }
}


static void
sim_fold_due(sim_t *sim, size_t slot)
{
    size_t               i;
    trade_str_t          event;
    const fake_store_t  *store;

    store = &sim->shards[slot].store;

    for (i = 0; i < store->nscores; i++) {
        if (store->scores[i].score + SIM_OVERDUE
            < (int64_t) sim_clock(sim, slot))
        {
            event = fake_store_view(store, store->scores[i].member);
            sim_fail(sim, "%.*s stays due", (int) event.len, event.data);
        }
    }
}


int
sim_check_idle(sim_t *sim)
{
    size_t  i, left;

    for (left = 0, i = 0; i < SIM_WORKERS; i++) {
        left += sim->workers[i].flows;
    }

    for (i = 0; i < SIM_SLOTS; i++) {
        left += sim->shards[i].store.nscores;
    }

    return left == 0;
}
