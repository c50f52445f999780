/*
 * An intent of a client: items of one slot or of several, or a change of stock.
 */

#include "sim.h"

#include <stdio.h>


static void sim_intent_slot(sim_t *sim, sim_intent_t *intent);
static void sim_intent_cart(sim_t *sim, sim_intent_t *intent);
static trade_str_t sim_intent_hex(sim_t *sim, trade_str_t s);


void
sim_intent_make(sim_t *sim, sim_intent_t *intent)
{
    size_t       i, n;
    char         mem[512], text[64];
    trade_buf_t  b;

    n = intent - sim->intents;
    intent->buyer = sim_random(sim, SIM_BUYERS);
    intent->left = 2 + sim_random(sim, 5);
    intent->actions = sim_random(sim, 8);

    if (sim_random(sim, 3) == 0) {
        sim_intent_cart(sim, intent);

    } else {
        sim_intent_slot(sim, intent);
    }

    if (!intent->cart && sim_random(sim, 8) == 0) {
        intent->nitems = 1;
        intent->change = sim_random(sim, 2) ? 1 + (int) sim_random(sim, 3)
                                            : -1 - (int) sim_random(sim, 2);
    }

    trade_buf_init(&b, mem, sizeof(mem));
    trade_buf_c(&b, "{\"buyer_id\":");
    trade_buf_json(&b, trade_str_c(sim_buyers[intent->buyer]));
    trade_buf_c(&b, ",\"items\":[");

    for (i = 0; i < intent->nitems; i++) {
        trade_buf_c(&b, i ? ",{\"sku\":" : "{\"sku\":");
        trade_buf_json(&b, intent->items[i].sku);
        trade_buf_c(&b, ",\"quantity\":");
        trade_buf_u64(&b, intent->items[i].quantity);
        trade_buf_c(&b, "}");
    }

    (void) snprintf(text, sizeof(text), "],\"metadata\":{\"n\":%zu}}", n);
    trade_buf_c(&b, text);

    intent->json = sim_copy(sim, trade_buf_done(&b));
    intent->fingerprint = sim_intent_hex(sim, intent->json);

    if (intent->change || sim_random(sim, 4)) {
        (void) snprintf(text, sizeof(text), "key %zu", n);
        intent->key = sim_intent_hex(sim, trade_str_c(text));
    }
}


/* Items of one slot; seldom of the last, so that there is much in the others */

static void
sim_intent_slot(sim_t *sim, sim_intent_t *intent)
{
    size_t  i, first;

    intent->slot = sim_random(sim, sim_random(sim, 4) ? SIM_SLOTS - 1
                                                      : SIM_SLOTS);
    intent->nitems = 1 + sim_random(sim, 2);
    first = intent->nitems == 2 ? 0 : sim_random(sim, 2);

    for (i = 0; i < intent->nitems; i++) {
        intent->items[i].sku = trade_str_c(sim_skus[2 * intent->slot + first
                                                    + i]);
        intent->items[i].quantity = 1 + sim_random(sim, 2);
    }
}


/* Two or three SKUs, in their order, of more than one slot */

static void
sim_intent_cart(sim_t *sim, sim_intent_t *intent)
{
    size_t  i, n, want;

    static const size_t  sorted[] = { 0, 2, 4, 3, 1, 5 };

    want = 2 + sim_random(sim, 2);

    do {
        n = 0;
        intent->cart = 0;

        for (i = 0; i < SIM_SKUS && n < want; i++) {
            if (sim_random(sim, SIM_SKUS - i) >= want - n) {
                continue;
            }

            intent->items[n].sku = trade_str_c(sim_skus[sorted[i]]);
            intent->items[n].quantity = 1 + sim_random(sim, 2);

            if (n++ == 0) {
                intent->slot = sorted[i] / 2;
            }

            intent->cart |= sorted[i] / 2 != intent->slot;
        }
    } while (!intent->cart);

    intent->nitems = n;
}


static trade_str_t
sim_intent_hex(sim_t *sim, trade_str_t s)
{
    char      text[33];
    size_t    i;
    uint64_t  hash;

    for (hash = 1469598103934665603u, i = 0; i < s.len; i++) {
        hash = (hash ^ (unsigned char) s.data[i]) * 1099511628211u;
    }

    (void) snprintf(text, sizeof(text), "%016llx%016llx",
                    (unsigned long long) hash, (unsigned long long) ~hash);

    return sim_copy(sim, trade_str_of(text, 32));
}
