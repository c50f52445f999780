#include "trade_hint.h"
#include "trade_slot.h"

#include <string.h>


/* as in scripts/check_stock.lua */
#define TRADE_HINT_WAIT_MAX  99999999999999         /* ms */


static int trade_hint_reason(trade_hint_t *hint, trade_str_t reasons);


int
trade_hint_make(trade_hint_t *hint, const trade_reply_t *reply,
    uint64_t quantity, uint64_t asked, uint64_t connections)
{
    memset(hint, 0, sizeof(*hint));

    hint->result = reply->result;
    hint->connections = connections;
    hint->made = asked;
    hint->quantity = quantity;

    switch (reply->kind) {

    case TRADE_REPLY_STOCK:
        hint->version = reply->value;
        hint->at = reply->changed;
        return 1;

    case TRADE_REPLY_REFUSED:
        hint->version = reply->version;
        return hint->version && trade_hint_reason(hint, reply->reasons);

    default:
        return 0;
    }
}


/* A sale that has not started opens at the latest `wait` after it was asked */

static int
trade_hint_reason(trade_hint_t *hint, trade_str_t reasons)
{
    trade_reply_item_t    item;
    trade_reply_reason_t  reason;

    if (trade_reply_reason(&reasons, &reason) != 1
        || trade_reply_item(&reason, &item) != 1
        || reason.items.len)
    {
        return 0;
    }

    switch (reason.result) {

    case TRADE_SOLD_OUT:
        return 1;

    case TRADE_SALE_OVER:
        hint->at = item.at;
        return 1;

    case TRADE_NOT_STARTED:
        hint->at = item.at;
        hint->ends = hint->made + reason.wait;
        return 1;

    default:
        return 0;
    }
}


trade_hint_state_e
trade_hint_state(const trade_hint_t *hint, const trade_hint_slot_t *slot)
{
    if (slot->closed) {
        return TRADE_HINT_NONE;
    }

    if (slot->now >= hint->made + slot->ttl
        || (hint->ends && slot->now >= hint->ends))
    {
        return TRADE_HINT_OLD;
    }

    if (hint->version < slot->returned
        || hint->made <= slot->returned_at
        || hint->connections != slot->connections)
    {
        return TRADE_HINT_DROPPED;
    }

    /* stock is shown as this host has last seen it, or later */

    if (hint->result == TRADE_DONE && hint->version < slot->seen) {
        return TRADE_HINT_DROPPED;
    }

    return TRADE_HINT_GOOD;
}


trade_hint_step_e
trade_hint_order(const trade_hint_t *hint, uint64_t quantity, int keyed)
{
    switch (hint->result) {

    case TRADE_SOLD_OUT:
        if (quantity < hint->quantity) {
            return TRADE_HINT_SEND;
        }

        break;

    case TRADE_NOT_STARTED:
    case TRADE_SALE_OVER:
        break;

    default:
        return TRADE_HINT_SEND;
    }

    return keyed ? TRADE_HINT_FIND : TRADE_HINT_REFUSE;
}


int
trade_hint_absent(const trade_hint_found_t *found)
{
    return found->ok && !found->found && found->version >= found->seen;
}


void
trade_hint_found_key(trade_hint_found_t *found, int ok, trade_str_t text)
{
    found->ok = ok;
    found->found = text.data != NULL;
}


void
trade_hint_found_version(trade_hint_found_t *found, int ok, trade_str_t text)
{
    found->version = 0;

    if (!ok
        || (text.data
            && trade_str_u64(text, UINT64_MAX, &found->version) != 0))
    {
        found->ok = 0;
    }
}


void
trade_hint_reply(const trade_hint_t *hint, uint64_t clock,
    char mem[TRADE_HINT_REPLY_MAX], trade_reply_t *reply)
{
    trade_buf_t  b;

    memset(reply, 0, sizeof(*reply));

    reply->kind = TRADE_REPLY_REFUSED;
    reply->result = hint->result;
    reply->slot = TRADE_REPLY_SLOT_OPEN;
    reply->version = hint->version;

    trade_buf_init(&b, mem, TRADE_HINT_REPLY_MAX);

    switch (hint->result) {

    case TRADE_NOT_STARTED:
        reply->value = hint->at > clock ? hint->at - clock : 1;

        if (reply->value > TRADE_HINT_WAIT_MAX) {
            reply->value = TRADE_HINT_WAIT_MAX;
        }

        trade_buf_c(&b, "EARLY ");
        trade_buf_u64(&b, reply->value);
        trade_buf_c(&b, " 1=");
        trade_buf_u64(&b, hint->at);
        break;

    case TRADE_SALE_OVER:
        trade_buf_c(&b, "OVER 1=");
        trade_buf_u64(&b, hint->at);
        break;

    default:
        trade_buf_c(&b, "SOLDOUT 1");
        break;
    }

    reply->reasons = trade_buf_done(&b);
}


uint64_t
trade_hint_max_age(uint64_t asked, uint64_t ttl, uint64_t now)
{
    uint64_t  age;

    /* the asking worker's clock may be ahead of this one's */

    age = now > asked ? now - asked : 0;

    return age < ttl ? (ttl - age) / 1000 : 0;
}


int
trade_hint_returned(trade_str_t message, unsigned *slot, uint64_t *version)
{
    uint64_t  n;

    if (trade_str_u64(trade_str_cut(&message, ' '), TRADE_SLOTS - 1, &n) != 0
        || trade_str_u64(message, UINT64_MAX, version) != 0)
    {
        return -1;
    }

    *slot = n;

    return 0;
}
