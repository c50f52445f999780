/*
 * The identity of a shard: its name, and a digest of the ring it belongs to.
 * A gateway with another ring would look for stock where it is not; so each
 * shard keeps its identity, and who finds another one stays away.
 */

#ifndef TRADE_IDENTITY_H
#define TRADE_IDENTITY_H

#include "trade_digest.h"
#include "trade_ring.h"


#define TRADE_IDENTITY_MAX(name_len)  ((name_len) + 1 + TRADE_DIGEST_LEN)


/*
 * Appends "<name> <digest>", the digest being one of the names and weights of
 * all nodes, in bytewise order of their names.  0, or -1: out of memory,
 * or OpenSSL fails; too small a `b` overflows.
 */
int trade_identity_write(trade_buf_t *b, trade_str_t name,
    const trade_ring_t *ring, trade_digest_t *digest);


#endif /* TRADE_IDENTITY_H */
