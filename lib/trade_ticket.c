#include "trade_ticket.h"
#include "trade_time.h"

#include <openssl/crypto.h>


#define TRADE_TICKET_DOTS  6


static const char *trade_ticket_name(trade_buf_t *names, trade_str_t field,
    trade_str_t *name);
static trade_str_t trade_ticket_signed(trade_str_t text);


const char *
trade_ticket_parse(trade_ticket_t *ticket, trade_str_t text)
{
    size_t        i, dots;
    trade_buf_t   b;
    trade_str_t   field[TRADE_TICKET_DOTS + 1];
    const char   *fault;

    for (dots = 0, i = 0; i < text.len; i++) {
        dots += text.data[i] == '.';
    }

    if (dots != TRADE_TICKET_DOTS) {
        return "has not seven fields with dots between them";
    }

    ticket->text = trade_ticket_signed(text);

    for (i = 0; i <= TRADE_TICKET_DOTS; i++) {
        field[i] = trade_str_cut(&text, '.');
    }

    if (!trade_str_eq(field[0], trade_str_c("1"))) {
        return "is not of version 1";
    }

    if (!trade_ticket_keys_word(field[1])) {
        return "has a key id that is not 1 to 64 of A-Z a-z 0-9 _ -";
    }

    if (trade_str_u64(field[2], TRADE_TIME_MAX / 1000, &ticket->expires) != 0) {
        return "has a time that is no number of seconds";
    }

    ticket->key = field[1];
    ticket->nonce = field[5];

    trade_buf_init(&b, ticket->names, sizeof(ticket->names));

    fault = trade_ticket_name(&b, field[3], &ticket->sku);
    if (fault == NULL) {
        fault = trade_ticket_name(&b, field[4], &ticket->buyer);
    }

    if (fault) {
        return fault;
    }

    if (!trade_ticket_keys_word(ticket->nonce)) {
        return "has a nonce that is not 1 to 64 of A-Z a-z 0-9 _ -";
    }

    trade_buf_init(&b, (char *) ticket->mac, sizeof(ticket->mac));

    if (trade_base64_read(&b, field[6]) != 0 || b.overflow || b.pos != b.end) {
        return "has a MAC that is not 32 bytes in base64url";
    }

    return NULL;
}


/* The text before the last dot; there is one */

static trade_str_t
trade_ticket_signed(trade_str_t text)
{
    while (text.data[--text.len] != '.') {
        /* void */
    }

    return text;
}


static const char *
trade_ticket_name(trade_buf_t *names, trade_str_t field, trade_str_t *name)
{
    char  *start;

    start = names->pos;

    if (field.len > trade_base64_len(TRADE_NAME_MAX)
        || trade_base64_read(names, field) != 0)
    {
        return "has a SKU or a buyer that is not up to 255 bytes in base64url";
    }

    *name = trade_str_of(start, names->pos - start);

    return trade_name_fault(*name)
           ? "has a SKU or a buyer of a form that is not allowed" : NULL;
}


trade_result_e
trade_ticket_check(const trade_ticket_t *ticket,
    const trade_ticket_keys_t *keys, uint64_t now)
{
    unsigned char  mac[TRADE_TICKET_MAC];

    switch (trade_ticket_keys_mac(keys, ticket->key, ticket->text, mac)) {

    case 0:
        break;

    case 1:
        return TRADE_TICKET_INVALID;

    default:
        return TRADE_OVERLOADED;
    }

    if (CRYPTO_memcmp(mac, ticket->mac, sizeof(mac)) != 0) {
        return TRADE_TICKET_INVALID;
    }

    if (now >= ticket->expires) {
        return TRADE_TICKET_EXPIRED;
    }

    return ticket->expires - now > TRADE_TICKET_AHEAD ? TRADE_TICKET_MALFORMED
                                                      : TRADE_DONE;
}


int
trade_ticket_write(trade_buf_t *b, const trade_ticket_t *ticket,
    const trade_ticket_keys_t *keys)
{
    char           *start;
    trade_str_t     id, text;
    unsigned char   mac[TRADE_TICKET_MAC];

    start = b->pos;
    id = trade_ticket_keys_signer(keys);

    trade_buf_c(b, "1.");
    trade_buf_str(b, id);
    trade_buf_c(b, ".");
    trade_buf_u64(b, ticket->expires);
    trade_buf_c(b, ".");
    trade_base64_write(b, ticket->sku);
    trade_buf_c(b, ".");
    trade_base64_write(b, ticket->buyer);
    trade_buf_c(b, ".");
    trade_buf_str(b, ticket->nonce);

    text = trade_str_of(start, b->pos - start);

    if (trade_ticket_keys_mac(keys, id, text, mac) != 0) {
        return -1;
    }

    trade_buf_c(b, ".");
    trade_base64_write(b, trade_str_of((char *) mac, sizeof(mac)));

    return 0;
}
