#include "trade_stock.h"
#include "trade_body.h"
#include "trade_time.h"


#define TRADE_STOCK_WORDS  6            /* of the line, behind the SKU */


static void trade_stock_read_time(const trade_json_t *json,
    const cJSON *node, const char *pointer, uint64_t *ms,
    trade_errors_t *errors);
static int trade_stock_read_sku(trade_str_t *line, trade_str_t *sku);
static int trade_stock_read_u64(trade_str_t *line, uint64_t max,
    uint64_t *value);
static int trade_stock_read_i64(trade_str_t *line, int64_t *value);
static int trade_stock_read_opt(trade_str_t *line, uint64_t max,
    uint64_t *value);
static void trade_stock_write_i64(trade_buf_t *b, int64_t value);
static void trade_stock_write_opt(trade_buf_t *b, uint64_t value);
static void trade_stock_write_time(trade_buf_t *b, const char *name,
    uint64_t ms);


trade_verdict_e
trade_stock_parse_put(trade_stock_change_t *change, trade_str_t body,
    trade_errors_t *errors)
{
    enum { TOTAL, LIMIT, OPENS, CLOSES, FIELDS };

    int64_t                   limit;
    const cJSON              *field[FIELDS];
    trade_json_t              json;
    trade_verdict_e           verdict;
    static const char *const  names[] = { "total", "limit", "opens_at",
                                          "closes_at" };

    verdict = trade_body_parse(&json, body, errors);
    if (verdict != TRADE_DONE) {
        return verdict;
    }

    verdict = trade_body_fields(json.root, "", names, field, FIELDS, errors);

    if (verdict == TRADE_DONE) {
        change->delta = 0;
        change->limit = TRADE_STOCK_UNSET;

        (void) trade_body_integer(&json, field[TOTAL], "/total", 0,
                                  TRADE_STOCK_MAX, &change->total, errors);

        if (field[LIMIT] && !cJSON_IsNull(field[LIMIT])
            && trade_body_integer(&json, field[LIMIT], "/limit", 1,
                                  TRADE_STOCK_MAX, &limit, errors)
               == 0)
        {
            change->limit = limit;
        }

        trade_stock_read_time(&json, field[OPENS], "/opens_at",
                              &change->opens, errors);
        trade_stock_read_time(&json, field[CLOSES], "/closes_at",
                              &change->closes, errors);

        if (errors->n == 0 && change->opens != TRADE_STOCK_UNSET
            && change->closes <= change->opens)
        {
            trade_errors_add(errors, "/closes_at", "must be after opens_at");
        }

        verdict = errors->n ? TRADE_INVALID_FIELD : TRADE_DONE;
    }

    trade_json_free(&json);

    return verdict;
}


trade_verdict_e
trade_stock_parse_patch(trade_stock_change_t *change, trade_str_t body,
    trade_errors_t *errors)
{
    const cJSON              *delta;
    trade_json_t              json;
    trade_verdict_e           verdict;
    static const char *const  names[] = { "delta" };

    verdict = trade_body_parse(&json, body, errors);
    if (verdict != TRADE_DONE) {
        return verdict;
    }

    verdict = trade_body_fields(json.root, "", names, &delta, 1, errors);

    if (verdict == TRADE_DONE
        && trade_body_integer(&json, delta, "/delta", -TRADE_STOCK_MAX,
                              TRADE_STOCK_MAX, &change->delta, errors)
           == 0
        && change->delta == 0)
    {
        trade_errors_add(errors, "/delta", "must not be 0");
    }

    trade_json_free(&json);

    if (verdict == TRADE_DONE && errors->n) {
        verdict = TRADE_INVALID_FIELD;
    }

    return verdict;
}


void
trade_stock_write_change(trade_buf_t *b, trade_str_t sku,
    const trade_stock_change_t *change)
{
    trade_buf_str(b, sku);

    if (change->delta) {
        trade_buf_c(b, change->delta < 0 ? " -" : " +");
        trade_buf_u64(b, change->delta < 0 ? -change->delta : change->delta);
        return;
    }

    trade_buf_c(b, " =");
    trade_buf_u64(b, change->total);
    trade_buf_c(b, " ");
    trade_buf_u64(b, change->limit);
    trade_buf_c(b, " ");
    trade_buf_u64(b, change->opens);
    trade_buf_c(b, " ");
    trade_buf_u64(b, change->closes);
}


static void
trade_stock_read_time(const trade_json_t *json, const cJSON *node,
    const char *pointer, uint64_t *ms, trade_errors_t *errors)
{
    trade_str_t  text;

    *ms = TRADE_STOCK_UNSET;

    if (node == NULL || cJSON_IsNull(node)) {
        return;
    }

    if (trade_json_string(json, node, &text) != 0
        || trade_time_read(text, ms) != 0)
    {
        trade_errors_add(errors, pointer, "must be an RFC 3339 date-time, e.g. "
                         "\"2026-11-27T08:00:00Z\"");
    }
}


int
trade_stock_read(trade_stock_t *stock, trade_str_t line)
{
    if (trade_stock_read_sku(&line, &stock->sku) != 0
        || trade_stock_read_u64(&line, TRADE_STOCK_UNSET - 1, &stock->total)
           != 0
        || trade_stock_read_i64(&line, &stock->available) != 0
        || trade_stock_read_u64(&line, TRADE_STOCK_UNSET - 1, &stock->held) != 0
        || trade_stock_read_opt(&line, TRADE_STOCK_UNSET - 1, &stock->limit)
           != 0
        || trade_stock_read_opt(&line, TRADE_TIME_MAX, &stock->opens) != 0
        || trade_stock_read_opt(&line, TRADE_TIME_MAX, &stock->closes) != 0
        || line.len)
    {
        return -1;
    }

    return 0;
}


/* Cuts the SKU off, which all but the last six words are */

static int
trade_stock_read_sku(trade_str_t *line, trade_str_t *sku)
{
    size_t  n, blanks;

    for (blanks = 0, n = line->len; n; n--) {
        if (line->data[n - 1] == ' ' && ++blanks == TRADE_STOCK_WORDS) {
            break;
        }
    }

    if (n <= 1 || line->data[line->len - 1] == ' ') {
        return -1;
    }

    *sku = trade_str_of(line->data, n - 1);
    *line = trade_str_of(line->data + n, line->len - n);

    return trade_name_check(*sku) == TRADE_NAME_VALID ? 0 : -1;
}


static int
trade_stock_read_u64(trade_str_t *line, uint64_t max, uint64_t *value)
{
    return trade_str_u64(trade_str_cut(line, ' '), max, value);
}


static int
trade_stock_read_i64(trade_str_t *line, int64_t *value)
{
    int          minus;
    uint64_t     n;
    trade_str_t  text;

    text = trade_str_cut(line, ' ');
    minus = text.len && text.data[0] == '-';

    if (minus) {
        text = trade_str_of(text.data + 1, text.len - 1);
    }

    if (trade_str_u64(text, INT64_MAX, &n) != 0 || (minus && n == 0)) {
        return -1;
    }

    *value = minus ? -(int64_t) n : (int64_t) n;

    return 0;
}


static int
trade_stock_read_opt(trade_str_t *line, uint64_t max, uint64_t *value)
{
    trade_str_t  field;

    field = trade_str_cut(line, ' ');

    if (field.len == 1 && field.data[0] == '-') {
        *value = TRADE_STOCK_UNSET;
        return 0;
    }

    return trade_str_u64(field, max, value);
}


void
trade_stock_write(trade_buf_t *b, const trade_stock_t *stock)
{
    int       less;
    uint64_t  left, sold;

    /* modulo 2^64, so that nothing overflows */

    left = (uint64_t) stock->available + stock->held;
    less = stock->available < 0 && stock->held < -(uint64_t) stock->available;
    sold = less || stock->total > left ? stock->total - left : 0;

    trade_buf_c(b, "\"sku\":");
    trade_buf_json(b, stock->sku);
    trade_buf_c(b, ",\"total\":");
    trade_buf_u64(b, stock->total);
    trade_buf_c(b, ",\"available\":");
    trade_stock_write_i64(b, stock->available);
    trade_buf_c(b, ",\"held\":");
    trade_buf_u64(b, stock->held);
    trade_buf_c(b, ",\"sold\":");
    trade_buf_u64(b, sold);

    trade_buf_c(b, ",\"limit\":");

    if (stock->limit == TRADE_STOCK_UNSET) {
        trade_buf_c(b, "null");

    } else {
        trade_buf_u64(b, stock->limit);
    }

    trade_stock_write_time(b, ",\"opens_at\":", stock->opens);
    trade_stock_write_time(b, ",\"closes_at\":", stock->closes);
}


void
trade_stock_write_line(trade_buf_t *b, const trade_stock_t *stock)
{
    trade_buf_str(b, stock->sku);
    trade_buf_c(b, " ");
    trade_buf_u64(b, stock->total);
    trade_buf_c(b, " ");
    trade_stock_write_i64(b, stock->available);
    trade_buf_c(b, " ");
    trade_buf_u64(b, stock->held);
    trade_stock_write_opt(b, stock->limit);
    trade_stock_write_opt(b, stock->opens);
    trade_stock_write_opt(b, stock->closes);
}


void
trade_stock_write_tag(trade_buf_t *b, const trade_stock_t *stock)
{
    size_t          i;
    const uint64_t  terms[] = { stock->limit, stock->opens, stock->closes };

    trade_buf_u64(b, stock->total);

    for (i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        trade_buf_c(b, ".");

        if (terms[i] != TRADE_STOCK_UNSET) {
            trade_buf_u64(b, terms[i]);
        }
    }
}


static void
trade_stock_write_opt(trade_buf_t *b, uint64_t value)
{
    trade_buf_c(b, " ");

    if (value == TRADE_STOCK_UNSET) {
        trade_buf_c(b, "-");

    } else {
        trade_buf_u64(b, value);
    }
}


static void
trade_stock_write_i64(trade_buf_t *b, int64_t value)
{
    if (value < 0) {
        trade_buf_c(b, "-");
    }

    trade_buf_u64(b, value < 0 ? -(uint64_t) value : (uint64_t) value);
}


static void
trade_stock_write_time(trade_buf_t *b, const char *name, uint64_t ms)
{
    trade_buf_c(b, name);

    if (ms == TRADE_STOCK_UNSET) {
        trade_buf_c(b, "null");
        return;
    }

    trade_buf_c(b, "\"");
    trade_time_write(b, ms);
    trade_buf_c(b, "\"");
}
