/* Shows what each action does with an order, and from which states. */

#include "trade_action.h"
#include "unit.h"


#define PLACED  trade_state_bit(TRADE_STATE_PLACED)
#define PAID    trade_state_bit(TRADE_STATE_PAID)


static const struct {
    const char      *name;
    trade_action_e   action;
    trade_state_e    to;
    unsigned         from;
    int              ends;
} actions[] = {
    { "place", TRADE_ACTION_PLACE, TRADE_STATE_NONE, 0, 0 },
    { "get", TRADE_ACTION_GET, TRADE_STATE_NONE, 0, 0 },
    { "pay", TRADE_ACTION_PAY, TRADE_STATE_PAID, PLACED, 0 },
    { "deliver", TRADE_ACTION_DELIVER, TRADE_STATE_DELIVERED, PAID, 1 },
    { "cancel", TRADE_ACTION_CANCEL, TRADE_STATE_CANCELLED, PLACED | PAID, 1 }
};


static const char *const  none[] = {
    "", "pa", "pays", "Pay", "pay ", "PAID", "expire"
};


static void
test_actions(void)
{
    size_t                 i;
    const trade_action_t  *action;

    is_int(UNIT_ROWS(actions), TRADE_ACTIONS, "each action is in the table");

    for (i = 0; i < UNIT_ROWS(actions); i++) {
        action = &trade_actions[actions[i].action];

        is_str(action->name, trade_str_c(actions[i].name), "the name of %s",
               actions[i].name);
        is_int(action->to, actions[i].to, "%s: the state it leads to",
               actions[i].name);
        is_int(action->from, actions[i].from, "%s: the states it starts from",
               actions[i].name);
        is_int(action->ends, actions[i].ends, "%s: whether it is the last one",
               actions[i].name);
    }
}


/* Nothing comes after an action that ends, and nothing starts from its state */

static void
test_ends(void)
{
    trade_action_e  one, two;

    for (one = 0; one < TRADE_ACTIONS; one++) {
        for (two = 0; two < TRADE_ACTIONS; two++) {
            if (trade_actions[one].ends) {
                ok(!(trade_actions[two].from
                     & trade_state_bit(trade_actions[one].to)),
                   "%s is not allowed after %s", actions[two].name,
                   actions[one].name);
            }
        }
    }
}


static void
test_find(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(actions); i++) {
        is_int(trade_action_find(unit_guard(trade_str_c(actions[i].name))),
               actions[i].action, "%s is found", actions[i].name);
    }

    for (i = 0; i < UNIT_ROWS(none); i++) {
        is_int(trade_action_find(unit_guard(trade_str_c(none[i]))),
               TRADE_ACTIONS, "'%s' is no action", none[i]);
    }
}


int
main(void)
{
    test_actions();
    test_ends();
    test_find();

    return done_testing();
}
