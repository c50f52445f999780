#include "trade_partition.h"


#define TRADE_PARTITION_SEED   0x9747b28c
#define TRADE_PARTITION_M      0x5bd1e995
#define TRADE_PARTITION_R      24


static uint32_t trade_partition_begin(trade_str_t key);
static uint32_t trade_partition_end(uint32_t h, const char *rest,
    size_t len);
static uint32_t trade_partition_positive(uint32_t h, uint32_t n);


uint32_t
trade_partition_murmur2(trade_str_t key)
{
    return trade_partition_end(trade_partition_begin(key),
                               key.data + (key.len & ~(size_t) 3),
                               key.len & 3);
}


/* Mixes all full words of the key */

static uint32_t
trade_partition_begin(trade_str_t key)
{
    size_t                i;
    uint32_t              h, k;
    const unsigned char  *p;

    h = TRADE_PARTITION_SEED ^ (uint32_t) key.len;
    p = (const unsigned char *) key.data;

    for (i = key.len / 4; i; i--, p += 4) {
        k = p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
            | (uint32_t) p[3] << 24;

        k *= TRADE_PARTITION_M;
        k ^= k >> TRADE_PARTITION_R;
        k *= TRADE_PARTITION_M;

        h *= TRADE_PARTITION_M;
        h ^= k;
    }

    return h;
}


/* Mixes the one to three bytes behind them, if any, and the final mix */

static uint32_t
trade_partition_end(uint32_t h, const char *rest, size_t len)
{
    size_t  i;

    for (i = len; i; i--) {
        h ^= (uint32_t) (unsigned char) rest[i - 1] << (8 * (i - 1));
    }

    if (len) {
        h *= TRADE_PARTITION_M;
    }

    h ^= h >> 13;
    h *= TRADE_PARTITION_M;
    h ^= h >> 15;

    return h;
}


static uint32_t
trade_partition_positive(uint32_t h, uint32_t n)
{
    return (h & 0x7fffffff) % n;
}


uint32_t
trade_partition_of(trade_str_t key, uint32_t n)
{
    return trade_partition_positive(trade_partition_murmur2(key), n);
}


/* An id is seven words and two characters, and only those two are tried anew */

int
trade_partition_choose_id(char id[TRADE_ID_LEN], uint32_t partition, uint32_t n)
{
    int       i, a, b;
    char      rest[2];
    uint32_t  h;

    h = trade_partition_begin(trade_str_of(id, TRADE_ID_LEN));
    a = trade_id_digit(id[TRADE_ID_LEN - 2]);
    b = trade_id_digit(id[TRADE_ID_LEN - 1]);

    for (i = 0; i < 1024; i++) {
        rest[0] = trade_id_base32[(a + i / 32) & 31];
        rest[1] = trade_id_base32[(b + i) & 31];

        if (trade_partition_positive(trade_partition_end(h, rest, 2), n)
            == partition)
        {
            id[TRADE_ID_LEN - 2] = rest[0];
            id[TRADE_ID_LEN - 1] = rest[1];
            return 0;
        }
    }

    return -1;
}
