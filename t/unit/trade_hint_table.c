/* The table of hints: keys, the least recently used one, writers that meet. */

#include "trade_hint_table.h"
#include "unit.h"

#include <pthread.h>


static trade_hint_table_t *
table_new(size_t sets)
{
    trade_hint_table_t  *table;

    table = calloc(1, trade_hint_table_size(sets));

    if (table == NULL) {
        abort();
    }

    trade_hint_table_init(table, sets);

    return table;
}


static trade_hint_key_t
key_of(uint64_t owner, const char *sku, int stock)
{
    trade_hint_key_t  key = { owner, trade_str_c(sku), stock };

    return key;
}


static trade_hint_t
hint_of(trade_result_e result, uint64_t version, uint64_t made)
{
    trade_hint_t  hint = {
        .result = result, .version = version, .made = made
    };

    return hint;
}


static uint64_t
version_of(trade_hint_table_t *table, trade_hint_key_t key, uint64_t now)
{
    char          text[TRADE_HINT_TEXT];
    size_t        len;
    trade_hint_t  hint;

    return trade_hint_table_get(table, &key, now, &hint, text, &len)
           ? hint.version : 0;
}


static void
put(trade_hint_table_t *table, trade_hint_key_t key, uint64_t version,
    uint64_t made)
{
    trade_hint_t  hint;

    hint = hint_of(key.stock ? TRADE_DONE : TRADE_SOLD_OUT, version, made);
    trade_hint_table_put(table, &key, &hint, key.sku);
}


static void
test_keys(void)
{
    char                 text[TRADE_HINT_TEXT];
    size_t               len;
    trade_hint_t         hint;
    trade_hint_key_t     key;
    trade_hint_table_t  *table;

    table = table_new(1);

    is_int(version_of(table, key_of(1, "A", 0), 0), 0,
           "an empty table has no hint");

    put(table, key_of(1, "A", 0), 7, 1000);
    put(table, key_of(1, "A", 1), 8, 1000);
    put(table, key_of(2, "A", 0), 9, 1000);

    is_int(version_of(table, key_of(1, "A", 0), 1000), 7,
           "a refusal is found by its SKU");
    is_int(version_of(table, key_of(1, "A", 1), 1000), 8,
           "the stock of the same SKU is another hint");
    is_int(version_of(table, key_of(2, "A", 0), 1000), 9,
           "the same SKU of other slots is another hint");
    is_int(version_of(table, key_of(1, "B", 0), 1000), 0,
           "another SKU is not found");
    put(table, key_of(1, "plumless", 0), 12, 1000);
    is_int(version_of(table, key_of(1, "buckeroo", 0), 1000), 0,
           "a SKU with the same hash and length is not found");

    is_int(version_of(table, key_of(1, "", 0), 1000), 0,
           "an empty SKU is not found");

    key = key_of(1, "A", 1);
    hint = hint_of(TRADE_DONE, 10, 1001);
    trade_hint_table_put(table, &key, &hint, trade_str_c("A 9 8 7 - - -"));

    ok(trade_hint_table_get(table, &key, 1001, &hint, text, &len)
       && len == 13 && memcmp(text, "A 9 8 7 - - -", len) == 0,
       "the line of stock is found");

    put(table, key_of(1, UNIT_NAME, 0), 11, 1001);
    is_int(version_of(table, key_of(1, UNIT_NAME, 0), 1001), 11,
           "the longest SKU has a hint");

    free(table);
}


static void
test_order(void)
{
    trade_hint_t         hint;
    trade_hint_key_t     key;
    trade_hint_table_t  *table;

    table = table_new(1);
    key = key_of(1, "A", 0);

    put(table, key, 7, 1000);
    put(table, key, 6, 999);
    is_int(version_of(table, key, 1000), 7,
           "a reply to an earlier question does not replace a later one");

    put(table, key, 6, 1000);
    is_int(version_of(table, key, 1000), 6,
           "a reply to a question of the same time does");

    hint = hint_of(TRADE_SOLD_OUT, 7, 1000);
    ok(!trade_hint_table_drop(table, &key, &hint),
       "a hint that was replaced is not dropped");

    hint = hint_of(TRADE_SOLD_OUT, 6, 1000);
    ok(trade_hint_table_drop(table, &key, &hint),
       "a hint that is still there is dropped");
    ok(!trade_hint_table_drop(table, &key, &hint), "it is dropped once");
    is_int(version_of(table, key, 1000), 0, "a dropped hint is not found");

    free(table);
}


static void
test_bounds(void)
{
    int                  i, evicted;
    char                 sku[16];
    trade_hint_t         hint;
    trade_hint_key_t     key;
    trade_hint_table_t  *table;

    table = table_new(1);

    for (evicted = 0, i = 0; i < TRADE_HINT_WAYS; i++) {
        (void) snprintf(sku, sizeof(sku), "S%d", i);
        put(table, key_of(1, sku, 0), i + 1, 1000 + i);
    }

    is_int(version_of(table, key_of(1, "S0", 0), 1100), 1,
           "a set keeps as many hints as it has ways");

    key = key_of(1, "new", 0);
    hint = hint_of(TRADE_SOLD_OUT, 50, 1150);
    evicted = trade_hint_table_put(table, &key, &hint, key.sku);

    is_int(evicted, 1, "a hint that gives way and was used lately is counted");
    is_int(version_of(table, key, 1150), 50, "the new hint is there");
    is_int(version_of(table, key_of(1, "S0", 0), 1150), 1,
           "a hint that was used lately stays");
    is_int(version_of(table, key_of(1, "S1", 0), 1150), 0,
           "the least recently used one gave way");

    key = key_of(1, "later", 0);
    hint = hint_of(TRADE_SOLD_OUT, 51, 9000);
    is_int(trade_hint_table_put(table, &key, &hint, key.sku), 0,
           "a hint that nobody has used lately gives way uncounted");

    free(table);
}


static void
test_find(void)
{
    char                 text[TRADE_HINT_TEXT];
    size_t               len;
    trade_hint_t         hint;
    trade_hint_key_t     key;
    trade_hint_slot_t    slot = { 1000, 200, 0, 0, 0, 0, 0 };
    trade_hint_table_t  *table;

    table = table_new(1);
    key = key_of(1, "A", 0);

    is_int(trade_hint_table_find(table, &key, &slot, &hint, text, &len),
           TRADE_HINT_NONE, "there is no hint before the first");

    put(table, key, 7, 1000);
    is_int(trade_hint_table_find(table, &key, &slot, &hint, text, &len),
           TRADE_HINT_GOOD, "a good hint is found");

    slot.closed = 1;
    is_int(trade_hint_table_find(table, &key, &slot, &hint, text, &len),
           TRADE_HINT_NONE, "a closed slot has no hint to use");
    is_int(version_of(table, key, 1000), 7, "a closed slot drops no hint");

    slot.closed = 0;
    slot.returned_at = 1000;
    is_int(trade_hint_table_find(table, &key, &slot, &hint, text, &len),
           TRADE_HINT_DROPPED, "a hint that may be wrong is dropped");
    is_int(trade_hint_table_find(table, &key, &slot, &hint, text, &len),
           TRADE_HINT_NONE, "a dropped hint is dropped once");

    free(table);
}


/* A writer that died leaves its entry locked */

static void
test_dead(void)
{
    trade_hint_key_t     key;
    trade_hint_table_t  *table;

    table = table_new(1);
    key = key_of(1, "A", 0);

    put(table, key, 7, 1000);
    table->entries[0].sequence++;

    is_int(version_of(table, key, 1000), 0,
           "an entry that is being written is not read");

    put(table, key, 8, 1001);
    is_int(version_of(table, key, 1001), 8,
           "the next hint of its SKU takes another entry of the set");

    put(table, key_of(1, "B", 0), 9, 1002);
    is_int(version_of(table, key_of(1, "B", 0), 1002), 9,
           "other SKUs use the other entries of the set");

    free(table);
}


/* Each hint's line spells its version: a torn one would not */

#define THREADS  4
#define ROUNDS   200000


static trade_hint_table_t  *shared;
static int                  torn;


static void *
hammer(void *data)
{
    int               i;
    char              line[32], text[TRADE_HINT_TEXT];
    size_t            len;
    uint64_t          n;
    trade_hint_t      hint;
    trade_hint_key_t  key;

    n = (uintptr_t) data;

    for (i = 0; i < ROUNDS; i++) {
        key = key_of(1, i % 3 ? "A" : "B", 1);
        n = n * 6364136223846793005u + 1442695040888963407u;

        hint = hint_of(TRADE_DONE, n % 1000000007 + 1, i);
        len = snprintf(line, sizeof(line), "%s %llu", key.sku.data,
                       (unsigned long long) hint.version);

        trade_hint_table_put(shared, &key, &hint, trade_str_of(line, len));

        if (trade_hint_table_get(shared, &key, i, &hint, text, &len)) {
            n += hint.version;
            (void) snprintf(line, sizeof(line), "%s %llu", key.sku.data,
                            (unsigned long long) hint.version);

            if (len != strlen(line) || memcmp(line, text, len) != 0) {
                __atomic_store_n(&torn, 1, __ATOMIC_RELAXED);
            }
        }
    }

    return NULL;
}


static void
test_threads(void)
{
    size_t     i;
    pthread_t  threads[THREADS];

    shared = table_new(1);

    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, hammer, (void *) (i + 1)) != 0) {
            abort();
        }
    }

    for (i = 0; i < THREADS; i++) {
        (void) pthread_join(threads[i], NULL);
    }

    ok(!torn, "no reader sees half of a hint while others write it");

    free(shared);
}


int
main(void)
{
    test_keys();
    test_order();
    test_bounds();
    test_find();
    test_dead();
    test_threads();

    return done_testing();
}
