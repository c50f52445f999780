/*
 * The shards as conf/shards.conf lists them; nginx.conf includes this file in
 * trade_redis {}.  It has directives in nginx's grammar (words.h). tradectl
 * uses `server ADDRESS [name=NAME] [weight=N]` only.
 */

#ifndef SHARDS_H
#define SHARDS_H

#include "trade_ring.h"


typedef struct {
    char          *address;             /* as written */
    char          *name;
    char          *host;                /* the owner frees it; NULL: a Unix
                                           socket */
    int            port;
    const char    *path;                /* of the Unix socket, or NULL */
} shard_t;


typedef struct {
    char          *text;                /* of the file; the strings are views
                                           into it */
    shard_t       *shard;               /* in the order of the ring's nodes */
    size_t         n;
    trade_ring_t   ring;
} shards_t;


/*
 * Reads `file`.  Returns 0, or -1 after printing on standard error what is
 * wrong, and in which line.
 */
int shards_read(shards_t *shards, const char *file);
void shards_free(shards_t *shards);

/* The shard that owns `slot`. */
const shard_t *shards_owner(const shards_t *shards, unsigned slot);


#endif /* SHARDS_H */
