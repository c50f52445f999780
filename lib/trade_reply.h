/*
 * Reads the replies of the Redis scripts, as results.
 */

#ifndef TRADE_REPLY_H
#define TRADE_REPLY_H

#include "trade_record.h"
#include "trade_result.h"


typedef enum {
    TRADE_REPLY_MADE = 0,       /* recorded, now or by this very request */
    TRADE_REPLY_FOUND,          /* a record that was there */
    TRADE_REPLY_STOCK,          /* stock, as it is */
    TRADE_REPLY_NONE,           /* only looked: nothing would refuse it */
    TRADE_REPLY_ACKED,
    TRADE_REPLY_PEEKED,
    TRADE_REPLY_CLAIMED,
    TRADE_REPLY_HELD,           /* a slot holds its items of an order */
    TRADE_REPLY_SELL,           /* an order whose participants hold items: */
    TRADE_REPLY_FREE,           /* trade_call_outcome() */
    TRADE_REPLY_BACK,
    TRADE_REPLY_LATER,
    TRADE_REPLY_APPLIED,        /* DONE */
    TRADE_REPLY_INDOUBT,
    TRADE_REPLY_SALES,
    TRADE_REPLY_FORGOT,
    TRADE_REPLY_REFUSED         /* the result says why */
} trade_reply_kind_e;


/* The part of a reply about its slot. */
typedef enum {
    TRADE_REPLY_SLOT_UNTOLD = 0,    /* open and closed slots answer so */
    TRADE_REPLY_SLOT_OPEN,          /* no closed slot answers so */
    TRADE_REPLY_SLOT_CLOSED,
    TRADE_REPLY_SLOT_LOST           /* acknowledged writes are gone, and it was
                                       closed for that just now: an alarm */
} trade_reply_slot_e;


typedef struct {
    trade_reply_kind_e   kind;
    trade_result_e       result;
    trade_reply_slot_e   slot;
    int                  published; /* FOUND */
    trade_str_t          id;        /* FOUND, and key-reused */
    trade_record_t       record;    /* MADE (of an order: its header), FOUND */
    int                  more;      /* CLAIMED, INDOUBT: and there is more */
    trade_str_t          text;      /* STOCK: its line; slot-closed: why;
                                       wrong-state: the state;
                                       CLAIMED: see trade_reply_claimed();
                                       INDOUBT: see trade_reply_indoubt();
                                       SALES: see trade_reply_sale();
                                       FORGOT: the cursor */
    trade_str_t          reasons;   /* of refused items, or empty: see
                                       trade_reply_reason() */
    uint64_t             version;   /* of refused items: the slot's, or 0: the
                                       reply does not tell */
    trade_str_t          items;     /* PEEKED: the positions of the slots, and
                                       behind all of them again of those to be
                                       asked */
    uint64_t             changed;   /* STOCK: when it was set, s since 1970, or
                                       UINT64_MAX: not known */
    uint64_t             value;     /* STOCK: version; late: clock, ms, 0:
                                       it does not tell;
                                       not-started: ms to go; below-sold:
                                       the least total; ACKED, PEEKED,
                                       CLAIMED, INDOUBT, FORGOT: how many;
                                       SALES: how many slots were read; HELD:
                                       version; SELL: ms ago */
} trade_reply_t;


/*
 * Reads a script's reply; views into `text`.  0, or -1: no script of ours
 * answers that.
 */
int trade_reply_read(trade_reply_t *reply, trade_str_t text);

/*
 * The result of an error reply: TRADE_REDIS_REFUSED when Redis says that
 * nothing ran, else TRADE_NO_ANSWER.
 */
trade_result_e trade_reply_error(trade_str_t text);

/*
 * Cuts the next event off what CLAIMED has in `text`; views into it.  1; 0 when
 * there is none left; -1: it is malformed.
 */
int trade_reply_claimed(trade_str_t *text, trade_due_t *due,
    trade_record_t *record);

/*
 * Cuts the next one off what INDOUBT has in `text`, which came from `slot`; *id
 * is a view, *other the slot that holds items of that order.  1; 0 when there
 * is none left; -1: it is malformed.
 */
int trade_reply_indoubt(trade_str_t *text, unsigned slot, trade_str_t *id,
    unsigned *other);

/*
 * Cuts the next one off what SALES has in `text`; *position is that of the slot
 * in the call, from 1, check the end; *sku is a view.  1; 0 when there is none
 * left; -1: it is malformed.
 */
int trade_reply_sale(trade_str_t *text, size_t *position, trade_str_t *sku);

/* Why items are refused, and which. */
typedef struct {
    trade_result_e       result;
    uint64_t             wait;      /* not-started: ms until the last opens */
    trade_str_t          items;     /* see trade_reply_item() */
} trade_reply_reason_t;


typedef struct {
    size_t               position;  /* in the call, from 1; check the end */
    uint64_t             at;        /* not-started: when it opens, sale-over:
                                       when it closed; ms */
    uint64_t             limit;     /* buyer-limit */
    uint64_t             left;      /* of it */
} trade_reply_item_t;


/*
 * Cuts the next reason off reply->reasons, the gravest first; and the next item
 * off a reason's.  Views.  1; 0 when there is none left; -1: it is malformed,
 * which trade_reply_read() has checked.
 */
int trade_reply_reason(trade_str_t *reasons, trade_reply_reason_t *reason);
int trade_reply_item(trade_reply_reason_t *reason, trade_reply_item_t *item);

/* A slot with work for the sweeper. */
typedef struct {
    size_t          slot;       /* of the slots that were asked, from 0 */
    unsigned        indoubt:1;  /* a cart to finish; else an event to publish,
                                   or an order to expire */
} trade_reply_work_t;

/*
 * Cuts the next slot off the items of a PEEKED that answers for `n` slots.  1;
 * 0 when there is none left.
 */
int trade_reply_work(trade_str_t *items, size_t n, trade_reply_work_t *work);


#endif /* TRADE_REPLY_H */
