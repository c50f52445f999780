/*
 * TAP for the unit tests: each check prints a line, done_testing() the plan
 * and the exit code.
 */

#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "trade_json.h"


#define UNIT_ROWS(table)  (sizeof(table) / sizeof((table)[0]))
#define UNIT_GUARD_MAX    (1 << 20)

#define UNIT_X16          "xxxxxxxxxxxxxxxx"
#define UNIT_X64          UNIT_X16 UNIT_X16 UNIT_X16 UNIT_X16

/* the longest SKU or buyer id, and the one that is longest in JSON */
#define UNIT_17(s)        s s s s s s s s s s s s s s s s s
#define UNIT_15(s)        s s s s s s s s s s s s s s s
#define UNIT_NAME         UNIT_15(UNIT_17("x"))
#define UNIT_QUOTES       UNIT_15(UNIT_17("\""))
#define UNIT_QUOTES_JSON  UNIT_15(UNIT_17("\\u0022"))


static int  unit_checks, unit_failures;


/*
 * Names may be raw input: characters that TAP would take for its own are
 * replaced.
 */

static inline int
unit_check(int passed, const char *format, va_list args)
{
    char  name[100], *p;

    (void) vsnprintf(name, sizeof(name), format, args);

    for (p = name; *p; p++) {
        if (*p < 0x20 || *p > 0x7e || *p == '#' || *p == '\\') {
            *p = '?';
        }
    }

    unit_checks++;
    unit_failures += !passed;

    (void) printf("%sok %d - %s\n", passed ? "" : "not ", unit_checks, name);

    return passed;
}


__attribute__((format(printf, 2, 3)))
static inline int
ok(int passed, const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    (void) unit_check(passed, format, args);
    va_end(args);

    return passed;
}


__attribute__((format(printf, 3, 4)))
static inline int
is_int(long long got, long long want, const char *format, ...)
{
    va_list  args;

    va_start(args, format);

    if (!unit_check(got == want, format, args)) {
        (void) printf("#      got: %lld\n# expected: %lld\n", got, want);
    }

    va_end(args);

    return got == want;
}


__attribute__((format(printf, 3, 4)))
static inline int
is_str(trade_str_t got, trade_str_t want, const char *format, ...)
{
    int      equal;
    va_list  args;

    va_start(args, format);
    equal = trade_str_eq(got, want);

    if (!unit_check(equal, format, args)) {
        (void) printf("#      got: %.*s\n# expected: %.*s\n", (int) got.len,
                      got.data, (int) want.len, want.data);
    }

    va_end(args);

    return equal;
}


static inline int
done_testing(void)
{
    (void) printf("1..%d\n", unit_checks);

    return unit_failures ? EXIT_FAILURE : EXIT_SUCCESS;
}


/* The same numbers in every run: xorshift32. */

static inline uint32_t
unit_random(void)
{
    static uint32_t  x = 2463534242u;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;

    return x;
}


static inline int
unit_is_json(trade_str_t text)
{
    trade_json_t        json;
    trade_json_rc_e     rc;
    trade_json_error_t  error;

    rc = trade_json_parse(&json, text, 16, &error);

    if (rc == TRADE_JSON_OK) {
        trade_json_free(&json);
    }

    return rc == TRADE_JSON_OK;
}


/* For cJSON_InitHooks() */

static inline void *
unit_no_memory(size_t size)
{
    (void) size;

    return NULL;
}


/*
 * A copy of `s` that ends where a page without access begins, so that reading
 * one byte too many crashes; good until the next call.
 */
static inline trade_str_t
unit_guard(trade_str_t s)
{
    static char  *end;

    if (end == NULL) {
        end = mmap(NULL, 2 * UNIT_GUARD_MAX, PROT_READ|PROT_WRITE,
                   MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

        if (end == MAP_FAILED
            || mprotect(end + UNIT_GUARD_MAX, UNIT_GUARD_MAX, PROT_NONE) != 0)
        {
            abort();
        }

        end += UNIT_GUARD_MAX;
    }

    if (s.len > UNIT_GUARD_MAX) {
        abort();
    }

    if (s.len) {
        memcpy(end - s.len, s.data, s.len);
    }

    return trade_str_of(end - s.len, s.len);
}


/*
 * Whether `write` needs just `need` bytes: with each smaller size it notes an
 * overflow and leaves what lies behind its memory alone.
 */
static inline int
unit_bounded(void (*write)(trade_buf_t *b, const void *data), const void *data,
    size_t need)
{
    int          right;
    char        *mem;
    size_t       size;
    trade_buf_t  b;

    mem = malloc(need + 64);

    for (right = mem != NULL, size = 0; right && size <= need; size++) {
        memset(mem, '~', need + 64);
        trade_buf_init(&b, mem, size);
        write(&b, data);

        right = b.overflow == (size < need)
                && (size_t) (b.pos - b.start) <= size
                && memcmp(mem + size, mem + size + 1, need - size + 63) == 0
                && mem[size] == '~';
    }

    free(mem);

    return right;
}


#endif /* UNIT_H */
