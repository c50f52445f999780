/*
 * The keys and arguments of a call: a list of strings, and the memory of the
 * strings that are made for it.
 */

#ifndef TRADE_ARGS_H
#define TRADE_ARGS_H

#include "trade_str.h"


typedef struct {
    trade_str_t  *argv;
    size_t        argc;
    size_t        max;                  /* strings that argv has room for */
    trade_buf_t   b;                    /* overflow: a string had no room */
} trade_args_t;


/* The list stands first in `mem`, and the text of its strings behind it. */
void trade_args_init(trade_args_t *args, void *mem, size_t size, size_t max);

/*
 * Appends a view; its data is never NULL, so that an empty one can be copied as
 * any other.
 */
void trade_args_str(trade_args_t *args, trade_str_t s);
void trade_args_c(trade_args_t *args, const char *zero_terminated);
void trade_args_u64(trade_args_t *args, uint64_t value);

/* Appends an empty string if `value` equals `none`. */
void trade_args_u64_or(trade_args_t *args, uint64_t value, uint64_t none);

/* Appends the text that was written to args->b since it stood at `start`. */
void trade_args_since(trade_args_t *args, const char *start);


#endif /* TRADE_ARGS_H */
