/*
 * The Redis scripts, embedded by the build (tools/embed).
 */

#ifndef TRADE_SCRIPT_H
#define TRADE_SCRIPT_H

#include "trade_str.h"


typedef struct {
    trade_str_t  name;
    trade_str_t  sha1;                  /* its name for EVALSHA */
    trade_str_t  body;
} trade_script_t;


extern const trade_script_t  trade_script_place;
extern const trade_script_t  trade_script_ack;
extern const trade_script_t  trade_script_ack_effects;
extern const trade_script_t  trade_script_reserve;
extern const trade_script_t  trade_script_outcome;
extern const trade_script_t  trade_script_confirm;
extern const trade_script_t  trade_script_release;
extern const trade_script_t  trade_script_confirmed;
extern const trade_script_t  trade_script_indoubt;
extern const trade_script_t  trade_script_sales;
extern const trade_script_t  trade_script_forget;
extern const trade_script_t  trade_script_order;
extern const trade_script_t  trade_script_transition;
extern const trade_script_t  trade_script_stock;
extern const trade_script_t  trade_script_change;
extern const trade_script_t  trade_script_peek;
extern const trade_script_t  trade_script_claim;
extern const trade_script_t  trade_script_identify;
extern const trade_script_t  trade_script_writable;
extern const trade_script_t  trade_script_open;
extern const trade_script_t  trade_script_fence;
extern const trade_script_t  trade_script_dump_slot;
extern const trade_script_t  trade_script_restore_order;
extern const trade_script_t  trade_script_republish;
extern const trade_script_t  trade_script_restore_stock;
extern const trade_script_t  trade_script_restore_hold;
extern const trade_script_t  trade_script_freed_at;
extern const trade_script_t  trade_script_lock_take;
extern const trade_script_t  trade_script_lock_renew;
extern const trade_script_t  trade_script_lock_release;


#endif /* TRADE_SCRIPT_H */
