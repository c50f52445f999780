#include "trade_sweep.h"

#include <string.h>


static int trade_sweep_may_claim(const trade_sweep_t *sweep, uint64_t now);
static unsigned trade_sweep_slot(trade_sweep_t *sweep);
static uint64_t trade_sweep_pause(const trade_sweep_t *sweep);
static uint64_t trade_sweep_look_at(const trade_sweep_t *sweep);
static uint64_t trade_sweep_wake(const trade_sweep_t *sweep, uint64_t now);


void
trade_sweep_init(trade_sweep_t *sweep, const trade_sweep_conf_t *conf,
    uint64_t now)
{
    memset(sweep, 0, sizeof(*sweep));

    sweep->conf = *conf;
    sweep->look_at = now;
}


void
trade_sweep_died(trade_sweep_t *sweep, uint64_t now)
{
    sweep->died = now ? now : 1;
}


void
trade_sweep_due(trade_sweep_t *sweep, unsigned slot)
{
    if (!sweep->queued[slot]) {
        sweep->queued[slot] = 1;
        sweep->slots[(sweep->head + sweep->nslots++) % TRADE_SLOTS] = slot;
    }
}


void
trade_sweep_looked(trade_sweep_t *sweep)
{
    sweep->looking = 0;
}


void
trade_sweep_claimed(trade_sweep_t *sweep, unsigned slot, size_t n, int more)
{
    sweep->claiming--;
    sweep->publishing += n;

    if (more) {
        trade_sweep_due(sweep, slot);
    }
}


void
trade_sweep_published(trade_sweep_t *sweep, int acked, uint64_t now)
{
    sweep->publishing--;

    if (acked) {
        sweep->failures = 0;
        return;
    }

    /* events that were under way together fail as one */

    if (sweep->failures == 0 || now >= sweep->shut_until) {
        sweep->failures++;
        sweep->shut_until = now + trade_sweep_pause(sweep);
    }
}


static uint64_t
trade_sweep_pause(const trade_sweep_t *sweep)
{
    size_t    i;
    uint64_t  pause;

    pause = sweep->conf.pause;

    for (i = 1; i < sweep->failures && pause < sweep->conf.pause_max; i++) {
        pause *= 2;
    }

    return pause < sweep->conf.pause_max ? pause : sweep->conf.pause_max;
}


void
trade_sweep_next(trade_sweep_t *sweep, uint64_t now,
    trade_sweep_action_t *action)
{
    memset(action, 0, sizeof(*action));

    if (!sweep->looking && sweep->claiming == 0
        && now >= trade_sweep_look_at(sweep))
    {
        action->type = TRADE_SWEEP_LOOK;

        sweep->looking = 1;
        sweep->look_at = now + sweep->conf.period;
        sweep->death = 0;

        if (sweep->died && now >= sweep->died + TRADE_SWEEP_DEATH_MS) {
            sweep->death = sweep->died;
            sweep->died = 0;
        }

    } else if (trade_sweep_may_claim(sweep, now)) {
        action->type = TRADE_SWEEP_CLAIM;
        action->most = sweep->failures ? 1 : sweep->conf.batch;
        action->slot = trade_sweep_slot(sweep);

        sweep->claiming++;

    } else {
        action->at = trade_sweep_wake(sweep, now);
    }

    action->death = sweep->death;
}


static int
trade_sweep_may_claim(const trade_sweep_t *sweep, uint64_t now)
{
    const trade_sweep_conf_t  *conf;

    conf = &sweep->conf;

    if (sweep->nslots == 0 || sweep->looking
        || now >= trade_sweep_look_at(sweep))
    {
        return 0;
    }

    if (sweep->failures) {
        return now >= sweep->shut_until && sweep->claiming == 0
               && sweep->publishing == 0;
    }

    return sweep->claiming < conf->claims
           && sweep->publishing + (sweep->claiming + 1) * conf->batch
              <= conf->window;
}


static unsigned
trade_sweep_slot(trade_sweep_t *sweep)
{
    unsigned  slot;

    slot = sweep->slots[sweep->head];

    sweep->head = (sweep->head + 1) % TRADE_SLOTS;
    sweep->nslots--;
    sweep->queued[slot] = 0;

    return slot;
}


/* A death is looked at in time, whatever the period */

static uint64_t
trade_sweep_look_at(const trade_sweep_t *sweep)
{
    uint64_t  at;

    at = sweep->died + TRADE_SWEEP_DEATH_MS;

    return sweep->died && at < sweep->look_at ? at : sweep->look_at;
}


static uint64_t
trade_sweep_wake(const trade_sweep_t *sweep, uint64_t now)
{
    uint64_t  at;

    at = trade_sweep_look_at(sweep);

    if (sweep->nslots && sweep->failures && sweep->shut_until > now
        && sweep->shut_until < at)
    {
        at = sweep->shut_until;
    }

    return at;
}


uint64_t
trade_sweep_horizon(uint64_t death, uint64_t now, uint64_t clock,
    uint64_t lease)
{
    return death ? clock - (now - death) + lease : 0;
}
