/* The call that places an order. */

#include "scripts.h"


void
scripts_place(trade_call_t *call, void *mem, trade_order_t *order,
    const char *body, const char *hash, const char *key, uint64_t n,
    const trade_slot_seen_t *seen, char *id)
{
    trade_record_t       carried;
    trade_errors_t       errors;
    unsigned char        random[TRADE_ID_RANDOM];
    trade_write_args_t   write;
    trade_order_rules_t  rules = { 1000, 50, trade_null_str, trade_null_str };

    errors.n = 0;

    if (trade_order_parse(order, trade_str_c(body), &rules, &errors)
        != TRADE_DONE)
    {
        bench_die("a bad order");
    }

    if (id[0] == '\0') {
        memset(random, 0, sizeof(random));
        memcpy(random, &n, sizeof(n));
        trade_id_make(order->slot, random, id);
    }

    memset(&carried, 0, sizeof(carried));
    carried.key = TRADE_RECORD_KEY_ORDER;

    memset(&write, 0, sizeof(write));
    write.seen = *seen;
    write.id = trade_str_of(id, TRADE_ID_LEN);
    write.fingerprint = trade_str_c(hash);
    write.key = trade_str_c(key);
    write.key_ms = TRADE_KEEP_KEY;
    write.deadline = 9000000000000;
    write.lease = 7000;
    write.keep = 604800000;
    write.carried = &carried;

    if (trade_call_place(call, mem, CALL_MAX, &write, order, 0) != 0) {
        bench_die("a call too long");
    }
}


void
scripts_print(const char *sku)
{
    char               mem[CALL_MAX] __attribute__((aligned(16)));
    char               body[160], id[TRADE_ID_LEN + 1];
    size_t             i;
    trade_call_t       call;
    trade_order_t      order;
    trade_slot_seen_t  seen;

    static const char  number[] = "__rand_int__";

    snprintf(body, sizeof(body), "{\"buyer_id\":\"u%s\",\"items\":[{\"sku\":"
             "\"%s\",\"quantity\":1}]}", number, sku);

    memset(&seen, 0, sizeof(seen));
    seen.slot = trade_slot_of(trade_str_c(sku));
    seen.version = 1;

    memset(id, '0', sizeof(id));
    snprintf(id, sizeof(id), "%03x-", seen.slot);
    memset(id + 4, '0', TRADE_ID_LEN - 4);
    memcpy(id + TRADE_ID_LEN - strlen(number), number, strlen(number));

    scripts_place(&call, mem, &order, body, "ab12",
                "__rand_int____rand_int__", 0, &seen, id);

    printf("EVALSHA%c%s%c%zu%c", 0, call.script->sha1.data, 0, call.nkeys, 0);

    for (i = 0; i < call.argc; i++) {
        printf("%.*s%c", (int) call.argv[i].len, call.argv[i].data, 0);
    }

    trade_order_free(&order);
}
