/*
 * tradectl: what an operator does to the gateway's shards by hand.
 */

#include "shards.h"
#include "tls.h"
#include "trade_identity.h"
#include "trade_script.h"
#include "trade_slot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define TRADECTL_TIMEOUT  5             /* s, of a connect or a command */
#define TRADECTL_ID_MAX   512


typedef struct {
    const char    *shards_file;
    const char    *user;
    const char    *password_file;
    char           password[1024];
    tls_conf_t     tls;
    redisContext  *c;                   /* the shard that is spoken to */
    SSL           *ssl;                 /* NULL: without TLS */
} tradectl_t;


static int tradectl_usage(void);
static int tradectl_open(tradectl_t *ctl, const shards_t *shards,
    const char *arg);
static int tradectl_connect(tradectl_t *ctl, const shard_t *shard);
static void tradectl_close(tradectl_t *ctl);
static int tradectl_password(tradectl_t *ctl);
static int tradectl_identify(tradectl_t *ctl, const shards_t *shards,
    const shard_t *shard, char id[TRADECTL_ID_MAX]);
static int tradectl_vouch(tradectl_t *ctl, const shard_t *shard,
    const char *id);
static char *tradectl_command(tradectl_t *ctl, const shard_t *shard, int argc,
    const char **argv, const size_t *len);


int
main(int argc, char **argv)
{
    int         opt, rc;
    shards_t    shards;
    tradectl_t  ctl;

    memset(&ctl, 0, sizeof(ctl));
    ctl.shards_file = "/etc/nginx/shards.conf";

    signal(SIGPIPE, SIG_IGN);

    while ((opt = getopt(argc, argv, "c:u:p:t:k:n:")) != -1) {
        switch (opt) {
        case 'c':
            ctl.shards_file = optarg;
            break;

        case 'u':
            ctl.user = optarg;
            break;

        case 'p':
            ctl.password_file = optarg;
            break;

        case 't':
            ctl.tls.ca = optarg;
            break;

        case 'k':
            ctl.tls.client = optarg;
            break;

        case 'n':
            ctl.tls.name = optarg;
            break;

        default:
            return tradectl_usage();
        }
    }

    if (argc - optind != 2 || strcmp(argv[optind], "open") != 0
        || (ctl.tls.ca == NULL && (ctl.tls.client || ctl.tls.name)))
    {
        return tradectl_usage();
    }

    if (tradectl_password(&ctl) != 0
        || shards_read(&shards, ctl.shards_file) != 0)
    {
        return 1;
    }

    rc = tradectl_open(&ctl, &shards, argv[optind + 1]);

    shards_free(&shards);

    return rc;
}


static int
tradectl_usage(void)
{
    fprintf(stderr,
            "usage: tradectl [-c shards.conf] [-u user] [-p password_file]\n"
            "                [-t ca.pem [-k client.pem] [-n name]] open SLOT\n"
            "\n"
            "  -t ca.pem      over TLS, to shards that this CA vouches for\n"
            "  -k client.pem  a certificate for them, and its key\n"
            "  -n name        of their certificate, if it is not the host\n"
            "\n"
            "  open SLOT   opens a slot (0 to %u) that was closed because\n"
            "              acknowledged writes were lost.  Its stock and\n"
            "              orders are taken as they are: check them before.\n",
            TRADE_SLOTS - 1);
    return 2;
}


static int
tradectl_open(tradectl_t *ctl, const shards_t *shards, const char *arg)
{
    int              rc;
    char             id[TRADECTL_ID_MAX], key[TRADE_SLOT_KEY_MAX], *answer;
    uint64_t         slot;
    trade_buf_t      b;
    trade_str_t      k;
    const shard_t   *shard;

    if (trade_str_u64(trade_str_c(arg), TRADE_SLOTS - 1, &slot) != 0) {
        fprintf(stderr, "tradectl: \"%s\" is no slot: 0 to %u\n", arg,
                TRADE_SLOTS - 1);
        return 2;
    }

    shard = shards_owner(shards, slot);

    if (tradectl_connect(ctl, shard) != 0) {
        tradectl_close(ctl);
        return 1;
    }

    answer = NULL;
    rc = tradectl_identify(ctl, shards, shard, id);

    if (rc == 0) {
        trade_buf_init(&b, key, sizeof(key));
        k = trade_slot_key(&b, slot, TRADE_KEY_SLOT, trade_str_of(NULL, 0));

        const char *argv[] = { "EVAL", trade_script_open.body.data, "1",
                               k.data };
        const size_t len[] = { 4, trade_script_open.body.len, 1, k.len };

        answer = tradectl_command(ctl, shard, 4, argv, len);
        rc = answer ? 0 : 1;
    }

    if (answer && strcmp(answer, "OPEN") == 0) {
        printf("slot %u of shard %s is not closed\n", (unsigned) slot,
               shard->name);

    } else if (answer) {
        printf("slot %u of shard %s: %s\n", (unsigned) slot, shard->name,
               answer);
        rc = tradectl_vouch(ctl, shard, id);
    }

    free(answer);
    tradectl_close(ctl);

    return rc;
}


static int
tradectl_password(tradectl_t *ctl)
{
    FILE  *f;

    if (ctl->password_file == NULL) {
        return 0;
    }

    f = fopen(ctl->password_file, "r");

    if (f == NULL || fgets(ctl->password, sizeof(ctl->password), f) == NULL) {
        perror(ctl->password_file);

        if (f) {
            fclose(f);
        }

        return -1;
    }

    fclose(f);
    ctl->password[strcspn(ctl->password, "\r\n")] = '\0';

    return 0;
}


static int
tradectl_connect(tradectl_t *ctl, const shard_t *shard)
{
    int              port;
    char            *host, *colon, *answer;
    redisContext    *c;
    struct timeval   timeout = { TRADECTL_TIMEOUT, 0 };

    if (strncmp(shard->address, "unix:", 5) == 0) {
        c = redisConnectUnixWithTimeout(shard->address + 5, timeout);

    } else {
        host = strdup(shard->address);
        if (host == NULL) {
            return -1;
        }

        colon = strrchr(host, ':');
        port = colon ? atoi(colon + 1) : 6379;

        if (colon) {
            *colon = '\0';
        }

        c = redisConnectWithTimeout(host, port, timeout);
        free(host);
    }

    ctl->c = c;

    if (c && !c->err) {
        (void) redisSetTimeout(c, timeout);

        if (ctl->tls.ca) {
            ctl->ssl = tls_connect(c, &ctl->tls);
        }
    }

    if (c == NULL || c->err) {
        fprintf(stderr, "tradectl: shard %s (%s): %s\n", shard->name,
                shard->address, c ? c->errstr : "out of memory");
        return -1;
    }

    if (ctl->password[0]) {
        const char *argv[] = { "AUTH", ctl->user ? ctl->user : ctl->password,
                               ctl->password };

        answer = tradectl_command(ctl, shard, ctl->user ? 3 : 2, argv, NULL);
        if (answer == NULL) {
            return -1;
        }

        free(answer);
    }

    return 0;
}


static void
tradectl_close(tradectl_t *ctl)
{
    SSL_free(ctl->ssl);
    redisFree(ctl->c);
}


/*
 * Is it the shard it should be, or one that has lost its identity?  Writes
 * what it should have to `id`.
 */

static int
tradectl_identify(tradectl_t *ctl, const shards_t *shards,
    const shard_t *shard, char id[TRADECTL_ID_MAX])
{
    int              rc;
    char            *answer;
    trade_buf_t      b;
    trade_digest_t  *digest;

    trade_buf_init(&b, id, TRADECTL_ID_MAX - 1);
    digest = trade_digest_create();

    rc = digest ? trade_identity_write(&b, trade_str_c(shard->name),
                                       &shards->ring, digest) : -1;

    trade_digest_free(digest);

    if (rc != 0 || b.overflow) {
        fprintf(stderr, "tradectl: out of memory\n");
        return 1;
    }

    *b.pos = '\0';

    const char *get[] = { "GET", TRADE_KEY_SHARD };

    answer = tradectl_command(ctl, shard, 2, get, NULL);
    if (answer == NULL) {
        return 1;
    }

    if (answer[0] && strcmp(answer, id) != 0) {
        fprintf(stderr, "tradectl: shard %s (%s) is another shard, or of "
                "another ring: its key %s is \"%s\", expected \"%s\"\n",
                shard->name, shard->address, TRADE_KEY_SHARD, answer, id);
        rc = 1;
    }

    free(answer);

    return rc;
}


/*
 * A shard that has lost its identity with its data gets it back: who opens a
 * slot there vouches for the shard.
 */

static int
tradectl_vouch(tradectl_t *ctl, const shard_t *shard, const char *id)
{
    char        *answer;
    const char  *set[] = { "SET", TRADE_KEY_SHARD, id, "NX" };

    answer = tradectl_command(ctl, shard, 4, set, NULL);
    if (answer == NULL) {
        return 1;
    }

    free(answer);

    return 0;
}


/* The answer, malloc'ed, empty for nil; NULL after an error, which is said */

static char *
tradectl_command(tradectl_t *ctl, const shard_t *shard, int argc,
    const char **argv, const size_t *len)
{
    char        *answer;
    redisReply  *reply;

    answer = NULL;
    reply = ctl->ssl ? tls_command(ctl->ssl, ctl->c, argc, argv, len)
                     : redisCommandArgv(ctl->c, argc, argv, len);

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "tradectl: shard %s (%s): %s\n", shard->name,
                shard->address, reply ? reply->str : ctl->c->errstr);

    } else {
        answer = strdup(reply->type == REDIS_REPLY_NIL ? "" : reply->str);
    }

    if (reply) {
        freeReplyObject(reply);
    }

    return answer;
}
