/* Shows which event, result and order each reply leads to. */

#include "trade_flow_reply.h"
#include "unit.h"


#define OWN      "0a7-00041061050r3gg28a1c60t3gf"
#define OTHER    "0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz"
#define HEADER   " 2 ab12 7 1767323045678"
#define CARRIED  "\no - -\n{\"buyer_id\":\"u-1\"}"
#define RECORD   "PLACED" HEADER CARRIED
#define STOCK    "A-1 100 90 3 - - -"


typedef enum {
    PLACES = 0,
    LOOKS_FIRST,                        /* it places nothing after all */
    LOOKS_UP,
    LOOKS_UP_MINE,                      /* orders of u-1 */
    LOOKS_UP_THEIRS,
    PLACES_CART,
    LOOKS_AT_CART,                      /* participants refuse it: sold-out */
    LOOKS_AT_KEYED_CART,
    LOOKS_AT_CLOSED_CART                /* they refuse it: slot-closed */
} op_e;


static const struct {
    op_e                  op;
    const char           *reply;        /* NULL: none that can be read */
    int                   replicated;
    trade_flow_reply_e    kind;
    trade_flow_event_e    event;
    trade_result_e        result;
    const char           *order;
    int                   placed;
    const char           *name;
} rows[] = {

    /* a record that was made */

    { PLACES, "PLACED" HEADER, 1, TRADE_FLOW_REPLY_MADE, TRADE_FLOW_MADE,
      TRADE_DONE, OWN, 0, "an order that was made is published" },
    { PLACES, "PLACED" HEADER, 0, TRADE_FLOW_REPLY_MADE,
      TRADE_FLOW_UNDURABLE, TRADE_DONE, OWN, 0,
      "an order on too few replicas is not published" },
    { PLACES, "PAID" HEADER CARRIED, 1, TRADE_FLOW_REPLY_PASSED,
      TRADE_FLOW_FINAL, TRADE_ACCEPTED, OWN, 0,
      "an order that has gone on is accepted" },
    { PLACES_CART, "PLACED" HEADER, 1, TRADE_FLOW_REPLY_MADE,
      TRADE_FLOW_MADE, TRADE_DONE, OWN, 1,
      "a cart that was made keeps what other slots hold" },
    { PLACES_CART, "CANCELLED" HEADER CARRIED, 1, TRADE_FLOW_REPLY_PASSED,
      TRADE_FLOW_FINAL, TRADE_ACCEPTED, OWN, 1,
      "a cart that has gone on keeps what other slots hold" },

    /* a record that was found */

    { PLACES, "RECORD " OTHER " 1\n" RECORD, 0, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_FINAL, TRADE_CREATED, OTHER, 0,
      "an order that was found published is created" },
    { PLACES, "RECORD " OTHER " 0\n" RECORD, 1, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_RETRY, TRADE_ACCEPTED, OTHER, 0,
      "an order that was found due is accepted, and asked for again" },
    { PLACES, "RECORD " OTHER " 0\n" RECORD, 0, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_FINAL, TRADE_NOT_REPLICATED, OTHER, 0,
      "an order that was found on too few replicas is not replicated" },
    { PLACES_CART, "RECORD " OTHER " 1\n" RECORD, 1, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_FINAL, TRADE_CREATED, OTHER, 0,
      "a cart that was found gives up what other slots hold" },
    { LOOKS_UP, "RECORD " OWN " 0\n" RECORD, 1, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_FINAL, TRADE_DONE, OWN, 0, "a look-up shows the order" },
    { LOOKS_UP_MINE, "RECORD " OWN " 1\n" RECORD, 1, TRADE_FLOW_REPLY_FOUND,
      TRADE_FLOW_FINAL, TRADE_DONE, OWN, 0,
      "a look-up shows the order to its buyer" },
    { LOOKS_UP_THEIRS, "RECORD " OWN " 1\n" RECORD, 1,
      TRADE_FLOW_REPLY_FOUND, TRADE_FLOW_FINAL, TRADE_UNKNOWN_ORDER, OWN, 0,
      "a look-up shows the order to no other buyer" },
    { LOOKS_UP, "RECORD " OWN " 1\nSTOCK" HEADER "\ns - -\n" STOCK, 1,
      TRADE_FLOW_REPLY_FOUND, TRADE_FLOW_FINAL, TRADE_UNKNOWN_ORDER, OWN, 0,
      "a look-up shows no change of stock" },
    { LOOKS_UP, "RECORD " OWN " 0\nREFUSED 0 0 7 1\no - -\n{}", 1,
      TRADE_FLOW_REPLY_FOUND, TRADE_FLOW_FINAL, TRADE_UNKNOWN_ORDER, OWN, 0,
      "a look-up shows no order that was given up" },

    /* a refusal */

    { PLACES, "SOLDOUT 1", 1, TRADE_FLOW_REPLY_REFUSED, TRADE_FLOW_FINAL,
      TRADE_SOLD_OUT, "", 0, "a refusal is final" },
    { PLACES, "LOCKED 1", 1, TRADE_FLOW_REPLY_REFUSED, TRADE_FLOW_RETRY,
      TRADE_BUYER_BUSY, "", 0, "a busy buyer asks again" },
    { PLACES, "PENDING 1", 1, TRADE_FLOW_REPLY_REFUSED, TRADE_FLOW_RETRY,
      TRADE_IN_PROGRESS, "", 0, "a request in progress asks again" },
    { LOOKS_UP, "ABSENT", 1, TRADE_FLOW_REPLY_REFUSED, TRADE_FLOW_FINAL,
      TRADE_UNKNOWN_ORDER, "", 0, "a look-up finds no order" },
    { PLACES_CART, "LOCKED 1", 1, TRADE_FLOW_REPLY_REFUSED,
      TRADE_FLOW_RETRY, TRADE_BUYER_BUSY, "", 0,
      "a cart that is placed asks again for a busy buyer" },
    { LOOKS_AT_CART, "LOCKED 1", 1, TRADE_FLOW_REPLY_REFUSED,
      TRADE_FLOW_FINAL, TRADE_BUYER_BUSY, "", 0,
      "a cart that is refused by participants does not ask again" },
    { LOOKS_AT_KEYED_CART, "LOCKED 1", 1, TRADE_FLOW_REPLY_REFUSED,
      TRADE_FLOW_RETRY, TRADE_BUYER_BUSY, "", 0,
      "but with an Idempotency-Key it does" },
    { LOOKS_AT_CLOSED_CART, "LOCKED 1", 1, TRADE_FLOW_REPLY_REFUSED,
      TRADE_FLOW_FINAL, TRADE_SLOT_CLOSED, "", 0,
      "a cart is refused for the gravest reason of all slots" },

    /* nothing would refuse it */

    { LOOKS_FIRST, "NONE", 1, TRADE_FLOW_REPLY_FREE, TRADE_FLOW_FINAL,
      TRADE_BACKLOG_FULL, "", 0, "an order that only looked: backlog-full" },
    { LOOKS_AT_CART, "NONE", 1, TRADE_FLOW_REPLY_FREE, TRADE_FLOW_FINAL,
      TRADE_SOLD_OUT, "", 0,
      "a cart that only looked is refused for what participants said" },
    { PLACES, "NONE", 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_NO_ANSWER, "", 0, "NONE is no answer to who places an order" },

    /* stock, and what is no reply to such a call */

    { LOOKS_UP, "VIEW 7\n" STOCK, 1, TRADE_FLOW_REPLY_STOCK,
      TRADE_FLOW_FINAL, TRADE_DONE, "", 0, "stock is shown" },
    { PLACES, "VIEW 7\n" STOCK, 1, TRADE_FLOW_REPLY_STRANGE,
      TRADE_FLOW_FINAL, TRADE_NO_ANSWER, "", 0,
      "stock is no answer to who places an order" },
    { PLACES, "ACKED 1", 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_NO_ANSWER, "", 0, "after a strange reply the outcome is unknown" },
    { PLACES, NULL, 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_NO_ANSWER, "", 0, "and after one that can't be read" },
    { PLACES_CART, NULL, 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_NO_ANSWER, "", 1, "a cart keeps then what other slots hold" },
    { LOOKS_AT_CART, NULL, 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_REDIS_REFUSED, "", 0, "but a cart that looks does not" },
    { LOOKS_UP, NULL, 1, TRADE_FLOW_REPLY_STRANGE, TRADE_FLOW_FINAL,
      TRADE_REDIS_REFUSED, "", 0, "a look-up has changed nothing" }
};


static const struct {
    op_e              op;
    const char       *text;
    trade_result_e    result;
    int               placed;
} errors[] = {
    { PLACES, "OOM command not allowed", TRADE_REDIS_REFUSED, 0 },
    { PLACES, "ERR Error running script", TRADE_NO_ANSWER, 0 },
    { PLACES_CART, "OOM command not allowed", TRADE_REDIS_REFUSED, 0 },
    { PLACES_CART, "ERR Error running script", TRADE_NO_ANSWER, 1 },
    { LOOKS_AT_CART, "ERR Error running script", TRADE_REDIS_REFUSED, 0 },
    { LOOKS_FIRST, "ERR Error running script", TRADE_REDIS_REFUSED, 0 },
    { LOOKS_UP, "ERR Error running script", TRADE_REDIS_REFUSED, 0 }
};


typedef struct {
    trade_flow_op_t      op;
    trade_flow_t         flow;
    trade_cart_flow_t    cart;
    trade_str_t          buyer;
} call_t;


static void
call_init(call_t *call, op_e op)
{
    int  looks;

    memset(call, 0, sizeof(*call));

    looks = op == LOOKS_UP || op == LOOKS_UP_MINE || op == LOOKS_UP_THEIRS;

    trade_flow_start(&call->flow, op == PLACES || op == PLACES_CART,
                     looks ? TRADE_DONE : TRADE_CREATED, 1000, 0);

    if (op >= PLACES_CART) {
        call->op.cart = &call->cart;
        call->cart.placing = op == PLACES_CART;
        call->cart.result = op == PLACES_CART ? TRADE_DONE
                             : op == LOOKS_AT_CLOSED_CART ? TRADE_SLOT_CLOSED
                             : TRADE_SOLD_OUT;
    }

    if (op == LOOKS_UP_MINE || op == LOOKS_UP_THEIRS) {
        call->buyer = trade_str_c(op == LOOKS_UP_MINE ? "u-1" : "u-2");
        call->op.buyer = &call->buyer;
    }

    call->op.flow = &call->flow;
    call->op.id = trade_str_c(OWN);
    call->op.state = looks ? TRADE_STATE_NONE : TRADE_STATE_PLACED;
    call->op.changes = !looks;
    call->op.keyed = op == LOOKS_AT_KEYED_CART;
}


static void
test_replies(void)
{
    size_t               i;
    call_t               call;
    trade_reply_t        reply;
    trade_flow_reply_t   means;

    for (i = 0; i < UNIT_ROWS(rows); i++) {
        call_init(&call, rows[i].op);

        if (rows[i].reply) {
            is_int(trade_reply_read(&reply, trade_str_c(rows[i].reply)), 0,
                   "the reply can be read: %s", rows[i].reply);
        }

        trade_flow_reply_read(&means, &call.op, rows[i].reply ? &reply : NULL,
                              rows[i].replicated);

        is_int(means.kind, rows[i].kind, "%s", rows[i].name);
        is_int(means.event, rows[i].event,
               "after %s the event is right", rows[i].name);
        is_int(means.result, rows[i].result, "after %s the result is right",
               rows[i].name);
        is_str(means.order, trade_str_c(rows[i].order),
               "after %s the order is right",
               rows[i].name);
        is_int(means.placed, rows[i].placed, "%s: whether it is placed",
               rows[i].name);
    }
}


static void
test_errors(void)
{
    size_t               i;
    call_t               call;
    trade_flow_reply_t   means;

    for (i = 0; i < UNIT_ROWS(errors); i++) {
        call_init(&call, errors[i].op);
        trade_flow_reply_error(&means, &call.op, trade_str_c(errors[i].text));

        is_int(means.kind, TRADE_FLOW_REPLY_STRANGE, "%s is logged",
               errors[i].text);
        is_int(means.event, TRADE_FLOW_FINAL, "the event is final");
        is_int(means.result, errors[i].result, "the result is right");
        is_int(means.placed, errors[i].placed, "whether it is placed");
    }
}


int
main(void)
{
    test_replies();
    test_errors();

    return done_testing();
}
