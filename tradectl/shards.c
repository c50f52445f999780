#include "shards.h"
#include "trade_id.h"
#include "trade_slot.h"
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define SHARDS_FILE_MAX  (1 << 20)
#define SHARDS_NAME_MAX  64
#define SHARDS_PORT      6379


static char *shards_slurp(const char *file, size_t *len);
static int shards_parse(shards_t *shards, size_t len, const char *file);
static const char *shards_directive(shards_t *shards, const words_t *words);
static const char *shards_server(shards_t *shards, const words_t *words);
static const char *shards_parameter(shard_t *shard, char *word,
    uint64_t *weight);
static const char *shards_address(shard_t *shard);
static const char *shards_inet(shard_t *shard, const char *colon);


/* trade_redis {} may have these directives, and the ring does not need them. */

static const char *const  shards_others[] = {
    "user", "password_file", "connect_timeout", "timeout", "connections",
    "durability", "ssl", "ssl_trusted_certificate", "ssl_verify", "ssl_name",
    "ssl_certificate", "ssl_certificate_key"
};


int
shards_read(shards_t *shards, const char *file)
{
    size_t  len = 0;

    memset(shards, 0, sizeof(*shards));
    trade_ring_init(&shards->ring);

    shards->text = shards_slurp(file, &len);

    if (shards->text == NULL || shards_parse(shards, len, file) != 0) {
        shards_free(shards);
        return -1;
    }

    if (shards->n == 0 || trade_ring_build(&shards->ring) != 0) {
        fprintf(stderr, "tradectl: %s: %s\n", file,
                shards->n ? "its servers make no ring"
                          : "there is no \"server\" in it");
        shards_free(shards);
        return -1;
    }

    return 0;
}


void
shards_free(shards_t *shards)
{
    size_t  i;

    for (i = 0; i < shards->n; i++) {
        free(shards->shard[i].host);
    }

    trade_ring_free(&shards->ring);
    free(shards->shard);
    free(shards->text);
}


const shard_t *
shards_owner(const shards_t *shards, unsigned slot)
{
    char  name[TRADE_SLOT_NAME_MAX];

    return &shards->shard[trade_ring_find(&shards->ring,
                                          trade_slot_name(slot, name))];
}


static char *
shards_slurp(const char *file, size_t *len)
{
    FILE        *f;
    char        *text;
    const char  *error;

    text = malloc(SHARDS_FILE_MAX);
    f = fopen(file, "r");
    error = NULL;

    if (text == NULL || f == NULL) {
        error = strerror(errno);

    } else {
        *len = fread(text, 1, SHARDS_FILE_MAX, f);

        if (ferror(f)) {
            error = strerror(errno);

        } else if (*len == SHARDS_FILE_MAX) {
            error = "the file is too large";
        }
    }

    if (f) {
        fclose(f);
    }

    if (error) {
        fprintf(stderr, "tradectl: %s: %s\n", file, error);
        free(text);
        return NULL;
    }

    return text;
}


static int
shards_parse(shards_t *shards, size_t len, const char *file)
{
    int          rc;
    words_t      words;
    const char  *error;

    words_init(&words, shards->text, len);

    do {
        rc = words_next(&words);
        error = rc > 0 ? shards_directive(shards, &words) : words.error;
    } while (rc > 0 && error == NULL);

    if (error) {
        fprintf(stderr, "tradectl: %s:%u: %s\n", file, words.line, error);
        return -1;
    }

    return 0;
}


static const char *
shards_directive(shards_t *shards, const words_t *words)
{
    size_t  i;

    if (strcmp(words->word[0], "server") == 0) {
        return shards_server(shards, words);
    }

    for (i = 0; i < sizeof(shards_others) / sizeof(shards_others[0]); i++) {
        if (strcmp(words->word[0], shards_others[i]) == 0) {
            return NULL;
        }
    }

    return "\"server ADDRESS [name=NAME] [weight=N];\" expected";
}


static const char *
shards_server(shards_t *shards, const words_t *words)
{
    int          rc;
    size_t       i;
    shard_t      shard, *grown;
    uint64_t     weight;
    const char  *error;

    if (words->n < 2 || words->n > 4) {
        return "\"server\" needs an address, and has at most name= and weight=";
    }

    memset(&shard, 0, sizeof(shard));
    shard.address = words->word[1];
    shard.name = shard.address;
    weight = 1;
    error = NULL;

    for (i = 2; error == NULL && i < words->n; i++) {
        error = shards_parameter(&shard, words->word[i], &weight);
    }

    if (error == NULL
        && (strlen(shard.name) > SHARDS_NAME_MAX
            || (shard.name != shard.address
                && !trade_ident_valid(trade_str_c(shard.name)))))
    {
        error = "a shard's name is 1 to 64 of A-Z a-z 0-9 _ . : - (name=)";
    }

    if (error == NULL) {
        error = shards_address(&shard);
    }

    grown = error ? NULL : realloc(shards->shard,
                                   (shards->n + 1) * sizeof(*grown));

    if (grown == NULL) {
        free(shard.host);
        return error ? error : "out of memory";
    }

    shards->shard = grown;
    grown[shards->n++] = shard;

    rc = trade_ring_add(&shards->ring, trade_str_c(shard.name), weight);

    return rc == 0 ? NULL
                   : rc == EEXIST ? "two servers have this name"
                                  : strerror(rc);
}


static const char *
shards_parameter(shard_t *shard, char *word, uint64_t *weight)
{
    if (strncmp(word, "name=", 5) == 0) {
        shard->name = word + 5;
        return NULL;
    }

    if (strncmp(word, "weight=", 7) == 0) {
        word += 7;

        if (*word == '\0' || word[strspn(word, "0123456789")] != '\0') {
            return "weight= is 1 to 1000";
        }

        while (word[0] == '0' && word[1] != '\0') {
            word++;                     /* nginx accepts leading zeros */
        }

        return trade_str_u64(trade_str_c(word), 1000, weight) == 0 && *weight
               ? NULL : "weight= is 1 to 1000";
    }

    return "name= or weight= expected";
}


/* `unix:PATH`, `[IPV6]` or `HOST`; the last two with or without `:PORT` */

static const char *
shards_address(shard_t *shard)
{
    size_t           len;
    const char      *colon;
    struct in6_addr  in6;

    if (strncasecmp(shard->address, "unix:", 5) == 0) {
        shard->path = shard->address + 5;
        return *shard->path ? NULL : "no path behind \"unix:\"";
    }

    if (shard->address[0] == '[') {
        len = strcspn(shard->address, "]");

        if (shard->address[len] == '\0' || len == 1) {
            return "an IPv6 address in [] expected";
        }

        shard->host = strndup(shard->address + 1, len - 1);

        if (shard->host && inet_pton(AF_INET6, shard->host, &in6) != 1) {
            return "an IPv6 address in [] expected";
        }

        colon = shard->address + len + 1;

    } else {
        len = strcspn(shard->address, ":");

        if (len == 0) {
            return "no host in the address";
        }

        shard->host = strndup(shard->address, len);
        colon = shard->address + len;
    }

    return shards_inet(shard, colon);
}


static const char *
shards_inet(shard_t *shard, const char *colon)
{
    long   port;
    char  *end;

    if (shard->host == NULL) {
        return "out of memory";
    }

    if (strpbrk(shard->address, "/?")) {
        return "the address is a host and a port, or unix:PATH";
    }

    shard->port = SHARDS_PORT;

    if (*colon == '\0') {
        return NULL;
    }

    if (*colon++ != ':' || colon[strspn(colon, "0123456789")] != '\0') {
        return "invalid port in the address";
    }

    errno = 0;
    port = strtol(colon, &end, 10);

    if (end == colon || errno || port < 1 || port > 65535) {
        return "invalid port in the address";
    }

    shard->port = port;

    return NULL;
}
