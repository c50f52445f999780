/*
 * Shared by trade_call*.c: how the keys and arguments of a call are written.
 */

#ifndef TRADE_CALL_PUT_H
#define TRADE_CALL_PUT_H

#include "trade_args.h"
#include "trade_call.h"


#define TRADE_CALL_MAKE_STRINGS  10     /* keys and arguments of any record */
#define TRADE_CALL_MAKE_SIZE     (5 * TRADE_SLOT_ID_KEY_MAX + 8 * 20)


void trade_call_put_begin(trade_args_t *args, trade_call_t *call,
    const trade_script_t *script, void *mem, size_t size, size_t max);
void trade_call_put_keys_end(trade_args_t *args, trade_call_t *call);

/* Returns 0, or -1 if there was too little memory. */
int trade_call_put_end(trade_args_t *args, trade_call_t *call);

void trade_call_put_key(trade_args_t *args, unsigned slot, const char *kind,
    trade_str_t name);
void trade_call_put_seen_keys(trade_args_t *args,
    const trade_slot_seen_t *seen);
void trade_call_put_seen_args(trade_args_t *args,
    const trade_slot_seen_t *seen);

/*
 * Writes both for a call with no other keys; or with one more key, of this kind
 * and id, and the id as the third argument.
 */
void trade_call_put_seen(trade_args_t *args, trade_call_t *call,
    const trade_slot_seen_t *seen);
void trade_call_put_seen_of(trade_args_t *args, trade_call_t *call,
    const trade_slot_seen_t *seen, const char *kind, trade_str_t id);

void trade_call_put_write_keys(trade_args_t *args,
    const trade_write_args_t *write, const char *kind);
void trade_call_put_write_args(trade_args_t *args,
    const trade_write_args_t *write);

/*
 * Writes the keys and arguments of place, and of a call that asks a participant
 * for such items.  `kind` is that of the key to be made.
 */
void trade_call_put_offer(trade_args_t *args, trade_call_t *call,
    const trade_write_args_t *write, const char *kind,
    const trade_order_t *order, int dry_run);

/*
 * Writes a record's second line, and below it the body if there is one; only
 * the body if `carried` is NULL.
 */
void trade_call_put_headers(trade_args_t *args, const trade_record_t *carried,
    trade_str_t body);

/* Writes the three arguments of condition.lua; `condition` may be NULL. */
void trade_call_put_condition(trade_args_t *args,
    const trade_precondition_t *condition);

void trade_call_put_field(trade_args_t *args, const char *name,
    trade_str_t sku);
void trade_call_put_events(trade_args_t *args, const trade_due_t *events,
    size_t n);

/* Writes `<id>.<sequence>`, and ` <partition>` if there is one. */
void trade_call_put_event(trade_args_t *args, const trade_due_t *event);

/* Writes `<id>.<number>`, a member of `due` or `asks`. */
void trade_call_put_member(trade_args_t *args, trade_str_t id,
    uint64_t number);


#endif /* TRADE_CALL_PUT_H */
