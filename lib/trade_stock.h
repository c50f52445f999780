/*
 * Stock: the bodies that change it, and how it is shown.
 *
 *      PUT    {"total": 100, "limit": 2, "opens_at": "...", "closes_at": "..."}
 *      PATCH  {"delta": -5}, or any of these four, or it and the last three
 *
 * PUT unsets what is left out, PATCH keeps it.
 *
 * In Redis and in the record of a change a state of stock is one line,
 * written by scripts/stock_line.lua, `-` for what is not set.  Available is
 * negative after a loss let the same units be sold twice:
 *
 *      <sku> <total> <available> <held> <limit> <opens ms> <closes ms>
 *
 * A SKU may hold blanks, so the six words behind it are counted from the end.
 */

#ifndef TRADE_STOCK_H
#define TRADE_STOCK_H

#include "trade_json.h"
#include "trade_name.h"
#include "trade_problem.h"
#include "trade_str.h"


#define TRADE_STOCK_MAX    1000000000000LL
#define TRADE_STOCK_UNSET  UINT64_MAX
#define TRADE_STOCK_KEPT   (UINT64_MAX - 1)     /* of a PATCH: unchanged */


typedef struct {
    int64_t          total;         /* -1: unchanged */
    int64_t          delta;         /* added to total; 0: nothing */
    uint64_t         limit;         /* per buyer; these three may be
                                       TRADE_STOCK_UNSET or _KEPT */
    uint64_t         opens;         /* ms */
    uint64_t         closes;        /* ms */
    int              patch;         /* of stock that must exist */
} trade_stock_change_t;


typedef struct {
    trade_str_t      sku;
    uint64_t         total;
    int64_t          available;     /* negative: oversold (reconcile) */
    uint64_t         held;          /* by carts that are not known to be
                                       placed */
    uint64_t         limit;         /* these three may be unset */
    uint64_t         opens;
    uint64_t         closes;
} trade_stock_t;


/* Makes it a PATCH that keeps everything.  The parser does; and for tests. */
void trade_stock_change_none(trade_stock_change_t *change);

/*
 * Parses a body.  Returns TRADE_DONE, or a result with the reasons in *errors.
 */
trade_result_e trade_stock_parse_put(trade_stock_change_t *change,
    trade_str_t body, trade_errors_t *errors);
trade_result_e trade_stock_parse_patch(trade_stock_change_t *change,
    trade_str_t body, trade_errors_t *errors);

/*
 * Appends a text that is equal for equal changes: the SKU and the change to it,
 * however the body was written.
 */
void trade_stock_write_change(trade_buf_t *b, trade_str_t sku,
    const trade_stock_change_t *change);

#define TRADE_STOCK_CHANGE_MAX  (128 + TRADE_NAME_MAX)

/* Reads the line above; views into `line`.  Returns 0, or -1 if it is none. */
int trade_stock_read(trade_stock_t *stock, trade_str_t line);

/*
 * Appends the first part of the stock's entity tag: the values that a change
 * sets, so that a sale does not change it. scripts/stock_line.lua writes the
 * same.
 */
void trade_stock_write_tag(trade_buf_t *b, const trade_stock_t *stock);

#define TRADE_STOCK_TAG_MAX  84

/*
 * Appends the second part: the other values that are shown, except the slot's
 * version.
 */
void trade_stock_write_units(trade_buf_t *b, const trade_stock_t *stock);

#define TRADE_STOCK_UNITS_MAX  42

/*
 * Reads what trade_stock_write() has written; views into it.  Returns 0 or -1.
 */
int trade_stock_read_json(trade_stock_t *stock, const trade_json_t *json);

/* Appends the stock as JSON. */
void trade_stock_write_line(trade_buf_t *b, const trade_stock_t *stock);

/*
 * Appends the members of the stock's JSON object, without braces: sku, total,
 * available, held, sold, limit, opens_at, closes_at.
 */
void trade_stock_write(trade_buf_t *b, const trade_stock_t *stock);

#define TRADE_STOCK_JSON_MAX  (320 + TRADE_NAME_JSON_MAX)


#endif /* TRADE_STOCK_H */
