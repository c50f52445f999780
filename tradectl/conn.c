#include "conn.h"
#include "trade_identity.h"
#include "trade_slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CONN_TIMEOUT  5                 /* s, of a connect or a command */


static int conn_connect(conn_t *conn, const conn_conf_t *conf);
static int conn_identify(conn_t *conn, const shards_t *shards);
static redisReply *conn_run(conn_t *conn, int argc, const char **argv,
    const size_t *len);


int
conn_password(conn_conf_t *conf)
{
    FILE  *f;

    if (conf->password_file == NULL) {
        return 0;
    }

    f = fopen(conf->password_file, "r");

    if (f == NULL
        || fgets(conf->password, sizeof(conf->password), f) == NULL)
    {
        perror(conf->password_file);

        if (f) {
            fclose(f);
        }

        return -1;
    }

    fclose(f);
    conf->password[strcspn(conf->password, "\r\n")] = '\0';

    return 0;
}


int
conn_open(conn_t *conn, const conn_conf_t *conf, const shards_t *shards,
    const shard_t *shard)
{
    redisReply  *reply;

    memset(conn, 0, sizeof(*conn));
    conn->shard = shard;

    if (conn_connect(conn, conf) != 0) {
        conn_close(conn);
        return -1;
    }

    if (conf->password[0]) {
        const char *argv[] = { "AUTH",
                               conf->user ? conf->user : conf->password,
                               conf->password };

        reply = conn_command(conn, conf->user ? 3 : 2, argv, NULL);
        if (reply == NULL) {
            conn_close(conn);
            return -1;
        }

        freeReplyObject(reply);
    }

    if (conn_identify(conn, shards) != 0) {
        conn_close(conn);
        return -1;
    }

    return 0;
}


static int
conn_connect(conn_t *conn, const conn_conf_t *conf)
{
    redisContext    *c;
    const shard_t   *shard;
    struct timeval   timeout = { CONN_TIMEOUT, 0 };

    shard = conn->shard;

    c = shard->path ? redisConnectUnixWithTimeout(shard->path, timeout)
                    : redisConnectWithTimeout(shard->host, shard->port,
                                              timeout);
    conn->c = c;

    if (c && !c->err) {
        (void) redisSetTimeout(c, timeout);

        if (conf->tls.ca) {
            conn->ssl = tls_connect(c, &conf->tls);
        }
    }

    if (c == NULL || c->err) {
        fprintf(stderr, "tradectl: shard %s (%s): %s\n", shard->name,
                shard->address, c ? c->errstr : "out of memory");
        return -1;
    }

    return 0;
}


void
conn_close(conn_t *conn)
{
    SSL_free(conn->ssl);
    redisFree(conn->c);
    conn->ssl = NULL;
    conn->c = NULL;
}


static int
conn_identify(conn_t *conn, const shards_t *shards)
{
    int              rc;
    trade_buf_t      b;
    redisReply      *reply;
    trade_str_t      had;
    trade_digest_t  *digest;

    trade_buf_init(&b, conn->id, CONN_ID_MAX - 1);
    digest = trade_digest_create();

    rc = digest ? trade_identity_write(&b, trade_str_c(conn->shard->name),
                                       &shards->ring, digest) : -1;

    trade_digest_free(digest);

    if (rc != 0 || b.overflow) {
        fprintf(stderr, "tradectl: out of memory\n");
        return -1;
    }

    *b.pos = '\0';

    const char *get[] = { "GET", TRADE_KEY_SHARD };

    reply = conn_command(conn, 2, get, NULL);
    if (reply == NULL) {
        return -1;
    }

    had = conn_str(reply);

    if (had.len && !trade_str_eq(had, trade_buf_done(&b))) {
        fprintf(stderr, "tradectl: shard %s (%s) is another shard, or of "
                "another ring: its key %s is \"%.*s\", expected \"%s\"\n",
                conn->shard->name, conn->shard->address, TRADE_KEY_SHARD,
                (int) had.len, had.data, conn->id);
        rc = -1;
    }

    freeReplyObject(reply);

    return rc;
}


int
conn_vouch(conn_t *conn)
{
    redisReply  *reply;
    const char  *set[] = { "SET", TRADE_KEY_SHARD, conn->id, "NX" };

    reply = conn_command(conn, 4, set, NULL);
    if (reply == NULL) {
        return -1;
    }

    freeReplyObject(reply);

    return 0;
}


redisReply *
conn_command(conn_t *conn, int argc, const char **argv, const size_t *len)
{
    redisReply  *reply;

    reply = conn_run(conn, argc, argv, len);

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "tradectl: shard %s (%s): %s\n", conn->shard->name,
                conn->shard->address, reply ? reply->str : conn->c->errstr);

        if (reply) {
            freeReplyObject(reply);
        }

        return NULL;
    }

    return reply;
}


static redisReply *
conn_run(conn_t *conn, int argc, const char **argv, const size_t *len)
{
    return conn->ssl ? tls_command(conn->ssl, conn->c, argc, argv, len)
                     : redisCommandArgv(conn->c, argc, argv, len);
}


redisReply *
conn_script(conn_t *conn, const trade_script_t *script,
    const trade_str_t *args, size_t nkeys, size_t n)
{
    char          number[24];
    size_t        i, *len;
    redisReply   *reply;
    const char  **argv;

    argv = calloc(n + 3, sizeof(*argv));
    len = calloc(n + 3, sizeof(*len));
    reply = NULL;

    if (argv && len) {
        (void) snprintf(number, sizeof(number), "%zu", nkeys);

        argv[0] = "EVAL";
        argv[1] = script->body.data;
        argv[2] = number;
        len[0] = 4;
        len[1] = script->body.len;
        len[2] = strlen(number);

        for (i = 0; i < n; i++) {
            argv[i + 3] = args[i].data ? args[i].data : "";
            len[i + 3] = args[i].len;
        }

        reply = conn_command(conn, (int) n + 3, argv, len);

    } else {
        fprintf(stderr, "tradectl: out of memory\n");
    }

    free(argv);
    free(len);

    return reply;
}


trade_str_t
conn_str(const redisReply *reply)
{
    if (reply && (reply->type == REDIS_REPLY_STRING
                  || reply->type == REDIS_REPLY_STATUS))
    {
        return trade_str_of(reply->str, reply->len);
    }

    return trade_str_of("", 0);
}
