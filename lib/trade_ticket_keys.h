/*
 * The keys that sign tickets (trade_ticket.h): one or two, so that a new key
 * can take the place of an old one while tickets of both are about.  All verify
 * tickets; the first one signs.
 *
 * They come from a file of lines
 *
 *      <key id> <secret>
 *
 * with blanks between the two.  A key id is 1 to 64 of A-Z a-z 0-9 _ -.  A
 * secret has 32 to 256 bytes; an even number of hex digits is hex, and any
 * other text is base64, in either alphabet, with or without padding.  Empty
 * lines and lines that begin with # mean nothing.
 */

#ifndef TRADE_TICKET_KEYS_H
#define TRADE_TICKET_KEYS_H

#include "trade_str.h"


#define TRADE_TICKET_WORD_MAX     64        /* characters of a key id, or of a
                                               nonce */
#define TRADE_TICKET_SECRET_MIN   32        /* bytes */
#define TRADE_TICKET_SECRET_MAX   256
#define TRADE_TICKET_MAC          32        /* bytes: HMAC-SHA256 */

/* A longer file is refused; its size is up to the caller. */
#define TRADE_TICKET_FILE_MAX     4096


typedef struct trade_ticket_keys_s  trade_ticket_keys_t;


/* No keys yet.  Returns NULL when out of memory, or if OpenSSL has no HMAC. */
trade_ticket_keys_t *trade_ticket_keys_create(void);
void trade_ticket_keys_free(trade_ticket_keys_t *keys);

/*
 * Reads the text of a file into keys that have none yet, once.  Returns NULL,
 * or what is wrong, as in "has no secret", with the number of the line in
 * *line, or 0 there if it is the file as a whole.  The keys hold no view of
 * `text`, which the caller should wipe.
 */
const char *trade_ticket_keys_read(trade_ticket_keys_t *keys,
    trade_str_t text, size_t *line);

/* The id of the key that signs; there must be keys. */
trade_str_t trade_ticket_keys_signer(const trade_ticket_keys_t *keys);

/*
 * Writes the HMAC of `text` under the key `id`.  Returns 0, 1 if no key has the
 * id, or -1 (OpenSSL).
 */
int trade_ticket_keys_mac(const trade_ticket_keys_t *keys, trade_str_t id,
    trade_str_t text, unsigned char mac[TRADE_TICKET_MAC]);

/* Whether `s` is a key id, or a nonce. */
int trade_ticket_keys_word(trade_str_t s);


#endif /* TRADE_TICKET_KEYS_H */
