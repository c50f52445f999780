/*
 * A participant of a cart: a slot other than home that holds some of its items,
 * as the coordinator sees it.  It decides and does nothing itself.
 *
 *      reserve --- held -------------------------> confirm, if it is placed
 *         |   '--- lost: it may hold -----------> release, if it is not
 *         |
 *         '------- refused, or never sent ------> nothing to do
 *
 * If a confirm or a release is lost, sweepers finish the work: trade_indoubt.h.
 */

#ifndef TRADE_PARTICIPANT_H
#define TRADE_PARTICIPANT_H

#include "trade_call_cart.h"
#include "trade_reply.h"


/* From an order's deadline until a participant asks home about it, ms. */
#define TRADE_PARTICIPANT_GRACE  1000


typedef struct {
    const trade_cart_part_t  *part;
    uint64_t                  version;  /* of the slot, when it held them */
    unsigned                  holds:1;  /* or may hold */
    unsigned                  sold:1;   /* it has confirmed the sale */
} trade_participant_t;


/*
 * Lays out the reserve, in trade_call_place_size() bytes.  `write` is the
 * cart's; `clock` and `seen` are those of the slot; `left` is the time until
 * the order's deadline, ms.
 */
int trade_participant_reserve(const trade_participant_t *participant,
    trade_call_t *call, void *mem, size_t size, const trade_write_args_t *write,
    const trade_slot_seen_t *seen, uint64_t clock, int64_t left);

/* The reserve is under way; or it could not be sent. */
void trade_participant_reserving(trade_participant_t *participant, int sent);

/*
 * The reserve is answered, `reply` NULL: by an error, or by something else.
 * TRADE_DONE: the participant holds its items, and enough replicas know.
 * Otherwise the reason to refuse the cart.
 */
trade_result_e trade_participant_reserved(trade_participant_t *participant,
    const trade_reply_t *reply, int replicated);

/* The reserve has no reply; `unsent`: nothing ran.  Likewise. */
trade_result_e trade_participant_lost(trade_participant_t *participant,
    int unsent);

/*
 * Returns 1 if the participant holds its items, or may hold them.  Only then is
 * the call below laid out and sent.
 */
int trade_participant_holds(const trade_participant_t *participant);

/*
 * Lays out the call that ends the hold, in TRADE_CALL_SIZE bytes: a confirm
 * with `sold`, else a release.  Returns 0, or -1 if `size` is too small.
 */
int trade_participant_end(int sold, trade_call_t *call, void *mem, size_t size,
    const trade_slot_seen_t *seen, trade_str_t id, uint64_t keep);

/* That call is answered; the cart is `placed`. */
void trade_participant_ended(trade_participant_t *participant, int placed,
    const trade_reply_t *reply);


/* Each of them has confirmed the sale: home need not ask them. */
int trade_participant_all_sold(const trade_participant_t *participants,
    size_t n);

/* `<slot>=<version>,...`, in trade_participant_versions_size(n) bytes. */
#define trade_participant_versions_size(n)                                    \
    ((n) * (sizeof("4095=,") + sizeof("18446744073709551615")))

trade_str_t trade_participant_versions(trade_buf_t *b,
    const trade_participant_t *participants, size_t n);


#endif /* TRADE_PARTICIPANT_H */
