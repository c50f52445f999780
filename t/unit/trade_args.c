/* Shows that arguments lie where they belong, or that there was no room. */

#include "trade_args.h"
#include "unit.h"


#define STRINGS  6
#define TEXT     (sizeof("18446744073709551615") - 1 + 1 + 3)


/* Six strings, of which three need memory of their own */

static void
put(trade_args_t *args)
{
    char  *start;

    trade_args_c(args, "static");
    trade_args_u64(args, UINT64_MAX);
    trade_args_u64_or(args, 7, 0);
    trade_args_u64_or(args, 0, 0);
    trade_args_str(args, trade_str_of(NULL, 0));

    start = args->b.pos;
    trade_buf_c(&args->b, "a.");
    trade_buf_u64(&args->b, 5);
    trade_args_since(args, start);
}


static void
test_put(void)
{
    size_t        i;
    void         *mem[STRINGS * sizeof(trade_str_t) / sizeof(void *) + 8];
    trade_args_t  args;

    static const char *const  want[STRINGS] = {
        "static", "18446744073709551615", "7", "", "", "a.5"
    };

    trade_args_init(&args, mem, STRINGS * sizeof(trade_str_t) + TEXT, STRINGS);
    put(&args);

    ok(!args.b.overflow, "all find room");
    is_int(args.argc, STRINGS, "all strings that found room are counted");

    for (i = 0; i < STRINGS; i++) {
        is_str(args.argv[i], trade_str_c(want[i]),
               "argument %zu is as it was added", i);
        ok(args.argv[i].data != NULL, "argument %zu may be copied", i);
    }
}


/* Memory that ends where a page without access begins */

static void
test_room(void)
{
    size_t         size, strings;
    trade_str_t    mem;
    trade_args_t   args;
    static char    any[STRINGS * sizeof(trade_str_t) + TEXT];

    for (size = 0; size < STRINGS * sizeof(trade_str_t) + TEXT; size++) {
        mem = unit_guard(trade_str_of(any, size));

        /* a string's place is aligned */

        if ((uintptr_t) mem.data % sizeof(void *)) {
            continue;
        }

        trade_args_init(&args, (void *) mem.data, size, STRINGS);
        put(&args);
        ok(args.b.overflow, "%zu bytes are too few", size);
    }

    for (strings = 0; strings < STRINGS; strings++) {
        mem = unit_guard(trade_str_of(any, sizeof(any) / 8 * 8));
        trade_args_init(&args, (void *) mem.data, mem.len, strings);
        put(&args);
        ok(args.b.overflow, "places for %zu strings are too few", strings);
        ok(args.argc <= strings, "no string past the room is taken");
    }
}


int
main(void)
{
    test_put();
    test_room();

    return done_testing();
}
