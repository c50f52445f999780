/*
 * Parts of a URI as the client has sent them (RFC 3986), percent-encoded.
 */

#ifndef TRADE_URI_H
#define TRADE_URI_H

#include "trade_str.h"


/*
 * Appends `s` decoded; with `form` a plus sign is a blank, as in the query of a
 * form.  Returns 0, or -1 if two hex digits do not follow a percent sign.
 */
int trade_uri_decode(trade_buf_t *b, trade_str_t s, int form);

/*
 * Returns how many arguments a query, `a=1&b=2`, has with that name, and sets
 * the first one's value, still encoded.
 */
size_t trade_uri_argument(trade_str_t query, const char *name,
    trade_str_t *value);

/*
 * Whether one of the parts between slashes is `.` or `..`, also with its dots
 * encoded.  Clients and proxies may remove these.
 */
int trade_uri_dotted(trade_str_t path);


#endif /* TRADE_URI_H */
