/*
 * Structured fields (RFC 9651): an item that is a string, with parameters.
 */

#ifndef TRADE_FIELD_H
#define TRADE_FIELD_H

#include "trade_str.h"


/*
 * Reads a header's value that is `"text"` and parameters.  Skips the parameters
 * if they are well-formed.  Appends the text, unescaped, to `text`, which
 * overflows if it is too small.  Returns 0, or -1 if the value is anything
 * else.
 */
int trade_field_string(trade_str_t value, trade_buf_t *text);


#endif /* TRADE_FIELD_H */
