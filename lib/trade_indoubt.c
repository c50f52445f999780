#include "trade_indoubt.h"

#include <string.h>


static void trade_indoubt_decided(trade_indoubt_t *one,
    const trade_reply_t *reply, int replicated);


int
trade_indoubt_read(trade_indoubt_t *one, trade_str_t *text, unsigned slot)
{
    int          rc;
    trade_str_t  id;

    memset(one, 0, sizeof(*one));

    rc = trade_reply_indoubt(text, slot, &id, &one->participant);

    if (rc == 1) {
        memcpy(one->id, id.data, TRADE_ID_LEN);
        one->home = (unsigned) trade_id_slot(id);
        one->step = TRADE_INDOUBT_DECIDE;
    }

    return rc;
}


unsigned
trade_indoubt_slot(const trade_indoubt_t *one)
{
    return one->step == TRADE_INDOUBT_APPLY ? one->participant : one->home;
}


int
trade_indoubt_call(const trade_indoubt_t *one, trade_call_t *call, void *mem,
    size_t size, const trade_slot_seen_t *seen, uint64_t keep)
{
    trade_str_t  id;

    id = trade_str_of(one->id, TRADE_ID_LEN);

    switch (one->step) {

    case TRADE_INDOUBT_DECIDE:
        return trade_call_outcome(call, mem, size, seen, id);

    case TRADE_INDOUBT_APPLY:
        return one->sell
               ? trade_call_confirm(call, mem, size, seen, id, keep, one->age)
               : trade_call_release(call, mem, size, seen, id, one->ended);

    default:
        return trade_call_confirmed(call, mem, size, seen, id, one->ended,
                                    one->participant);
    }
}


void
trade_indoubt_reply(trade_indoubt_t *one, const trade_reply_t *reply,
    int replicated)
{
    trade_indoubt_step_e  step;

    step = one->step;
    one->step = TRADE_INDOUBT_ENDED;

    if (reply == NULL) {
        return;
    }

    switch (step) {

    case TRADE_INDOUBT_DECIDE:
        trade_indoubt_decided(one, reply, replicated);
        break;

    case TRADE_INDOUBT_APPLY:
        if (reply->kind == TRADE_REPLY_APPLIED && replicated) {
            one->step = TRADE_INDOUBT_REPORT;
        }

        break;

    default:
        one->reported = reply->kind == TRADE_REPLY_ACKED;
        break;
    }
}


/* A failover may undo this reply, so it is not acted on */

static void
trade_indoubt_decided(trade_indoubt_t *one, const trade_reply_t *reply,
    int replicated)
{
    if (!replicated) {
        return;
    }

    if (reply->kind == TRADE_REPLY_SELL) {
        one->sell = 1;
        one->age = reply->value;

    } else if (reply->kind == TRADE_REPLY_BACK) {
        one->ended = 1;

    } else if (reply->kind != TRADE_REPLY_FREE) {
        return;
    }

    one->step = TRADE_INDOUBT_APPLY;
}


void
trade_indoubt_claim_start(trade_indoubt_claim_t *claim)
{
    memset(claim, 0, sizeof(*claim));
    claim->under_way = 1;
}


int
trade_indoubt_claim_reply(trade_indoubt_claim_t *claim,
    const trade_reply_t *reply)
{
    if (reply->kind != TRADE_REPLY_INDOUBT) {
        return 0;
    }

    claim->more = reply->more != 0;

    return 1;
}


void
trade_indoubt_claim_add(trade_indoubt_claim_t *claim)
{
    claim->under_way++;
}


trade_indoubt_claim_e
trade_indoubt_claim_end(trade_indoubt_claim_t *claim,
    const trade_indoubt_t *one)
{
    claim->reported += one && one->reported;

    if (--claim->under_way) {
        return TRADE_INDOUBT_CLAIM_AWAIT;
    }

    return claim->more && claim->reported ? TRADE_INDOUBT_CLAIM_AGAIN
                                          : TRADE_INDOUBT_CLAIM_DONE;
}
