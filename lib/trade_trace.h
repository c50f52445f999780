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
 * Whether it is <version>-<32 hex>-<16 hex>-<2 hex>, with neither id all zero,
 * and no more: the gateway stores no additions of later versions.
 */
int trade_trace_parent_valid(trade_str_t s);

/* Whether it is printable ASCII, at most TRADE_TRACE_STATE_MAX. */
int trade_trace_state_valid(trade_str_t s);

/* Writes a new, sampled traceparent of random bytes, without a NUL. */
void trade_trace_parent_make(const unsigned char random[TRADE_TRACE_RANDOM],
    char parent[TRADE_TRACE_PARENT_LEN]);


#endif /* TRADE_TRACE_H */
