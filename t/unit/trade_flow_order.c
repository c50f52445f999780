/* Shows which order an answer names, and which one the log. */

#include "trade_flow.h"
#include "unit.h"


#define OWN    "0a7-00041061050r3gg28a1c60t3gf"
#define FOUND  "0a7-00041061050r3gg28a1c60t3gg"
#define OTHER  "0a7-00041061050r3gg28a1c60t3gh"


/*
 * Events for the flow, and the id that the answer names then, without a key and
 * with one.  "shows" calls trade_flow_show() with the event's result.
 */
static const struct {
    const char          *name;
    struct {
        trade_flow_event_e   event;
        trade_result_e       result;
        const char          *shows;
    } steps[5];
    size_t               nsteps;
    const char          *named;
    const char          *keyed;
} cases[] = {
    { "an order that is made",
      { { TRADE_FLOW_MADE, TRADE_DONE, OWN },
        { TRADE_FLOW_ACKED, TRADE_DONE, NULL } }, 2, OWN, OWN },
    { "an order that is not published in time",
      { { TRADE_FLOW_MADE, TRADE_DONE, OWN },
        { TRADE_FLOW_DEADLINE, TRADE_DONE, NULL } }, 2, OWN, OWN },
    { "an order that is made on too few replicas",
      { { TRADE_FLOW_UNDURABLE, TRADE_DONE, OWN } }, 1, OWN, OWN },
    { "a published order that was found",
      { { TRADE_FLOW_FINAL, TRADE_CREATED, FOUND } }, 1, FOUND, FOUND },
    { "a found order on too few replicas",
      { { TRADE_FLOW_FINAL, TRADE_NOT_REPLICATED, FOUND } }, 1, FOUND, FOUND },
    { "a found order whose second look takes long",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_DEADLINE, TRADE_DONE, NULL } }, 2, FOUND, FOUND },
    { "a found order whose second look is lost",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_PAUSED, TRADE_DONE, NULL },
        { TRADE_FLOW_LOST, TRADE_DONE, NULL },
        { TRADE_FLOW_LOST, TRADE_DONE, NULL } }, 4, FOUND, FOUND },
    { "a found order whose slot is closed then",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_PAUSED, TRADE_DONE, NULL },
        { TRADE_FLOW_FINAL, TRADE_SLOT_CLOSED, NULL } }, 3, FOUND, FOUND },
    { "a found order that is gone and is made now",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_PAUSED, TRADE_DONE, NULL },
        { TRADE_FLOW_UNDURABLE, TRADE_DONE, OWN } }, 3, OWN, OWN },
    { "a second look that finds an unreplicated order",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_PAUSED, TRADE_DONE, NULL },
        { TRADE_FLOW_FINAL, TRADE_NOT_REPLICATED, OTHER } }, 3, FOUND, FOUND },
    { "a second look that finds a published order",
      { { TRADE_FLOW_RETRY, TRADE_ACCEPTED, FOUND },
        { TRADE_FLOW_PAUSED, TRADE_DONE, NULL },
        { TRADE_FLOW_FINAL, TRADE_CREATED, OTHER } }, 3, OTHER, OTHER },
    { "a call without a reply in time",
      { { TRADE_FLOW_DEADLINE, TRADE_DONE, NULL } }, 1, OWN, "" },
    { "a call that is lost twice",
      { { TRADE_FLOW_LOST, TRADE_DONE, NULL },
        { TRADE_FLOW_LOST, TRADE_DONE, NULL } }, 2, OWN, "" },
    { "a call that is lost and then refused",
      { { TRADE_FLOW_LOST, TRADE_DONE, NULL },
        { TRADE_FLOW_FINAL, TRADE_SOLD_OUT, NULL } }, 2, OWN, "" },
    { "a call that is lost and then finds an order",
      { { TRADE_FLOW_LOST, TRADE_DONE, NULL },
        { TRADE_FLOW_FINAL, TRADE_NOT_REPLICATED, FOUND } }, 2, FOUND, FOUND },
    { "an error that tells nothing",
      { { TRADE_FLOW_FINAL, TRADE_NO_ANSWER, NULL } }, 1, OWN, "" },
    { "a call that is refused",
      { { TRADE_FLOW_FINAL, TRADE_SOLD_OUT, NULL } }, 1, "", "" },
    { "a call that finds another buyer's order",
      { { TRADE_FLOW_FINAL, TRADE_UNKNOWN_ORDER, FOUND } }, 1, "", "" },
    { "a call that was not sent",
      { { TRADE_FLOW_UNSENT, TRADE_DONE, NULL } }, 1, "", "" }
};


/* Feeds the steps of a case; `n` of them */

static void
play(trade_flow_t *flow, size_t row, size_t n)
{
    size_t  i;

    trade_flow_start(flow, 1, TRADE_CREATED, 1000, 0);

    for (i = 0; i < n; i++) {
        if (cases[row].steps[i].shows) {
            trade_flow_show(flow, trade_str_c(cases[row].steps[i].shows),
                            cases[row].steps[i].result);
        }

        trade_flow_event(flow, cases[row].steps[i].event,
                         cases[row].steps[i].result, 0);
    }
}


static void
test_named(void)
{
    size_t        i;
    trade_flow_t  flow;

    for (i = 0; i < UNIT_ROWS(cases); i++) {
        play(&flow, i, cases[i].nsteps);

        ok(flow.answered, "%s is answered", cases[i].name);
        is_str(trade_flow_named(&flow, trade_str_c(OWN), 0),
               trade_str_c(cases[i].named),
               "the answer to %s names the right order", cases[i].name);
        is_str(trade_flow_named(&flow, trade_str_c(OWN), 1),
               trade_str_c(cases[i].keyed),
               "under a key the answer to %s names the right order",
               cases[i].name);
        is_str(trade_flow_possible(&flow, trade_str_c(OWN)),
               trade_str_c(cases[i].named),
               "the log of %s names the same order", cases[i].name);
    }
}


/* The client goes before there is an answer */

static void
test_possible(void)
{
    trade_flow_t  flow;

    trade_flow_start(&flow, 1, TRADE_CREATED, 1000, 0);
    is_str(trade_flow_possible(&flow, trade_str_c(OWN)), trade_str_c(OWN),
           "while a call is under way it may make the order");

    trade_flow_show(&flow, trade_str_c(FOUND), TRADE_ACCEPTED);
    is_str(trade_flow_possible(&flow, trade_str_c(OWN)), trade_str_c(FOUND),
           "an order that was found is the one to log");

    trade_flow_start(&flow, 1, TRADE_CREATED, 1000, 0);
    trade_flow_dry_run(&flow);
    is_str(trade_flow_possible(&flow, trade_str_c(OWN)), trade_str_c(""),
           "a call that only looks makes no order");

    trade_flow_refuse(&flow, TRADE_BAD_JSON);
    is_str(trade_flow_possible(&flow, trade_str_c(OWN)), trade_str_c(""),
           "a request that is refused before any call makes no order");
}


static void
test_show(void)
{
    trade_flow_t  flow;

    trade_flow_start(&flow, 1, TRADE_CREATED, 1000, 0);
    trade_flow_show(&flow, trade_str_c("x"), TRADE_DONE);
    trade_flow_event(&flow, TRADE_FLOW_FINAL, TRADE_CREATED, 0);
    is_str(trade_flow_named(&flow, trade_str_c(OWN), 0), trade_str_c(""),
           "a text that is no id shows no order");
}


int
main(void)
{
    test_named();
    test_possible();
    test_show();

    return done_testing();
}
