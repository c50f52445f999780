#include "trade_args.h"


void
trade_args_init(trade_args_t *args, void *mem, size_t size, size_t max)
{
    size_t  strings;

    strings = max * sizeof(trade_str_t);

    if (size < strings) {
        max = 0;
        strings = 0;
        size = 0;
    }

    args->argv = mem;
    args->argc = 0;
    args->max = max;

    trade_buf_init(&args->b, (char *) mem + strings, size - strings);
}


void
trade_args_str(trade_args_t *args, trade_str_t s)
{
    if (args->argc < args->max) {
        args->argv[args->argc++] = s.data ? s : trade_str_c("");

    } else {
        args->b.overflow = 1;
    }
}


void
trade_args_c(trade_args_t *args, const char *zero_terminated)
{
    trade_args_str(args, trade_str_c(zero_terminated));
}


void
trade_args_u64(trade_args_t *args, uint64_t value)
{
    char  *start;

    start = args->b.pos;
    trade_buf_u64(&args->b, value);
    trade_args_since(args, start);
}


void
trade_args_u64_or(trade_args_t *args, uint64_t value, uint64_t none)
{
    if (value == none) {
        trade_args_c(args, "");

    } else {
        trade_args_u64(args, value);
    }
}


void
trade_args_since(trade_args_t *args, const char *start)
{
    trade_args_str(args, trade_str_of(start, args->b.pos - start));
}
