/*
 * Milliseconds since 1970-01-01 UTC to RFC 3339 and back, without a clock.
 */

#ifndef TRADE_TIME_H
#define TRADE_TIME_H

#include "trade_str.h"


#define TRADE_TIME_LEN  (sizeof("2026-01-02T03:04:05.678Z") - 1)

/* 9999-12-31T23:59:59.999Z, the last one RFC 3339 can write */
#define TRADE_TIME_MAX  253402300799999ULL


/* Appends e.g. 2026-01-02T03:04:05.678Z; ms <= TRADE_TIME_MAX. */
void trade_time_write(trade_buf_t *b, uint64_t ms);

/*
 * Reads an RFC 3339 date-time, any offset, any number of fraction digits (cut
 * to ms); a leap second counts as the second before it.  Returns 0, or -1 when
 * it is none or lies before 1970.
 */
int trade_time_read(trade_str_t s, uint64_t *ms);


#endif /* TRADE_TIME_H */
