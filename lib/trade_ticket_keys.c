#include "trade_ticket_keys.h"
#include "trade_base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>


#define TRADE_TICKET_KEYS  2


typedef struct {
    char          id[TRADE_TICKET_WORD_MAX];
    size_t        id_len;
    EVP_MAC_CTX  *hmac;             /* with the secret; each use copies it */
} trade_ticket_key_t;


struct trade_ticket_keys_s {
    EVP_MAC             *hmac;
    size_t               n;
    trade_ticket_key_t   key[TRADE_TICKET_KEYS];
};


static const char *trade_ticket_keys_line(trade_ticket_keys_t *keys,
    trade_str_t line);
static const char *trade_ticket_keys_add(trade_ticket_keys_t *keys,
    trade_str_t id, trade_str_t secret);
static trade_str_t trade_ticket_keys_id(const trade_ticket_key_t *key);
static const char *trade_ticket_keys_secret(trade_buf_t *b, trade_str_t text);
static int trade_ticket_keys_hex(trade_buf_t *b, trade_str_t text);
static int trade_ticket_keys_base64(trade_buf_t *b, trade_str_t text);
static trade_str_t trade_ticket_keys_token(trade_str_t *line);


trade_ticket_keys_t *
trade_ticket_keys_create(void)
{
    trade_ticket_keys_t  *keys;

    keys = calloc(1, sizeof(*keys));
    if (keys == NULL) {
        return NULL;
    }

    keys->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (keys->hmac == NULL) {
        free(keys);
        return NULL;
    }

    return keys;
}


void
trade_ticket_keys_free(trade_ticket_keys_t *keys)
{
    size_t  i;

    if (keys) {
        for (i = 0; i < keys->n; i++) {
            EVP_MAC_CTX_free(keys->key[i].hmac);
        }

        EVP_MAC_free(keys->hmac);
        free(keys);
    }
}


const char *
trade_ticket_keys_read(trade_ticket_keys_t *keys, trade_str_t text,
    size_t *line)
{
    const char  *fault;

    for (*line = 1; text.len; ++*line) {
        fault = trade_ticket_keys_line(keys, trade_str_cut(&text, '\n'));
        if (fault) {
            return fault;
        }
    }

    *line = 0;

    return keys->n ? NULL : "has no key";
}


static const char *
trade_ticket_keys_line(trade_ticket_keys_t *keys, trade_str_t line)
{
    char         mem[TRADE_TICKET_SECRET_MAX];
    trade_buf_t  secret;
    trade_str_t  id, text;
    const char  *fault;

    if (line.len && line.data[0] == '#') {
        return NULL;
    }

    id = trade_ticket_keys_token(&line);
    text = trade_ticket_keys_token(&line);

    if (id.len == 0) {
        return NULL;
    }

    if (!trade_ticket_keys_word(id)) {
        return "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -";
    }

    if (text.len == 0) {
        return "has no secret";
    }

    if (trade_ticket_keys_token(&line).len) {
        return "has more than a key id and a secret";
    }

    trade_buf_init(&secret, mem, sizeof(mem));
    fault = trade_ticket_keys_secret(&secret, text);

    if (fault == NULL) {
        fault = trade_ticket_keys_add(keys, id, trade_buf_done(&secret));
    }

    OPENSSL_cleanse(mem, sizeof(mem));

    return fault;
}


static const char *
trade_ticket_keys_add(trade_ticket_keys_t *keys, trade_str_t id,
    trade_str_t secret)
{
    char                 digest[] = "SHA256";
    OSSL_PARAM           params[2];
    trade_ticket_key_t  *key;

    if (keys->n == TRADE_TICKET_KEYS) {
        return "has a third key";
    }

    if (keys->n && trade_str_eq(id, trade_ticket_keys_id(&keys->key[0]))) {
        return "has the key id of the first key";
    }

    key = &keys->key[keys->n];
    key->hmac = EVP_MAC_CTX_new(keys->hmac);

    params[0] = OSSL_PARAM_construct_utf8_string("digest", digest, 0);
    params[1] = OSSL_PARAM_construct_end();

    if (key->hmac == NULL
        || !EVP_MAC_init(key->hmac, (const unsigned char *) secret.data,
                         secret.len, params))
    {
        EVP_MAC_CTX_free(key->hmac);
        return "can't be used: OpenSSL has failed";
    }

    memcpy(key->id, id.data, id.len);
    key->id_len = id.len;
    keys->n++;

    return NULL;
}


trade_str_t
trade_ticket_keys_signer(const trade_ticket_keys_t *keys)
{
    return trade_ticket_keys_id(&keys->key[0]);
}


static trade_str_t
trade_ticket_keys_id(const trade_ticket_key_t *key)
{
    return trade_str_of(key->id, key->id_len);
}


/* OpenSSL before 3.0.3 can't use one context twice, so it is copied */

int
trade_ticket_keys_mac(const trade_ticket_keys_t *keys, trade_str_t id,
    trade_str_t text, unsigned char mac[TRADE_TICKET_MAC])
{
    int           rc;
    size_t        i, len;
    EVP_MAC_CTX  *hmac;

    for (i = 0; i < keys->n; i++) {
        if (trade_str_eq(trade_ticket_keys_id(&keys->key[i]), id)) {
            break;
        }
    }

    if (i == keys->n) {
        return 1;
    }

    hmac = EVP_MAC_CTX_dup(keys->key[i].hmac);
    if (hmac == NULL) {
        return -1;
    }

    rc = EVP_MAC_update(hmac, (const unsigned char *) text.data, text.len)
         && EVP_MAC_final(hmac, mac, &len, TRADE_TICKET_MAC)
         && len == TRADE_TICKET_MAC ? 0 : -1;

    EVP_MAC_CTX_free(hmac);

    return rc;
}


int
trade_ticket_keys_word(trade_str_t s)
{
    char    c;
    size_t  i;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z')
            && !(c >= 'a' && c <= 'z') && c != '_' && c != '-')
        {
            return 0;
        }
    }

    return s.len >= 1 && s.len <= TRADE_TICKET_WORD_MAX;
}


static const char *
trade_ticket_keys_secret(trade_buf_t *b, trade_str_t text)
{
    if (trade_ticket_keys_hex(b, text) != 0) {

        b->pos = b->start;
        b->overflow = 0;

        if (trade_ticket_keys_base64(b, text) != 0) {
            return "has a secret that is neither hex nor base64";
        }
    }

    if (b->overflow) {
        return "has a secret of more than 256 bytes";
    }

    if (trade_buf_done(b).len < TRADE_TICKET_SECRET_MIN) {
        return "has a secret of fewer than 32 bytes";
    }

    return NULL;
}


static int
trade_ticket_keys_hex(trade_buf_t *b, trade_str_t text)
{
    int     high, low;
    char    c;
    size_t  i;

    for (i = 0; i + 1 < text.len; i += 2) {
        high = trade_str_hex(text.data[i]);
        low = trade_str_hex(text.data[i + 1]);

        if (high < 0 || low < 0) {
            return -1;
        }

        c = (char) (high << 4 | low);
        trade_buf_put(b, &c, 1);
    }

    return i == text.len ? 0 : -1;
}


/* A text with padding has a multiple of 4 characters */

static int
trade_ticket_keys_base64(trade_buf_t *b, trade_str_t text)
{
    int          rc;
    char         mem[trade_base64_len(TRADE_TICKET_SECRET_MAX + 2)], c;
    size_t       i;
    trade_buf_t  url;

    if (text.len % 4 == 0) {
        for (i = 0; i < 2 && text.data[text.len - 1] == '='; i++) {
            text.len--;
        }
    }

    trade_buf_init(&url, mem, sizeof(mem));

    for (i = 0; i < text.len; i++) {
        c = text.data[i];
        c = c == '+' ? '-' : c == '/' ? '_' : c;
        trade_buf_put(&url, &c, 1);
    }

    rc = trade_base64_read(b, trade_buf_done(&url));
    OPENSSL_cleanse(mem, sizeof(mem));

    return rc;
}


/* Takes the next word of a line off its front, and the blanks before it */

static trade_str_t
trade_ticket_keys_token(trade_str_t *line)
{
    size_t              i, n;
    trade_str_t         token;
    static const char   blanks[] = { ' ', '\t', '\r' };

    for (i = 0; i < line->len; i++) {
        if (!memchr(blanks, line->data[i], sizeof(blanks))) {
            break;
        }
    }

    for (n = i; n < line->len; n++) {
        if (memchr(blanks, line->data[n], sizeof(blanks))) {
            break;
        }
    }

    token = trade_str_of(line->data + i, n - i);
    line->data += n;
    line->len -= n;

    return token;
}
