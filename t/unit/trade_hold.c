/* Shows that a hold is read as it was written, and that what is none is not. */

#include "trade_hold.h"
#include "unit.h"


#define ITEMS  "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"B-1\","            \
               "\"quantity\":2}]}"


static const struct {
    const char          *text;
    trade_hold_state_e   state;
    uint64_t             version;
    uint64_t             deadline;
    const char          *items;
} holds[] = {
    { "HELD 7 1767323045678\n" ITEMS, TRADE_HOLD_HELD, 7, 1767323045678,
      ITEMS },
    { "SOLD 18446744073709551615 253402300799999\n" ITEMS, TRADE_HOLD_SOLD,
      UINT64_MAX, 253402300799999, ITEMS },
    { "HELD 7 9 0123456789abcdef0123456789abcdef\n" ITEMS, TRADE_HOLD_HELD,
      7, 9, ITEMS },
    { "FREED 1 0\n" ITEMS, TRADE_HOLD_FREED, 1, 0, ITEMS },
    { "FREED 0 0\n", TRADE_HOLD_FREED, 0, 0, "" }
};


static const char *const  none[] = {
    "", "HELD", "HELD 7\n" ITEMS, "HELD 7 9", "HELD 7 9\n", "HELD 0 0\n",
    "SOLD 7 9\n", "FREED 7 9\n", "FREED 0 0\n" ITEMS, "held 7 9\n" ITEMS,
    "PLACED 1 9\n" ITEMS, "HELD -7 9\n" ITEMS, "HELD 07 9\n" ITEMS,
    "HELD 7 9 1\n" ITEMS, "HELD 7 9 \n" ITEMS, "HELD  7 9\n" ITEMS,
    " 7 9\n" ITEMS
};


static void
test_back(void)
{
    char           mem[256];
    size_t         i;
    trade_str_t    text;
    trade_buf_t    b;
    trade_hold_t   hold;

    for (i = 0; i < UNIT_ROWS(holds); i++) {
        text = trade_str_c(holds[i].text);

        is_int(trade_hold_read(&hold, unit_guard(text)), 0, "hold %zu", i);
        is_int(hold.state, holds[i].state, "the hold has its state");
        ok(hold.version == holds[i].version, "the hold has its version");
        ok(hold.deadline == holds[i].deadline, "the hold has its deadline");
        is_str(hold.items, trade_str_c(holds[i].items),
               "the hold has its items");

        trade_buf_init(&b, mem, trade_hold_size(hold.items.len));
        trade_hold_write(&b, &hold);
        ok(!b.overflow, "the hold fits its size");
        is_str(trade_buf_done(&b), text, "the hold is written as it was read");
    }
}


static void
test_none(void)
{
    size_t         i;
    trade_hold_t   hold;

    for (i = 0; i < UNIT_ROWS(none); i++) {
        is_int(trade_hold_read(&hold, unit_guard(trade_str_c(none[i]))), -1,
               "no hold: %s", none[i]);
    }
}


int
main(void)
{
    test_back();
    test_none();

    return done_testing();
}
