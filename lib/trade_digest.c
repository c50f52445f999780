#include "trade_digest.h"

#include <openssl/evp.h>
#include <stdlib.h>


struct trade_digest_s {
    EVP_MD_CTX  *ctx;
    EVP_MD      *sha256;
};


trade_digest_t *
trade_digest_create(void)
{
    trade_digest_t  *digest;

    digest = malloc(sizeof(*digest));
    if (digest == NULL) {
        return NULL;
    }

    digest->ctx = EVP_MD_CTX_new();
    digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);

    if (digest->ctx == NULL || digest->sha256 == NULL) {
        trade_digest_free(digest);
        return NULL;
    }

    return digest;
}


void
trade_digest_free(trade_digest_t *digest)
{
    if (digest) {
        EVP_MD_CTX_free(digest->ctx);
        EVP_MD_free(digest->sha256);
        free(digest);
    }
}


int
trade_digest_hex(trade_digest_t *digest, const trade_str_t *parts, size_t n,
    char hex[TRADE_DIGEST_LEN])
{
    size_t             i;
    unsigned char      len[4], sum[EVP_MAX_MD_SIZE];
    static const char  digits[] = "0123456789abcdef";

    if (!EVP_DigestInit_ex2(digest->ctx, digest->sha256, NULL)) {
        return -1;
    }

    for (i = 0; i < n; i++) {
        len[0] = (unsigned char) (parts[i].len >> 24);
        len[1] = (unsigned char) (parts[i].len >> 16);
        len[2] = (unsigned char) (parts[i].len >> 8);
        len[3] = (unsigned char) parts[i].len;

        if (!EVP_DigestUpdate(digest->ctx, len, 4)
            || !EVP_DigestUpdate(digest->ctx, parts[i].data, parts[i].len))
        {
            return -1;
        }
    }

    if (!EVP_DigestFinal_ex(digest->ctx, sum, NULL)) {
        return -1;
    }

    for (i = 0; i < TRADE_DIGEST_LEN / 2; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }

    return 0;
}
