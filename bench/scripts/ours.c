/* Orders through the gateway's scripts: place, then ack. */

#include "scripts.h"


void
scripts_ours_load(scripts_t *bench)
{
    char  sha[41];

    scripts_load(bench, trade_script_place.body.data,
                 trade_script_place.body.len, sha);
}


/* As a worker that has seen the order before made */

static void
ours_seen(scripts_t *bench, long n, trade_slot_seen_t *seen)
{
    char  sku[32];

    snprintf(sku, sizeof(sku), "sku-%ld", n % SKUS);

    memset(seen, 0, sizeof(*seen));
    seen->slot = trade_slot_of(trade_str_c(sku));
    seen->version = 1;

    if (bench->seen[n % SKUS]) {
        seen->record = trade_str_of(bench->last[n % SKUS], TRADE_ID_LEN);
        seen->record_version = 1;
    }
}


static void
ours_place(scripts_t *bench, long n, char id[TRADE_ID_LEN])
{
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               body[160], hash[2][33];
    trade_call_t       call;
    trade_order_t      order;
    trade_slot_seen_t  seen;

    snprintf(body, sizeof(body), "{\"buyer_id\":\"u%ld\",\"items\":[{\"sku\":"
             "\"sku-%ld\",\"quantity\":1}]}", n * 2654435761L % 100000000,
             n % SKUS);
    snprintf(hash[0], sizeof(hash[0]), "%032lx", n * 40503L);
    snprintf(hash[1], sizeof(hash[1]), "%032lx", n);

    ours_seen(bench, n, &seen);
    id[0] = '\0';
    scripts_place(&call, mem, &order, body, hash[0], hash[1], n, &seen, id);
    scripts_send(bench, &call);
    trade_order_free(&order);
}


void
scripts_ours(scripts_t *bench, long orders)
{
    int                i;
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               id[DEPTH][TRADE_ID_LEN];
    long               n;
    trade_call_t       call;
    trade_record_t     record;
    trade_slot_seen_t  seen;

    memset(&record, 0, sizeof(record));
    record.state = TRADE_STATE_PLACED;
    record.seq = 1;
    record.key = TRADE_RECORD_KEY_ORDER;

    for ( /* void */ ; orders > 0; orders -= DEPTH) {
        n = bench->next;
        bench->next += DEPTH;

        for (i = 0; i < DEPTH; i++) {
            ours_place(bench, n + i, id[i]);
        }

        scripts_take(bench, DEPTH, "PLACED");

        for (i = 0; i < DEPTH; i++) {
            memcpy(bench->last[(n + i) % SKUS], id[i], TRADE_ID_LEN);
            bench->seen[(n + i) % SKUS] = 1;

            ours_seen(bench, n + i, &seen);
            trade_call_ack(&call, mem, sizeof(mem), &seen,
                           trade_str_of(id[i], TRADE_ID_LEN), &record, 0, 0,
                           1);
            scripts_send(bench, &call);
        }

        scripts_take(bench, DEPTH, "1");
    }
}
