/* Orders through the peers' scripts: a lock, reserve, then confirm. */

#include "scripts.h"


#define FILE_MAX  65536


void
scripts_peer_load(scripts_t *bench, const char *folder)
{
    int          i;
    char         name[512], text[FILE_MAX];
    FILE        *f;
    size_t       n;

    static const char *const  names[] = { "reserve.lua", "confirm.lua" };

    for (i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, names[i]);

        f = fopen(name, "r");
        if (f == NULL) {
            bench_die(name);
        }

        n = fread(text, 1, sizeof(text), f);
        fclose(f);
        scripts_load(bench, text, n, bench->sha[i]);
    }
}


static void
peer_send(scripts_t *bench, long n, int confirm)
{
    int          sku;
    char         lock[64], idem[64], token[40], user[24];
    char         stock[32], bought[32], outbox[32], payload[241];
    const char  *argv[16];

    sku = (int) (n % SKUS);
    memset(payload, 'x', 240);
    payload[240] = '\0';

    snprintf(user, sizeof(user), "u%ld", n * 2654435761L % 100000000);
    snprintf(token, sizeof(token), "%032lx", n);
    snprintf(lock, sizeof(lock), "lock:{sku-%d}%s", sku, user);
    snprintf(idem, sizeof(idem), "idem:{sku-%d}%032lx", sku, n);
    snprintf(stock, sizeof(stock), "stock:{sku-%d}", sku);
    snprintf(bought, sizeof(bought), "bought:{sku-%d}", sku);
    snprintf(outbox, sizeof(outbox), "outbox:{sku-%d}", sku);

    if (confirm) {
        const char  *v[] = { "EVALSHA", bench->sha[1], "3", lock, idem, outbox,
                             token, token, "0badf00d", "86400" };

        redisAppendCommandArgv(bench->redis, 10, v, NULL);
        return;
    }

    argv[0] = "SET";
    argv[1] = lock;
    argv[2] = token;
    argv[3] = "NX";
    argv[4] = "PX";
    argv[5] = "5000";
    redisAppendCommandArgv(bench->redis, 6, argv, NULL);

    const char  *v[] = { "EVALSHA", bench->sha[0], "5", lock, idem, stock,
                         bought, outbox, token, user, "1", "1000000", token,
                         "0badf00d", "86400", payload };

    redisAppendCommandArgv(bench->redis, 16, v, NULL);
}


void
scripts_peer(scripts_t *bench, long orders)
{
    int   i;
    long  n;

    for ( /* void */ ; orders > 0; orders -= DEPTH) {
        n = bench->next;
        bench->next += DEPTH;

        for (i = 0; i < DEPTH; i++) {
            peer_send(bench, n + i, 0);
        }

        scripts_take(bench, 2 * DEPTH, NULL);

        for (i = 0; i < DEPTH; i++) {
            peer_send(bench, n + i, 1);
        }

        scripts_take(bench, DEPTH, NULL);
    }
}
