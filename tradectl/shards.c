#include "shards.h"
#include "trade_slot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SHARDS_FILE_MAX  (1 << 20)


static char *shards_slurp(const char *file);
static int shards_parse(shards_t *shards, const char *file);
static int shards_server(shards_t *shards, char *line, const char *file,
    unsigned number);


int
shards_read(shards_t *shards, const char *file)
{
    memset(shards, 0, sizeof(*shards));
    trade_ring_init(&shards->ring);

    shards->text = shards_slurp(file);

    if (shards->text == NULL || shards_parse(shards, file) != 0) {
        shards_free(shards);
        return -1;
    }

    if (shards->n == 0 || trade_ring_build(&shards->ring) != 0) {
        fprintf(stderr, "tradectl: no ring can be made of %s\n", file);
        shards_free(shards);
        return -1;
    }

    return 0;
}


void
shards_free(shards_t *shards)
{
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
shards_slurp(const char *file)
{
    FILE    *f;
    char    *text;
    size_t   n;

    text = malloc(SHARDS_FILE_MAX);
    f = fopen(file, "r");

    if (text == NULL || f == NULL) {
        fprintf(stderr, "tradectl: %s: %s\n", file, strerror(errno));
        free(text);

        if (f) {
            fclose(f);
        }

        return NULL;
    }

    n = fread(text, 1, SHARDS_FILE_MAX - 1, f);
    text[n] = '\0';
    fclose(f);

    return text;
}


static int
shards_parse(shards_t *shards, const char *file)
{
    char      *line, *next, *comment;
    unsigned   number;

    for (number = 1, line = shards->text; line; number++, line = next) {
        next = strchr(line, '\n');

        if (next) {
            *next++ = '\0';
        }

        comment = strchr(line, '#');

        if (comment) {
            *comment = '\0';
        }

        if (shards_server(shards, line, file, number) != 0) {
            return -1;
        }
    }

    return 0;
}


/* One `server ADDRESS [name=NAME] [weight=N];`, or nothing */

static int
shards_server(shards_t *shards, char *line, const char *file, unsigned number)
{
    int           rc;
    char         *word, *save;
    shard_t       shard, *grown;
    uint64_t      weight;
    const char   *what;

    static const char  separators[] = " \t\r;";

    word = strtok_r(line, separators, &save);
    if (word == NULL) {
        return 0;
    }

    shard.address = strtok_r(NULL, separators, &save);
    shard.name = shard.address;
    weight = 1;
    what = NULL;

    if (strcmp(word, "server") != 0 || shard.address == NULL) {
        what = "\"server ADDRESS\" expected";
    }

    while (what == NULL
           && (word = strtok_r(NULL, separators, &save)) != NULL)
    {
        if (strncmp(word, "name=", 5) == 0) {
            shard.name = word + 5;

        } else if (strncmp(word, "weight=", 7) != 0
                   || trade_str_u64(trade_str_c(word + 7), 1000, &weight) != 0)
        {
            what = "name= or weight= expected";
        }
    }

    grown = what ? NULL : realloc(shards->shard,
                                  (shards->n + 1) * sizeof(*grown));

    if (grown) {
        shards->shard = grown;
        grown[shards->n++] = shard;

        rc = trade_ring_add(&shards->ring, trade_str_c(shard.name), weight);
        what = rc ? strerror(rc) : NULL;
    }

    if (what || grown == NULL) {
        fprintf(stderr, "tradectl: %s:%u: %s\n", file, number,
                what ? what : "out of memory");
        return -1;
    }

    return 0;
}
