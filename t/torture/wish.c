#include "wish.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


#define WISH_AGAIN    20                /* of 100: an earlier wish */
#define WISH_RECENT   500               /* so far back, at most */
#define WISH_KEYLESS  5                 /* of 100 */
#define WISH_OTHER    1                 /* of 100: a key that is taken */
#define WISH_NEAR     50                /* numbers back, at most */
#define WISH_PADDED   4                 /* of 100: a body of some KiB */
#define WISH_PAD      3000


static void wish_path(const wish_t *wish, char *out);
static size_t wish_body(const wish_t *wish, char *out);


int
wish_goods_read(wish_conf_t *conf, const char *file)
{
    int            n;
    char           line[128];
    FILE          *f;
    wish_goods_t  *goods;

    f = fopen(file, "r");
    if (f == NULL) {
        return -1;
    }

    while (conf->ngoods < WISH_GOODS && fgets(line, sizeof(line), f)) {
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
wish_make(const wish_conf_t *conf, uint64_t number, wish_t *wish)
{
    int       i;
    uint64_t  state, r;

    state = conf->seed ^ number * 0xd1342543de82ef95;

    wish->restock = (number % WISH_RESTOCK == WISH_RESTOCK - 1);
    wish->key = number;
    wish->buyer = wish_random(&state) % conf->buyers;
    wish->pad = 0;
    wish->goods = &conf->goods[wish_random(&state) % conf->ngoods];

    for (i = 0; i < WISH_SKUS; i++) {
        wish->quantity[i] = wish->restock ? conf->delta
                                          : 1 + wish_random(&state) % 3;
    }

    r = wish_random(&state);

    if (!wish->restock && r % 100 < WISH_KEYLESS) {
        wish->key = -1;

    } else if (!wish->restock && r % 100 < WISH_KEYLESS + WISH_OTHER
               && number - conf->first > WISH_NEAR)
    {
        wish_make(conf, number - 1 - wish_random(&state) % WISH_NEAR, wish);
        wish->restock = 0;
        wish->quantity[0] = 1;

    } else if (r % 100 >= 100 - WISH_PADDED) {
        wish->pad = WISH_PAD;
    }

    wish->number = number;
}


void
wish_choose(const wish_conf_t *conf, uint64_t *random, uint64_t *next,
    wish_t *wish)
{
    uint64_t  back;

    back = *next - conf->first;

    if (back && wish_random(random) % 100 < WISH_AGAIN) {
        back = back < WISH_RECENT ? back : WISH_RECENT;

        wish_make(conf, *next - 1 - wish_random(random) % back, wish);

        if (wish->key >= 0) {
            return;
        }
    }

    wish_make(conf, (*next)++, wish);
}


size_t
wish_request(const wish_t *wish, int keep_alive, char out[WISH_TEXT])
{
    char    body[WISH_TEXT], path[128], key[64];
    size_t  n, len;

    len = wish_body(wish, body);
    wish_path(wish, path);

    key[0] = '\0';

    if (wish->key >= 0) {
        snprintf(key, sizeof(key), "Idempotency-Key: \"k-%lld\"\r\n",
                 (long long) wish->key);
    }

    n = snprintf(out, WISH_TEXT, "%s %s HTTP/1.1\r\nHost: shop\r\n%s%s"
                 "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                 "\r\n", wish->restock ? "PATCH" : "POST", path, key,
                 keep_alive ? "" : "Connection: close\r\n", len);

    memcpy(out + n, body, len);

    return n + len;
}


static void
wish_path(const wish_t *wish, char *out)
{
    const char  *p;

    if (!wish->restock) {
        strcpy(out, "/v1/orders");
        return;
    }

    out += sprintf(out, "/v1/stock/");

    for (p = wish->goods->sku[0]; *p; p++) {
        out += sprintf(out, isalnum((unsigned char) *p) ? "%c" : "%%%02X",
                       (unsigned char) *p);
    }
}


static size_t
wish_body(const wish_t *wish, char *out)
{
    int   i;
    char  *p;

    if (wish->restock) {
        return sprintf(out, "{\"delta\":%u}", wish->quantity[0]);
    }

    p = out + sprintf(out, "{\"buyer_id\":\"u-%u\",\"items\":[", wish->buyer);

    for (i = 0; i < wish->goods->n; i++) {
        p += sprintf(p, "%s{\"sku\":\"%s\",\"quantity\":%u}", i ? "," : "",
                     wish->goods->sku[i], wish->quantity[i]);
    }

    p += sprintf(p, "],\"metadata\":{\"wish\":%llu",
                 (unsigned long long) wish->number);

    if (wish->pad) {
        p += sprintf(p, ",\"pad\":\"");
        memset(p, 'x', wish->pad);
        p += wish->pad;
        *p++ = '"';
    }

    p += sprintf(p, "}}");

    return p - out;
}


void
wish_line(const wish_t *wish, char out[WISH_TEXT])
{
    int   i, n;
    char  *p;

    p = out + sprintf(out, "%llu %s %lld u-%u ",
                      (unsigned long long) wish->number,
                      wish->restock ? "stock" : "order", (long long) wish->key,
                      wish->buyer);

    n = wish->restock ? 1 : wish->goods->n;

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%s%s:%u", i ? "," : "", wish->goods->sku[i],
                     wish->quantity[i]);
    }

    sprintf(p, " %u", wish->pad);
}


/* splitmix64 */

uint64_t
wish_random(uint64_t *state)
{
    uint64_t  z;

    z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}
