/*
 * Shows that the calls for orders that lie in several slots have the keys and
 * arguments that the scripts expect, in their order.
 */

#include "trade_call_cart.h"
#include "unit.h"


#define ID    "0a7-0123456789abcdefghjkmnpqrs"
#define HASH  "0123456789abcdef0123456789abcdef"
#define JSON  "{\"buyer_id\":\"u-1\",\"items\":[{\"sku\":\"B-1\"," \
              "\"quantity\":2}]}"
#define HEAD  "trade:{s167}:slot\ntrade:{s167}:due\ntrade:{s167}:order:\n"


static const trade_slot_seen_t  seen = { 167, 7, trade_str(""), 0 };

static trade_record_t  carried = {
    .key = TRADE_RECORD_KEY_ORDER,
    .participants = trade_str("1418=9,2734=12")
};

static trade_item_t  item = { trade_str("B-1"), 2, 0 };

static const trade_write_args_t  write = {
    { 167, 7, trade_str(""), 0 }, trade_str(ID), trade_str("ab12"),
    trade_str(HASH), 86400000, 1767323045678, 3000, 604800000, &carried,
    NULL
};


/* The call's strings, one a line; a newline in one is '^' */

static trade_str_t
argv_of(const trade_call_t *call)
{
    char         *p;
    size_t        i;
    trade_buf_t   b;
    static char   mem[4096];

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < call->argc; i++) {
        p = b.pos;
        trade_buf_str(&b, call->argv[i]);

        for ( ; p < b.pos; p++) {
            *p = *p == '\n' ? '^' : *p;
        }

        trade_buf_c(&b, "\n");
    }

    return trade_buf_done(&b);
}


static void
test_parts(void)
{
    char                *mem;
    size_t               size;
    trade_call_t         call;
    trade_write_args_t   bare;
    trade_cart_part_t    part;

    memset(&part, 0, sizeof(part));
    part.order.items = &item;
    part.order.nitems = 1;
    part.order.buyer = trade_str_c("u-1");
    part.order.json = trade_str_c(JSON);

    size = trade_call_place_size(&write, &part.order);
    mem = malloc(size);

    is_int(trade_call_reserve(&call, mem, size, &write, &part), 0,
           "a call of reserve fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:hold:" ID "\n"
           "trade:{s167}:key:\ntrade:{s167}:bought:B-1\n7\n\n" ID "\n" HASH
           "\n\nu-1\n1767323045678\n3000\n\n" JSON "\n2\n"
           "available|B-1\nlimit|B-1\nopens|B-1\ncloses|B-1\n"
           "held|B-1\n"),
           "a reserve has the key's hash in place of the fingerprint");
    is_int(call.durable, 1, "a reserve is durable");

    bare = write;
    bare.key = trade_str_of(NULL, 0);
    is_int(trade_call_reserve(&call, mem, size, &bare, &part), 0,
           "a reserve without a key fits");
    is_str(call.argv[call.nkeys + 3], trade_str_of(NULL, 0),
           "a reserve without a key has no hash");

    is_int(trade_call_place(&call, mem, size, &write, &part.order, 0), 0,
           "a call of place fits");
    is_str(call.argv[call.nkeys + 3], trade_str_c("ab12"),
           "a call of place has the fingerprint");
    is_int(call.argc - call.nkeys, 17,
           "the place of a cart has an argument more");
    is_str(call.argv[call.argc - 1], carried.participants,
           "the last argument of place names the other slots");

    is_int(trade_call_reserve(&call, mem, 64, &write, &part), -1,
           "a reserve needs all of its memory");

    free(mem);
}


static void
test_ends(void)
{
    char             *mem;
    size_t            size;
    trade_str_t       id;
    trade_call_t      call;

    id = trade_str_c(ID);
    size = TRADE_CALL_SIZE;
    mem = malloc(size);

    is_int(trade_call_outcome(&call, mem, size, &seen, id), 0,
           "a call of outcome fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:order:" ID
           "\n7\n\n" ID "\n"), "a call of outcome names the order");
    is_int(call.durable, 1, "a call of outcome is durable");

    is_int(trade_call_confirm(&call, mem, size, &seen, id, 0, 5), 0,
           "a call of confirm fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:hold:" ID
           "\n7\n\n" ID "\n\n\n"),
           "a confirm with no time to keep keeps the hold for ever");
    is_int(call.durable, 0, "a confirm is not durable");

    is_int(trade_call_confirm(&call, mem, size, &seen, id, 6, 5), 0,
           "a call of confirm for a young order fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:hold:" ID
           "\n7\n\n" ID "\n6\n\n"),
           "the hold of a young order is not to be forgotten yet");

    is_int(trade_call_confirm(&call, mem, size, &seen, id, 6, 6), 0,
           "a call of confirm for an old order fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:hold:" ID
           "\n7\n\n" ID "\n6\n1\n"),
           "the hold of an old order may be forgotten");

    is_int(trade_call_release(&call, mem, size, &seen, id, 1), 0,
           "a call of release fits");
    is_str(argv_of(&call), trade_str_c(HEAD "trade:{s167}:hold:" ID
           "\n7\n\n" ID "\n1\n"), "a release may free a hold that was sold");
    is_int(call.durable, 1, "a release of a sold hold is durable");

    is_int(trade_call_release(&call, mem, size, &seen, id, 0), 0,
           "a call of release for a held hold fits");
    is_int(call.durable, 0, "a release of a held hold is not durable");

    is_int(trade_call_confirmed(&call, mem, size, &seen, id, 1, 1418), 0,
           "a call of confirmed fits");
    is_str(argv_of(&call), trade_str_c(HEAD "7\n\n1\n" ID ".1418\n"),
           "a confirmed says that the part is back");

    is_int(trade_call_indoubt(&call, mem, size, &seen, 3000, 32), 0,
           "a call of indoubt fits");
    is_str(argv_of(&call), trade_str_c(HEAD "7\n\n3000\n32\n"),
           "a call of indoubt has its time and its limit");

    free(mem);
}


int
main(void)
{
    test_parts();
    test_ends();

    return done_testing();
}
