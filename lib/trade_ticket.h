/*
 * Tickets: the right to order one SKU as one buyer until a time, signed by
 * anyone who has the secret.  docs/tickets.md has the format for issuers.
 *
 *      1.<key id>.<expires>.<sku>.<buyer>.<nonce>.<MAC>
 *
 * `expires` is in seconds since 1970; from that second on the ticket is not
 * valid.  SKU, buyer and MAC are in base64url (trade_base64.h).  The nonce is 1
 * to 64 of A-Z a-z 0-9 _ -.  The MAC is the HMAC-SHA256 of the text before its
 * dot, under the key that the key id names (trade_ticket_keys.h).
 *
 * The nonce is the Idempotency-Key of the order.  So a ticket may not live as
 * long as a key (TRADE_KEEP_KEY), or it could be used for a second order.
 */

#ifndef TRADE_TICKET_H
#define TRADE_TICKET_H

#include "trade_base64.h"
#include "trade_name.h"
#include "trade_result.h"
#include "trade_ticket_keys.h"


#define TRADE_TICKET_AHEAD  43200       /* s: a ticket may expire at most so
                                           long ahead */

/* The longest ticket: six dots, and fields of their greatest length. */
#define TRADE_TICKET_MAX                                                      \
    (1 + 12 + 2 * TRADE_TICKET_WORD_MAX + 2 * trade_base64_len(TRADE_NAME_MAX)\
     + trade_base64_len(TRADE_TICKET_MAC) + 6)


typedef struct {
    trade_str_t      key;           /* the key id */
    uint64_t         expires;       /* s since 1970 */
    trade_str_t      sku;           /* a name (trade_name.h), like the buyer */
    trade_str_t      buyer;
    trade_str_t      nonce;
    trade_str_t      text;          /* that the MAC covers */
    unsigned char    mac[TRADE_TICKET_MAC];
    char             names[2 * TRADE_NAME_MAX];     /* of the SKU and the
                                                       buyer */
} trade_ticket_t;


/*
 * Reads a ticket, without a look at its MAC.  Returns NULL, or what is wrong,
 * as in "has no nonce".  The ticket holds views into `text` and into itself, so
 * it can't be copied.
 */
const char *trade_ticket_parse(trade_ticket_t *ticket, trade_str_t text);

/*
 * Checks the MAC and the time of a ticket that was parsed; `now` is in seconds
 * since 1970.  Returns TRADE_DONE, TRADE_TICKET_INVALID, _EXPIRED or
 * _MALFORMED (it expires too late), or TRADE_OVERLOADED (OpenSSL).
 */
trade_result_e trade_ticket_check(const trade_ticket_t *ticket,
    const trade_ticket_keys_t *keys, uint64_t now);

/*
 * Appends a ticket, signed by the first key: its expires, sku, buyer and nonce
 * are set, and are well-formed.  Returns 0, or -1 (OpenSSL).
 */
int trade_ticket_write(trade_buf_t *b, const trade_ticket_t *ticket,
    const trade_ticket_keys_t *keys);


#endif /* TRADE_TICKET_H */
