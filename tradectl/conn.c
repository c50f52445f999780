#include "conn.h"
#include "trade_fault.h"
#include "trade_identity.h"
#include "trade_slot.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>


#define CONN_TIMEOUT  5                 /* s, of a connect or a command */


/* The errors at each address; they are printed if no address is good. */
typedef struct {
    trade_buf_t  text;
    int          several;               /* the host has several addresses */
    char         mem[4096];
} conn_said_t;


static int conn_find(conn_t *conn, const conn_conf_t *conf,
    conn_said_t *said);
static int conn_try(conn_t *conn, const conn_conf_t *conf, const char *host,
    conn_said_t *said);
static int conn_handshake(conn_t *conn, const conn_conf_t *conf,
    const char *host,
    conn_said_t *said);
static void conn_say(const conn_t *conn, const char *host, const char *why,
    const char *reply, conn_said_t *said);
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
    conn_said_t  said;

    memset(conn, 0, sizeof(*conn));
    conn->shard = shard;

    said.several = 0;
    trade_buf_init(&said.text, said.mem, sizeof(said.mem) - 1);

    if (conn_find(conn, conf, &said) != 0) {
        *said.text.pos = '\0';
        fputs(said.mem, stderr);
        conn_close(conn);
        return -1;
    }

    if (conn_identify(conn, shards) != 0) {
        conn_close(conn);
        return -1;
    }

    return 0;
}


/* Finds the first of the shard's addresses at which a master answers */

static int
conn_find(conn_t *conn, const conn_conf_t *conf, conn_said_t *said)
{
    int               rc;
    char              host[NI_MAXHOST], port[16];
    struct addrinfo   hints, *all, *addr;

    if (conn->shard->path) {
        return conn_try(conn, conf, NULL, said);
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    (void) snprintf(port, sizeof(port), "%d", conn->shard->port);

    rc = getaddrinfo(conn->shard->host, port, &hints, &all);

    if (rc != 0) {
        conn_say(conn, NULL, gai_strerror(rc), NULL, said);
        return -1;
    }

    said->several = all->ai_next != NULL;

    for (rc = -1, addr = all; rc != 0 && addr; addr = addr->ai_next) {

        if (getnameinfo(addr->ai_addr, addr->ai_addrlen, host, sizeof(host),
                        NULL, 0, NI_NUMERICHOST)
            == 0)
        {
            conn_close(conn);
            rc = conn_try(conn, conf, host, said);
        }
    }

    freeaddrinfo(all);

    return rc;
}


/* `host` is an address, or NULL for a Unix socket */

static int
conn_try(conn_t *conn, const conn_conf_t *conf, const char *host,
    conn_said_t *said)
{
    tls_conf_t       tls;
    redisContext    *c;
    struct timeval   timeout = { CONN_TIMEOUT, 0 };

    c = host ? redisConnectWithTimeout(host, conn->shard->port, timeout)
             : redisConnectUnixWithTimeout(conn->shard->path, timeout);
    conn->c = c;

    if (c && !c->err) {
        (void) redisSetTimeout(c, timeout);

        if (conf->tls.ca) {
            tls = conf->tls;

            if (tls.name == NULL) {
                tls.name = conn->shard->host;
            }

            conn->ssl = tls_connect(c, &tls);
        }
    }

    if (c == NULL || c->err) {
        conn_say(conn, host, c ? c->errstr : "out of memory", NULL, said);
        return -1;
    }

    return conn_handshake(conn, conf, host, said);
}


/*
 * Accepts only a master at which scripts run.  A server that refuses writes for
 * a while, because its memory is full, say, is accepted, for it can be read.
 */

static int
conn_handshake(conn_t *conn, const conn_conf_t *conf, const char *host,
    conn_said_t *said)
{
    int            rc;
    redisReply    *reply;
    trade_str_t    error;
    trade_fault_e  fault;
    const char    *auth[] = { "AUTH",
                              conf->user ? conf->user : conf->password,
                              conf->password };
    const char    *eval[] = { "EVAL", trade_script_writable.body.data, "0" };

    if (conf->password[0]) {
        reply = conn_run(conn, conf->user ? 3 : 2, auth, NULL);

        if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
            conn_say(conn, host, reply ? reply->str : conn->c->errstr, NULL,
                     said);
            freeReplyObject(reply);
            return -1;
        }

        freeReplyObject(reply);
    }

    reply = conn_run(conn, 3, eval, NULL);

    if (reply == NULL) {
        conn_say(conn, host, conn->c->errstr, NULL, said);
        return -1;
    }

    rc = 0;

    if (reply->type == REDIS_REPLY_ERROR) {
        error = trade_str_of(reply->str, reply->len);
        fault = trade_fault_of(error);

        if (!trade_fault_refuses(fault)) {
            conn_say(conn, host, trade_fault_text(fault), reply->str, said);
            rc = -1;
        }
    }

    freeReplyObject(reply);

    return rc;
}


static void
conn_say(const conn_t *conn, const char *host, const char *why,
    const char *reply, conn_said_t *said)
{
    int            at = host && said->several;
    size_t         i;
    const char    *part[] = { "tradectl: shard ", conn->shard->name, " (",
                              conn->shard->address, at ? ") at " : ")",
                              at ? host : "", ": ", why,
                              reply ? ": " : "", reply ? reply : "", "\n" };

    for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        trade_buf_c(&said->text, part[i]);
    }
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
