/*
 * The shards as conf/shards.conf lists them, the file that nginx.conf
 * includes in trade_redis {}: directives by nginx's grammar (words.h), of which
 * `server ADDRESS [name=NAME] [weight=N]` counts here.
 */

#ifndef SHARDS_H
#define SHARDS_H

#include "trade_ring.h"


typedef struct {
    char          *address;             /* as written */
    char          *name;
    char          *host;                /* to be freed; NULL: a Unix socket, */
    int            port;
    const char    *path;                /* at this path */
} shard_t;


typedef struct {
    char          *text;                /* of the file; the rest are views */
    shard_t       *shard;               /* in the order of the ring's nodes */
    size_t         n;
    trade_ring_t   ring;
} shards_t;


/*
 * Reads `file`.  0, or -1 and says on standard error what is wrong, and in
 * which line.
 */
int shards_read(shards_t *shards, const char *file);
void shards_free(shards_t *shards);

/* The shard that owns `slot`. */
const shard_t *shards_owner(const shards_t *shards, unsigned slot);


#endif /* SHARDS_H */
