/*
 * SHA-256, by OpenSSL's libcrypto, over several strings, each with its length
 * before it (4 bytes, big-endian), so that ("ab", "c") and ("a", "bc") differ.
 * It is cut to 128 bits and written in hex.
 *
 * The handle keeps the algorithm, which OpenSSL 3 would otherwise look up at
 * every call.
 */

#ifndef TRADE_DIGEST_H
#define TRADE_DIGEST_H

#include "trade_str.h"


#define TRADE_DIGEST_LEN  32            /* hex digits */


typedef struct trade_digest_s  trade_digest_t;


trade_digest_t *trade_digest_create(void);      /* Returns NULL when out of
                                                   memory. */
void trade_digest_free(trade_digest_t *digest);

/* Writes TRADE_DIGEST_LEN hex digits, no NUL.  Returns 0 or -1 (OpenSSL). */
int trade_digest_hex(trade_digest_t *digest, const trade_str_t *parts,
    size_t n, char hex[TRADE_DIGEST_LEN]);


#endif /* TRADE_DIGEST_H */
