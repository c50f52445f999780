#include "trade_slot_reply.h"

#include <string.h>


int
trade_slot_reply_confirmed(int replicated, int durable, size_t durability)
{
    return replicated && (durable || durability == 0);
}


void
trade_slot_reply(trade_slot_reply_t *slot, const trade_reply_t *reply,
    const trade_flow_op_t *op, int confirmed)
{
    memset(slot, 0, sizeof(*slot));

    slot->state = reply->slot;

    switch (reply->kind) {

    case TRADE_REPLY_MADE:
        slot->version = confirmed ? reply->record.version : 0;

        /* an order that changes its state was there before */

        if (confirmed && op && !op->acts) {
            slot->made = op->id;
        }

        /* a call sent again may be answered by what its first copy made */

        if (op && !op->flow->resent) {
            slot->clock = reply->record.at;
        }

        break;

    case TRADE_REPLY_FOUND:

        /* a published record was confirmed before it was published */

        if (confirmed || reply->published) {
            slot->version = reply->record.version;
        }

        break;

    case TRADE_REPLY_HELD:
        slot->version = confirmed ? reply->value : 0;
        break;

    case TRADE_REPLY_REFUSED:
        if (reply->result == TRADE_LATE) {
            slot->clock = reply->value;
        }

        if (slot->state == TRADE_REPLY_SLOT_CLOSED) {
            slot->why = reply->text;
        }

        break;

    default:
        break;
    }
}
