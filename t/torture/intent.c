#include "intent.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


#define INTENT_AGAIN    20              /* of 100: an earlier intent */
#define INTENT_RECENT   500             /* so far back, at most */
#define INTENT_KEYLESS  5               /* of 100 */
#define INTENT_OTHER    1               /* of 100: a key that is taken */
#define INTENT_NEAR     50              /* numbers back, at most */
#define INTENT_PADDED   4               /* of 100: a body of some KiB */
#define INTENT_PAD      3000


static void intent_path(const intent_t *intent, char *out);
static size_t intent_body(const intent_t *intent, char *out);


int
intent_goods_read(intent_conf_t *conf, const char *file)
{
    int              n;
    char             line[128];
    FILE            *f;
    intent_goods_t  *goods;

    f = fopen(file, "r");
    if (f == NULL) {
        return -1;
    }

    while (conf->ngoods < INTENT_GOODS && fgets(line, sizeof(line), f)) {
        goods = &conf->goods[conf->ngoods];

        n = sscanf(line, "%31s %31s %31s", goods->sku[0], goods->sku[1],
                   goods->sku[2]);
        if (n > 0) {
            goods->n = n;
            conf->ngoods++;
        }
    }

    fclose(f);

    return conf->ngoods ? 0 : -1;
}


void
intent_make(const intent_conf_t *conf, uint64_t number, intent_t *intent)
{
    int       i;
    uint64_t  state, r;

    state = conf->seed ^ number * 0xd1342543de82ef95;

    intent->restock = (number % INTENT_RESTOCK == INTENT_RESTOCK - 1);
    intent->key = number;
    intent->buyer = intent_random(&state) % conf->buyers;
    intent->pad = 0;
    intent->goods = &conf->goods[intent_random(&state) % conf->ngoods];

    for (i = 0; i < INTENT_SKUS; i++) {
        intent->quantity[i] = intent->restock ? conf->delta
                                              : 1 + intent_random(&state) % 3;
    }

    r = intent_random(&state);

    if (!intent->restock && r % 100 < INTENT_KEYLESS) {
        intent->key = -1;

    } else if (!intent->restock && r % 100 < INTENT_KEYLESS + INTENT_OTHER
               && number - conf->first > INTENT_NEAR)
    {
        intent_make(conf, number - 1 - intent_random(&state) % INTENT_NEAR,
                    intent);
        intent->restock = 0;
        intent->quantity[0] = 1;

    } else if (r % 100 >= 100 - INTENT_PADDED) {
        intent->pad = INTENT_PAD;
    }

    intent->number = number;
}


void
intent_choose(const intent_conf_t *conf, uint64_t *random, uint64_t *next,
    intent_t *intent)
{
    uint64_t  back;

    back = *next - conf->first;

    if (back && intent_random(random) % 100 < INTENT_AGAIN) {
        back = back < INTENT_RECENT ? back : INTENT_RECENT;

        intent_make(conf, *next - 1 - intent_random(random) % back, intent);

        if (intent->key >= 0) {
            return;
        }
    }

    intent_make(conf, (*next)++, intent);
}


size_t
intent_request(const intent_t *intent, int keep_alive, char out[INTENT_TEXT])
{
    char    body[INTENT_TEXT], path[128], key[64];
    size_t  n, len;

    len = intent_body(intent, body);
    intent_path(intent, path);

    key[0] = '\0';

    if (intent->key >= 0) {
        snprintf(key, sizeof(key), "Idempotency-Key: \"k-%lld\"\r\n",
                 (long long) intent->key);
    }

    n = snprintf(out, INTENT_TEXT, "%s %s HTTP/1.1\r\nHost: shop\r\n%s%s"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                 "\r\n", intent->restock ? "PATCH" : "POST", path, key,
                 keep_alive ? "" : "Connection: close\r\n", len);

    memcpy(out + n, body, len);

    return n + len;
}


static void
intent_path(const intent_t *intent, char *out)
{
    const char  *p;

    if (!intent->restock) {
        strcpy(out, "/v1/orders");
        return;
    }

    out += sprintf(out, "/v1/stock/");

    for (p = intent->goods->sku[0]; *p; p++) {
        out += sprintf(out, isalnum((unsigned char) *p) ? "%c" : "%%%02X",
                       (unsigned char) *p);
    }
}


static size_t
intent_body(const intent_t *intent, char *out)
{
    int   i;
    char  *p;

    if (intent->restock) {
        return sprintf(out, "{\"delta\":%u}", intent->quantity[0]);
    }

    p = out + sprintf(out, "{\"buyer_id\":\"u-%u\",\"items\":[", intent->buyer);

    for (i = 0; i < intent->goods->n; i++) {
        p += sprintf(p, "%s{\"sku\":\"%s\",\"quantity\":%u}", i ? "," : "",
                     intent->goods->sku[i], intent->quantity[i]);
    }

    p += sprintf(p, "],\"metadata\":{\"intent\":%llu",
                 (unsigned long long) intent->number);

    if (intent->pad) {
        p += sprintf(p, ",\"pad\":\"");
        memset(p, 'x', intent->pad);
        p += intent->pad;
        *p++ = '"';
    }

    p += sprintf(p, "}}");

    return p - out;
}


void
intent_line(const intent_t *intent, char out[INTENT_TEXT])
{
    int   i, n;
    char  *p;

    p = out + sprintf(out, "%llu %s %lld u-%u ",
                      (unsigned long long) intent->number,
                      intent->restock ? "stock" : "order",
                      (long long) intent->key, intent->buyer);

    n = intent->restock ? 1 : intent->goods->n;

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s%s:%u", i ? "," : "", intent->goods->sku[i],
                     intent->quantity[i]);
    }

    sprintf(p, " %u", intent->pad);
}


/* splitmix64 */

uint64_t
intent_random(uint64_t *state)
{
    uint64_t  z;

    z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}
