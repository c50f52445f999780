#include "trade_reply.h"
#include "trade_fault.h"
#include "trade_id.h"
#include "trade_slot.h"

#include <string.h>


typedef struct {
    trade_str_t  text;                  /* all of the reply */
    trade_str_t  args;                  /* its first line, behind the word */
    trade_str_t  rest;                  /* the lines below */
} trade_reply_parts_t;


typedef struct {
    const char           *word;
    int                 (*read)(trade_reply_t *reply,
                                const trade_reply_parts_t *parts);
    trade_reply_kind_e    kind;
    trade_result_e        result;
    trade_reply_slot_e    slot;
} trade_reply_row_t;


#define UNTOLD  TRADE_REPLY_SLOT_UNTOLD
#define OPEN    TRADE_REPLY_SLOT_OPEN
#define CLOSED  TRADE_REPLY_SLOT_CLOSED
#define LOST    TRADE_REPLY_SLOT_LOST


static int trade_reply_made(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_record(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_found(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_view(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_value(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_peeked(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_claim(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_sales(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_forgot(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_unsold(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_refused(trade_reply_t *reply, trade_str_t text);
static int trade_reply_text(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_id(trade_reply_t *reply,
    const trade_reply_parts_t *parts);
static int trade_reply_word(trade_reply_t *reply,
    const trade_reply_parts_t *parts);


static const trade_reply_row_t  trade_replies[] = {
    { "PLACED", trade_reply_made, TRADE_REPLY_MADE, TRADE_DONE, OPEN },
    { "RECORD", trade_reply_found, TRADE_REPLY_FOUND, TRADE_DONE, UNTOLD },
    { "ACKED", trade_reply_value, TRADE_REPLY_ACKED, TRADE_DONE, UNTOLD },
    { "PEEKED", trade_reply_peeked, TRADE_REPLY_PEEKED, TRADE_DONE, UNTOLD },
    { "CLAIMED", trade_reply_claim, TRADE_REPLY_CLAIMED, TRADE_DONE, OPEN },
    { "STOCK", trade_reply_record, TRADE_REPLY_MADE, TRADE_DONE, OPEN },
    { "VIEW", trade_reply_view, TRADE_REPLY_STOCK, TRADE_DONE, OPEN },
    { "HELD", trade_reply_value, TRADE_REPLY_HELD, TRADE_DONE, OPEN },
    { "SELL", trade_reply_value, TRADE_REPLY_SELL, TRADE_DONE, OPEN },
    { "FREE", trade_reply_word, TRADE_REPLY_FREE, TRADE_DONE, OPEN },
    { "BACK", trade_reply_word, TRADE_REPLY_BACK, TRADE_DONE, OPEN },
    { "LATER", trade_reply_word, TRADE_REPLY_LATER, TRADE_DONE, OPEN },
    { "DONE", trade_reply_word, TRADE_REPLY_APPLIED, TRADE_DONE, OPEN },
    { "INDOUBT", trade_reply_claim, TRADE_REPLY_INDOUBT, TRADE_DONE, OPEN },
    { "NONE", trade_reply_word, TRADE_REPLY_NONE, TRADE_DONE, OPEN },
    { "SALES", trade_reply_sales, TRADE_REPLY_SALES, TRADE_DONE, UNTOLD },
    { "FORGOT", trade_reply_forgot, TRADE_REPLY_FORGOT, TRADE_DONE, OPEN },

    { "UNSOLD", trade_reply_unsold, TRADE_REPLY_REFUSED, TRADE_DONE, OPEN },
    { "FREED", trade_reply_word, TRADE_REPLY_REFUSED, TRADE_LATE, UNTOLD },
    { "LATE", trade_reply_value, TRADE_REPLY_REFUSED, TRADE_LATE, OPEN },
    { "REUSED", trade_reply_id, TRADE_REPLY_REFUSED, TRADE_KEY_REUSED, UNTOLD },
    { "CLOSED", trade_reply_text, TRADE_REPLY_REFUSED,
      TRADE_SLOT_CLOSED, CLOSED },
    { "REGRESSED", trade_reply_word, TRADE_REPLY_REFUSED,
      TRADE_SLOT_CLOSED, LOST },
    { "WRONG", trade_reply_text, TRADE_REPLY_REFUSED, TRADE_WRONG_STATE, OPEN },
    { "ABSENT", trade_reply_word, TRADE_REPLY_REFUSED,
      TRADE_UNKNOWN_ORDER, UNTOLD },
    { "BELOW", trade_reply_value, TRADE_REPLY_REFUSED, TRADE_BELOW_SOLD, OPEN },
    { "FAILED", trade_reply_word, TRADE_REPLY_REFUSED,
      TRADE_PRECONDITION_FAILED, OPEN },
    { "WINDOW", trade_reply_word, TRADE_REPLY_REFUSED, TRADE_BAD_WINDOW, OPEN },
    { "ABOVE", trade_reply_word, TRADE_REPLY_REFUSED, TRADE_ABOVE_MAX, OPEN },

    /* an order that goes to another state, or has gone on since it was made */

    { "PAID", trade_reply_made, TRADE_REPLY_MADE, TRADE_DONE, OPEN },
    { "DELIVERED", trade_reply_made, TRADE_REPLY_MADE, TRADE_DONE, OPEN },
    { "CANCELLED", trade_reply_made, TRADE_REPLY_MADE, TRADE_DONE, OPEN },
    { "EXPIRED", trade_reply_made, TRADE_REPLY_MADE, TRADE_DONE, OPEN }
};


int
trade_reply_read(trade_reply_t *reply, trade_str_t text)
{
    size_t                    i;
    trade_str_t               word;
    trade_reply_parts_t       parts;
    const trade_reply_row_t  *row;

    memset(reply, 0, sizeof(*reply));

    parts.text = text;
    parts.rest = text;
    parts.args = trade_str_cut(&parts.rest, '\n');
    word = trade_str_cut(&parts.args, ' ');

    for (i = 0; i < sizeof(trade_replies) / sizeof(trade_replies[0]); i++) {
        row = &trade_replies[i];

        if (trade_str_eq(word, trade_str_c(row->word))) {
            reply->kind = row->kind;
            reply->result = row->result;
            reply->slot = row->slot;

            return row->read(reply, &parts);
        }
    }

    return trade_reply_refused(reply, text);
}


/* A record; of an order that was made just now, its header only */

static int
trade_reply_made(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    if (parts->rest.len == 0) {
        return trade_record_read_header(&reply->record, parts->text);
    }

    return trade_reply_record(reply, parts);
}


static int
trade_reply_record(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    return trade_record_read(&reply->record, parts->text);
}


static int
trade_reply_found(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    trade_str_t  args;

    args = parts->args;
    reply->id = trade_str_cut(&args, ' ');
    reply->published = trade_str_eq(args, trade_str_c("1"));

    if (trade_id_slot(reply->id) < 0
        || (!reply->published && !trade_str_eq(args, trade_str_c("0"))))
    {
        return -1;
    }

    return trade_record_read(&reply->record, parts->rest);
}


static int
trade_reply_view(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    trade_str_t  args;

    args = parts->args;
    reply->text = parts->rest;
    reply->changed = UINT64_MAX;

    if (parts->rest.len == 0
        || trade_str_u64(trade_str_cut(&args, ' '), UINT64_MAX, &reply->value)
           != 0)
    {
        return -1;
    }

    return args.len ? trade_str_u64(args, UINT64_MAX - 1, &reply->changed) : 0;
}


static int
trade_reply_value(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    return trade_str_u64(parts->args, UINT64_MAX, &reply->value);
}


static int
trade_reply_peeked(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    reply->items = parts->args;

    return trade_str_u64(trade_str_cut(&reply->items, ' '), UINT64_MAX,
                         &reply->value);
}


static int
trade_reply_claim(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    trade_str_t  args;

    args = parts->args;
    reply->text = parts->rest;

    if (trade_str_u64(trade_str_cut(&args, ' '), UINT64_MAX, &reply->value)
        != 0)
    {
        return -1;
    }

    reply->more = trade_str_eq(args, trade_str_c("1"));

    return reply->more || trade_str_eq(args, trade_str_c("0")) ? 0 : -1;
}


static int
trade_reply_sales(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    reply->text = parts->rest;

    return trade_reply_value(reply, parts);
}


static int
trade_reply_forgot(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    uint64_t  cursor;

    reply->text = parts->args;

    if (trade_str_u64(trade_str_cut(&reply->text, ' '), UINT64_MAX,
                      &reply->value)
        != 0)
    {
        return -1;
    }

    return trade_str_u64(reply->text, UINT64_MAX, &cursor);
}


static int
trade_reply_unsold(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    if (trade_str_u64(parts->args, UINT64_MAX, &reply->version) != 0) {
        return -1;
    }

    return trade_reply_refused(reply, parts->rest);
}


/* Each line is a reason that names items; the first one is the result */

static int
trade_reply_refused(trade_reply_t *reply, trade_str_t text)
{
    int                    rc, named;
    trade_reply_item_t     item;
    trade_reply_reason_t   reason;

    reply->reasons = text;

    while ((rc = trade_reply_reason(&text, &reason)) == 1) {

        if (reply->result == TRADE_DONE) {
            reply->kind = TRADE_REPLY_REFUSED;
            reply->slot = TRADE_REPLY_SLOT_OPEN;
            reply->result = reason.result;
            reply->value = reason.wait;
        }

        named = 0;

        while ((rc = trade_reply_item(&reason, &item)) == 1) {
            named = 1;
        }

        if (rc != 0 || !named) {
            return -1;
        }
    }

    return reply->result == TRADE_DONE ? -1 : rc;
}


static int
trade_reply_text(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    reply->text = parts->args;

    return 0;
}


static int
trade_reply_id(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    reply->id = parts->args;

    return 0;
}


static int
trade_reply_word(trade_reply_t *reply, const trade_reply_parts_t *parts)
{
    (void) reply;

    return parts->args.len ? -1 : 0;
}


trade_result_e
trade_reply_error(trade_str_t text)
{
    size_t       i;
    trade_str_t  word;

    static const char *const  nothing_ran[] = {
        "LOADING", "OOM", "READONLY", "NOREPLICAS", "MISCONF", "BUSY",
        "MASTERDOWN", "NOSCRIPT"
    };

    /* scripts look at what they may do before they write */

    if (trade_fault_of(text) == TRADE_FAULT_COMMAND) {
        return TRADE_REDIS_REFUSED;
    }

    word = trade_str_cut(&text, ' ');

    for (i = 0; i < sizeof(nothing_ran) / sizeof(nothing_ran[0]); i++) {
        if (trade_str_eq(word, trade_str_c(nothing_ran[i]))) {
            return TRADE_REDIS_REFUSED;
        }
    }

    return TRADE_NO_ANSWER;
}
