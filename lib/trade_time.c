#include "trade_time.h"

#include <time.h>


static int trade_time_digits(trade_str_t *s, int n, int max, int *value);
static int trade_time_char(trade_str_t *s, const char *any);
static int trade_time_fraction(trade_str_t *s, int *ms);
static int trade_time_zone(trade_str_t *s, int *minutes);
static void trade_time_put(trade_buf_t *b, int value, int n, const char *end);


void
trade_time_write(trade_buf_t *b, uint64_t ms)
{
    time_t     sec;
    struct tm  tm;

    sec = (time_t) (ms / 1000);
    gmtime_r(&sec, &tm);

    trade_time_put(b, tm.tm_year + 1900, 4, "-");
    trade_time_put(b, tm.tm_mon + 1, 2, "-");
    trade_time_put(b, tm.tm_mday, 2, "T");
    trade_time_put(b, tm.tm_hour, 2, ":");
    trade_time_put(b, tm.tm_min, 2, ":");
    trade_time_put(b, tm.tm_sec, 2, ".");
    trade_time_put(b, (int) (ms % 1000), 3, "Z");
}


static void
trade_time_put(trade_buf_t *b, int value, int n, const char *end)
{
    int   i;
    char  digits[4];

    for (i = n - 1; i >= 0; i--) {
        digits[i] = (char) ('0' + value % 10);
        value /= 10;
    }

    trade_buf_put(b, digits, n);
    trade_buf_put(b, end, 1);
}


int
trade_time_read(trade_str_t s, uint64_t *ms)
{
    int        frac, zone, day;
    time_t     sec;
    struct tm  tm = { 0 };

    if (trade_time_digits(&s, 4, 9999, &tm.tm_year)
        || trade_time_char(&s, "-")
        || trade_time_digits(&s, 2, 12, &tm.tm_mon)
        || trade_time_char(&s, "-")
        || trade_time_digits(&s, 2, 31, &tm.tm_mday)
        || trade_time_char(&s, "Tt ")
        || trade_time_digits(&s, 2, 23, &tm.tm_hour)
        || trade_time_char(&s, ":")
        || trade_time_digits(&s, 2, 59, &tm.tm_min)
        || trade_time_char(&s, ":")
        || trade_time_digits(&s, 2, 60, &tm.tm_sec)
        || trade_time_fraction(&s, &frac)
        || trade_time_zone(&s, &zone)
        || s.len || tm.tm_mon == 0 || tm.tm_mday == 0)
    {
        return -1;
    }

    if (tm.tm_sec == 60) {
        tm.tm_sec = 59;
    }

    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    day = tm.tm_mday;

    sec = timegm(&tm);

    if (tm.tm_mday != day) {                        /* e.g. 30 February */
        return -1;
    }

    sec -= zone * 60;

    if (sec < 0 || (uint64_t) sec > TRADE_TIME_MAX / 1000) {
        return -1;
    }

    *ms = (uint64_t) sec * 1000 + frac;

    return 0;
}


/* Cuts exactly n digits off the front; the number is at most max */

static int
trade_time_digits(trade_str_t *s, int n, int max, int *value)
{
    int  v;

    if (s->len < (size_t) n) {
        return -1;
    }

    for (v = 0; n; n--, s->data++, s->len--) {
        if (*s->data < '0' || *s->data > '9') {
            return -1;
        }

        v = v * 10 + (*s->data - '0');
    }

    *value = v;

    return v <= max ? 0 : -1;
}


/* Cuts one of the characters in `any` off the front */

static int
trade_time_char(trade_str_t *s, const char *any)
{
    for (; s->len && *any; any++) {
        if (*s->data == *any) {
            s->data++;
            s->len--;
            return 0;
        }
    }

    return -1;
}


static int
trade_time_fraction(trade_str_t *s, int *ms)
{
    int  digit, scale;

    *ms = 0;

    if (trade_time_char(s, ".") != 0) {
        return 0;
    }

    if (s->len == 0 || *s->data < '0' || *s->data > '9') {
        return -1;
    }

    for (scale = 100;
         trade_time_digits(s, 1, 9, &digit) == 0;
         scale /= 10)
    {
        *ms += digit * scale;
    }

    return 0;
}


static int
trade_time_zone(trade_str_t *s, int *minutes)
{
    int  sign, h, m;

    *minutes = 0;

    if (trade_time_char(s, "Zz") == 0) {
        return 0;
    }

    if (trade_time_char(s, "+") == 0) {
        sign = 1;

    } else if (trade_time_char(s, "-") == 0) {
        sign = -1;

    } else {
        return -1;
    }

    if (trade_time_digits(s, 2, 23, &h)
        || trade_time_char(s, ":")
        || trade_time_digits(s, 2, 59, &m))
    {
        return -1;
    }

    *minutes = sign * (h * 60 + m);

    return 0;
}
