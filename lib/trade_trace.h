/*
 * W3C Trace Context: whether a traceparent may be passed on, and a new one.
 */

#ifndef TRADE_TRACE_H
#define TRADE_TRACE_H

#include "trade_str.h"


#define TRADE_TRACE_PARENT_LEN  55
#define TRADE_TRACE_RANDOM      24
#define TRADE_TRACE_STATE_MAX   512


/*
 * <version>-<32 hex>-<16 hex>-<2 hex>, neither id all zero, and no more: what
 * a later version may add is not ours to store.
 */
int trade_trace_parent_valid(trade_str_t s);

/* Printable ASCII, at most TRADE_TRACE_STATE_MAX. */
int trade_trace_state_valid(trade_str_t s);

/* A new, sampled traceparent of random bytes; no NUL. */
void trade_trace_parent_make(const unsigned char random[TRADE_TRACE_RANDOM],
    char parent[TRADE_TRACE_PARENT_LEN]);


#endif /* TRADE_TRACE_H */
