/*
 * The identity of a shard: its name, and a digest of the ring it belongs to.  A
 * gateway with another ring would look for stock in the wrong shards.  So each
 * shard keeps its identity, and a gateway that finds another one does not use
 * it.
 */

#ifndef TRADE_IDENTITY_H
#define TRADE_IDENTITY_H

#include "trade_digest.h"
#include "trade_ring.h"


#define TRADE_IDENTITY_MAX(name_len)  ((name_len) + 1 + TRADE_DIGEST_LEN)


/*
 * Appends "<name> <digest>".  The digest is that of the names and weights of
 * all nodes, in bytewise order of their names.  Returns 0, or -1 when out of
 * memory or when OpenSSL fails; too small a `b` overflows.
 */
int trade_identity_write(trade_buf_t *b, trade_str_t name,
    const trade_ring_t *ring, trade_digest_t *digest);


#endif /* TRADE_IDENTITY_H */
