#include "trade_claim.h"

#include <string.h>


void
trade_claim_start(trade_claim_t *claim, unsigned slot, uint64_t now)
{
    memset(claim, 0, sizeof(*claim));
    claim->slot = slot;
    claim->sent = now;
}


size_t
trade_claim_reply(trade_claim_t *claim, const trade_reply_t *reply,
    int replicated, uint64_t now, uint64_t window)
{
    if (reply->kind != TRADE_REPLY_CLAIMED) {
        return 0;
    }

    if (reply->value && (now - claim->sent > window || !replicated)) {
        return 0;
    }

    claim->more = reply->more != 0;

    return reply->value;
}


void
trade_claim_drop(trade_claim_t *claim)
{
    claim->more = 0;
}


trade_claim_next_e
trade_claim_next(trade_str_t *text, trade_due_t *due, trade_record_t *record)
{
    int  rc;

    rc = trade_reply_claimed(text, due, record);

    if (rc != 1) {
        return rc == 0 ? TRADE_CLAIM_NONE : TRADE_CLAIM_MALFORMED;
    }

    return trade_record_as_of(record, due->seq) == 0 ? TRADE_CLAIM_EVENT
                                                     : TRADE_CLAIM_WRONG;
}


void
trade_claim_produced(trade_claim_t *claim, int taken)
{
    if (taken) {
        claim->left++;

    } else {
        claim->declined++;
    }
}


int
trade_claim_begun(trade_claim_t *claim, trade_sweep_t *sweep, uint64_t now)
{
    size_t  n;

    n = claim->declined;
    trade_sweep_claimed(sweep, claim->slot, claim->left + n, claim->more);

    while (n--) {
        trade_sweep_published(sweep, 0, now);
    }

    return claim->left == 0;
}


int
trade_claim_reported(trade_claim_t *claim, trade_sweep_t *sweep,
    const trade_due_t *due, int acked, int large, uint64_t now)
{
    if (acked) {
        claim->acked[claim->nacked++] = *due;
    }

    trade_sweep_published(sweep, acked || large, now);

    return --claim->left == 0;
}


/* Whether all participants of a cart have sold is not known here: 0 */

int
trade_claim_ack(const trade_claim_t *claim, trade_call_t *call, void *mem,
    size_t size, const trade_slot_seen_t *seen, uint64_t pay)
{
    if (claim->nacked == 0) {
        return 0;
    }

    return trade_call_ack_effects(call, mem, size, seen, pay, 0, claim->acked,
                                  claim->nacked)
           == 0 ? 1 : -1;
}
