/*
 * The end of a schedule: what the topic says, and whether it is what Redis
 * says and what clients were told.
 */

#include "sim.h"

#include <string.h>


#define SIM_OVERDUE  5000               /* ms */


typedef struct {
    int64_t   total;
    int64_t   sold;
    uint64_t  limit;
    uint64_t  opens;
    uint64_t  closes;
    int64_t   bought[4];                /* by buyer */
} sim_fold_t;


static void sim_fold_attempts(sim_t *sim);
static void sim_fold_slot(sim_t *sim, size_t slot);
static const sim_msg_t *sim_fold_find(sim_t *sim, size_t slot,
    uint64_t version);
static void sim_fold_stock(sim_t *sim, sim_fold_t *folds,
    const sim_msg_t *msg);
static void sim_fold_order(sim_t *sim, sim_fold_t *folds,
    const sim_msg_t *msg);
static size_t sim_fold_sku(trade_str_t sku);
static int64_t sim_fold_field(sim_t *sim, size_t slot, const char *name,
    const char *sku);


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
    int             in_topic, status;
    size_t          i, j;
    trade_str_t     id;
    sim_attempt_t  *attempt;

    for (i = 0; i < sim->nattempts; i++) {
        attempt = &sim->attempts[i];

        if (attempt->find || !(attempt->answered || attempt->denied)) {
            continue;
        }

        status = trade_verdict_status(attempt->verdict);
        id = trade_str_of(attempt->answered && status < 300
                          ? attempt->answer : attempt->id, TRADE_ID_LEN);

        for (in_topic = 0, j = 0; j < sim->ntopic && !in_topic; j++) {
            in_topic = memcmp(sim->topic[j]->id.data, id.data, TRADE_ID_LEN)
                       == 0;
        }

        if (attempt->denied && in_topic) {
            sim_fail(sim, "%.*s was unknown past its deadline, and is in the "
                     "topic", TRADE_ID_LEN, id.data);
        }

        if (!attempt->answered) {
            continue;
        }

        if (status < 300 && !in_topic && !sim->lost[attempt->intent->slot]) {
            sim_fail(sim, "%.*s was accepted, and is not in the topic",
                     TRADE_ID_LEN, id.data);
        }

        if (status >= 300 && in_topic
            && !trade_verdict_unknown(attempt->verdict))
        {
            sim_fail(sim, "%.*s was refused, and is in the topic",
                     TRADE_ID_LEN, id.data);
        }
    }
}


static void
sim_fold_slot(sim_t *sim, size_t slot)
{
    size_t            i, n;
    uint64_t          version;
    sim_fold_t        folds[SIM_SKUS];
    const sim_msg_t  *msg;

    memset(folds, 0, sizeof(folds));

    n = sim_fold_field(sim, slot, "v", "");

    for (version = 1; version <= n; version++) {
        msg = sim_fold_find(sim, slot, version);

        if (trade_record_is(&msg->record, "STOCK")) {
            sim_fold_stock(sim, folds, msg);

        } else {
            sim_fold_order(sim, folds, msg);
        }
    }

    for (i = 2 * slot; i < 2 * slot + 2; i++) {
        if (sim_fold_field(sim, slot, "total|", sim_skus[i])
            != folds[i].total
            || sim_fold_field(sim, slot, "available|", sim_skus[i])
               != folds[i].total - folds[i].sold)
        {
            sim_fail(sim, "the topic says of %s that %d of %d are sold, Redis "
                     "that %d of %d are left", sim_skus[i],
                     (int) folds[i].sold, (int) folds[i].total,
                     (int) sim_fold_field(sim, slot, "available|",
                                          sim_skus[i]),
                     (int) sim_fold_field(sim, slot, "total|", sim_skus[i]));
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

        if (found && memcmp(found->id.data, msg->id.data, TRADE_ID_LEN)) {
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
    sim_fold_t     *fold;
    trade_stock_t   stock;

    if (trade_stock_read(&stock, msg->record.body) != 0) {
        sim_fail(sim, "a line of stock that is none");
    }

    fold = &folds[sim_fold_sku(stock.sku)];
    fold->total = stock.total;
    fold->limit = stock.limit;
    fold->opens = stock.opens;
    fold->closes = stock.closes;

    if ((int64_t) stock.available != fold->total - fold->sold) {
        sim_fail(sim, "%.*s has %d left, and the topic says %d",
                 TRADE_ID_LEN, msg->id.data, (int) stock.available,
                 (int) (fold->total - fold->sold));
    }
}


static void
sim_fold_order(sim_t *sim, sim_fold_t *folds, const sim_msg_t *msg)
{
    size_t               i;
    sim_fold_t          *fold;
    const sim_intent_t  *intent;

    intent = sim_attempt_by(sim, msg->id)->intent;

    for (i = 0; i < intent->nitems; i++) {
        fold = &folds[sim_fold_sku(intent->items[i].sku)];
        fold->sold += intent->items[i].quantity;
        fold->bought[intent->buyer] += intent->items[i].quantity;

        if (fold->sold > fold->total) {
            sim_fail(sim, "%.*s: %d of %d are sold", TRADE_ID_LEN,
                     msg->id.data, (int) fold->sold, (int) fold->total);
        }

        if (fold->limit != TRADE_STOCK_UNSET
            && fold->bought[intent->buyer] > (int64_t) fold->limit)
        {
            sim_fail(sim, "%.*s: more than the limit of a buyer",
                     TRADE_ID_LEN, msg->id.data);
        }

        if ((fold->opens != TRADE_STOCK_UNSET && msg->record.at < fold->opens)
            || (fold->closes != TRADE_STOCK_UNSET
                && msg->record.at >= fold->closes))
        {
            sim_fail(sim, "%.*s is sold outside of the sale", TRADE_ID_LEN,
                     msg->id.data);
        }
    }
}


static size_t
sim_fold_sku(trade_str_t sku)
{
    size_t  i;

    for (i = 0; !trade_str_eq(sku, trade_str_c(sim_skus[i])); i++) {
        /* void */
    }

    return i;
}


static int64_t
sim_fold_field(sim_t *sim, size_t slot, const char *name, const char *sku)
{
    char         key[TRADE_SLOT_KEY_MAX], field[TRADE_SLOT_KEY_MAX];
    trade_buf_t  b;

    trade_buf_init(&b, key, sizeof(key));

    return fake_integer(fake_store_hget(&sim->store,
                                        trade_slot_key(&b, sim_slots[slot],
                                                       TRADE_KEY_SLOT,
                                                       trade_str_of(NULL, 0)),
                                        fake_join(field, trade_str_c(name),
                                                  "", trade_str_c(sku))));
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
