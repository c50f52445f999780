/*
 * The Content-Type of a body: whether it is JSON in UTF-8 (RFC 9110, 8.3).
 */

#ifndef TRADE_MEDIA_H
#define TRADE_MEDIA_H

#include "trade_str.h"


/*
 * Returns 1 if the header's value is application/json and its charset, if it
 * names one, is utf-8 or utf8; names in any case.  Parameters with other names
 * are skipped, whatever they are.  Returns 0 if not, or if the value is
 * malformed.
 */
int trade_media_json(trade_str_t value);

/* A character of a token (RFC 9110, 5.6.2). */
int trade_media_token(char c);


#endif /* TRADE_MEDIA_H */
