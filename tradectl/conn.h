/*
 * A connection to a shard.  Its first question is whether the server is the
 * shard that the ring means.  This file prints each error on standard error,
 * once.
 */

#ifndef CONN_H
#define CONN_H

#include "shards.h"
#include "tls.h"
#include "trade_script.h"


#define CONN_ID_MAX  512


typedef struct {
    const char     *user;
    const char     *password_file;
    char            password[1024];
    tls_conf_t      tls;
} conn_conf_t;


typedef struct {
    const shard_t  *shard;
    redisContext   *c;
    SSL            *ssl;                /* NULL: without TLS */
    char            id[CONN_ID_MAX];    /* the shard's identity */
} conn_t;


/* Reads the password, if `conf` names a file of it.  Returns 0 or -1. */
int conn_password(conn_conf_t *conf);

/*
 * Connects to the first of the shard's addresses at which there is a master,
 * and compares identities.  A shard without an identity is accepted, because it
 * may have lost it with its data.  Returns 0, or -1, and then there is nothing
 * to close.
 */
int conn_open(conn_t *conn, const conn_conf_t *conf, const shards_t *shards,
    const shard_t *shard);
void conn_close(conn_t *conn);

/*
 * Gives a shard that has lost its identity with its data the identity again: an
 * operator who opens a slot there vouches for the shard.  Returns 0 or -1.
 */
int conn_vouch(conn_t *conn);

/*
 * Returns the reply, which the caller frees, or NULL after an error; an error
 * reply of Redis counts as one.
 */
redisReply *conn_command(conn_t *conn, int argc, const char **argv,
    const size_t *len);

/* Does the same with a script.  The first `nkeys` of `args` are its keys. */
redisReply *conn_script(conn_t *conn, const trade_script_t *script,
    const trade_str_t *args, size_t nkeys, size_t n);

/* Returns a reply as a string, which is empty if it is none. */
trade_str_t conn_str(const redisReply *reply);


#endif /* CONN_H */
