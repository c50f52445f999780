#include "trade_stock.h"
#include "trade_time.h"


#define TRADE_STOCK_WORDS  6            /* of the line, behind the SKU */


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


/* Cuts the SKU off: all words except the last six */

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


/* The units that are sold follow from these and the total */

void
trade_stock_write_units(trade_buf_t *b, const trade_stock_t *stock)
{
    trade_stock_write_i64(b, stock->available);
    trade_buf_c(b, ".");
    trade_buf_u64(b, stock->held);
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
