#include "trade_participant.h"


int
trade_participant_reserve(const trade_participant_t *participant,
    trade_call_t *call, void *mem, size_t size, const trade_write_args_t *write,
    const trade_slot_seen_t *seen, uint64_t clock, int64_t left)
{
    trade_write_args_t  own;

    left = left > 0 ? left : 0;

    own = *write;
    own.seen = *seen;
    own.deadline = clock + (uint64_t) left;
    own.lease = (uint64_t) left + TRADE_PARTICIPANT_GRACE;

    return trade_call_reserve(call, mem, size, &own, participant->part);
}


void
trade_participant_reserving(trade_participant_t *participant, int sent)
{
    participant->holds = sent != 0;
}


trade_result_e
trade_participant_reserved(trade_participant_t *participant,
    const trade_reply_t *reply, int replicated)
{
    if (reply && reply->kind == TRADE_REPLY_HELD && replicated) {
        participant->version = reply->value;
        return TRADE_DONE;
    }

    if (reply && reply->kind == TRADE_REPLY_REFUSED) {
        participant->holds = 0;
        return reply->result;
    }

    return TRADE_REDIS_REFUSED;
}


trade_result_e
trade_participant_lost(trade_participant_t *participant, int unsent)
{
    if (unsent) {
        participant->holds = 0;
    }

    return TRADE_SHARD_DOWN;
}


int
trade_participant_holds(const trade_participant_t *participant)
{
    return participant->holds;
}


int
trade_participant_end(int sold, trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, uint64_t keep)
{
    return sold ? trade_call_confirm(call, mem, size, seen, id, keep, 0)
                : trade_call_release(call, mem, size, seen, id, 0);
}


void
trade_participant_ended(trade_participant_t *participant, int placed,
    const trade_reply_t *reply)
{
    if (placed && reply->kind == TRADE_REPLY_APPLIED) {
        participant->sold = 1;
    }
}


int
trade_participant_all_sold(const trade_participant_t *participants, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (!participants[i].sold) {
            return 0;
        }
    }

    return 1;
}


trade_str_t
trade_participant_versions(trade_buf_t *b,
    const trade_participant_t *participants, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        trade_buf_c(b, i ? "," : "");
        trade_buf_u64(b, participants[i].part->order.slot);
        trade_buf_c(b, "=");
        trade_buf_u64(b, participants[i].version);
    }

    return trade_buf_done(b);
}
