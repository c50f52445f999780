/*
 * base64url of RFC 4648, section 5, without padding: each text has one form
 * only, and stands in a header or in a URI as it is.
 */

#ifndef TRADE_BASE64_H
#define TRADE_BASE64_H

#include "trade_str.h"


/* The characters of `n` bytes in base64url. */
#define trade_base64_len(n)  (((n) * 4 + 2) / 3)


/* Appends the bytes in base64url. */
void trade_base64_write(trade_buf_t *b, trade_str_t bytes);

/*
 * Appends the bytes that `text` stands for.  Returns 0, or -1 if the text is no
 * base64url: it has another character, a length that no bytes have, or bits
 * that belong to no byte and are not 0.  Then some bytes may be written.
 */
int trade_base64_read(trade_buf_t *b, trade_str_t text);


#endif /* TRADE_BASE64_H */
