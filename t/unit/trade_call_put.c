/* Shows the keys and arguments that calls have in common. */

#include "trade_call_put.h"
#include "unit.h"


#define ID    "0a7-00041061050r3gg28a1c60t3gf"
#define LAST  "0a7-3v1kq0d3w8n5m2c7r9t4x6y0bz"


static const trade_slot_seen_t  seen = { 167, 9, trade_str(LAST), 8 };
static const trade_slot_seen_t  unmade = { 167, 9, trade_null_str, 8 };


/* All that was put, with a newline behind each */

static trade_str_t
text_of(const trade_call_t *call)
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


static void *
begin(trade_args_t *args, trade_call_t *call)
{
    static void  *mem[512];

    memset(call, 0xff, sizeof(*call));
    trade_call_put_begin(args, call, &trade_script_ack, mem, sizeof(mem),
                         32);

    return mem;
}


static void
test_begin(void)
{
    trade_args_t  args;
    trade_call_t  call;

    (void) begin(&args, &call);
    ok(call.script == &trade_script_ack, "a call has its script");
    ok(!call.durable, "a call need not be durable");

    trade_args_c(&args, "key");
    trade_call_put_keys_end(&args, &call);
    trade_args_c(&args, "argument");

    is_int(trade_call_put_end(&args, &call), 0, "the call is complete");
    is_int(call.nkeys, 1, "a key stands before the end of the keys");
    is_int(call.argc, 2, "an argument stands behind it");

    trade_call_put_begin(&args, &call, &trade_script_ack,
                         begin(&args, &call), sizeof(trade_str_t), 1);
    trade_args_c(&args, "one");
    trade_args_c(&args, "two");
    is_int(trade_call_put_end(&args, &call), -1,
           "a call that has no room is not complete");
}


static void
test_seen(void)
{
    trade_args_t  args;
    trade_call_t  call;

    (void) begin(&args, &call);
    trade_call_put_seen(&args, &call, &seen);
    is_int(trade_call_put_end(&args, &call), 0,
           "a call with the seen version is complete");
    is_int(call.nkeys, 3, "a call with no other keys has three keys");
    is_str(text_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:" LAST "\n9\n8\n"),
           "a call has the seen version, and the seen record's");

    (void) begin(&args, &call);
    trade_call_put_seen(&args, &call, &unmade);
    (void) trade_call_put_end(&args, &call);
    is_str(text_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:\n9\n\n"),
           "without a seen record its key has no id, its version is empty");

    (void) begin(&args, &call);
    trade_call_put_seen_of(&args, &call, &seen, TRADE_KEY_HOLD,
                           trade_str_c(ID));
    (void) trade_call_put_end(&args, &call);
    is_int(call.nkeys, 4, "a key of its own is the fourth");
    is_str(text_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:" LAST "\n"
                       "trade:{s167}:hold:" ID "\n9\n8\n" ID "\n"),
           "the id of the key is the third argument");
}


static void
test_write(void)
{
    trade_args_t        args;
    trade_call_t        call;
    trade_write_args_t  write = { 0 };

    write.seen = unmade;
    write.id = trade_str_c(ID);
    write.fingerprint = trade_str_c("ab12");
    write.key_ms = 5000;

    (void) begin(&args, &call);
    trade_call_put_write_keys(&args, &write, TRADE_KEY_ORDER);
    trade_call_put_keys_end(&args, &call);
    trade_call_put_write_args(&args, &write);
    (void) trade_call_put_end(&args, &call);
    is_str(text_of(&call),
           trade_str_c("trade:{s167}:slot\ntrade:{s167}:due\n"
                       "trade:{s167}:order:\ntrade:{s167}:order:" ID "\n"
                       "trade:{s167}:key:\n9\n\n" ID "\nab12\n\n"),
           "without an Idempotency-Key no time goes with it");

    write.key = trade_str_c("cd34");

    (void) begin(&args, &call);
    trade_call_put_write_args(&args, &write);
    (void) trade_call_put_end(&args, &call);
    is_str(text_of(&call), trade_str_c("9\n\n" ID "\nab12\n5000\n"),
           "an Idempotency-Key goes with its time");
}


static void
test_headers(void)
{
    trade_args_t     args;
    trade_call_t     call;
    trade_record_t   record = { .key = TRADE_RECORD_KEY_BUYER,
                                .partition = 5 };

    (void) begin(&args, &call);
    trade_call_put_headers(&args, &record, trade_str_c("{}"));
    trade_call_put_headers(&args, &record, trade_str_of(NULL, 0));
    trade_call_put_headers(&args, NULL, trade_str_c("{}"));
    (void) trade_call_put_end(&args, &call);

    is_str(call.argv[0], trade_str_c("b4 - -\n{}"),
           "a body stands behind its headers");
    is_str(call.argv[1], trade_str_c("b4 - -"),
           "headers may stand without a body");
    is_str(call.argv[2], trade_str_c("{}"), "a body may stand without headers");
}


static void
test_condition(void)
{
    trade_args_t           args;
    trade_call_t           call;
    trade_precondition_t   condition = { trade_str(" 1 "), trade_str("*"), 0 };

    (void) begin(&args, &call);
    trade_call_put_condition(&args, NULL);
    trade_call_put_condition(&args, &condition);

    condition.unmodified = TRADE_PRECONDITION_UNSET;
    trade_call_put_condition(&args, &condition);
    (void) trade_call_put_end(&args, &call);

    is_str(text_of(&call), trade_str_c("\n\n\n 1 \n*\n0\n 1 \n*\n\n"),
           "preconditions that are not set are empty arguments");
}


static void
test_events(void)
{
    trade_args_t  args;
    trade_call_t  call;
    trade_due_t   due[] = { { trade_str(ID), 2, 0 }, { trade_str(ID), 3, 1 },
                            { trade_str(ID), 4, 18 } };

    (void) begin(&args, &call);
    trade_call_put_events(&args, due, 3);
    trade_call_put_event(&args, &due[0]);
    trade_call_put_event(&args, &due[1]);
    trade_call_put_event(&args, &due[2]);
    trade_call_put_member(&args, trade_str_c(ID), 4095);
    trade_call_put_field(&args, "held|", trade_str_c("A 1"));
    (void) trade_call_put_end(&args, &call);

    is_str(text_of(&call),
           trade_str_c(ID ".2\n" ID ".3\n" ID ".4\n"
                       ID ".2\n" ID ".3 0\n" ID ".4 17\n"
                       ID ".4095\nheld|A 1\n"),
           "an event, a partition, a slot and a field have their forms");
}


int
main(void)
{
    test_begin();
    test_seen();
    test_write();
    test_headers();
    test_condition();
    test_events();

    return done_testing();
}
