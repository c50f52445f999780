/*
 * Clients: each wants an order, or a change of stock, and asks for it until it
 * knows; some ask again when they do.
 */

#include "sim.h"

#include <string.h>


#define SIM_PATIENCE  2500              /* ms, for an answer */
#define SIM_AFTER     3000              /* ms: tries after all is well */


static void sim_client_try(sim_t *sim, void *intent);
static sim_attempt_t *sim_client_attempt(sim_t *sim, sim_intent_t *intent,
    trade_action_e action, sim_attempt_t *of);
static int sim_exists(sim_t *sim, const sim_attempt_t *attempt);
static void sim_client_arrive(sim_t *sim, void *data);
static void sim_client_gone(sim_t *sim, void *attempt);
static void sim_client_again(sim_t *sim, sim_intent_t *intent, uint64_t ms);
static void sim_client_find(sim_t *sim, void *attempt);


/* crc32 mod 4096 */

const unsigned     sim_slots[SIM_SLOTS] = { 2616, 2734, 3853 };
const char *const  sim_skus[SIM_SKUS] = {
    "s122", "t|%2F/手机 3516", "s123",
    "t\"q\\b 6903", "s124", "u*:?#[]{556} 🎁"
};

const char *const  sim_buyers[SIM_BUYERS] = {
    "b", "b\"", "auth0|5f7c \\u0022,\"items\":[]}", "手 %2F {s1}:slot"
};


typedef struct {
    sim_attempt_t  *attempt;
    sim_worker_t   *worker;
} sim_http_t;


size_t
sim_slot(unsigned number)
{
    size_t  i;

    for (i = 0; sim_slots[i] != number; i++) { /* void */ }

    return i;
}


void
sim_clients(sim_t *sim)
{
    size_t         i;
    sim_intent_t  *intent;

    sim->nintents = 5 + sim_random(sim, 12);

    for (i = 0; i < sim->nintents; i++) {
        intent = &sim->intents[i];
        sim_intent_make(sim, intent);

        if (i && sim_random(sim, 16) == 0 && intent[-1].key.len
            && (!intent->cart || intent->slot == intent[-1].slot))
        {

            /* the same key for something else */

            intent->key = intent[-1].key;
            intent->slot = intent[-1].slot;
        }

        sim_at(sim, sim->now + 100 + sim_random(sim, sim->healed - sim->now),
               sim_client_try, intent, NULL);
    }
}


static void
sim_client_try(sim_t *sim, void *data)
{
    sim_intent_t   *intent = data;
    sim_attempt_t  *attempt;

    if (intent->left <= 0) {
        return;
    }

    intent->left--;

    attempt = sim_client_send(sim, intent, TRADE_ACTION_PLACE, NULL,
                              sim_random(sim, 5));

    if (attempt == NULL) {
        sim_client_again(sim, intent, 100);
        return;
    }

    attempt->dry_run = intent->key.len && !intent->change
                           && sim_chance(sim, 40);

    /* a double click */

    if (sim_chance(sim, 80)) {
        sim_client_again(sim, intent, 3);
    }
}


sim_attempt_t *
sim_client_send(sim_t *sim, sim_intent_t *intent, trade_action_e action,
    sim_attempt_t *of, uint64_t ms)
{
    sim_http_t  *http;

    http = sim_alloc(sim, sizeof(sim_http_t));
    http->worker = &sim->workers[sim_random(sim, SIM_WORKERS)];

    if (sim->now > sim->healed + SIM_AFTER || !http->worker->alive) {
        return NULL;
    }

    http->attempt = sim_client_attempt(sim, intent, action, of);

    if (http->attempt) {
        sim_at(sim, sim->now + 1 + ms, sim_client_arrive, http, http->worker);
    }

    return http->attempt;
}


static sim_attempt_t *
sim_client_attempt(sim_t *sim, sim_intent_t *intent, trade_action_e action,
    sim_attempt_t *of)
{
    size_t          i;
    sim_attempt_t  *attempt;
    unsigned char   random[TRADE_ID_RANDOM];

    if (sim->nattempts == SIM_ATTEMPTS) {
        return NULL;
    }

    attempt = &sim->attempts[sim->nattempts++];
    attempt->intent = intent;
    attempt->action = action;
    attempt->of = of;
    attempt->sent = sim->now;
    attempt->had = of ? sim_exists(sim, of) : intent->made.len != 0;

    for (i = 0; i < sizeof(random); i++) {
        random[i] = sim_random(sim, 256);
    }

    trade_id_make(sim_slots[intent->slot], random, attempt->id);

    if (of) {
        memcpy(attempt->id, of->named ? of->answer : of->id, TRADE_ID_LEN);
    }

    sim_at(sim, sim->now + SIM_PATIENCE + sim_random(sim, 1000),
           sim_client_gone, attempt, NULL);

    return attempt;
}


static void
sim_client_arrive(sim_t *sim, void *data)
{
    sim_http_t  *http = data;

    sim_step(sim, http->worker, "request");
    sim_order_begin(sim, http->worker, http->attempt);
}


static void
sim_client_again(sim_t *sim, sim_intent_t *intent, uint64_t ms)
{
    sim_at(sim, sim->now + 1 + sim_random(sim, ms), sim_client_try, intent,
           NULL);
}


/* No answer came: the worker died, or the answer is lost */

static void
sim_client_gone(sim_t *sim, void *data)
{
    sim_attempt_t  *attempt = data;

    if (attempt->answered || attempt->action == TRADE_ACTION_GET) {
        return;
    }

    if (sim_is_action(attempt)) {
        sim_action_told(sim, attempt);

    } else if (attempt->intent->key.len) {
        sim_client_again(sim, attempt->intent, 200);

    } else {
        sim_at(sim, sim->now + sim_random(sim, 4000), sim_client_find,
               attempt, NULL);
    }
}


void
sim_client_told(sim_t *sim, sim_attempt_t *attempt, trade_result_e result,
    trade_str_t id)
{
    sim_intent_t  *intent;

    if (attempt->answered) {
        sim_fail(sim, "a second answer");
    }

    intent = attempt->intent;
    attempt->answered = 1;
    attempt->result = result;
    attempt->named = id.len != 0;

    if (attempt->named) {
        memcpy(attempt->answer, id.data, TRADE_ID_LEN);
    }

    sim_trace(sim, "client %zu is told %u %.*s of %.*s: %.*s",
              intent - sim->intents, trade_result_status(result),
              (int) trade_result_name(result).len,
              trade_result_name(result).data, (int) id.len, id.data,
              (int) trade_actions[attempt->action].name.len,
              trade_actions[attempt->action].name.data);

    sim_told(sim, attempt);

    if (attempt->action == TRADE_ACTION_GET) {
        return;
    }

    if (sim_is_action(attempt)) {
        sim_action_told(sim, attempt);
        return;
    }

    if (trade_result_status(result) < 300) {
        sim_action_ordered(sim, attempt);

        if (sim_chance(sim, 300)) {
            sim_at(sim, sim->now + sim_random(sim, 3000), sim_client_find,
                   attempt, NULL);
        }

        if (!sim_chance(sim, intent->key.len ? 400 : 0)) {
            return;
        }

    } else {
        if (attempt->named) {
            sim_at(sim, sim->now + sim_random(sim, 5000), sim_client_find,
                   attempt, NULL);
        }

        if (intent->key.len == 0) {
            return;
        }
    }

    sim_client_again(sim, intent, 600);
}


static void
sim_client_find(sim_t *sim, void *data)
{
    sim_attempt_t  *attempt = data;

    (void) sim_client_send(sim, attempt->intent, TRADE_ACTION_GET, attempt,
                           0);
}


/* Each worker asks for something, and so for what it knows, in each slot */

void
sim_client_probes(sim_t *sim)
{
    size_t          i, slot;
    sim_http_t     *http;
    sim_intent_t   *intent;
    sim_attempt_t  *find;

    for (i = 0; i < SIM_WORKERS; i++) {
        for (slot = 0; slot < SIM_SLOTS; slot++) {
            intent = &sim->intents[SIM_INTENTS - 1 - slot];
            intent->slot = slot;
            find = sim_client_attempt(sim, intent, TRADE_ACTION_GET, NULL);

            if (find == NULL) {
                return;
            }

            find->of = find;

            http = sim_alloc(sim, sizeof(sim_http_t));
            http->worker = &sim->workers[i];
            http->attempt = find;
            sim_at(sim, sim->now, sim_client_arrive, http, http->worker);
        }
    }
}


sim_attempt_t *
sim_attempt_by(sim_t *sim, trade_str_t id)
{
    size_t  i;

    for (i = 0; i < sim->nattempts; i++) {
        if (memcmp(sim->attempts[i].id, id.data, TRADE_ID_LEN) == 0
            && sim->attempts[i].action == TRADE_ACTION_PLACE)
        {
            return &sim->attempts[i];
        }
    }

    return NULL;
}


/* The order that a client was told of is there, or Redis has lost it */

static int
sim_exists(sim_t *sim, const sim_attempt_t *attempt)
{
    trade_str_t  id;

    id = trade_str_of(attempt->answer, TRADE_ID_LEN);

    return sim_accepted(attempt)
           || (attempt->named && sim_attempt_by(sim, id)->made);
}


int
sim_accepted(const sim_attempt_t *attempt)
{
    return attempt->answered && trade_result_status(attempt->result) < 300;
}
