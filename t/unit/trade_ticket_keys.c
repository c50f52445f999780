/* Shows which files have keys, and that each key gives the MAC it should. */

#include "trade_ticket_keys.h"
#include "unit.h"


#define HEX1     "000102030405060708090a0b0c0d0e0f"                           \
                 "101112131415161718191a1b1c1d1e1f"
#define BASE2    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
#define MAC1     "f0133729c4163dede81e21cd47839256"                           \
                 "da58171238c8a0d874397c73b14e1e47"
#define MAC2     "3e03ceb816ef30e07bd35997162111fc"                           \
                 "bff457ed8013fa282d736fb2417c9672"

/* the hex digits of 16 and of 256 bytes */
#define FF16     "ffffffffffffffffffffffffffffffff"
#define FF256    FF16 FF16 FF16 FF16 FF16 FF16 FF16 FF16                      \
                 FF16 FF16 FF16 FF16 FF16 FF16 FF16 FF16


/* files, and the MAC of "abc" under the keys k1 and k2; NULL: no such key */

static const struct {
    const char  *name;
    trade_str_t  file;
    const char  *mac1;
    const char  *mac2;
} accepted[] = {
    { "one key in hex", trade_str("k1 " HEX1 "\n"), MAC1, NULL },
    { "no line feed at the end", trade_str("k1 " HEX1), MAC1, NULL },
    { "two keys", trade_str("k1 " HEX1 "\nk2 " BASE2 "=\n"), MAC1, MAC2 },
    { "two keys the other way round",
      trade_str("k2 " BASE2 "=\nk1 " HEX1 "\n"), MAC1, MAC2 },
    { "base64 without padding", trade_str("k2 " BASE2), NULL, MAC2 },
    { "lines of DOS", trade_str("k1 " HEX1 "\r\n\r\nk2 " BASE2 "=\r\n"),
      MAC1, MAC2 },
    { "blanks and tabs", trade_str(" k1 \t " HEX1 " \n\t\n"), MAC1, NULL },
    { "comments", trade_str("# old: k0 x y\n\nk1 " HEX1 "\n#"), MAC1, NULL },
    { "hex in upper case",
      trade_str("k1 000102030405060708090A0B0C0D0E0F"
                "101112131415161718191a1b1c1d1e1f"), MAC1, NULL },
    { "256 bytes", trade_str("k1 " FF256),
      "95837a3ed4c16a6b2333cfa973f3ba0f", NULL }
};


static const struct {
    trade_str_t  file;
    size_t       line;
    const char  *fault;
} refused[] = {
    { trade_str(""), 0, "has no key" },
    { trade_str("\n \r\n#k1 " HEX1 "\n"), 0, "has no key" },
    { trade_str("k1\n"), 1, "has no secret" },
    { trade_str("\nk1 \n"), 2, "has no secret" },
    { trade_str("k1 " HEX1 " x\n"), 1, "has more than a key id and a secret" },
    { trade_str("k.1 " HEX1 "\n"), 1,
      "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -" },
    { trade_str(UNIT_X64 "x " HEX1), 1,
      "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -" },
    { trade_str("\xef\xbb\xbfk1 " HEX1), 1,
      "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -" },
    { trade_str("k1 secret!\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 " HEX1 "0\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 " BASE2 "==\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 " HEX1 "\0\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 ====\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 =\n"), 1,
      "has a secret that is neither hex nor base64" },
    { trade_str("k1 " UNIT_X16 "\n"), 1,
      "has a secret of fewer than 32 bytes" },
    { trade_str("k1 000102030405060708090a0b0c0d0e0f"
                "101112131415161718191a1b1c1d1e\n"), 1,
      "has a secret of fewer than 32 bytes" },
    { trade_str("k1 " FF256 "ff\n"), 1,
      "has a secret of more than 256 bytes" },
    { trade_str("k1 " UNIT_X64 UNIT_X64 UNIT_X64 UNIT_X64 UNIT_X64 UNIT_X64),
      1, "has a secret of more than 256 bytes" },
    { trade_str("k1 " HEX1 "\n#\nk1 " BASE2 "\n"), 3,
      "has the key id of the first key" },
    { trade_str("k1 " HEX1 "\nk2 " BASE2 "\nk3 " HEX1 "\n"), 3,
      "has a third key" }
};


/* The MAC of "abc" in hex, or NULL */

static const char *
mac_of(const trade_ticket_keys_t *keys, const char *id)
{
    size_t         i;
    unsigned char  mac[TRADE_TICKET_MAC];
    static char    hex[2 * TRADE_TICKET_MAC + 1];

    if (trade_ticket_keys_mac(keys, trade_str_c(id), trade_str_c("abc"), mac)
        != 0)
    {
        return NULL;
    }

    for (i = 0; i < sizeof(mac); i++) {
        (void) snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }

    return hex;
}


static int
is_mac(const trade_ticket_keys_t *keys, const char *id, const char *want)
{
    const char  *got;

    got = mac_of(keys, id);

    return want ? got && strncmp(got, want, strlen(want)) == 0 : got == NULL;
}


static void
test_accepted(void)
{
    size_t                i, line;
    trade_ticket_keys_t  *keys;

    for (i = 0; i < UNIT_ROWS(accepted); i++) {
        keys = trade_ticket_keys_create();

        ok(trade_ticket_keys_read(keys, unit_guard(accepted[i].file), &line)
           == NULL, "a file with %s is accepted", accepted[i].name);
        ok(is_mac(keys, "k1", accepted[i].mac1)
           && is_mac(keys, "k2", accepted[i].mac2)
           && is_mac(keys, "k1", accepted[i].mac1),
           "a file with %s has its keys, for more than one use",
           accepted[i].name);
        ok(!mac_of(keys, "k") && !mac_of(keys, "k10") && !mac_of(keys, ""),
           "a file with %s has no other key", accepted[i].name);

        trade_ticket_keys_free(keys);
    }
}


static void
test_refused(void)
{
    size_t                i, line;
    const char           *fault;
    trade_ticket_keys_t  *keys;

    for (i = 0; i < UNIT_ROWS(refused); i++) {
        keys = trade_ticket_keys_create();
        fault = trade_ticket_keys_read(keys, unit_guard(refused[i].file),
                                       &line);

        is_str(trade_str_c(fault ? fault : ""), trade_str_c(refused[i].fault),
               "the reader refuses malformed file %zu: it %s",
               i, refused[i].fault);
        is_int(line, refused[i].line, "malformed file %zu has its fault there",
               i);

        trade_ticket_keys_free(keys);
    }
}


static void
test_signer(void)
{
    size_t                line;
    trade_ticket_keys_t  *keys;

    keys = trade_ticket_keys_create();
    (void) trade_ticket_keys_read(keys, trade_str_c("k2 " BASE2 "\nk1 " HEX1),
                                  &line);
    is_str(trade_ticket_keys_signer(keys), trade_str_c("k2"),
           "the first key of the file signs");
    trade_ticket_keys_free(keys);

    trade_ticket_keys_free(NULL);
}


static void
test_word(void)
{
    int   c, right;
    char  one;

    for (right = 1, c = 0; c < 256; c++) {
        one = (char) c;
        right &= trade_ticket_keys_word(trade_str_of(&one, 1))
                 == (c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
                                 "abcdefghijklmnopqrstuvwxyz", c) != NULL);
    }

    ok(right, "a word has letters, digits, _ and - only");
    ok(trade_ticket_keys_word(trade_str_c(UNIT_X64)),
       "64 characters are a word");
    ok(!trade_ticket_keys_word(trade_str_c(UNIT_X64 "x")),
       "65 characters are no word");
    ok(!trade_ticket_keys_word(trade_str_c("")), "an empty text is no word");
}


int
main(void)
{
    test_accepted();
    test_refused();
    test_signer();
    test_word();

    return done_testing();
}
