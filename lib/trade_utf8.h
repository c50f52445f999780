/*
 * UTF-8: the well-formed sequences, Unicode 15, table 3-7.
 */

#ifndef TRADE_UTF8_H
#define TRADE_UTF8_H

#include "trade_str.h"


/*
 * The bytes of the character that `s` begins with, 1 to 4; 0 if `s` is empty,
 * or does not begin with a well-formed sequence.
 */
size_t trade_utf8_len(trade_str_t s);


#endif /* TRADE_UTF8_H */
