/* Shows the calls by which buyers are forgotten, and that they fit. */

#include "trade_call_forget.h"
#include "unit.h"


#define LAST  "0a7-00041061050r3gg28a1c60t3gf"


static const trade_slot_seen_t  seen = { 167, 7, trade_str(LAST), 6 };

static const trade_slot_seen_t  longest = {
    4095, UINT64_MAX, trade_str(LAST), UINT64_MAX
};


/* The call's strings, one a line */

static trade_str_t
argv_of(const trade_call_t *call)
{
    size_t        i;
    trade_buf_t   b;
    static char   mem[4096];

    trade_buf_init(&b, mem, sizeof(mem));

    for (i = 0; i < call->argc; i++) {
        trade_buf_str(&b, call->argv[i]);
        trade_buf_c(&b, "\n");
    }

    return trade_buf_done(&b);
}


static void
test_sales(void)
{
    void            *mem;
    trade_call_t     call;
    const uint16_t   slots[] = { 0, 4095 };

    mem = malloc(trade_call_sales_size(2));

    is_int(trade_call_sales(&call, mem, trade_call_sales_size(2), slots, 2,
                            1000, 0, 50),
           0, "a call of sales is laid out");
    ok(call.script == &trade_script_sales, "a call of sales has its script");
    is_int(call.nkeys, 2, "a call of sales has a key for each slot");
    is_str(argv_of(&call),
           trade_str_c("trade:{s0}:slot\ntrade:{s4095}:slot\n1000\n\n50\n"),
                       "the call has its arguments, and none for \"never\"");

    is_int(trade_call_sales(&call, mem, trade_call_sales_size(2), slots, 2,
                            UINT64_MAX, UINT64_MAX, UINT64_MAX),
           0, "sales with the longest numbers fits");

    free(mem);
}


static void
test_forget(void)
{
    void          *mem;
    trade_call_t   call;

    mem = malloc(TRADE_CALL_CHANGE_SIZE);

    is_int(trade_call_forget(&call, mem, TRADE_CALL_CHANGE_SIZE, &seen,
                             trade_str_c("A-1"), 1000, 2000,
                             trade_str_c("17"), 50),
           0, "forget");
    ok(call.script == &trade_script_forget, "a call of forget has its script");
    is_int(call.nkeys, 4, "a call of forget has its keys");
    is_str(argv_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:" LAST "\n"
                       "trade:{s167}:bought:A-1\n7\n6\n"
                       "A-1\n1000\n2000\n17\n50\n"),
           "a call of forget has its arguments");

    is_int(trade_call_forget(&call, mem, TRADE_CALL_CHANGE_SIZE, &longest,
                             trade_str_c(UNIT_X64), UINT64_MAX, UINT64_MAX,
                             trade_str_c("18446744073709551615"), UINT64_MAX),
           0, "forget with the longest arguments fits");

    free(mem);
}


int
main(void)
{
    test_sales();
    test_forget();

    return done_testing();
}
