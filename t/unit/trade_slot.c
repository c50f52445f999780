/* Shows that slots are zlib's crc32 mod 4096, and how Redis keys are named. */

#include "trade_slot.h"
#include "trade_id.h"
#include "trade_digest.h"
#include "unit.h"


static const struct {
    trade_str_t  sku;
    unsigned     slot;
} slots[] = {
    { trade_null_str, 0 },
    { trade_str("A-1"), 1072 },
    { trade_str("iphone"), 4081 },
    { trade_str("sku:1"), 2552 },
    { trade_str("sku:1001"), 461 },
    { trade_str(UNIT_X64), 3090 }
};


static const struct {
    unsigned     slot;
    const char  *kind;
    trade_str_t  name;
    trade_str_t  key;
} keys[] = {
    { 0, TRADE_KEY_SLOT, trade_str(""), trade_str("trade:{s0}:slot") },
    { 7, TRADE_KEY_DUE, trade_null_str, trade_str("trade:{s7}:due") },
    { 167, TRADE_KEY_ORDER, trade_str("0a7-3v"),
      trade_str("trade:{s167}:order:0a7-3v") },
    { 4095, TRADE_KEY_KEY, trade_str("ab12"),
      trade_str("trade:{s4095}:key:ab12") },
    { 4095, TRADE_KEY_BOUGHT, trade_str("A:1"),
      trade_str("trade:{s4095}:bought:A:1") }
};


/* the longest name of each kind */

static const struct {
    const char  *kind;
    size_t       max;
} longest[] = {
    { TRADE_KEY_SLOT, 0 },
    { TRADE_KEY_DUE, 0 },
    { TRADE_KEY_ORDER, TRADE_ID_LEN },
    { TRADE_KEY_KEY, TRADE_DIGEST_LEN },
    { TRADE_KEY_BOUGHT, TRADE_NAME_MAX }
};


static void
test_slot(void)
{
    int       i, right;
    size_t    n;
    uint32_t  noise;

    for (n = 0; n < UNIT_ROWS(slots); n++) {
        is_int(trade_slot_of(unit_guard(slots[n].sku)), slots[n].slot,
               "the slot of '%.*s' is its hash",
               (int) slots[n].sku.len, slots[n].sku.data);
    }

    for (right = 1, i = 0; i < 10000; i++) {
        noise = unit_random();
        right &= trade_slot_of(trade_str_of((char *) &noise, 4)) < TRADE_SLOTS;
    }

    ok(right, "no SKU lies outside of the slots");
}


static void
test_slot_name(void)
{
    char  name[TRADE_SLOT_NAME_MAX];

    is_str(trade_slot_name(0, name), trade_str_c("s0"),
           "the first slot is called s0");
    is_str(trade_slot_name(167, name), trade_str_c("s167"),
           "slot 167 is called s167");
    is_str(trade_slot_name(4095, name), trade_str_c("s4095"),
           "the last slot is called s4095");
}


static void
test_key(void)
{
    char         mem[256];
    size_t       i;
    trade_str_t  key;
    trade_buf_t  b;

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < UNIT_ROWS(keys); i++) {
        key = trade_slot_key(&b, keys[i].slot, keys[i].kind, keys[i].name);
        is_str(key, keys[i].key, "%s", keys[i].key.data);
    }

    is_int(b.overflow, 0, "keys stand behind each other in one buffer");
}


static void
test_longest_key(void)
{
    char         mem[TRADE_SLOT_KEY_MAX];
    size_t       i;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(longest); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        (void) trade_slot_key(&b, TRADE_SLOTS - 1, longest[i].kind,
                              trade_str_of(UNIT_NAME, longest[i].max));

        is_int(b.overflow, 0, "the longest %s fits", longest[i].kind);
    }
}


static void
write_key(trade_buf_t *b, const void *data)
{
    (void) trade_slot_key(b, 4095, TRADE_KEY_ORDER, trade_str_c(data));
}


int
main(void)
{
    test_slot();
    test_slot_name();
    test_key();
    test_longest_key();

    ok(unit_bounded(write_key, "0a7-3v", sizeof("trade:{s4095}:order:0a7-3v")
                                         - 1),
       "a key that does not fit is noted");

    return done_testing();
}
