/* Shows that RFC 3339 times are written and read exactly, to 9999. */

#include "trade_time.h"
#include "unit.h"


static const struct {
    uint64_t     ms;
    trade_str_t  text;
} times[] = {
    { 0, trade_str("1970-01-01T00:00:00.000Z") },
    { 1, trade_str("1970-01-01T00:00:00.001Z") },
    { 951782400000, trade_str("2000-02-29T00:00:00.000Z") },
    { 1767323045678, trade_str("2026-01-02T03:04:05.678Z") },
    { 2147483648000, trade_str("2038-01-19T03:14:08.000Z") },
    { 4107542400000, trade_str("2100-03-01T00:00:00.000Z") },
    { TRADE_TIME_MAX, trade_str("9999-12-31T23:59:59.999Z") }
};


static const struct {
    const char  *text;
    uint64_t     ms;
} accepted[] = {
    { "2026-01-02T03:04:05Z", 1767323045000 },
    { "2026-01-02t03:04:05z", 1767323045000 },
    { "2026-01-02 03:04:05Z", 1767323045000 },
    { "2026-01-02T03:04:05.6Z", 1767323045600 },
    { "2026-01-02T03:04:05.67Z", 1767323045670 },
    { "2026-01-02T03:04:05.6789999999999999999999Z", 1767323045678 },
    { "2026-01-02T03:04:05.0009Z", 1767323045000 },
    { "2026-01-02T03:04:05+00:00", 1767323045000 },
    { "2026-01-02T03:04:05-00:00", 1767323045000 },
    { "2026-01-02T04:04:05.678+01:00", 1767323045678 },
    { "2026-01-01T21:34:05.678-05:30", 1767323045678 },
    { "2026-01-03T03:03:05.678+23:59", 1767323045678 },
    { "2016-12-31T23:59:60Z", 1483228799000 },
    { "2016-12-31T23:59:60.5Z", 1483228799500 },
    { "1969-12-31T23:30:00-01:00", 1800000 },
    { "9999-12-31T23:59:60Z", 253402300799000 },
    { "2024-02-29T00:00:00Z", 1709164800000 }
};


static const char *const  refused[] = {
    "", "2", "2026", "2026-01-02", "2026-01-02T03:04:05",
    "2026-01-02T03:04Z", "2026-1-2T03:04:05Z", "26-01-02T03:04:05Z",
    "2026-01-02T3:04:05Z", "20260102T030405Z", "2026-01-02_03:04:05Z",
    "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,6Z",
    "2026-01-02T03:04:05.6", "2026-01-02T03:04:05Zx",
    "2026-01-02T03:04:05Z ", " 2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05+01", "2026-01-02T03:04:05+0100",
    "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+00:60",
    "2026-01-02T03:04:05 01:00", "2026-01-02T03:04:05+-1:00",
    "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-01-00T03:04:05Z",
    "2026-01-32T03:04:05Z", "2026-04-31T03:04:05Z", "2026-02-29T03:04:05Z",
    "2100-02-29T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z",
    "2026-01-02T03:04:61Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
    "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    "-026-01-02T03:04:05Z", "+026-01-02T03:04:05Z", "2026-01-02T03:04:0\xb2Z"
};


static void
write_time(trade_buf_t *b, const void *data)
{
    trade_time_write(b, *(const uint64_t *) data);
}


static void
test_write(void)
{
    char         mem[TRADE_TIME_LEN];
    size_t       i;
    uint64_t     ms;
    trade_buf_t  b;

    for (i = 0; i < UNIT_ROWS(times); i++) {
        trade_buf_init(&b, mem, sizeof(mem));
        trade_time_write(&b, times[i].ms);

        is_str(trade_buf_done(&b), times[i].text, "%s", times[i].text.data);
        is_int(b.overflow, 0, "a time is written in TRADE_TIME_LEN bytes");
        is_int(trade_time_read(unit_guard(times[i].text), &ms), 0,
               "a written time can be read");
        is_int(ms, times[i].ms, "a written time is read as the same time");
    }

    ok(unit_bounded(write_time, &times[1].ms, TRADE_TIME_LEN),
       "a time that does not fit is noted");
}


static void
test_read(void)
{
    size_t       i;
    uint64_t     ms;
    trade_str_t  s;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        s = trade_str_c(accepted[i].text);

        is_int(trade_time_read(unit_guard(s), &ms), 0, "%s", s.data);
        is_int(ms, accepted[i].ms, "the time is read");
    }

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        s = trade_str_c(refused[i]);

        is_int(trade_time_read(unit_guard(s), &ms), -1,
               "'%s' is no time", s.data);
    }
}


static void
test_prefixes(void)
{
    int          right;
    uint64_t     ms;
    trade_str_t  s;

    s = trade_str_c("2026-01-01T21:34:05.678-05:30");

    for (right = 1; s.len--; /* void */ ) {
        right &= trade_time_read(unit_guard(s), &ms) == -1;
    }

    ok(right, "a time that is cut short is refused");
}


static void
test_round_trip(void)
{
    int          i, right;
    char         mem[TRADE_TIME_LEN];
    uint64_t     ms, back;
    trade_buf_t  b;

    for (right = 1, i = 0; i < 100000; i++) {
        ms = ((uint64_t) unit_random() << 32 | unit_random())
             % (TRADE_TIME_MAX + 1);

        trade_buf_init(&b, mem, sizeof(mem));
        trade_time_write(&b, ms);

        right &= trade_time_read(trade_buf_done(&b), &back) == 0 && back == ms;
    }

    ok(right, "100,000 times come back as they were written");
}


int
main(void)
{
    test_write();
    test_read();
    test_prefixes();
    test_round_trip();

    return done_testing();
}
