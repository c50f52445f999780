/*
 * The Idempotency-Key header: the quoted string of the IETF draft
 * (draft-ietf-httpapi-idempotency-key-header), and bare values too.
 *
 * A key is 1 to 255 visible ASCII characters; "k" and k are the same one.
 */

#ifndef TRADE_KEY_H
#define TRADE_KEY_H

#include "trade_str.h"


#define TRADE_KEY_MAX  255


/*
 * Unquotes a header's value into `mem`, where *key then points.  Returns 0, or
 * -1 when it is malformed: empty, too long, characters or a list (two headers
 * joined by a proxy) that no key has, something behind the closing quote.
 */
int trade_key_parse(trade_str_t value, char mem[TRADE_KEY_MAX],
    trade_str_t *key);


#endif /* TRADE_KEY_H */
