/*
 * The Idempotency-Key header: a string as structured fields have them
 * (draft-ietf-httpapi-idempotency-key-header, RFC 9651), or a bare value.
 *
 * A key is 1 to 255 characters of ASCII, from the blank to `~`; a bare one has
 * no blank, quote or comma.  "k" and k are the same key.  Parameters behind a
 * string are no part of the key; a bare value is the key as it stands.
 */

#ifndef TRADE_KEY_H
#define TRADE_KEY_H

#include "trade_str.h"


#define TRADE_KEY_MAX  255


/*
 * Unquotes a header's value into `mem`, and points *key there.  Returns 0, or
 * -1 when it is malformed: it is empty or too long, it is a list (two headers
 * joined by a proxy) or has other characters that a key can't have, or its
 * parameters are not well-formed.
 */
int trade_key_parse(trade_str_t value, char mem[TRADE_KEY_MAX],
    trade_str_t *key);


#endif /* TRADE_KEY_H */
