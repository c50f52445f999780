/*
 * Ids: a text that is read as an id is the text that trade_id_make() writes,
 * bit for bit; a chosen id stays an id.  Identifiers and numbers, against
 * plain models; names and URIs, read back.
 */

#include "trade_id.h"
#include "trade_partition.h"
#include "trade_slot.h"
#include "trade_uri.h"
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>


/* The random bits of an id, taken apart by another way than it was made */

static void
fuzz_bits(trade_str_t id, unsigned char random[TRADE_ID_RANDOM])
{
    int     bit;
    size_t  i;

    memset(random, 0, TRADE_ID_RANDOM);

    for (i = 0; i < 128; i++) {
        bit = trade_id_digit(id.data[4 + (i + 2) / 5]) >> (4 - (i + 2) % 5);
        random[i / 8] |= (unsigned char) ((bit & 1) << (7 - i % 8));
    }
}


static void
fuzz_read(trade_str_t id)
{
    int            slot;
    char           again[TRADE_ID_LEN];
    unsigned char  random[TRADE_ID_RANDOM];

    slot = trade_id_slot(id);

    if (slot < 0) {
        return;
    }

    fuzz_check(id.len == TRADE_ID_LEN && slot < TRADE_SLOTS);

    fuzz_bits(id, random);
    trade_id_make(slot, random, again);
    fuzz_check(memcmp(again, id.data, TRADE_ID_LEN) == 0);
}


static void
fuzz_make(const uint8_t *data)
{
    char         id[TRADE_ID_LEN], chosen[TRADE_ID_LEN];
    unsigned     slot;
    uint32_t     n, partition;
    trade_str_t  s;

    slot = (data[0] << 8 | data[1]) % TRADE_SLOTS;
    n = 1 + (data[2] << 8 | data[3]) % 300;
    partition = data[4] % n;

    trade_id_make(slot, data + 4, id);
    s = trade_str_of(id, TRADE_ID_LEN);
    fuzz_check(trade_id_slot(s) == (int) slot);
    fuzz_read(s);

    memcpy(chosen, id, TRADE_ID_LEN);
    s.data = chosen;

    if (trade_partition_choose_id(chosen, partition, n) == 0) {
        fuzz_check(trade_partition_of(s, n) == partition);
        fuzz_check(trade_id_slot(s) == (int) slot);
        fuzz_check(memcmp(chosen, id, TRADE_ID_LEN - 2) == 0);

    } else {
        fuzz_check(memcmp(chosen, id, TRADE_ID_LEN) == 0);
    }
}


static void
fuzz_ident(trade_str_t s)
{
    int     valid;
    size_t  i;

    valid = s.len >= 1 && s.len <= 64;

    for (i = 0; valid && i < s.len; i++) {
        valid = s.data[i] && (isalnum((unsigned char) s.data[i])
                              || strchr("_.:-", s.data[i]));
    }

    fuzz_check(!valid == !trade_ident_valid(s));
}


/* In JSON it has no quotes, and is read as it was */

static void
fuzz_name(trade_str_t s)
{
    char         text[TRADE_NAME_JSON_MAX + 2], again[TRADE_NAME_MAX];
    trade_buf_t  b, name;
    trade_str_t  json;

    if (trade_name_check(s) != TRADE_NAME_VALID) {
        return;
    }

    trade_buf_init(&b, text, sizeof(text));
    trade_buf_json(&b, s);
    json = trade_str_of(text + 1, b.pos - text - 2);

    fuzz_check(!b.overflow && fuzz_is_json(trade_buf_done(&b)));
    fuzz_check(json.len == trade_name_json_len(s));
    fuzz_check(memchr(json.data, '"', json.len) == NULL);

    trade_buf_init(&name, again, sizeof(again));
    trade_name_unescape(&name, json);

    fuzz_check(!name.overflow && trade_str_eq(trade_buf_done(&name), s));
    fuzz_check(trade_name_is(json, s));
}


/* Decoded it is no longer; encoded wholly it is read back */

static void
fuzz_uri(trade_str_t s)
{
    char         *mem, *text;
    size_t        i;
    trade_buf_t   b, encoded;
    trade_str_t   value;
    static char   hex[] = "0123456789abcdef";

    mem = fuzz_alloc(s.len + 1);
    text = fuzz_alloc(3 * s.len + 1);

    trade_buf_init(&b, mem, s.len);
    (void) trade_uri_decode(&b, s, 0);
    fuzz_check(!b.overflow);

    trade_buf_init(&encoded, text, 3 * s.len);

    for (i = 0; i < s.len; i++) {
        trade_buf_c(&encoded, "%");
        trade_buf_put(&encoded, &hex[(unsigned char) s.data[i] >> 4], 1);
        trade_buf_put(&encoded, &hex[s.data[i] & 15], 1);
    }

    trade_buf_init(&b, mem, s.len);
    fuzz_check(trade_uri_decode(&b, trade_buf_done(&encoded), 1) == 0);
    fuzz_check(trade_str_eq(trade_buf_done(&b), s));

    (void) trade_uri_dotted(s);
    fuzz_check(trade_uri_argument(s, "sku", &value) <= s.len);

    free(mem);
    free(text);
}


static void
fuzz_number(trade_str_t s)
{
    int         rc;
    char        text[64], again[64];
    uint64_t    value;
    trade_buf_t b;

    rc = trade_str_u64(s, UINT64_MAX, &value);

    if (rc != 0 || s.len >= sizeof(text)) {
        fuzz_check(rc != 0);
        return;
    }

    memcpy(text, s.data, s.len);
    text[s.len] = '\0';

    errno = 0;
    fuzz_check(strtoull(text, NULL, 10) == value && errno == 0);

    trade_buf_init(&b, again, sizeof(again));
    trade_buf_u64(&b, value);
    fuzz_check(trade_str_eq(trade_buf_done(&b), s));

    fuzz_check(trade_str_u64(s, value, &value) == 0);
    fuzz_check(value == 0 || trade_str_u64(s, value - 1, &value) != 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    trade_str_t  s;

    s = trade_str_of((const char *) data, size);

    fuzz_read(s);
    fuzz_ident(s);
    fuzz_name(s);
    fuzz_uri(s);
    fuzz_number(s);
    (void) trade_slot_of(s);
    (void) trade_partition_murmur2(s);

    if (size >= 4 + TRADE_ID_RANDOM) {
        fuzz_make(data);
    }

    return 0;
}
