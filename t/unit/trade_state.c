/* Shows that each state has one name, and that no other text is one. */

#include "trade_state.h"
#include "unit.h"


static const struct {
    trade_state_e   state;
    const char     *name;
} states[] = {
    { TRADE_STATE_PLACED, "PLACED" },
    { TRADE_STATE_PAID, "PAID" },
    { TRADE_STATE_DELIVERED, "DELIVERED" },
    { TRADE_STATE_CANCELLED, "CANCELLED" },
    { TRADE_STATE_EXPIRED, "EXPIRED" },
    { TRADE_STATE_REFUSED, "REFUSED" },
    { TRADE_STATE_STOCK, "STOCK" }
};


static const char *const  none[] = {
    "", "PLACE", "PLACED1", "placed", " PLACED", "PLACED ", "UNKNOWN", "HELD"
};


int
main(void)
{
    size_t  i;

    is_int(UNIT_ROWS(states), TRADE_STATES - 1, "each state is in the table");

    for (i = 0; i < UNIT_ROWS(states); i++) {
        is_str(trade_state_name(states[i].state), trade_str_c(states[i].name),
               "the name of %s", states[i].name);
        is_int(trade_state_find(unit_guard(trade_str_c(states[i].name))),
               states[i].state, "%s has its state", states[i].name);
        ok(trade_state_name(states[i].state).len <= TRADE_STATE_NAME_MAX,
           "%s is no longer than a name may be", states[i].name);
    }

    for (i = 0; i < UNIT_ROWS(none); i++) {
        is_int(trade_state_find(unit_guard(trade_str_c(none[i]))),
               TRADE_STATE_NONE, "'%s' is no state", none[i]);
    }

    is_int(trade_state_find(trade_str_of(NULL, 0)), TRADE_STATE_NONE,
           "no text is no state");
    is_str(trade_state_name(TRADE_STATE_NONE), trade_str_c("UNKNOWN"),
           "a state that is not known is shown as such");
    is_int(TRADE_STATE_ENDED, trade_state_bit(TRADE_STATE_CANCELLED)
                              + trade_state_bit(TRADE_STATE_EXPIRED),
           "an order ends when it is cancelled or expires");

    return done_testing();
}
