/*
 * A connection to a shard, which is asked first whether it is the one that
 * the ring means.  What goes wrong is said on standard error, once, here.
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


/* Reads the password, if there is a file of it.  0 or -1. */
int conn_password(conn_conf_t *conf);

/*
 * Connects to the first of the shard's addresses at which there is a master,
 * and compares identities: a shard may have lost its own with its data.  0, or
 * -1 and there is nothing to close.
 */
int conn_open(conn_t *conn, const conn_conf_t *conf, const shards_t *shards,
    const shard_t *shard);
void conn_close(conn_t *conn);

/*
 * A shard that has lost its identity with its data gets it back: who opens a
 * slot there vouches for the shard.  0 or -1.
 */
int conn_vouch(conn_t *conn);

/* The reply, to be freed; NULL after an error, a reply of Redis included. */
redisReply *conn_command(conn_t *conn, int argc, const char **argv,
    const size_t *len);

/* As above; the first `nkeys` of `args` are the script's keys. */
redisReply *conn_script(conn_t *conn, const trade_script_t *script,
    const trade_str_t *args, size_t nkeys, size_t n);

/* A reply as a string; empty if it is none. */
trade_str_t conn_str(const redisReply *reply);


#endif /* CONN_H */
