/*
 * Shows which tickets are well-formed and valid, to the second, and that
 * tickets are those of examples/ticket.py.
 */

#include "trade_ticket.h"
#include "trade_time.h"
#include "unit.h"


#define SECRET1                                                               \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

#define KEY1   "k1 " SECRET1
#define KEY2   "k2 ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"

#define NOW    1764445200ULL

/* for A-1, by u-1, for 60 seconds from NOW on */
#define TEXT   "1.k1.1764445260.QS0x.dS0x.n-1"
#define MAC    "WyQqFdJ66qiLs0zhQVeEo9QaBqH0cCT0WumCduigK1U"
#define BY_K2  "1.k2.1764445260.QS0x.dS0x.n-1."                               \
               "gBpxDXWobhhqe5BTlCab8oGtbOGhKJEnUOKSoXrSsxI"

/* 255 times "s", in base64url */
#define S255   UNIT_17("c3Nzc3Nzc3Nzc3Nzc3Nz")
#define NAMES  "has a SKU or a buyer that is not up to 255 bytes in base64url"
#define FORM   "has a SKU or a buyer of a form that is not allowed"
#define NONCE  "has a nonce that is not 1 to 64 of A-Z a-z 0-9 _ -"
#define KEYID  "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -"
#define TIME   "has a time that is no number of seconds"
#define FIELDS "has not seven fields with dots between them"
#define SUM    "has a MAC that is not 32 bytes in base64url"


static const struct {
    trade_str_t  text;
    const char  *fault;
} malformed[] = {
    { trade_str(""), FIELDS },
    { trade_str("."), FIELDS },
    { trade_str("x"), FIELDS },
    { trade_str("......"), "is not of version 1" },
    { trade_str(TEXT), FIELDS },
    { trade_str(TEXT "." MAC "."), FIELDS },
    { trade_str(TEXT "." MAC ".x"), FIELDS },
    { trade_str("." TEXT "." MAC), FIELDS },
    { trade_str(" " TEXT "." MAC), "is not of version 1" },
    { trade_str("2.k1.1764445260.QS0x.dS0x.n-1." MAC), "is not of version 1" },
    { trade_str("01.k1.1764445260.QS0x.dS0x.n-1." MAC), "is not of version 1" },
    { trade_str("1..1764445260.QS0x.dS0x.n-1." MAC), KEYID },
    { trade_str("1.k,1.1764445260.QS0x.dS0x.n-1." MAC), KEYID },
    { trade_str("1." UNIT_X64 "x.1764445260.QS0x.dS0x.n-1." MAC), KEYID },
    { trade_str("1.k1..QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.-1.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.+1764445260.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.01764445260.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.1764445260s.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.253402300800.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.18446744073709551617.QS0x.dS0x.n-1." MAC), TIME },
    { trade_str("1.k1.1764445260..dS0x.n-1." MAC), FORM },
    { trade_str("1.k1.1764445260.QS0x..n-1." MAC), FORM },
    { trade_str("1.k1.1764445260.QS1.dS0x.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260.QS0x=.dS0x.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260.QS0x.d+/x.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260.A-1.dS0x.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260._w.dS0x.n-1." MAC), FORM },
    { trade_str("1.k1.1764445260.QS0x.dQo.n-1." MAC), FORM },
    { trade_str("1.k1.1764445260.IHg.dS0x.n-1." MAC), FORM },
    { trade_str("1.k1.1764445260." S255 ".dS0x.n-1." MAC), NULL },
    { trade_str("1.k1.1764445260." S255 "cw.dS0x.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260.QS0x." S255 "cw.n-1." MAC), NAMES },
    { trade_str("1.k1.1764445260.QS0x.dS0x.." MAC), NONCE },
    { trade_str("1.k1.1764445260.QS0x.dS0x.n 1." MAC), NONCE },
    { trade_str("1.k1.1764445260.QS0x.dS0x.\"n\"." MAC), NONCE },
    { trade_str("1.k1.1764445260.QS0x.dS0x." UNIT_X64 "." MAC), NULL },
    { trade_str("1.k1.1764445260.QS0x.dS0x." UNIT_X64 "x." MAC), NONCE },
    { trade_str(TEXT "."), SUM },
    { trade_str(TEXT ".AAAA"), SUM },
    { trade_str(TEXT "." MAC "A"), SUM },
    { trade_str(TEXT "." MAC "AAAA"), SUM },
    { trade_str(TEXT "." MAC "="), SUM },
    { trade_str(TEXT ".WyQqFdJ66qiLs0zhQVeEo9QaBqH0cCT0WumCduigK1V"), SUM },
    { trade_str(TEXT ".5b242a15d27aeaa88bb34ce1415784a3"
                "d41a06a1f47024f45ae98276e8a02b55"), SUM },
    { trade_str("1.k1\0.1764445260.QS0x.dS0x.n-1." MAC), KEYID }
};


/* tickets, by keys of files, at times */

static const struct {
    const char      *name;
    trade_str_t      text;
    const char      *keys;
    uint64_t         now;
    trade_result_e   result;
} checks[] = {
    { "a valid ticket", trade_str(TEXT "." MAC), KEY1, NOW, TRADE_DONE },
    { "a ticket in its last second", trade_str(TEXT "." MAC), KEY1, NOW + 59,
      TRADE_DONE },
    { "a ticket in the second of its end", trade_str(TEXT "." MAC), KEY1,
      NOW + 60, TRADE_TICKET_EXPIRED },
    { "a ticket long after its end", trade_str(TEXT "." MAC), KEY1,
      NOW + 1000000000, TRADE_TICKET_EXPIRED },
    { "a ticket that expires in 12 hours", trade_str(TEXT "." MAC), KEY1,
      NOW + 60 - 43200, TRADE_DONE },
    { "a ticket that expires a second later", trade_str(TEXT "." MAC), KEY1,
      NOW + 60 - 43201, TRADE_TICKET_MALFORMED },
    { "a ticket by the first of two keys", trade_str(TEXT "." MAC),
      KEY1 KEY2, NOW, TRADE_DONE },
    { "a ticket by the second of two keys", trade_str(TEXT "." MAC),
      KEY2 KEY1, NOW, TRADE_DONE },
    { "a ticket by another key, beside it", trade_str(BY_K2), KEY1 KEY2, NOW,
      TRADE_DONE },
    { "a ticket by a key that is not there", trade_str(BY_K2), KEY1, NOW,
      TRADE_TICKET_INVALID },
    { "a ticket by a key that is not there any more", trade_str(TEXT "." MAC),
      KEY2, NOW, TRADE_TICKET_INVALID },
    { "a ticket with another SKU",
      trade_str("1.k1.1764445260.QS0y.dS0x.n-1." MAC), KEY1, NOW,
      TRADE_TICKET_INVALID },
    { "a ticket with another buyer",
      trade_str("1.k1.1764445260.QS0x.dS0y.n-1." MAC), KEY1, NOW,
      TRADE_TICKET_INVALID },
    { "a ticket with a later end",
      trade_str("1.k1.1764445261.QS0x.dS0x.n-1." MAC), KEY1, NOW,
      TRADE_TICKET_INVALID },
    { "a ticket with another nonce",
      trade_str("1.k1.1764445260.QS0x.dS0x.n-2." MAC), KEY1, NOW,
      TRADE_TICKET_INVALID },
    { "a ticket with the key id of the other key",
      trade_str("1.k2.1764445260.QS0x.dS0x.n-1." MAC), KEY1 KEY2, NOW,
      TRADE_TICKET_INVALID },
    { "an expired ticket with a wrong MAC",
      trade_str("1.k1.1764445260.QS0y.dS0x.n-1." MAC), KEY1, NOW + 60,
      TRADE_TICKET_INVALID }
};


static trade_ticket_keys_t *
keys_of(const char *file)
{
    size_t                line;
    trade_ticket_keys_t  *keys;

    keys = trade_ticket_keys_create();

    if (keys == NULL
        || trade_ticket_keys_read(keys, trade_str_c(file), &line) != NULL)
    {
        abort();
    }

    return keys;
}


static void
test_malformed(void)
{
    size_t           i;
    const char      *fault;
    trade_ticket_t   ticket;

    for (i = 0; i < UNIT_ROWS(malformed); i++) {
        fault = trade_ticket_parse(&ticket, unit_guard(malformed[i].text));
        is_str(trade_str_c(fault ? fault : "is well-formed"),
               trade_str_c(malformed[i].fault ? malformed[i].fault
                                              : "is well-formed"),
               "ticket %zu is read or refused: %.*s",
               i, (int) malformed[i].text.len,
               malformed[i].text.data);
    }
}


static void
test_parsed(void)
{
    trade_ticket_t  ticket;

    ok(trade_ticket_parse(&ticket, trade_str_c(
           "1.k1.1764445260.w6kiXCDmiYs.YXV0aDB8NWY3Yy4x._-9aZ."
           "LKsF6V3D-I60vMiDgVU5JN9tLQ4TU3b2FaHdxG2t0Hs"))
       == NULL, "a ticket of any names is well-formed");

    is_str(ticket.key, trade_str_c("k1"), "a ticket has its key id");
    is_int(ticket.expires, 1764445260, "a ticket has its time");
    is_str(ticket.sku, trade_str_c("\xc3\xa9\"\\ \xe6\x89\x8b"),
           "a ticket has its SKU");
    is_str(ticket.buyer, trade_str_c("auth0|5f7c.1"), "a ticket has its buyer");
    is_str(ticket.nonce, trade_str_c("_-9aZ"), "a ticket has its nonce");
}


static void
test_checks(void)
{
    size_t                i;
    trade_ticket_t        ticket;
    trade_ticket_keys_t  *keys;

    for (i = 0; i < UNIT_ROWS(checks); i++) {
        keys = keys_of(checks[i].keys);

        ok(trade_ticket_parse(&ticket, unit_guard(checks[i].text)) == NULL,
           "%s is well-formed", checks[i].name);
        is_int(trade_ticket_check(&ticket, keys, checks[i].now),
               checks[i].result, "%s has its result", checks[i].name);

        trade_ticket_keys_free(keys);
    }
}


/* Each bit of the MAC counts */

static void
test_bits(void)
{
    int                   i, refused;
    trade_ticket_t        ticket;
    trade_ticket_keys_t  *keys;

    keys = keys_of(KEY1);
    (void) trade_ticket_parse(&ticket, trade_str_c(TEXT "." MAC));

    for (refused = 0, i = 0; i < 8 * TRADE_TICKET_MAC; i++) {
        ticket.mac[i / 8] ^= 1 << i % 8;
        refused += trade_ticket_check(&ticket, keys, NOW)
                   == TRADE_TICKET_INVALID;
        ticket.mac[i / 8] ^= 1 << i % 8;
    }

    is_int(refused, 256, "a ticket is not valid if any bit of its MAC differs");
    is_int(trade_ticket_check(&ticket, keys, NOW), TRADE_DONE,
           "a ticket is valid again with its own MAC");

    trade_ticket_keys_free(keys);
}


/* Writes one ticket, of any names */

static trade_str_t
written(const trade_ticket_t *ticket, const char *file)
{
    trade_buf_t           b;
    static char           mem[TRADE_TICKET_MAX];
    trade_ticket_keys_t  *keys;

    keys = keys_of(file);
    trade_buf_init(&b, mem, sizeof(mem));

    ok(trade_ticket_write(&b, ticket, keys) == 0 && !b.overflow,
       "a ticket is written");

    trade_ticket_keys_free(keys);

    return trade_buf_done(&b);
}


static void
test_written(void)
{
    trade_str_t     text;
    trade_ticket_t  ticket, again;

    ticket.expires = NOW + 60;
    ticket.sku = trade_str_c("A-1");
    ticket.buyer = trade_str_c("u-1");
    ticket.nonce = trade_str_c("n-1");

    is_str(written(&ticket, KEY1 KEY2), trade_str_c(TEXT "." MAC),
           "the first of two keys signs");
    is_str(written(&ticket, KEY2 KEY1), trade_str_c(BY_K2),
           "the other key signs when it is the first");

    ticket.expires = TRADE_TIME_MAX / 1000;
    ticket.sku = trade_str_c(UNIT_NAME);
    ticket.buyer = trade_str_c(UNIT_QUOTES);
    ticket.nonce = trade_str_c(UNIT_X64);

    text = written(&ticket, UNIT_X64 " " SECRET1);

    is_int(text.len, TRADE_TICKET_MAX, "the longest ticket has its length");
    ok(trade_ticket_parse(&again, text) == NULL
       && trade_str_eq(again.sku, ticket.sku)
       && trade_str_eq(again.buyer, ticket.buyer),
       "the longest names are read as they were written");
}


int
main(void)
{
    test_malformed();
    test_parsed();
    test_checks();
    test_bits();
    test_written();

    return done_testing();
}
