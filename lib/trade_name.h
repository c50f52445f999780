/*
 * Names that others choose: SKUs and buyer ids.
 *
 * A name is 1 to 255 bytes of UTF-8, without control characters (U+0000 to
 * U+001F, U+007F to U+009F) and without a blank at either end; it means nothing
 * to the gateway.  Keys and fields in Redis, arguments of scripts and keys in
 * Kafka hold it as it is.
 *
 * In JSON a quote is written \u0022, a backslash \u005c, and all else as it is
 * (trade_buf_json).  So a name's end is the next quote, for scripts too.
 */

#ifndef TRADE_NAME_H
#define TRADE_NAME_H

#include "trade_str.h"


#define TRADE_NAME_MAX       255

/* For messages, behind the fault. */
#define TRADE_NAME_RULE      "1 to 255 bytes of UTF-8 are allowed, without "  \
                             "control characters or blanks around them"

#define TRADE_NAME_JSON_MAX  (6 * TRADE_NAME_MAX)


typedef enum {
    TRADE_NAME_VALID = 0,
    TRADE_NAME_EMPTY,
    TRADE_NAME_TOO_LONG,
    TRADE_NAME_NOT_UTF8,
    TRADE_NAME_CONTROL,
    TRADE_NAME_BLANK
} trade_name_e;


trade_name_e trade_name_check(trade_str_t s);

/* Why `s` is no name, e.g.  "is longer than 255 bytes"; NULL if it is one. */
const char *trade_name_fault(trade_str_t s);

/* The bytes of a name in JSON, without the quotes around it. */
size_t trade_name_json_len(trade_str_t name);

/* Appends a name itself, read from JSON between its quotes. */
void trade_name_unescape(trade_buf_t *b, trade_str_t json);

/* Whether the text between quotes in JSON is that name. */
int trade_name_is(trade_str_t json, trade_str_t name);


#endif /* TRADE_NAME_H */
