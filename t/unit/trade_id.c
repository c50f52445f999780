/* Shows that an id names its slot, and that nothing else passes for one. */

#include "trade_id.h"
#include "trade_slot.h"
#include "unit.h"


static const struct {
    unsigned       slot;
    unsigned char  random[TRADE_ID_RANDOM];
    trade_str_t    id;
} ids[] = {
    { 0, { 0 }, trade_str("000-00000000000000000000000000") },
    { 1, { 0x80, [15] = 1 }, trade_str("001-40000000000000000000000001") },
    { 0xa7, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
      trade_str("0a7-00041061050r3gg28a1c60t3gf") },
    { 4095, { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
              255, 255, 255 },
      trade_str("fff-7zzzzzzzzzzzzzzzzzzzzzzzzz") }
};


static const struct {
    trade_str_t  id;
    int          slot;
} read[] = {
    { trade_str("0a7-00041061050r3gg28a1c60t3gf"), 0xa7 },
    { trade_str("fff-7zzzzzzzzzzzzzzzzzzzzzzzzz"), 4095 },
    { trade_null_str, -1 },
    { trade_str("0a7"), -1 },
    { trade_str("0a7-"), -1 },
    { trade_str("0a7-00041061050r3gg28a1c60t3g"), -1 },
    { trade_str("0a7-00041061050r3gg28a1c60t3gff"), -1 },
    { trade_str("0A7-00041061050r3gg28a1c60t3gf"), -1 },
    { trade_str("0g7-00041061050r3gg28a1c60t3gf"), -1 },
    { trade_str("0a7_00041061050r3gg28a1c60t3gf"), -1 },
    { trade_str("0a7-80041061050r3gg28a1c60t3gf"), -1 },
    { trade_str("0a7-00041061050R3GG28A1C60T3GF"), -1 },
    { trade_str("0a7-00041061050r3gg28a1c60t3g\0"), -1 }
};


static const struct {
    trade_str_t  s;
    int          valid;
} idents[] = {
    { trade_str("u-1"), 1 },
    { trade_str("_"), 1 },
    { trade_str("AZaz09_.:-"), 1 },
    { trade_str(UNIT_X64), 1 },
    { trade_str(UNIT_X64 "x"), 0 },
    { trade_null_str, 0 },
    { trade_str(""), 0 },
    { trade_str("a b"), 0 },
    { trade_str("a/b"), 0 },
    { trade_str("a\"b"), 0 },
    { trade_str("a\\"), 0 },
    { trade_str("{s1}"), 0 },
    { trade_str("a|b"), 0 },
    { trade_str("a\0"), 0 },
    { trade_str("a\n"), 0 },
    { trade_str("\xc3\xa4"), 0 }
};


static void
test_make(void)
{
    char    id[TRADE_ID_LEN];
    size_t  i;

    for (i = 0; i < UNIT_ROWS(ids); i++) {
        trade_id_make(ids[i].slot, ids[i].random, id);

        is_str(trade_str_of(id, sizeof(id)), ids[i].id, "%s", ids[i].id.data);
    }
}


static void
test_slot(void)
{
    size_t  i;

    for (i = 0; i < UNIT_ROWS(read); i++) {
        is_int(trade_id_slot(unit_guard(read[i].id)), read[i].slot,
               "the slot of '%.*s' is read or refused",
               (int) read[i].id.len, read[i].id.data);
    }
}


static void
test_round_trip(void)
{
    int            right;
    char           id[TRADE_ID_LEN + 1] = { 0 };
    size_t         i;
    unsigned       slot;
    unsigned char  random[TRADE_ID_RANDOM];

    for (right = 1, slot = 0; slot < TRADE_SLOTS; slot++) {
        for (i = 0; i < sizeof(random); i++) {
            random[i] = (unsigned char) unit_random();
        }

        trade_id_make(slot, random, id);
        right &= trade_id_slot(trade_str_of(id, TRADE_ID_LEN)) == (int) slot
                 && id[TRADE_ID_LEN] == '\0';
    }

    ok(right, "the id of every slot is read back, and is 30 bytes long");
}


/* Any other byte at any place: taken when, and only when, it may stand there */

static void
test_alphabet(void)
{
    int          c, right;
    char         id[] = "0a7-00041061050r3gg28a1c60t3gf";
    size_t       i;
    const char  *any;

    for (right = 1, i = 0; i < TRADE_ID_LEN; i++) {
        any = i < 3 ? "0123456789abcdef" : i == 3 ? "-" : i == 4 ? "01234567"
              : "0123456789abcdefghjkmnpqrstvwxyz";

        for (c = 1; c < 256; c++) {
            id[i] = (char) c;
            right &= (trade_id_slot(trade_str_of(id, TRADE_ID_LEN)) >= 0)
                     == (strchr(any, c) != NULL);
        }

        id[i] = "0a7-00041061050r3gg28a1c60t3gf"[i];
    }

    ok(right, "no byte passes where it can't stand");
}


static void
test_ident(void)
{
    int     c, right;
    char    one;
    size_t  i;

    for (i = 0; i < UNIT_ROWS(idents); i++) {
        is_int(trade_ident_valid(unit_guard(idents[i].s)), idents[i].valid,
               "the identifier '%.*s' is taken or refused",
               (int) idents[i].s.len, idents[i].s.data);
    }

    for (right = 1, c = 1; c < 256; c++) {
        one = (char) c;
        right &= trade_ident_valid(trade_str_of(&one, 1))
                 == (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                            "wxyz0123456789_.:-", c) != NULL);
    }

    ok(right, "an identifier has the 66 characters, and no others");
}


int
main(void)
{
    test_make();
    test_slot();
    test_round_trip();
    test_alphabet();
    test_ident();

    return done_testing();
}
